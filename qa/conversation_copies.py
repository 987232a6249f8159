"""Conversations in a backup: carried in a table of parts, and merged into those that are there when it is restored."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa.conversation_file import (
    CONVERSATIONS_NAME,
    ConversationFile,
    ConversationsDamaged,
    ConversationsUnusable,
    damaged,
)
from qa.conversation_values import LONGEST_TITLE, shortened
from qa.errors import IndexUnusable

COPIED = "(từ bản sao lưu)"
"""Stands behind the title of a conversation that went on differently in a backup."""

_TABLE = "kept_conversations"
_PART_BYTES = 4_000_000
_TITLE_LEFT = LONGEST_TITLE - len(COPIED) - 1
_TURN = "number, question, answer, record, scope, asked, rating, right_answer, rated"
_DAMAGED = "the conversations in the backup are damaged; nothing was restored"


def pack(folder: Path, connection: sqlite3.Connection, part: Path) -> int:
    """Copy a folder's conversations into a backup; give how many there are. `part` is a file to write to meanwhile.

    Raises ConversationsUnusable where they are damaged, OSError where there is no room.
    """
    path = folder / CONVERSATIONS_NAME
    if not path.is_file():
        return 0
    with contextlib.closing(ConversationFile.open(path, write=False)) as file:
        _forget(part)
        try:
            count = _copied(file, part)
            connection.execute(f"CREATE TABLE {_TABLE}(part INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
            with part.open("rb") as source:
                for number, block in enumerate(iter(lambda: source.read(_PART_BYTES), b"")):
                    connection.execute(f"INSERT INTO {_TABLE} VALUES (?, ?)", (number, block))
        finally:
            _forget(part)
    return count


def _copied(file: ConversationFile, part: Path) -> int:
    """Copy a file that others may be writing to, and check the copy; give how many conversations it holds."""
    try:
        file.copy_to(part)
    except (sqlite3.DatabaseError, IndexUnusable) as error:
        raise damaged(file.path, error.__cause__ or error) from error
    with contextlib.closing(ConversationFile.open(part, write=False)) as copy:
        if problems := copy.problems():
            raise damaged(file.path, ValueError(problems[0]))
        ((count,),) = copy.rows("SELECT count(*) FROM conversations WHERE deleted IS NULL")
    return int(count)


def unpack(connection: sqlite3.Connection, target: Path) -> bool:
    """Move the conversations of a backup's copy to a file of their own; tell whether there are any."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (_TABLE,)).fetchone():
        return False
    with target.open("wb") as file:
        for (block,) in connection.execute(f"SELECT bytes FROM {_TABLE} ORDER BY part"):
            file.write(block)
    connection.execute(f"DROP TABLE {_TABLE}")
    return True


def merge(source: Path, folder: Path) -> int:
    """Add a backup's conversations to a folder's; give how many the backup holds.

    Of a conversation that both hold, the one with more turns stays, each turn with its last rating; where they went on
    differently, the backup's becomes one more. Nothing that is in the folder goes but a rating that the backup has a
    later one for. All or none. Raises ConversationsUnusable where either cannot be read.
    """
    target = folder / CONVERSATIONS_NAME
    try:
        opened = ConversationFile.open(source)
    except ConversationsUnusable as error:
        raise ConversationsDamaged(_DAMAGED) from error
    with contextlib.closing(opened) as backup:
        if backup.rows("SELECT 1 FROM sqlite_schema WHERE type IN ('trigger', 'view')") or backup.problems():
            raise ConversationsDamaged(_DAMAGED)
        ((count,),) = backup.rows("SELECT count(*) FROM conversations WHERE deleted IS NULL")
        conversations = backup.rows("SELECT id, owner, title, started, changed, deleted FROM conversations")
        with contextlib.closing(ConversationFile.open(target)) as kept, kept.writing():
            for conversation in conversations:
                _merge_one(backup, kept, conversation)
    return int(count)


def _merge_one(backup: ConversationFile, kept: ConversationFile, conversation: tuple[Any, ...]) -> None:
    """Add a conversation; one that is there becomes the longer of the two, one that went on differently one more."""
    name, owner, title, started, changed, deleted = conversation
    turns = _turns(backup, name)
    while there := kept.rows("SELECT owner FROM conversations WHERE id = ?", (name,)):
        its_turns = _turns(kept, name)
        if there[0][0] == owner and all(map(_are_one, turns, its_turns)):
            # One deleted since comes back: that is what a backup is for.
            state = "changed = max(changed, ?), deleted = iif(deleted IS NULL, NULL, ?)"
            kept.rows(f"UPDATE conversations SET {state} WHERE id = ?", (changed, deleted, name))
            _add_ratings(kept, name, turns, its_turns)
            _add_turns(kept, name, turns[len(its_turns) :])
            return
        if name == conversation[0]:
            title = shortened(f"{title[:_TITLE_LEFT]} {COPIED}", LONGEST_TITLE)
        name = _next_name(name, turns)
    kept.rows("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?)", (name, owner, title, started, changed, deleted))
    _add_turns(kept, name, turns)


def _turns(file: ConversationFile, name: str) -> list[tuple[Any, ...]]:
    return file.rows(f"SELECT {_TURN} FROM turns WHERE conversation = ? ORDER BY number", (name,))


def _are_one(turn: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Tell whether two turns are the same, whatever was thought of them."""
    return _said(turn) == _said(other)


def _add_ratings(
    kept: ConversationFile, name: str, turns: Sequence[tuple[Any, ...]], its_turns: Sequence[tuple[Any, ...]]
) -> None:
    for (number, *_, rating, right, rated), (*_, its_rated) in zip(turns, its_turns, strict=False):
        if rated is not None and rated > (its_rated or ""):
            kept.rows(
                "UPDATE turns SET rating = ?, right_answer = ?, rated = ? WHERE conversation = ? AND number = ?",
                (rating, right, rated, name, number),
            )


def _said(turn: tuple[Any, ...]) -> tuple[Any, ...]:
    return turn[:-3]


def _next_name(name: str, turns: Sequence[tuple[Any, ...]]) -> str:
    """Name a conversation that cannot have its own name: always the same, so that none is added twice."""
    told = json.dumps([name, *map(_said, turns)], ensure_ascii=False)
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()[:16]).decode().rstrip("=")


def _add_turns(kept: ConversationFile, name: str, turns: Sequence[tuple[Any, ...]]) -> None:
    for turn in turns:
        kept.rows(f"INSERT INTO turns(conversation, {_TURN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (name, *turn))


def set_aside(folder: Path, name: str) -> Path | None:
    """Give conversations that cannot be read another name, beside their log; None where they can be."""
    path = folder / CONVERSATIONS_NAME
    if not path.is_file():
        return None
    try:
        with contextlib.closing(ConversationFile.open(path)) as file:
            if not file.problems():
                return None
    except ConversationsDamaged:
        pass
    aside = path.with_name(f"{CONVERSATIONS_NAME}{name}")
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return aside


def _forget(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{part}{suffix}").unlink(missing_ok=True)

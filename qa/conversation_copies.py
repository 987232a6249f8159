"""Conversations in a backup: carried in a table of parts, and merged into those that are there when it is restored."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from qa.conversation_file import (
    CONVERSATIONS_NAME,
    ConversationFile,
    ConversationsDamaged,
    ConversationsUnusable,
    damaged,
)
from qa.errors import IndexUnusable

_TABLE = "kept_conversations"
_PART_BYTES = 4_000_000
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

    Of a conversation that both hold, the one that changed last stays; nothing that is in the folder goes. All or none.
    Raises ConversationsUnusable where either cannot be read.
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


def _merge_one(backup: ConversationFile, kept: ConversationFile, conversation: tuple[object, ...]) -> None:
    name, changed = conversation[0], str(conversation[4])
    there = kept.rows("SELECT changed, deleted FROM conversations WHERE id = ?", (name,))
    if there and str(there[0][0]) >= changed:
        if there[0][1] is not None:  # deleted since: that is what a backup is for
            kept.rows("UPDATE conversations SET deleted = ? WHERE id = ?", (conversation[5], name))
        return
    kept.rows("DELETE FROM conversations WHERE id = ?", (name,))
    kept.rows("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?)", conversation)
    columns = "conversation, number, question, answer, record, scope, asked, rating, right_answer, rated"
    for turn in backup.rows(f"SELECT {columns} FROM turns WHERE conversation = ?", (name,)):
        kept.rows(f"INSERT INTO turns({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", turn)


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

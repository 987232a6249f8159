"""An index made of a backup, without encoding; whatever stood in its place is kept under another name."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa import derived
from qa.assistant import DEFAULT_INDEX, PathLike, Summary
from qa.backup import CONFIDENCE_KEY, MADE_KEY, UNREADABLE, BackupError, changing, one_line, summary_of
from qa.confidence import CONFIDENCE_NAME, load_confidence
from qa.conversation_copies import merge, set_aside, unpack
from qa.conversation_file import CONVERSATIONS_NAME
from qa.database import Database, connect
from qa.errors import IndexBusy, IndexUnusable
from qa.index import REBUILD_NAME, STORE_NAME, writing
from qa.store import Store

ASIDE_INFIX = ".before-restore-"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was made of a backup."""

    folder: Path
    made: str | None
    """When the backup was made, ISO with its offset; None where the file is a copied store."""
    summary: Summary
    confidence: bool
    """Whether a fitted confidence was in it, and is in use again."""
    aside: Path | None
    """Where the store is now that was in the folder before."""
    conversations: int = 0
    """How many were in it; those that the folder holds stay beside them."""


def restore(
    file: PathLike, index: PathLike = DEFAULT_INDEX, replace: bool = False, wait_seconds: float = 10.0
) -> RestoreReport:
    """Make an index of a backup, without encoding. A kill at any moment leaves the old index, or the new one.

    A store that is there already gets another name and is never deleted; where it can be read and holds articles, that
    takes `replace`. Readers that have it open go on, and change over. Conversations are merged into those that are
    there; where these are damaged, they get another name too. Raises ConversationsUnusable where neither can be done,
    BackupError for a file that is no whole
    backup, IndexUnusable for one of another schema, for an index that is not to be replaced and a folder that may not
    be written, IndexBusy while another process writes.
    """
    source, folder = Path(file), Path(index)
    with contextlib.closing(_opened(source)) as backup:
        path = folder / STORE_NAME
        if path.is_file() and path.samefile(source):
            raise BackupError(f"{source} is the index's own store, no backup of it")
        with writing(folder, wait_seconds), _said_plainly(folder):
            if path.is_file() and not replace and (held := _held(path)):
                raise IndexUnusable(
                    f"the index {folder} {held}; put the backup in its place with --replace, which keeps what is there "
                    "under another name"
                )
            forget_killed(path)
            temporary = folder / REBUILD_NAME
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir()
            try:
                made, confidence = _copied(backup, temporary)
                # First: a kill in between leaves the old index, and nothing that a second run would add twice.
                conversations = _take_conversations(temporary, folder)
                aside = _swap(path, temporary, confidence)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
            with contextlib.closing(Store.open(path, write=True)) as store:
                derived.refresh(folder, store)
                return RestoreReport(folder, made, summary_of(store), confidence, aside, conversations)


def _opened(file: Path) -> Store:
    """Open a backup, once all of it is found to be whole."""
    if not file.is_file():
        raise BackupError(f"there is no backup {file}" if not file.exists() else f"{file} is no file")
    try:
        store = Store.open(file)
    except IndexUnusable as error:
        if isinstance(error.__cause__, sqlite3.Error):
            raise BackupError(f"{file} is no backup of Hoidap that can be read: {one_line(error.__cause__)}") from error
        raise
    try:
        if problems := store.problems():
            raise BackupError(f"the backup {file} is damaged, and was left alone: {one_line(problems[0])}")
        summary_of(store)
        store.known(), store.dropped(), store.read_files()
    except (*UNREADABLE, IndexUnusable) as error:
        store.close()
        raise BackupError(f"{file} is no backup of Hoidap that can be read: {one_line(error)}") from error
    except BackupError:
        store.close()
        raise
    return store


def _held(path: Path) -> str | None:
    """Say what a store holds that is not to be replaced unasked; None where that is nothing, or it is damaged."""
    try:
        with contextlib.closing(Store.open(path)) as store:
            articles = len(store.known())
            return f"holds {articles} articles" if articles and not store.problems() else None
    except IndexUnusable as error:
        damage = isinstance(error.__cause__, (sqlite3.Error, ValueError))
        return None if damage else "was made by another version of Hoidap"
    except UNREADABLE:
        return None


def forget_killed(path: Path) -> None:
    """Drop the second name that a restore gave a store before it was killed. Needs the writer's lock."""
    for aside in unfinished_asides(path):
        log = Path(f"{aside}-wal")
        if log.is_file() and not Path(f"{path}-wal").exists():
            os.replace(log, f"{path}-wal")  # the kill came once the log had lost its own name
        log.unlink(missing_ok=True)
        aside.unlink()


def unfinished_asides(path: Path) -> list[Path]:
    """List the names that restores which were killed gave to a store that is still in its place."""
    found = path.parent.glob(f"{path.name}{ASIDE_INFIX}*")
    return sorted(aside for aside in found if path.is_file() and aside.is_file() and aside.samefile(path))


def _copied(backup: Store, temporary: Path) -> tuple[str | None, bool]:
    """Copy a backup and its confidence to a folder; tell when it was made, and whether there was one.

    The copy gets an identity of its own: what was derived of the store that it was copied from, at a later revision, is
    no use to it.
    """
    copy, fingerprint = temporary / STORE_NAME, backup.built.fingerprint
    made, confidence = backup.meta(MADE_KEY), backup.meta(CONFIDENCE_KEY)
    backup.copy_to(copy)
    with changing(copy) as connection:
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE type IN ('trigger', 'view')").fetchone():
            raise BackupError(f"{backup.path} holds what no backup of Hoidap does, and was left alone")
        unpack(connection, temporary / CONVERSATIONS_NAME)
        connection.execute("DELETE FROM meta WHERE key IN (?, ?)", (MADE_KEY, CONFIDENCE_KEY))
        connection.execute("UPDATE meta SET value = ? WHERE key = 'store'", (uuid.uuid4().hex,))
    if confidence is not None:
        (temporary / CONFIDENCE_NAME).write_text(confidence, "utf-8")
        try:
            load_confidence(temporary, fingerprint)
        except IndexUnusable:
            (temporary / CONFIDENCE_NAME).unlink()
    return made, (temporary / CONFIDENCE_NAME).is_file()


def _take_conversations(temporary: Path, folder: Path) -> int:
    """Merge a backup's conversations, where it has any, into a folder's; give how many it has."""
    if not (temporary / CONVERSATIONS_NAME).is_file():
        return 0
    set_aside(folder, f"{ASIDE_INFIX}{time.strftime('%Y%m%d-%H%M%S')}")
    return merge(temporary / CONVERSATIONS_NAME, folder)


def _swap(path: Path, temporary: Path, confidence: bool) -> Path | None:
    """Put a store, and the confidence fitted to it, in the place of those in a folder; give the old store's name now.

    The old one has its second name before it loses its first. Its log is folded into it: it would be replayed onto the
    new one. Where it cannot be, since the store is damaged, the log goes with it.
    """
    _fold(path)
    aside, fitted = _second_name(path), path.with_name(CONFIDENCE_NAME)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    if aside is not None and fitted.is_file():
        _link(fitted, fitted.with_name(aside.name.replace(STORE_NAME, CONFIDENCE_NAME)))
    os.replace(temporary / STORE_NAME, path)
    if confidence:
        os.replace(temporary / CONFIDENCE_NAME, fitted)
    else:
        fitted.unlink(missing_ok=True)
    return aside


def _fold(path: Path) -> None:
    """Fold a store's log into it, whatever its schema. Raises IndexBusy where a reader is in the way for long."""
    if not path.is_file():
        return
    with (
        contextlib.suppress(sqlite3.DatabaseError, IndexUnusable),
        contextlib.closing(Database(path, connect(path, "rw"))) as old,
    ):
        deadline = time.monotonic() + 10
        while not old.fold_log():
            if time.monotonic() > deadline:
                raise IndexBusy(f"{path} is being read without a pause; try again in a moment")
            time.sleep(0.05)


def _second_name(path: Path) -> Path | None:
    """Give a store, and a log that could not be folded into it, a second name; None where there is none."""
    if not path.is_file():
        return None
    name = f"{path.name}{ASIDE_INFIX}{time.strftime('%Y%m%d-%H%M%S')}"
    names = itertools.chain([name], (f"{name}-{count}" for count in itertools.count(2)))
    aside = next(other for other in map(path.with_name, names) if not os.path.lexists(other))
    _link(path, aside)
    log = Path(f"{path}-wal")
    if log.is_file() and log.stat().st_size:
        _link(log, Path(f"{aside}-wal"))
    return aside


def _link(path: Path, other: Path) -> None:
    """Give a file a second name; a copy of that name, on a disk that knows no such thing."""
    try:
        os.link(path, other)
    except OSError:
        part = other.with_name(other.name + ".part")
        shutil.copyfile(path, part)
        os.replace(part, other)


@contextlib.contextmanager
def _said_plainly(folder: Path) -> Iterator[None]:
    """Say in one line what the machine refused."""
    try:
        yield
    except sqlite3.Error as error:
        raise IndexUnusable(f"cannot restore to {folder}: {error}") from error
    except OSError as error:
        raise IndexUnusable(f"cannot restore to {folder}: {error.strerror or error}") from error

"""A whole copy of an index in one file, made while it is read and written.

A backup is a store like any other, with two more rows of `meta`: when it was made, and what confidence was fitted to
the index; and, where there are any, with the conversations that were kept beside it. The derived indexes are not in it:
they are made from the store, without encoding.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from qa.assistant import DEFAULT_INDEX, PathLike, Summary
from qa.confidence import CONFIDENCE_NAME, load_confidence
from qa.conversation_copies import pack
from qa.conversation_file import ConversationsUnusable
from qa.database import connect, damaged
from qa.errors import HoidapError, IndexBusy, IndexUnusable
from qa.index import STORE_NAME
from qa.store import Store

MADE_KEY, CONFIDENCE_KEY = "backup", "confidence"
"""What a backup holds in `meta` beside what a store does: when it was made, and the confidence's file."""
UNREADABLE = (sqlite3.Error, ValueError, TypeError, OverflowError)
"""What a damaged store makes of anything that reads it, beside IndexUnusable."""


class BackupError(HoidapError):
    """A backup that cannot be written where it was to be, or is none that can be read."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was written to a backup."""

    file: Path
    byte_count: int
    summary: Summary
    confidence: bool
    """Whether confidence was fitted to the index, and is kept in it."""
    left_out: str | None = None
    """Why a fitted confidence, or conversations, that are there are not kept in it."""
    conversations: int = 0


def back_up(file: PathLike, index: PathLike = DEFAULT_INDEX) -> BackupReport:
    """Copy an index's last state to one file, whoever reads or writes it meanwhile; checked before it gets its name.

    An older backup of that name is replaced at once, anything else left alone. Raises BackupError where the file cannot
    be written, IndexUnusable where there is no index that can be read, IndexBusy while another backup to it is made.
    """
    target, folder = Path(os.path.realpath(file)), Path(index)
    with contextlib.closing(Store.open(folder / STORE_NAME)) as store:
        _check_target(target, folder)
        part = target.with_name(target.name + ".part")
        with _alone(part), _unfinished(part), _plain_errors(target):
            try:
                store.copy_to(part)
            except sqlite3.DatabaseError as error:
                raise damaged(store.path, error) from error
            text, left_out = _fitted_confidence(folder, store)
            with changing(part) as connection:
                rows = [(MADE_KEY, datetime.datetime.now().astimezone().isoformat(timespec="seconds"))]
                rows += [(CONFIDENCE_KEY, text)] if text is not None else []
                connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)
                try:
                    conversations = pack(folder, connection, Path(f"{part}-conversations"))
                except ConversationsUnusable as error:
                    conversations, left_out = 0, "; ".join(filter(None, (left_out, str(error))))
            summary = _checked(part, store.path)
            for suffix in ("-journal", "-wal", "-shm"):  # would be replayed onto the new file
                Path(f"{target}{suffix}").unlink(missing_ok=True)
            os.replace(part, target)
            return BackupReport(target, target.stat().st_size, summary, text is not None, left_out, conversations)


def _check_target(target: Path, folder: Path) -> None:
    """Raise BackupError for a place where a backup must not be written."""
    inside = Path(os.path.realpath(folder))
    if target == inside or inside in target.parents:
        raise BackupError(f"{target} lies in the index itself; name a file elsewhere, best on another disk")
    if not target.parent.is_dir():
        raise BackupError(f"cannot write {target}: there is no folder {target.parent}")
    if os.path.lexists(target) and not _is_backup(target):
        raise BackupError(f"{target} exists and is no backup of Hoidap; it is left alone, name another file")


def _is_backup(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with contextlib.closing(connect(path, "ro&immutable=1")) as connection:
            keys = connection.execute("SELECT key FROM meta WHERE key IN (?, 'schema')", (MADE_KEY,)).fetchall()
    except sqlite3.Error:
        return False
    return len(keys) == 2


def _fitted_confidence(folder: Path, store: Store) -> tuple[str | None, str | None]:
    """Give the fitted confidence's file, or why it is of no use."""
    try:
        load_confidence(folder, store.built.fingerprint)
        return (folder / CONFIDENCE_NAME).read_text("utf-8"), None
    except FileNotFoundError:
        return None, None
    except IndexUnusable as error:
        return None, str(error)


def _checked(part: Path, source: Path) -> Summary:
    """Check a copy; raise IndexUnusable where it, and so what it was copied from, is damaged."""
    try:
        with contextlib.closing(Store.open(part)) as copy:
            if problems := copy.problems():
                raise damaged(source, ValueError(one_line(problems[0])))
            return summary_of(copy)
    except UNREADABLE as error:
        raise damaged(source, error) from error


def one_line(problem: object) -> str:
    """Put what was found wrong on one line."""
    return " ".join(str(problem).split()) or type(problem).__name__


def summary_of(store: Store) -> Summary:
    """Count what a store holds."""
    revision = store.revision
    return Summary(*store.counts(revision), revision, store.built.model)


@contextlib.contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keep others from writing to the same unfinished file."""
    lock = FileLock(part.with_name(part.name + ".lock"), timeout=0)
    try:
        with lock:
            try:
                yield
            finally:
                Path(lock.lock_file).unlink(missing_ok=True)
    except Timeout:
        raise IndexBusy(f"another backup to {part.with_suffix('')} is being made; try again in a moment") from None
    except OSError as error:
        raise BackupError(f"cannot write {part.with_suffix('')}: {error.strerror or error}") from error


@contextlib.contextmanager
def _unfinished(part: Path) -> Iterator[None]:
    """Leave nothing of an unfinished file behind: of this run's, or of one that was killed."""
    paths = [Path(f"{part}{suffix}") for suffix in ("", "-journal", "-wal", "-shm")]
    for path in paths:
        path.unlink(missing_ok=True)
    try:
        yield
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _plain_errors(target: Path) -> Iterator[None]:
    """Say in one line why a file could not be written."""
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"cannot write {target}: {error}") from error
    except OSError as error:
        # What `Database.copy_to` could not write has no number, and names the unfinished file.
        reason = error.strerror or str(error).rpartition(": ")[2]
        raise BackupError(f"cannot write {target}: {reason}") from error


@contextlib.contextmanager
def changing(path: Path) -> Iterator[sqlite3.Connection]:
    """Change a copy that nobody else has open, all or nothing."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection

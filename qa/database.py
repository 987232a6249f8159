"""The SQLite file under the store: opening it, transactions, and what is said when it is damaged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.errors import IndexUnusable

_DAMAGE = ("Could not decode", "no such table", "no such column")
_PAGES_A_STEP = 2000  # of 4 KB: a backup in steps lets writers in between


class Database:
    """A connection to one SQLite file; shared by threads, one statement at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._inode = path.stat().st_ino

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        with self._lock:
            self._connection.close()

    def was_replaced(self) -> bool:
        """Tell whether another file has taken the path of the one that is open."""
        try:
            return self.path.stat().st_ino != self._inode
        except OSError:
            return False  # gone for a moment while it is being replaced

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block does, or none of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself rolls back where the disk is full
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read one state of the store, whatever a writer commits meanwhile."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                with contextlib.suppress(sqlite3.DatabaseError):  # nothing was written
                    self._connection.execute("ROLLBACK")

    def _rows(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.IntegrityError):
                    raise
                # A text that is not UTF-8, and tables that are gone, are no fault of the machine.
                if isinstance(error, sqlite3.OperationalError) and not str(error).startswith(_DAMAGE):
                    raise
                raise damaged(self.path, error) from error

    def fold_log(self) -> bool:
        """Move all that was committed from the write-ahead log into the file; False where a reader is in the way."""
        return bool(self._rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0] == 0)

    def copy_to(self, path: Path) -> None:
        """Copy one whole state of the file to `path`, log and all, while others read and write it.

        Raises OSError where there is no room for it.
        """
        try:
            with contextlib.closing(sqlite3.connect(path)) as copy, self.reading():
                self._rows("SELECT count(*) FROM sqlite_schema")  # from here on, what is read is one state
                self._connection.backup(copy, pages=_PAGES_A_STEP)
                copy.execute("PRAGMA journal_mode = DELETE")
            with path.open("rb") as file:
                os.fsync(file.fileno())
        except sqlite3.OperationalError as error:
            raise OSError(f"cannot write {path}: {error}") from error

    def problems(self) -> list[str]:
        """Let SQLite check its file; list what it finds."""
        try:
            lines = [line for (row,) in self._rows("PRAGMA quick_check") for line in row.splitlines()]
            return [line for line in lines if line != "ok" and not line.startswith("***")]
        except (sqlite3.DatabaseError, IndexUnusable) as error:
            return [str(error)]


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file; `mode` as SQLite's addresses have it (https://www.sqlite.org/uri.html)."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if mode.startswith("rw"):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def unwritable(error: sqlite3.DatabaseError) -> bool:
    """Tell whether SQLite failed for want of the permission to write."""
    return "unable to open" in str(error) or "readonly" in str(error)


def damaged(path: Path, error: Exception) -> IndexUnusable:
    """Make the error that says that a file is no store that can be read, and what to do."""
    found = [*str(error).splitlines(), type(error).__name__][0][:200]
    return IndexUnusable(
        f"{path} cannot be read as an index ({found}); restore a backup with: hoidap restore FILE --index "
        f"{path.parent}; or move it away and index again with: hoidap index PATH --index {path.parent}"
    )

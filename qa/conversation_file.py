"""The SQLite file beside the index that holds what people asked: it cannot be rebuilt, so nothing else writes to it."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.database import Database, connect, unwritable
from qa.errors import HoidapError, IndexUnusable

CONVERSATIONS_NAME = "conversations.sqlite"
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE conversations(
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL,
    -- Moments in UTC, ISO, to the microsecond: as texts they sort as they came.
    started TEXT NOT NULL, changed TEXT NOT NULL, deleted TEXT) WITHOUT ROWID;
CREATE INDEX conversations_owner ON conversations(owner, changed);
CREATE TABLE turns(
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, number INTEGER NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, record TEXT NOT NULL, scope TEXT NOT NULL, asked TEXT NOT NULL,
    rating TEXT, right_answer TEXT, rated TEXT,
    PRIMARY KEY(conversation, number));
CREATE INDEX turns_rated ON turns(rated) WHERE rating IS NOT NULL;
"""


class ConversationsUnusable(HoidapError):
    """Conversations that cannot be read, or not be written to: the file is damaged, foreign, or the disk full."""


class ConversationsDamaged(ConversationsUnusable):
    """The file of conversations is damaged, or something else has its name."""


class ConversationFile(Database):
    """The file of kept conversations, open."""

    @classmethod
    def open(cls, path: Path, *, write: bool = True) -> ConversationFile:
        """Open a file; with `write`, make it where there is none.

        Raises ConversationsUnusable, in one line, where it is damaged, foreign, or cannot be read or written.
        """
        with plainly(path):
            if write:
                if not path.exists():
                    _create(path)
                # Before it is opened to be written to, which alters a file that is something else.
                cls._checked(path, "ro").close()
            # A write-ahead log cannot be opened in a folder that may not be written: the file alone can.
            modes = ["rw"] if write else ["ro", "ro&immutable=1"]
            while True:
                try:
                    return cls._checked(path, modes.pop(0))
                except sqlite3.DatabaseError as error:
                    if not modes or not unwritable(error):
                        raise

    @classmethod
    def _checked(cls, path: Path, mode: str) -> ConversationFile:
        file = cls(path, connect(path, mode))
        try:
            found = file._rows("SELECT value FROM meta WHERE key = 'conversations'")
            if not found:
                raise sqlite3.DatabaseError("it holds no conversations")
            if found[0][0] != str(SCHEMA_VERSION):
                raise ConversationsUnusable(
                    f"{path} was made by another version of Hoidap (conversations {found[0][0]}, this one reads "
                    f"{SCHEMA_VERSION}): use that version, or move the file away"
                )
            # What a person deletes is to be gone from the file, not only from its tables.
            file._connection.execute("PRAGMA secure_delete = ON")
        except BaseException:
            file.close()
            raise
        return file

    def rows(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Run a statement and give its rows. Raises ConversationsUnusable."""
        with plainly(self.path):
            return self._rows(sql, parameters)

    @contextlib.contextmanager
    def writing(self) -> Iterator[ConversationFile]:
        """Commit what the block does, or none of it. Raises ConversationsUnusable."""
        with plainly(self.path), self.transaction():
            yield self

    def is_current(self) -> bool:
        """Tell whether the file that is open is still the one of its name."""
        return self.path.exists() and not self.was_replaced()


def _create(path: Path) -> None:
    """Make an empty file, whole or not at all; where another process was quicker, leave its."""
    unfinished = path.with_name(f"{path.name}.part-{secrets.token_hex(4)}")
    try:
        with contextlib.closing(connect(unfinished, "rwc")) as connection:
            # Before the tables: such a file is other people's questions.
            unfinished.chmod(0o600)
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('conversations', ?)", (str(SCHEMA_VERSION),))
        for suffix in ("-wal", "-shm"):  # of a file that was deleted: its log would be replayed onto this one
            if not path.exists():
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass
        except OSError:  # a disk that knows no second names
            if not path.exists():
                os.replace(unfinished, path)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{unfinished}{suffix}").unlink(missing_ok=True)


@contextlib.contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Say in one line what keeps a file of conversations from being used, and what to do."""
    try:
        yield
    except IndexUnusable as error:
        raise damaged(path, error.__cause__ or error) from error
    except sqlite3.OperationalError as error:
        if "no such" in str(error) or "decode" in str(error):
            raise damaged(path, error) from error
        raise ConversationsUnusable(
            f"cannot use {path} now ({_line(error)}); what was kept before is safe: look at the disk's room and at who "
            "may write there"
        ) from error
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    except OSError as error:
        raise ConversationsUnusable(f"cannot write {path}: {error.strerror or error}") from error


def damaged(path: Path, error: BaseException) -> ConversationsDamaged:
    """Make the error that says that a file holds no conversations that can be read, and what to do."""
    return ConversationsDamaged(
        f"{path} cannot be read as kept conversations ({_line(error)}); move it away and a new one is begun, or bring "
        f"those of a backup back with: hoidap restore FILE --replace --index {path.parent}"
    )


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

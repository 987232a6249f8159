"""The one source of truth: articles, passages, sentences and their vectors in SQLite.

Every article row carries the revision that added it and, once replaced or gone, the one that removed it.
A writer commits in batches under the revision it is working on; publishing that revision makes all of it
visible at once. So a reader sees whole revisions, and a kill loses nothing that was committed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.errors import IndexUnusable
from qa.types import Article, Passage, Sentence

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles(
    id INTEGER PRIMARY KEY AUTOINCREMENT, public_id TEXT NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL,
    title TEXT NOT NULL, source TEXT, published TEXT, url TEXT, text TEXT NOT NULL, sha256 TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER);
CREATE UNIQUE INDEX articles_place ON articles(path, name) WHERE removed IS NULL;
CREATE UNIQUE INDEX articles_public_id ON articles(public_id) WHERE removed IS NULL;
CREATE INDEX articles_removed ON articles(removed) WHERE removed IS NOT NULL;
CREATE TABLE passages(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL);
CREATE INDEX passages_article ON passages(article);
CREATE TABLE sentences(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    passage INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL);
CREATE INDEX sentences_passage ON sentences(passage);
-- One article's vectors, float16, a row a sentence in the sentences' order.
CREATE TABLE vectors(article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE, matrix BLOB NOT NULL);
"""
_VISIBLE = "a.added <= :revision AND (a.removed IS NULL OR a.removed > :revision)"
_ARTICLE = "a.public_id, a.path, a.title, a.text, a.sha256, a.source, a.published, a.url"


@dataclass(frozen=True, slots=True)
class Built:
    """What an index was built with; vectors of two such descriptions do not mix."""

    model: str
    fingerprint: str
    splitter: dict[str, int]


@dataclass(frozen=True, slots=True)
class Known:
    """An article that the store holds, as far as a writer needs to tell whether it changed."""

    row: int
    public_id: str
    path: str
    name: str
    sha256: str
    added: int


class Store:
    """A connection to `hoidap.sqlite`; shared by threads, one statement at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._inode = path.stat().st_ino

    # --- opening -----------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, built: Built) -> Store:
        """Create an empty store, complete or not at all."""
        unfinished = path.with_name(path.name + ".part")
        unfinished.unlink(missing_ok=True)
        store = cls(unfinished, _connect(unfinished, "rwc"))
        with store.transaction():
            for statement in _SCHEMA.split(";\n"):
                store._connection.execute(statement)
            for key, value in {
                "schema": SCHEMA_VERSION,
                "store": uuid.uuid4().hex,
                "model": built.model,
                "fingerprint": built.fingerprint,
                "splitter": json.dumps(built.splitter, sort_keys=True),
                "revision": 0,
                "floor": 0,
            }.items():
                store.set_meta(key, value)
        store.close()  # folds the write-ahead log into the file
        os.replace(unfinished, path)
        return cls.open(path, write=True)

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Store:
        """Open an existing store. Raises IndexUnusable where it is missing, damaged or of another schema."""
        if not path.is_file():
            raise IndexUnusable(
                f"there is no index at {path.parent}; make one with: hoidap index PATH --index {path.parent}"
            )
        try:
            store = cls(path, _connect(path, "rw" if write else "ro"))
            found = store.meta("schema")
        except sqlite3.OperationalError as error:
            if write or not _unwritable(error):
                raise _damaged(path, error) from error
            # A write-ahead log cannot be opened in a folder that may not be written: the file alone can.
            store = cls(path, _connect(path, "ro&immutable=1"))
            found = store.meta("schema")
        except sqlite3.DatabaseError as error:
            raise _damaged(path, error) from error
        if found != str(SCHEMA_VERSION):
            store.close()
            raise _other_schema(path, found)
        return store

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
                if isinstance(error, (sqlite3.OperationalError, sqlite3.IntegrityError)):
                    raise
                raise _damaged(self.path, error) from error

    # --- what built it, and how far it is ----------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """Give a recorded value, or None."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: object) -> None:
        """Record a value, within a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))

    @property
    def built(self) -> Built:
        """What the store was built with."""
        return Built(
            model=self.meta("model") or "",
            fingerprint=self.meta("fingerprint") or "",
            splitter=json.loads(self.meta("splitter") or "{}"),
        )

    @property
    def identity(self) -> str:
        """A random name that no other store has: a derived file of another store is no use to this one."""
        return self.meta("store") or ""

    @property
    def revision(self) -> int:
        """The last revision that was published."""
        return int(self.meta("revision") or 0)

    @property
    def floor(self) -> int:
        """The oldest revision that can still be read whole."""
        return int(self.meta("floor") or 0)

    @property
    def dimension(self) -> int | None:
        """The vectors' length, once there are any."""
        value = self.meta("dimension")
        return None if value is None else int(value)

    def note_encoding(self, dimension: int, prompts: Mapping[str, str]) -> None:
        """Record how the vectors were made, within the transaction that adds the first of them."""
        if self.dimension is None:
            self.set_meta("dimension", dimension)
            self.set_meta("prompts", json.dumps(dict(prompts), sort_keys=True))

    def publish(self) -> int:
        """Make all that was committed visible, as one revision; return it. Nothing new, nothing published."""
        with self.transaction():
            working = self.revision + 1
            changed = self._rows("SELECT 1 FROM articles WHERE added = ? OR removed = ? LIMIT 1", (working, working))
            if changed:
                self.set_meta("revision", working)
            return working if changed else working - 1

    def fold_log(self) -> bool:
        """Move all that was committed from the write-ahead log into the file; False where a reader is in the way."""
        return bool(self._rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0] == 0)

    def purge(self, revision: int) -> None:
        """Drop what was removed by `revision` or before; older revisions can be read no more."""
        with self.transaction():
            self._connection.execute("DELETE FROM articles WHERE removed <= ?", (revision,))
            self.set_meta("floor", revision)

    # --- writing -----------------------------------------------------------------------------------------

    def known(self) -> list[Known]:
        """List the articles that the next revision holds so far."""
        sql = "SELECT id, public_id, path, name, sha256, added FROM articles WHERE removed IS NULL"
        return [Known(*row) for row in self._rows(sql)]

    def add(self, article: Article, name: str, passages: Sequence[Passage], vectors: np.ndarray) -> None:
        """Add an article with the float32 vectors of its sentences, within a transaction, to the next revision."""
        execute = self._connection.execute
        columns = (article.id, article.path, name, article.title, article.source, article.published, article.url)
        row = execute(
            "INSERT INTO articles(public_id, path, name, title, source, published, url, text, sha256, added)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*columns, article.text, article.sha256, self.revision + 1),
        ).lastrowid
        for passage in passages:
            passage_row = execute(
                'INSERT INTO passages(article, start, "end") VALUES (?, ?, ?)', (row, passage.start, passage.end)
            ).lastrowid
            self._connection.executemany(
                'INSERT INTO sentences(passage, start, "end") VALUES (?, ?, ?)',
                [(passage_row, sentence.start, sentence.end) for sentence in passage.sentences],
            )
        execute("INSERT INTO vectors VALUES (?, ?)", (row, vectors.astype("<f2").tobytes()))

    def remove(self, article: Known) -> None:
        """Remove an article from the next revision, within a transaction."""
        working = self.revision + 1
        if article.added == working:  # never published: nobody can be reading it
            self._connection.execute("DELETE FROM articles WHERE id = ?", (article.row,))
        else:
            self._connection.execute("UPDATE articles SET removed = ? WHERE id = ?", (working, article.row))

    def move(self, article: Known, path: str, name: str) -> None:
        """Note that an unchanged article's file was moved or renamed, within a transaction; its id stays."""
        self._connection.execute("UPDATE articles SET path = ?, name = ? WHERE id = ?", (path, name, article.row))

    # --- reading a revision ------------------------------------------------------------------------------

    def article_rows(self, revision: int, after: int | None = None) -> list[int]:
        """List the rows of the articles of a revision; with `after`, only those that came since that one."""
        since = "" if after is None else " AND a.added > :after"
        sql = f"SELECT a.id FROM articles a WHERE {_VISIBLE}{since} ORDER BY a.id"
        return [row for (row,) in self._rows(sql, {"revision": revision, "after": after})]

    def removed_rows(self, after: int, revision: int) -> list[int]:
        """List the rows of the articles that went after one revision, up to another."""
        sql = "SELECT id FROM articles WHERE added <= ? AND removed > ? AND removed <= ?"
        return [row for (row,) in self._rows(sql, (after, after, revision))]

    def layout(self, revision: int) -> np.ndarray:
        """Give every sentence of a revision: rows of (sentence, passage, article) ids, int64, by sentence id."""
        sql = (
            "SELECT s.id, p.id, a.id FROM articles a JOIN passages p ON p.article = a.id"
            f" JOIN sentences s ON s.passage = p.id WHERE {_VISIBLE} ORDER BY s.id"
        )
        return np.array(self._rows(sql, {"revision": revision}), np.int64).reshape(-1, 3)

    def sentence_ids(self, article_row: int) -> np.ndarray:
        """List an article's sentences, in order."""
        sql = "SELECT s.id FROM passages p JOIN sentences s ON s.passage = p.id WHERE p.article = ? ORDER BY s.id"
        return np.array([row for (row,) in self._rows(sql, (article_row,))], np.int64)

    def vectors(self, article_row: int) -> np.ndarray:
        """Give an article's vectors, float32, shape (sentences, dimension)."""
        rows = self._rows("SELECT matrix FROM vectors WHERE article = ?", (article_row,))
        matrix = rows[0][0] if rows else b""
        dimension = self.dimension or 1
        if len(matrix) % (2 * dimension):
            raise _damaged(self.path, ValueError(f"the vectors of article {article_row} are {len(matrix)} bytes long"))
        return np.frombuffer(matrix, "<f2").reshape(-1, dimension).astype(np.float32)

    def passage_spans(self, article_row: int) -> list[tuple[int, int, int]]:
        """List an article's passages, in order: id, start, end."""
        return self._rows('SELECT id, start, "end" FROM passages WHERE article = ? ORDER BY id', (article_row,))  # type: ignore[return-value]

    def article(self, row: int) -> Article | None:
        """Read an article, or None where it has been purged."""
        rows = self._rows(f"SELECT {_ARTICLE} FROM articles a WHERE a.id = ?", (row,))
        return Article(*rows[0]) if rows else None

    def article_row(self, public_id: str, revision: int) -> int | None:
        """Find the row of an article by its public id."""
        sql = f"SELECT a.id FROM articles a WHERE a.public_id = :id AND {_VISIBLE}"
        rows = self._rows(sql, {"id": public_id, "revision": revision})
        return rows[0][0] if rows else None

    def passage(self, passage_id: int, article: Article) -> Passage | None:
        """Read a passage of an article already read, or None where it has been purged."""
        span = self._rows('SELECT start, "end" FROM passages WHERE id = ?', (passage_id,))
        sentences = self._rows('SELECT start, "end" FROM sentences WHERE passage = ? ORDER BY id', (passage_id,))
        if not span or not sentences:  # purged, perhaps between the two
            return None
        start, end = span[0]
        return Passage(article, start, end, tuple(Sentence(*row) for row in sentences))

    def published(self, revision: int) -> list[tuple[int, str | None]]:
        """List the articles of a revision: rows, and when each was published."""
        return self._rows(f"SELECT a.id, a.published FROM articles a WHERE {_VISIBLE}", {"revision": revision})  # type: ignore[return-value]

    def articles(self, revision: int) -> Iterable[tuple[int, Article]]:
        """Yield the articles of a revision, one in memory at a time."""
        for row in self.article_rows(revision):
            if (article := self.article(row)) is not None:
                yield row, article

    def counts(self, revision: int) -> tuple[int, int, int]:
        """Count the articles, passages and sentences of a revision."""
        sql = (
            "SELECT count(DISTINCT a.id), count(DISTINCT p.id), count(s.id) FROM articles a"
            f" LEFT JOIN passages p ON p.article = a.id LEFT JOIN sentences s ON s.passage = p.id WHERE {_VISIBLE}"
        )
        return self._rows(sql, {"revision": revision})[0]  # type: ignore[return-value]

    def problems(self) -> list[str]:
        """Let SQLite check its file; list what it finds."""
        try:
            return [row for (row,) in self._rows("PRAGMA quick_check") if row != "ok"]
        except (sqlite3.DatabaseError, IndexUnusable) as error:
            return [str(error)]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    if mode.startswith("rw"):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection


def _unwritable(error: sqlite3.OperationalError) -> bool:
    return "unable to open" in str(error) or "readonly" in str(error)


def _damaged(path: Path, error: Exception) -> IndexUnusable:
    return IndexUnusable(
        f"{path} cannot be read as an index ({error}); move it away and index again with: "
        f"hoidap index PATH --index {path.parent}"
    )


def _other_schema(path: Path, found: str | None) -> IndexUnusable:
    if found is not None and found.isdigit() and int(found) > SCHEMA_VERSION:
        return IndexUnusable(
            f"{path} was made by a newer Hoidap (schema {found}, this one knows {SCHEMA_VERSION}); update Hoidap, or "
            f"index again into another folder with: hoidap index PATH --index DIR"
        )
    return IndexUnusable(
        f"{path} is of schema {found}, this Hoidap needs {SCHEMA_VERSION}; move it away and index again with: "
        f"hoidap index PATH --index {path.parent}"
    )

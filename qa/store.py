"""The one source of truth: articles, passages, sentences and their vectors in SQLite.

Every article row carries the revision that added it and, once replaced or gone, the one that removed it.
A writer commits in batches under the revision it is working on; publishing that revision makes all of it
visible at once. So a reader sees whole revisions, and a kill loses nothing that was committed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.database import connect, damaged, unwritable
from qa.errors import IndexUnusable
from qa.revisions import Built, Revisions
from qa.schema import SCHEMA, SCHEMA_VERSION
from qa.types import Article, Passage

__all__ = ["SCHEMA_VERSION", "Built", "Known", "NewArticle", "Store"]

# Reports made from one template share keys by the thousand.
_ALIKE_MOST = 100


@dataclass(frozen=True, slots=True)
class Known:
    """An article that the store holds, as far as a writer needs to tell whether it changed."""

    row: int
    public_id: str
    path: str
    name: str
    sha256: str
    added: int


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to be added: what is kept of it beside its text."""

    article: Article
    name: str
    titled: bool
    """Whether its title was given beside the text, and is not its first line."""
    passages: Sequence[Passage]
    vectors: np.ndarray
    """Of its sentences, float32, shape (sentences, dimension)."""
    signature: bytes = b""
    """What tells whether it is the same story as another: qa/duplicates.py."""
    story_keys: tuple[int, ...] = ()
    story: int | None = None
    """The row of the first article of the same story, where there is one."""


class Store(Revisions):
    """The index's articles and what was made of them, in `hoidap.sqlite`: reading, and writing the next revision."""

    # --- opening -----------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, built: Built) -> Store:
        """Create an empty store, complete or not at all."""
        unfinished = path.with_name(path.name + ".part")
        unfinished.unlink(missing_ok=True)
        store = cls(unfinished, connect(unfinished, "rwc"))
        with store.transaction():
            for statement in SCHEMA.split(";\n"):
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
        for suffix in ("-wal", "-shm"):  # of a store that was deleted: its log would be replayed onto this one
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        os.replace(unfinished, path)
        return cls.open(path, write=True)

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Store:
        """Open an existing store. Raises IndexUnusable where it is missing, damaged or of another schema."""
        if not path.is_file():
            raise IndexUnusable(
                f"there is no index at {path.parent}; make one with: hoidap index PATH --index {path.parent}"
            )
        # A write-ahead log cannot be opened in a folder that may not be written: the file alone can.
        modes = ["rw"] if write else ["ro", "ro&immutable=1"]
        while True:
            try:
                store = cls(path, connect(path, modes.pop(0)))
                try:
                    found = store.meta("schema")
                    break
                except BaseException:
                    store.close()
                    raise
            except sqlite3.DatabaseError as error:
                if not modes or not unwritable(error):
                    raise damaged(path, error) from error
        if found != str(SCHEMA_VERSION):
            store.close()
            raise damaged(path, ValueError("it names no schema")) if found is None else _other_schema(path, found)
        return store

    # --- revisions -----------------------------------------------------------------------------------------

    def set_meta(self, key: str, value: object) -> None:
        """Record a value, within a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))

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

    def add(self, new: NewArticle) -> None:
        """Add an article to the next revision, within a transaction."""
        execute, article = self._connection.execute, new.article
        row, passage_row, sentence_row = (self._last_id(table) + 1 for table in ("articles", "passages", "sentences"))
        values = {
            "id": row, "public_id": article.id, "path": article.path, "name": new.name, "sha256": article.sha256,
            "added": self.revision + 1, "story": row if new.story is None else new.story,
            "passages": len(new.passages), "sentences": sum(len(passage.sentences) for passage in new.passages),
            "title": article.title, "titled": new.titled, "author": article.author, "source": article.source,
            "published": article.published, "url": article.url, "encoding": article.encoding,
            "pages": ",".join(map(str, article.pages)), "signature": new.signature,
        }  # fmt: skip
        execute(
            f"INSERT INTO articles({', '.join(values)}) VALUES ({', '.join(':' + column for column in values)})", values
        )
        self._forget_file(article.path)
        execute("INSERT INTO texts VALUES (?, ?)", (row, article.text))
        passages, sentences = [], []
        for passage_row, passage in enumerate(new.passages, passage_row):  # noqa: B020
            passages.append((passage_row, row, passage.start, passage.end, sentence_row, len(passage.sentences)))
            for sentence in passage.sentences:
                sentences.append((sentence_row, passage_row, sentence.start, sentence.end))
                sentence_row += 1
        self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)", passages)
        self._connection.executemany("INSERT INTO sentences VALUES (?, ?, ?, ?)", sentences)
        execute("INSERT INTO vectors VALUES (?, ?)", (row, new.vectors.astype("<f2").tobytes()))
        self._connection.executemany(
            "INSERT OR IGNORE INTO story_keys VALUES (?, ?)", [(key, row) for key in new.story_keys]
        )

    def _last_id(self, table: str) -> int:
        """Give the highest id that a table ever gave; none is given twice."""
        rows = self._rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(rows[0][0]) if rows else 0

    def alike(self, keys: Sequence[int]) -> list[tuple[int, bytes]]:
        """List the stories of the next revision that share most keys with an article.

        Of each the story's row and the signature of its first article: likeness is not transitive, and chains of it
        would lead from one story into another.
        """
        if not keys:
            return []
        shared = (
            "SELECT a.story AS story, count(*) AS shared FROM story_keys k JOIN articles a ON a.id = k.article"
            f" WHERE k.key IN ({', '.join('?' * len(keys))}) AND a.removed IS NULL"
            f" GROUP BY a.id ORDER BY shared DESC, a.id LIMIT {_ALIKE_MOST}"
        )
        sql = (
            "SELECT f.story, f.signature FROM articles f WHERE f.id IN (SELECT min(id) FROM articles"
            f" WHERE removed IS NULL AND story IN (SELECT story FROM ({shared})) GROUP BY story) ORDER BY f.id"
        )
        return self._rows(sql, tuple(keys))  # type: ignore[return-value]

    def read_files(self) -> dict[str, tuple[str, int]]:
        """Give what was read of each file without a complaint: its bytes' SHA-256, and by which version of reading."""
        return {path: (sha256, reading) for path, sha256, reading in self._rows("SELECT * FROM files")}

    def note_file(self, path: str, sha256: str, reading: int) -> None:
        """Note that all of a file is in the store, within the transaction that adds the last of it."""
        self._connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, sha256, reading))

    def dropped(self) -> dict[tuple[str, str], str]:
        """Give the articles that a person removed: by path and name, the hash of what they said."""
        return {(path, name): sha256 for path, name, sha256 in self._rows("SELECT * FROM dropped")}

    def note_dropped(self, article: Known) -> None:
        """Keep an article away until it says something else, within a transaction."""
        self._connection.execute(
            "INSERT OR REPLACE INTO dropped VALUES (?, ?, ?)", (article.path, article.name, article.sha256)
        )

    def take_dropped(self, dropped: Mapping[tuple[str, str], str]) -> None:
        """Keep away what another store keeps away."""
        with self.transaction():
            rows = [(*key, sha256) for key, sha256 in dropped.items()]
            self._connection.executemany("INSERT OR REPLACE INTO dropped VALUES (?, ?, ?)", rows)

    def forget_dropped(self, path: str, name: str) -> None:
        """Let an article come back, within a transaction."""
        self._connection.execute("DELETE FROM dropped WHERE path = ? AND name = ?", (path, name))

    def _forget_file(self, path: str) -> None:
        """Have a file read again, whatever its bytes: the store no longer holds just what they say."""
        self._connection.execute("DELETE FROM files WHERE path = ?", (path,))

    def remove(self, article: Known) -> None:
        """Remove an article from the next revision, within a transaction."""
        working = self.revision + 1
        self._forget_file(article.path)
        if article.added == working:  # never published: nobody can be reading it
            self._connection.execute("DELETE FROM articles WHERE id = ?", (article.row,))
        else:
            self._connection.execute("UPDATE articles SET removed = ? WHERE id = ?", (working, article.row))

    def move(self, article: Known, path: str, name: str) -> None:
        """Note that an unchanged article's file was moved or renamed, within a transaction; its id stays."""
        self._forget_file(article.path)
        self._connection.execute("UPDATE articles SET path = ?, name = ? WHERE id = ?", (path, name, article.row))


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

"""Reading the store: what built it, and the articles, passages, sentences and vectors of one of its revisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.database import Database, damaged
from qa.types import Article, Passage, Sentence

_VISIBLE = "a.added <= :revision AND (a.removed IS NULL OR a.removed > :revision)"
_FACTS = "a.public_id, a.path, a.title, a.sha256, a.source, a.published, a.url, a.author, a.pages, a.encoding"


@dataclass(frozen=True, slots=True)
class Built:
    """What an index was built with; vectors of two such descriptions do not mix."""

    model: str
    fingerprint: str
    splitter: dict[str, int]


class Revisions(Database):
    """The revisions of a store, whole as they were published; older ones can be read until they are purged."""

    # --- what built it, and how far it is ----------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """Give a recorded value, or None."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

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
            "SELECT p.first_sentence, p.sentences, p.id, a.id FROM articles a JOIN passages p ON p.article = a.id"
            f" WHERE {_VISIBLE} ORDER BY p.id"
        )
        first, counts, passages, articles = (
            np.array(self._rows(sql, {"revision": revision}), np.int64).reshape(-1, 4).T.copy()
        )
        sentences = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        return np.column_stack([sentences, np.repeat(passages, counts), np.repeat(articles, counts)])

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
            raise damaged(self.path, ValueError(f"the vectors of article {article_row} are {len(matrix)} bytes long"))
        return np.frombuffer(matrix, "<f2").reshape(-1, dimension).astype(np.float32)

    def passage_spans(self, article_row: int) -> list[tuple[int, int, int]]:
        """List an article's passages, in order: id, start, end."""
        return self._rows('SELECT id, start, "end" FROM passages WHERE article = ? ORDER BY id', (article_row,))  # type: ignore[return-value]

    def article(self, row: int) -> Article | None:
        """Read an article, or None where it has been purged."""
        rows = self._rows(
            f"SELECT t.text, {_FACTS} FROM articles a JOIN texts t ON t.article = a.id WHERE a.id = ?", (row,)
        )
        return _article(*rows[0]) if rows else None

    def facts(self, revision: int) -> Iterator[tuple[int, Article]]:
        """Yield the articles of a revision without their texts."""
        for row, *facts in self._rows(
            f"SELECT a.id, {_FACTS} FROM articles a WHERE {_VISIBLE} ORDER BY a.id", {"revision": revision}
        ):
            yield row, _article("", *facts)

    def was_titled(self, row: int) -> bool:
        """Tell whether an article's title was given beside its text, and is not its first line."""
        rows = self._rows("SELECT titled FROM articles WHERE id = ?", (row,))
        return bool(rows and rows[0][0])

    def stories(self, revision: int) -> dict[int, tuple[int, ...]]:
        """Give the articles of a revision that tell a story others tell too: by row, the others' rows."""
        sql = (
            f"SELECT a.story, a.id FROM articles a WHERE {_VISIBLE} AND a.story IN"
            " (SELECT story FROM articles GROUP BY story HAVING count(*) > 1) ORDER BY a.id"
        )
        told: dict[int, list[int]] = {}
        for story, row in self._rows(sql, {"revision": revision}):
            told.setdefault(story, []).append(row)
        return {row: tuple(r for r in rows if r != row) for rows in told.values() if len(rows) > 1 for row in rows}

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
            "SELECT count(*), coalesce(sum(a.passages), 0), coalesce(sum(a.sentences), 0) FROM articles a"
            f" WHERE {_VISIBLE}"
        )
        return self._rows(sql, {"revision": revision})[0]  # type: ignore[return-value]

    def sentences_between(self, after: int, revision: int) -> int:
        """Count the sentences that came or went after one revision, up to another."""
        sql = (
            "SELECT coalesce(sum(sentences), 0) FROM articles WHERE (added > :after AND added <= :revision)"
            " OR (removed > :after AND removed <= :revision AND added <= :after)"
        )
        return int(self._rows(sql, {"after": after, "revision": revision})[0][0])


def _article(text: str, *facts: Any) -> Article:
    """Make an article of what `_FACTS` selects."""
    public_id, path, title, sha256, source, published, url, author, pages, encoding = facts
    starts = tuple(map(int, pages.split(","))) if pages else ()
    return Article(public_id, path, title, text, sha256, source, published, url, author, starts, encoding)

"""One revision of an index, open for reading: the store, both derived indexes, and which sentence is whose."""

from __future__ import annotations

import sqlite3
from collections import Counter
from copy import copy
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from embeddings.vectors import VectorIndex, VectorsWithin
from qa.articles import content_sha256
from qa.database import damaged
from qa.derived import Derived
from qa.index import STORE_NAME, open_derived
from qa.scope import Scope, nfc
from qa.store import Store
from qa.text import tokens
from qa.types import Article, Passage


class Snapshot:
    """What a question is asked of; stays as it is whatever is written meanwhile. Safe to share by threads."""

    def __init__(self, store: Store, derived: Derived) -> None:
        self.store = store
        self.lexical = derived.lexical
        self.vectors: VectorIndex | VectorsWithin = derived.vectors
        self._whole_vectors = derived.vectors
        self.revision = derived.revision
        layout = store.layout(derived.revision)
        # Sentence ids grow with passage ids, and passage ids with article ids: slices instead of maps.
        self._sentences, self._sentence_passages = layout[:, 0], layout[:, 1]
        self.passages, first = np.unique(layout[:, 1], return_index=True)
        self._passage_articles = layout[first, 2]
        self.article = lru_cache(maxsize=256)(self._whole_article)
        self.passage = lru_cache(maxsize=512)(self._read_passage)
        self.article_vector = lru_cache(maxsize=4096)(self._mean_vector)
        self._part = lru_cache(maxsize=8)(self._make_part)
        self._words = lru_cache(maxsize=256)(self._read_words)
        self._stories = store.stories(derived.revision)

    @classmethod
    def open(cls, folder: Path, wait_seconds: float = 5.0) -> Snapshot | None:
        """Open the last whole revision. None where another process is writing and there was no time to wait.

        Raises IndexUnusable where there is no index or it cannot be read.
        """
        store = Store.open(folder / STORE_NAME)
        derived = open_derived(folder, store, wait_seconds)
        return None if derived is None else cls(store, derived)

    def _whole_article(self, row: int) -> Article | None:
        """Read an article. Raises IndexUnusable where its text is not the one that was indexed."""
        article = self.store.article(row)
        if article is not None and content_sha256(article) != article.sha256:
            raise damaged(self.store.path, ValueError(f"the text of {article.id} is not the one that was indexed"))
        return article

    def is_whole(self) -> bool:
        """Tell whether nothing of this revision has been purged."""
        try:
            return self.store.floor <= self.revision
        except sqlite3.Error:
            return True

    def is_stale(self) -> bool:
        """Tell whether a newer revision has been published, or the store replaced by a rebuilt one."""
        try:
            return self.store.revision != self.revision or self.store.was_replaced()
        except sqlite3.Error:
            return False

    def passages_of(self, sentences: np.ndarray) -> np.ndarray:
        """Give the passage of each sentence; ids in, ids out."""
        return self._sentence_passages[np.searchsorted(self._sentences, sentences)]

    def sentences_of(self, passage: int) -> np.ndarray:
        """List the ids of a passage's sentences, in order."""
        start, end = np.searchsorted(self._sentence_passages, [passage, passage + 1])
        return self._sentences[start:end]

    def article_of(self, passage: int) -> int:
        """Give the row of the article that a passage stands in."""
        return int(self._passage_articles[np.searchsorted(self.passages, passage)])

    def passages_in(self, article_id: str) -> frozenset[int]:
        """List the passages of the article with this public id, and of other copies of its story; perhaps none."""
        row = self.store.article_row(article_id, self.revision)
        rows = () if row is None else (row, *self.told_too_by(row))
        return frozenset(passage for row in rows for passage, _, _ in self.store.passage_spans(row))

    def within(self, scope: Scope) -> Snapshot:
        """Give the part that a question is limited to, where only its passages can be found.

        How rare words are, and which other copies there are of a story, is still told by the whole.
        """
        return self if scope.is_everything else self._part(scope)

    def _make_part(self, scope: Scope) -> Snapshot:
        rows = self._rows_in(scope)
        inside = np.isin(self._passage_articles, rows)
        starts = np.searchsorted(self._sentence_passages, self.passages[inside])
        ends = np.searchsorted(self._sentence_passages, self.passages[inside], side="right")
        part = copy(self)
        part.vectors = self._whole_vectors.within(self._sentences[_ranges(starts, ends)])
        part.lexical = self.lexical.within(rows, self.passages[inside])
        return part

    def _rows_in(self, scope: Scope) -> np.ndarray:
        """List the rows of the articles that a question is limited to."""
        if scope.articles:
            named = (self.store.article_row(name, self.revision) for name in scope.articles)
            rows = np.array([row for row in named if row is not None], np.int64)
        else:
            rows = np.unique(self._passage_articles)
        if scope.sources:
            told = [row for row, source in self._sources.items() if source in scope.sources]
            rows = np.intersect1d(rows, np.array(told, np.int64))
        if scope.since is not None or scope.until is not None:
            then = [row for row, day in self.store.published(self.revision) if scope.holds_day(day)]
            rows = np.intersect1d(rows, np.array(then, np.int64))
        return rows

    @cached_property
    def _sources(self) -> dict[int, str]:
        """Where the articles whose source is known come from, by their rows; one spelling of each."""
        return {row: nfc(article.source) for row, article in self.store.facts(self.revision) if article.source}

    def sources(self) -> list[tuple[str, int]]:
        """List the sources with their numbers of articles, most first."""
        return sorted(Counter(self._sources.values()).items(), key=lambda pair: (-pair[1], pair[0]))

    def told_too_by(self, article_row: int) -> tuple[int, ...]:
        """List the rows of the other articles that tell the same story."""
        return self._stories.get(article_row, ())

    def holds(self, article_row: int, sentence: str) -> bool:
        """Tell whether an article holds a sentence, word for word but for its spelling."""
        return f" {' '.join(tokens(sentence))} " in self._words(article_row)

    def _read_words(self, article_row: int) -> str:
        article = self.article(article_row)
        return "" if article is None else f" {' '.join(tokens(article.text))} "

    def _read_passage(self, passage: int) -> Passage | None:
        """Read a passage with its article, or None where it has been purged since."""
        article: Article | None = self.article(self.article_of(passage))
        return None if article is None else self.store.passage(passage, article)

    def _mean_vector(self, article_row: int) -> np.ndarray:
        """Give the unit mean of an article's sentence vectors: its topic, at no cost in encoding."""
        mean = self.store.vectors(article_row).mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))


def _ranges(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Give all whole numbers from each start up to its end."""
    counts = ends - starts
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())

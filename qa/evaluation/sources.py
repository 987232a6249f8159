"""The articles that questions are asked of, read from the index's store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from qa.index import STORE_NAME
from qa.store import Store
from qa.types import Article, Passage


class Sources:
    """The articles of an index as it was when opened."""

    def __init__(self, store: Store) -> None:
        """Use `open_sources`."""
        self._store = store
        self._revision = store.revision
        self.article = lru_cache(maxsize=256)(self._article)

    def _article(self, article_id: str) -> Article | None:
        row = self._store.article_row(article_id, self._revision)
        return None if row is None else self._store.article(row)

    def passages(self, article_id: str) -> list[Passage]:
        """Read an article's passages, in order; none where there is no such article."""
        row = self._store.article_row(article_id, self._revision)
        article = self.article(article_id)
        if row is None or article is None:
            return []
        found = (self._store.passage(passage, article) for passage, _, _ in self._store.passage_spans(row))
        return [passage for passage in found if passage is not None]

    def article_ids(self, most: int) -> list[str]:
        """List the ids of the first articles."""
        rows = self._store.article_rows(self._revision)[:most]
        return [article.id for row in rows if (article := self._store.article(row)) is not None]


@contextlib.contextmanager
def open_sources(index: Path) -> Iterator[Sources]:
    """Open the articles of an index. Raises IndexUnusable where there is none."""
    with contextlib.closing(Store.open(index / STORE_NAME)) as store:
        yield Sources(store)

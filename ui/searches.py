"""What people look for in the list of articles, read as far as somebody looks: the next page does not begin anew."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qa import Holdings, ListedArticle, list_articles

_KEPT_MOST = 8
_COUNT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is limited to; each may be left out."""

    text: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_all(self) -> bool:
        """Tell whether it is limited to nothing."""
        return self == Sought()


class Searches:
    """Searches of an index, the last few kept while it stays as it is. Safe to share by threads."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, Sought], _Search] = OrderedDict()

    def page(self, held: Holdings, sought: Sought, start: int, count: int) -> tuple[list[ListedArticle], int, bool]:
        """Give some of the articles found, how many there are, and whether that was counted to the end.

        Raises IndexUnusable; whoever looks again begins anew.
        """
        key = held.store, held.revision, sought
        search = self._search(key, sought)
        try:
            return search.page(start, count)
        except BaseException:
            with self._lock:
                if self._kept.get(key) is search:
                    del self._kept[key]
            raise

    def _search(self, key: tuple[str, int, Sought], sought: Sought) -> _Search:
        with self._lock:
            if key not in self._kept:
                found = list_articles(
                    self._index, text=sought.text, source=sought.source, since=sought.since, until=sought.until
                )
                self._kept[key] = _Search(
                    article for article in found if not sought.source or article.source == sought.source
                )
                if len(self._kept) > _KEPT_MOST:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


class _Search:
    def __init__(self, found: Iterator[ListedArticle]) -> None:
        self._found, self._seen, self._is_whole = found, list[ListedArticle](), False
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def page(self, start: int, count: int) -> tuple[list[ListedArticle], int, bool]:
        with self._lock:
            if self._error is not None:  # Or whoever waited would take a broken generator for one that ended.
                raise self._error
            until = time.monotonic() + _COUNT_SECONDS
            while not self._is_whole and (len(self._seen) <= start + count or time.monotonic() < until):
                try:
                    article = next(self._found, None)
                except BaseException as error:
                    self._error = error
                    raise
                if article is None:
                    self._is_whole = True
                else:
                    self._seen.append(article)
            return self._seen[start : start + count], len(self._seen), self._is_whole

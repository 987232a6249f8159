"""What an index holds, article by article: for looking through it, and for finding an id. No model, no vectors."""

from __future__ import annotations

import difflib
import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from qa.assistant import DEFAULT_INDEX, PathLike
from qa.database import damaged
from qa.errors import IndexUnusable
from qa.index import STORE_NAME
from qa.store import Store
from qa.text import fold, spelling
from qa.types import Article

_NEAR_MOST = 3


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article of an index, without its text."""

    id: str
    title: str
    source: str | None
    published: str | None
    """ISO date."""
    author: str | None
    url: str | None
    path: str
    encoding: str | None
    """How the file's letters were encoded, where that was not UTF-8."""
    passages: int
    sentences: int
    also_in: tuple[str, ...]
    """The ids of the other articles that tell the same story."""


def list_articles(
    index: PathLike = DEFAULT_INDEX,
    *,
    source: str | None = None,
    text: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Iterator[ListedArticle]:
    """Yield the articles of the last published revision, in the order in which they came.

    `source` keeps to those whose source holds its words, `text` to those whose title or text does, or whose id or path
    has it as a part; neither minds case, tone placement or, typed without any, diacritics. `since` and `until`, both
    included, keep to articles published then; those without a date are left out.

    Raises IndexUnusable, at once or on the way, where there is no index or it cannot be read.
    """
    store = Store.open(Path(index) / STORE_NAME)
    return _listed(store, Sought(source or ""), Sought(text or ""), since, until)


def count_articles(index: PathLike = DEFAULT_INDEX) -> int:
    """Count the articles of the last published revision. Raises IndexUnusable as `list_articles`."""
    store = Store.open(Path(index) / STORE_NAME)
    try:
        return store.counts(store.revision)[0]
    except _UNREADABLE as error:
        raise _plain(store, error) from error
    finally:
        store.close()


def near_ids(article_id: str, index: PathLike = DEFAULT_INDEX) -> list[str]:
    """Suggest the ids that somebody may have meant, nearest first: those of a file of that path, and those alike."""
    store = Store.open(Path(index) / STORE_NAME)
    try:
        known = store.known()
    except _UNREADABLE as error:
        raise _plain(store, error) from error
    finally:
        store.close()
    path = os.path.abspath(article_id)
    found = [article.public_id for article in known if article.path == path]
    bare: dict[str, str] = {}
    for article in known:
        for name in (article.public_id, os.path.basename(article.public_id), Path(article.public_id).stem):
            bare.setdefault(_bare(name), article.public_id)
    alike = difflib.get_close_matches(_bare(article_id), bare, n=_NEAR_MOST, cutoff=0.7)
    return list(dict.fromkeys([*found, *(bare[name] for name in alike)]))[:_NEAR_MOST]


class Sought:
    """Something typed that is to be found in a text, however either is spelt."""

    def __init__(self, typed: str) -> None:
        self._typed = unicodedata.normalize("NFC", typed).lower()
        self._bare = fold(self._typed) == self._typed
        self._roughly, self._exactly = _pattern(_rough(typed)), _pattern(spelling(typed).lower())

    def in_text(self, text: str | None) -> bool:
        """Tell whether the words typed stand in a text; no words stand in every one, and in none at all."""
        if not self._exactly.pattern:
            return True
        # A text is spelt in one way at 1 ms for a page, and roughly at a tenth of that.
        if not text or not self._roughly.search(_rough(text)):
            return False
        return self._bare or self._exactly.search(spelling(text).lower()) is not None

    def in_name(self, name: str) -> bool:
        """Tell whether a file's name or path holds what was typed, in the middle of a word too."""
        name = unicodedata.normalize("NFC", name).lower()
        return self._typed in name or (self._bare and self._typed in fold(name))


def _pattern(words: str) -> re.Pattern[str]:
    """Look for whole syllables, as they stand apart in Vietnamese: "lua" is not to find every "luận"."""
    parts = words.split()
    before = r"(?<!\w)" if parts and parts[0][0].isalnum() else ""
    after = r"(?!\w)" if parts and parts[-1][-1].isalnum() else ""
    return re.compile(before + r"\s+".join(map(re.escape, parts)) + after)


def _rough(text: str) -> str:
    """Write text without diacritics and the differences of spelling that `spelling` evens out, y as i."""
    return text.lower().translate(_rough_letters())


@cache
def _rough_letters() -> dict[int, str]:
    """Give what stands for each letter of its own kind; between two others, so that marks and blanks show."""
    spelt = {
        code: fold(spelling(f"a{chr(code)}a"))[1:-1].lower() for code in (*range(0x80, 0x2100), *range(0xFF01, 0xFF5F))
    }
    return {ord("y"): "i"} | {code: text.replace("y", "i") for code, text in spelt.items() if text != chr(code)}


_UNREADABLE = (sqlite3.Error, ValueError, TypeError, AssertionError, OverflowError)
"""What comes of a damaged store beside IndexUnusable: values that are no such thing."""


def _plain(store: Store, error: Exception) -> IndexUnusable:
    return damaged(store.path, error)


def _listed(
    store: Store, source: Sought, text: Sought, since: date | None, until: date | None
) -> Iterator[ListedArticle]:
    # Not within one read transaction: whoever pages through the list would keep the write-ahead log from being folded.
    try:
        revision = store.revision
        stories = store.stories(revision)
        facts = list(store.facts(revision))
        ids = {row: article.id for row, article in facts if row in stories}
        for row, article in facts:
            if not _published(article, since, until) or not source.in_text(article.source):
                continue
            if not (_named(article, text) or _told(store, row, text)):
                continue
            also = tuple(ids[other] for other in stories.get(row, ()) if other in ids)
            yield _entry(article, len(store.passage_spans(row)), len(store.sentence_ids(row)), also)
    except _UNREADABLE as error:
        raise _plain(store, error) from error
    finally:
        store.close()


def _named(article: Article, text: Sought) -> bool:
    return text.in_text(article.title) or text.in_name(article.id) or text.in_name(article.path)


def _told(store: Store, row: int, text: Sought) -> bool:
    article = store.article(row)
    return article is not None and text.in_text(article.text)


def _published(article: Article, since: date | None, until: date | None) -> bool:
    if since is None and until is None:
        return True
    first, last = (since or date.min).isoformat(), (until or date.max).isoformat()
    return article.published is not None and first <= article.published[:10] <= last


def _entry(article: Article, passages: int, sentences: int, also_in: tuple[str, ...]) -> ListedArticle:
    return ListedArticle(
        id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        author=article.author,
        url=article.url,
        path=article.path,
        encoding=article.encoding,
        passages=passages,
        sentences=sentences,
        also_in=also_in,
    )


def _bare(text: str) -> str:
    return fold(spelling(text)).lower()

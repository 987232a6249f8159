"""What an index holds as a whole, for a page that looks every few seconds.

`holdings` costs two small queries where nothing changed, and looks at every article where something did. The others are
for a page's length of the list, or for files that somebody adds; what they read is said with each.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.articles import file_sha256
from qa.assistant import DEFAULT_INDEX, PathLike
from qa.database import damaged
from qa.index import STORE_NAME
from qa.store import Store


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is in an index, and where it comes from."""

    articles: int
    passages: int
    revision: int
    store: str
    """The store's identity: another one where the index was rebuilt."""
    sources: tuple[str, ...]
    """Each once, sorted."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long an article is."""

    characters: int
    pages: int
    """0 where its format has none."""


@dataclass(frozen=True, slots=True)
class Held:
    """An article that stands in a file."""

    row: int
    id: str
    title: str
    passages: int


def holdings(index: PathLike = DEFAULT_INDEX, before: Holdings | None = None) -> Holdings:
    """Tell what an index holds; `before` itself where nothing was published since. Raises IndexUnusable."""
    with _opened(index) as store:
        revision, identity = store.revision, store.identity
        if before is not None and (before.revision, before.store) == (revision, identity):
            return before
        articles, passages, _ = store.counts(revision)
        sources = {article.source for _, article in store.facts(revision) if article.source}
        return Holdings(articles, passages, revision, identity, tuple(sorted(sources, key=str.casefold)))


def sizes(article_ids: Iterable[str], index: PathLike = DEFAULT_INDEX) -> dict[str, Size]:
    """Give the sizes of articles by their ids; those that are not there are left out. Raises IndexUnusable.

    Reads their texts, each whole.
    """
    found = {}
    with _opened(index) as store:
        revision = store.revision
        for name in article_ids:
            row = store.article_row(name, revision)
            article = None if row is None else store.article(row)
            if article is not None:
                found[name] = Size(len(article.text), len(article.pages))
    return found


def held_files(paths: Iterable[Path], index: PathLike = DEFAULT_INDEX) -> dict[Path, list[Held]]:
    """Give the articles that stand in each of some files, by their absolute paths. Raises IndexUnusable.

    Looks at every article of the index, without its text.
    """
    wanted: dict[str, list[Held]] = {os.path.abspath(path): [] for path in paths}
    with _opened(index) as store:
        revision = store.revision
        for row, article in store.facts(revision):
            if article.path in wanted:
                wanted[article.path].append(Held(row, article.id, article.title, len(store.passage_spans(row))))
    return {Path(path): held for path, held in wanted.items()}


def unread_files(paths: Iterable[Path], index: PathLike = DEFAULT_INDEX) -> list[Path]:
    """List those of some files of which nothing is in the index, nor was removed by hand. Raises IndexUnusable.

    Looks at every article of the index, without its text.
    """
    with _opened(index) as store:
        known = {article.path for article in store.known()} | {path for path, _ in store.dropped()}
    return [path for path in paths if os.path.abspath(path) not in known]


def copy_of(path: Path, index: PathLike = DEFAULT_INDEX) -> Path | None:
    """Find another file that was read whole and has the same bytes; None where there is none. Raises IndexUnusable.

    Reads the file once, and looks at what was noted of every file that was read.
    """
    digest = file_sha256(path)
    with _opened(index) as store:
        own = os.path.abspath(path)
        same = [other for other, (sha256, _) in store.read_files().items() if sha256 == digest and other != own]
    return Path(same[0]) if same else None


@contextlib.contextmanager
def _opened(index: PathLike) -> Iterator[Store]:
    store = Store.open(Path(index) / STORE_NAME)
    try:
        yield store
    except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        raise damaged(store.path, error) from error
    finally:
        store.close()

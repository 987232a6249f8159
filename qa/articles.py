"""A file into the articles that it holds, as they will be stored and split."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import numpy as np

from qa.corpus import Skipped
from qa.pages import Span, read_page
from qa.readers import ISOLATED, reader_for, suffix_of
from qa.readers.isolation import IsolatedReader
from qa.readers.values import Extracted, Unreadable, is_whole
from qa.types import Article

READING_VERSION = 1
"""Raised when something else is read of the same bytes: files are then read again."""


_REPORTS_MOST = 1000
"""Of one file: a damaged table could have millions of lines to report."""
_MARKS_MOST = 100
"""No writing piles up so many, and putting them in order takes time that grows with their square."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article as read, with the paragraphs of its body and how much of its file it took."""

    article: Article
    name: str
    """The id that the article asks for; the index qualifies it where another file has it already."""
    paragraphs: tuple[Span, ...]
    byte_count: int
    titled: bool = False
    """Whether the title was given beside the text, and is not its first line."""


class CorpusReader:
    """Reads files one after another; those that need a parser, in a process of its own."""

    def __init__(self) -> None:
        self._isolated = IsolatedReader()

    def __enter__(self) -> CorpusReader:
        self._isolated.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._isolated.__exit__(kind, error, trace)

    def read(self, path: Path) -> Iterator[Document | Skipped]:
        """Read the article or articles of one file; whatever is wrong with it comes back as Skipped."""
        try:
            str(path).encode("utf-8")
        except UnicodeEncodeError:
            yield Skipped(str(path), None, "its name is not UTF-8; rename it")
            return
        try:
            if not path.exists():
                yield Skipped(str(path), None, "a link to nothing" if path.is_symlink() else "it is gone")
            elif not path.is_file():
                yield Skipped(str(path), None, "not a regular file")
            else:
                yield from self._read(path)
        except OSError as error:
            yield Skipped(str(path), None, f"cannot be read: {error.strerror or error}")

    def _read(self, path: Path) -> Iterator[Document | Skipped]:
        size, told, untold = path.stat().st_size, 0, 0
        for item in self._items(path):
            found = _skipped(item, path) if isinstance(item, Unreadable) else _document(item, path, size)
            if isinstance(found, Document) or told < _REPORTS_MOST:
                told += isinstance(found, Skipped)
                yield found
            else:
                untold += 1
        if untold:
            yield Skipped(str(path), None, f"{untold:,} more of its articles could not be read")

    def _items(self, path: Path) -> Iterator[Extracted | Unreadable]:
        suffix = suffix_of(path.name)
        assert suffix is not None  # corpus_files lists no others
        with path.open("rb") as file:  # what may not be read says so here
            if suffix not in ISOLATED:
                yield from reader_for(suffix)(file)
                return
        yield from self._isolated.read(path, suffix)


def read_file(path: Path) -> Iterator[Document | Skipped]:
    """Read one file, as `CorpusReader.read` does."""
    with CorpusReader() as reader:
        yield from reader.read(path)


def file_sha256(path: Path) -> str | None:
    """Hash a file's bytes; None where they cannot be read."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def _skipped(item: Unreadable, path: Path) -> Skipped:
    return Skipped(str(path), item.line, item.reason, item.byte_count, item.name)


def _document(item: Extracted, path: Path, size: int) -> Document | Skipped:
    item = _of_whole_characters(item)
    byte_count = item.byte_count or size
    if _piles_marks(item.text):
        reason = f"no text: it holds more than {_MARKS_MOST} combining marks in a row"
        return Skipped(str(path), item.line, reason, byte_count, item.name)
    page = read_page(item.text, item.title)
    if not page.paragraphs:
        return Skipped(str(path), item.line, "empty: its text holds no visible character", byte_count, item.name)
    name = item.name or _numbered(path.name, item.line)
    article = Article(
        id=name,
        path=str(path),
        title=page.title,
        text=item.text,
        sha256="",
        source=item.source or page.source,
        published=item.published or page.published,
        url=item.url,
        author=item.author,
        pages=item.pages,
        encoding=item.encoding,
    )
    article = replace(article, sha256=content_sha256(article))
    return Document(article, name, page.paragraphs, byte_count, titled=item.title is not None)


def _numbered(file: str, line: int | None) -> str:
    """Name an article without an id by its file; from the second line on, with the line's number."""
    return file if line is None or line == 1 else f"{file}#{line}"


def _of_whole_characters(item: Extracted) -> Extracted:
    """Put U+FFFD for halves of surrogate pairs, which cannot be stored; damaged files hold them."""
    changed = {
        name: value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for name in ("text", "name", "title", "author", "source", "url")
        if (value := getattr(item, name)) is not None and not is_whole(value)
    }
    return replace(item, **changed) if changed else item


def _piles_marks(text: str) -> bool:
    others = np.flatnonzero(~_marks()[np.frombuffer(text.encode("utf-32-le"), "<u4")])
    return bool(np.diff(others, prepend=-1, append=len(text)).max() > _MARKS_MOST + 1)


@lru_cache(maxsize=1)
def _marks() -> np.ndarray:
    """Tell of every code point whether it is a combining mark."""
    return np.fromiter(map(unicodedata.combining, map(chr, range(sys.maxunicode + 1))), bool)


def content_sha256(article: Article) -> str:
    """Hash what an article says: a plain text, or another's text and what was given beside it."""
    if article.path.lower().endswith(".txt"):
        return hashlib.sha256(article.text.encode("utf-8")).hexdigest()
    fields = [article.title, article.text, article.source, article.published, article.url, article.author]
    return hashlib.sha256(json.dumps([*fields, *article.pages]).encode()).hexdigest()

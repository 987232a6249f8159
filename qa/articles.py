"""A folder of files into articles: plain text, and JSON lines with one article a line."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import CorpusError
from qa.pages import Span, iso_date, read_page
from qa.types import Article

SUFFIXES = (".txt", ".jsonl")
ARTICLE_BYTES_MOST = 20_000_000
"""About 7,000 pages of text: what is larger is not an article."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article as read, with the paragraphs of its body and how much of its file it took."""

    article: Article
    name: str
    """The id that the article asks for; the index qualifies it where another file has it already."""
    paragraphs: tuple[Span, ...]
    byte_count: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a line of one, that could not be read, and why."""

    path: str
    line: int | None
    reason: str
    byte_count: int = 0

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.reason}"


def corpus_files(paths: Iterable[Path]) -> tuple[list[Path], list[Skipped]]:
    """List the readable files under the given files and folders, sorted, each once; and the folders that are not.

    Raises CorpusError where a given path does not exist or cannot be read, is a file of an unknown kind, or
    where there is nothing to read in any of them.
    """
    files: dict[Path, None] = {}
    skipped: list[Skipped] = []
    paths = list(paths)
    for path in paths:
        path = Path(os.path.abspath(path))
        if path.is_dir():
            files.update(dict.fromkeys(sorted(_folder_files(path, skipped))))
        elif path.suffix.lower() in SUFFIXES and path.exists():
            files[path] = None
        elif path.exists():
            raise CorpusError(f"{path} is neither a folder nor one of: {', '.join(SUFFIXES)}")
        else:
            raise CorpusError(f"no such file or folder: {path}")
    if not files and not skipped:
        raise CorpusError(f"nothing to read in {', '.join(map(str, paths))}: no {' or '.join(SUFFIXES)} files there")
    return list(files), skipped


def _folder_files(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        where = Path(error.filename or folder)
        if where == folder:
            raise CorpusError(f"cannot read the folder {folder}: {error.strerror}") from error
        skipped.append(Skipped(str(where), None, f"cannot read the folder: {error.strerror}"))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(root, name)


def read_file(path: Path) -> Iterator[Document | Skipped]:
    """Read the article or articles of one file; whatever is wrong with it comes back as Skipped."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        yield Skipped(str(path), None, "its name is not UTF-8; rename it")
        return
    try:
        if not path.is_file():
            yield Skipped(str(path), None, "not a regular file")
        elif path.suffix.lower() == ".jsonl":
            yield from _read_lines(path)
        else:
            yield _read_text(path)
    except OSError as error:
        yield Skipped(str(path), None, f"cannot be read: {error.strerror or error}")


def _read_text(path: Path) -> Document | Skipped:
    size = path.stat().st_size
    if size > ARTICLE_BYTES_MOST:
        return Skipped(str(path), None, _too_large(size), size)
    raw = path.read_bytes()
    text = _decoded(raw)
    if isinstance(text, _Undecodable):
        return Skipped(str(path), None, text.reason, size)
    page = read_page(text)
    if not page.paragraphs:
        return Skipped(str(path), None, "empty: it holds no visible character", size)
    article = Article(
        id=path.name,
        path=str(path),
        title=page.title,
        text=text,
        sha256=hashlib.sha256(raw).hexdigest(),
        source=page.source,
        published=page.published,
    )
    return Document(article, path.name, page.paragraphs, size)


@dataclass(frozen=True, slots=True)
class _Undecodable:
    reason: str


def _decoded(raw: bytes) -> str | _Undecodable:
    if b"\0" in raw:
        return _Undecodable("binary: it holds NUL bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _Undecodable(f"not UTF-8 text: byte 0x{raw[error.start]:02x} at {error.start}")


def _too_large(size: int) -> str:
    return f"too large for an article: {size / 1e6:.0f} MB, the limit is {ARTICLE_BYTES_MOST // 10**6} MB"


def _read_lines(path: Path) -> Iterator[Document | Skipped]:
    found = False
    with path.open("rb") as file:
        for number, line in enumerate(_bounded_lines(file), start=1):
            if len(line) > ARTICLE_BYTES_MOST:
                yield Skipped(str(path), number, _too_large(len(line)), len(line))
            elif line.strip():
                yield _read_line(path, number, line)
            else:
                continue
            found = True
    if not found:
        yield Skipped(str(path), None, "empty: it holds no articles")


def _bounded_lines(file: Any) -> Iterator[bytes]:
    """Yield lines, of an overlong one only its first megabytes: a line must not fill the memory."""
    while line := file.readline(ARTICLE_BYTES_MOST + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > ARTICLE_BYTES_MOST:
            line = file.readline(ARTICLE_BYTES_MOST + 2)


def _read_line(path: Path, number: int, line: bytes) -> Document | Skipped:
    def skipped(reason: str) -> Skipped:
        return Skipped(str(path), number, reason, len(line))

    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return skipped(f"not a line of JSON: {str(error).splitlines()[0]}")
    if not isinstance(record, dict):
        return skipped(f"expected a JSON object, found {type(record).__name__}")
    for key in ("id", "title", "text", "published", "source", "url"):
        value = record.get(key)
        if value is not None and not isinstance(value, str):
            return skipped(f"{key!r} must be a string, found {type(value).__name__}")
        if value and any("\ud800" <= character <= "\udfff" for character in value):
            return skipped(f"{key!r} holds half of a surrogate pair, which is no character")
    text = record.get("text")
    if not text:
        return skipped("it lacks 'text'")
    published = record.get("published") or None
    if published is not None and (published := _normal_date(published)) is None:
        return skipped(f"'published' must be a date like 2021-04-13, found {record['published'][:40]!r}")
    title = " ".join((record.get("title") or "").split()) or None
    page = read_page(text, title)
    if not page.paragraphs:
        return skipped("empty: its text holds no visible character")
    # An article without an id takes the file's name; from the second line on, with the line's number.
    name = record.get("id") or (path.name if number == 1 else f"{path.name}#{number}")
    article = Article(
        id=name,
        path=str(path),
        title=page.title,
        text=text,
        sha256="",
        source=record.get("source") or page.source,
        published=published or page.published,
        url=record.get("url") or None,
    )
    return Document(_sealed(article), name, page.paragraphs, len(line))


def _normal_date(value: str) -> str | None:
    try:
        return datetime.date.fromisoformat(value.strip()[:10]).isoformat()
    except ValueError:
        parts = re.split("[-/.]", (value.split() or [""])[0])
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            return None
        return iso_date(*(parts if len(parts[2]) == 4 else reversed(parts)))


def _sealed(article: Article) -> Article:
    return Article(
        **{name: getattr(article, name) for name in article.__slots__ if name != "sha256"},
        sha256=content_sha256(article),
    )


def content_sha256(article: Article) -> str:
    """Hash what an article says: a text file's bytes, or a JSON line's fields."""
    if not article.path.lower().endswith(".jsonl"):
        return hashlib.sha256(article.text.encode("utf-8")).hexdigest()
    fields = [article.title, article.text, article.source, article.published, article.url]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()

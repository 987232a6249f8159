"""Tables of articles: CSV with a header row, one article a row, read as a stream however long the file is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from qa.readers import encodings
from qa.readers.lines import normal_date
from qa.readers.values import TEXT_MOST, Extracted, Unreadable, too_large
from qa.text import BLANKS, fold

COLUMNS = {
    "id": ("id", "mã", "mã bài", "mã số"),
    "title": ("title", "tiêu đề", "headline", "tên bài", "tựa đề"),
    "text": ("text", "nội dung", "content", "body", "toàn văn", "bài viết"),
    "published": ("published", "ngày đăng", "ngày xuất bản", "date", "ngày", "published at", "publish date"),
    "source": ("source", "nguồn", "nguồn tin", "publisher", "báo"),
    "url": ("url", "đường dẫn", "địa chỉ", "link", "liên kết"),
    "author": ("author", "tác giả", "người viết"),
}
"""What a column is called, the surest name first; case, diacritics, blanks and signs do not matter."""
_DELIMITERS = ",;\t|"
_SAMPLE = 300_000
# A row is a text and what tells of it; doubled quotation marks can make it twice as long as it is.
_ROW_MOST = 2 * TEXT_MOST
_WIDE = {encodings.UTF_16: ("utf-16", 2), encodings.UTF_16_UNMARKED: ("", 2), encodings.UTF_32: ("utf-32", 4)}
"""The codec of each, and how many bytes most of its characters take."""
_SEPARATOR_LINE = re.compile(r"\s*sep=(.)\s*", re.IGNORECASE)


class _Broken(Exception):
    """A row that cannot be read, and why."""


def column_key(name: str) -> str:
    """Reduce a column's name to what tells columns apart: ``Tiêu đề:`` and ``TIEU_DE`` are both ``tieude``."""
    return re.sub(r"[\W_]+", "", fold(name).lower())


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield an article a row; a row that is none comes back as Unreadable, with its line, and the rest goes on."""
    try:
        lines = _Lines(file)
    except encodings.Undecodable as error:
        yield Unreadable(str(error))
        return
    try:
        yield from _articles(lines)
    finally:
        lines.release()


def _articles(lines: _Lines) -> Iterator[Extracted | Unreadable]:
    try:
        header = _header(lines)
    except _Broken as error:
        yield Unreadable(str(error), line=lines.number or None)
        return
    found = False
    while True:
        line, before = lines.number + 1, lines.consumed
        reason: str | None
        try:
            cells = _row(lines, header.delimiter)
        except _Broken as error:
            cells, reason = [], str(error)
        else:
            if cells is None:
                break
            if not any(cell.strip(BLANKS) for cell in cells):
                continue
            reason = header.fault(cells)
        found = True
        byte_count = lines.consumed - before
        if reason:
            yield Unreadable(reason, line=line, byte_count=byte_count)
        else:
            yield header.article(cells, line, byte_count, lines.encoding)
    if not found:
        yield Unreadable("empty: it holds no articles")


class _Lines:
    """The lines of a table as text, bounded, with a way back to the end of an earlier one.

    What is wrong with a line's bytes is kept in `fault`: where its row ends can be told nevertheless.
    """

    def __init__(self, file: BinaryIO) -> None:
        sample = file.read(_SAMPLE)
        self.encoding = _encoding(sample)
        file.seek(0)
        self._file: BinaryIO | io.TextIOWrapper = file
        self._width = 1
        if self.encoding in _WIDE:  # where lines of bytes do not end with the characters' lines
            codec, self._width = _WIDE[self.encoding]
            if self.encoding == encodings.UTF_16_UNMARKED:
                codec = "utf-16-be" if sample[:1] == b"\0" else "utf-16-le"
            self._file = io.TextIOWrapper(file, encoding=codec, newline="\n")
        self.number = 0
        self.consumed = 0
        self.fault: str | None = None

    def next(self) -> str | None:
        """Give the next line with its end, None behind the last. Raises _Broken where it is too long."""
        try:
            line: str | bytes = self._file.readline(_ROW_MOST + 1)
        except UnicodeDecodeError as error:
            self._file.seek(0, io.SEEK_END)
            raise _Broken(f"not {self.encoding} text from here on: {error.reason}") from error
        if not line:
            return None
        self.number += 1
        size = len(line)
        while line[-1:] not in (b"\n", "\n") and len(rest := self._file.readline(_ROW_MOST + 1)):
            size += len(rest)
            line = rest[-1:]  # only its end matters: it is refused
        self.consumed += size * self._width
        if size > _ROW_MOST:
            raise _Broken(too_large(size * self._width, _ROW_MOST))
        text = line if isinstance(line, str) else self._decoded(line)
        if "\0" in text:
            self.fault = "binary: it holds NUL bytes"
        return text.removeprefix("\ufeff") if self.number == 1 else text

    def _decoded(self, line: bytes) -> str:
        try:
            return encodings.decode_as(line, self.encoding)
        except encodings.Undecodable as error:
            self.fault = str(error)
        return line.decode("latin-1")

    def mark(self) -> tuple[int, int, int]:
        """Remember where the next line begins."""
        return self._file.tell(), self.number, self.consumed

    def back(self, mark: tuple[int, int, int]) -> None:
        """Go back to where `mark` was taken."""
        place, self.number, self.consumed = mark
        self._file.seek(place)

    def release(self) -> None:
        """Leave the file open when what decodes it goes: it is the caller's."""
        if isinstance(self._file, io.TextIOWrapper):
            self._file.detach()


def _encoding(sample: bytes) -> str | None:
    """Name the encoding of a table; some lines that are no text do not make it another. Raises Undecodable."""
    try:
        return encodings.detect(sample)
    except encodings.Undecodable:
        marked = broken = 0
        for line in sample.split(b"\n")[: -1 if len(sample) == _SAMPLE else None]:
            try:
                marked += not line.decode("utf-8").isascii() and b"\0" not in line
            except UnicodeDecodeError:
                broken += 1
            else:
                broken += b"\0" in line
        if broken > marked:
            raise
        return None


def _row(lines: _Lines, delimiter: str) -> list[str] | None:
    """Give the cells of the next row, None behind the last one.

    Raises _Broken; where a quotation mark was left open, only its own line is lost, and the next row is the line below.
    """
    after_first: tuple[int, int, int] | None = None
    start = lines.consumed
    lines.fault = None

    def feed() -> Iterator[str]:
        nonlocal after_first
        while (line := lines.next()) is not None:
            after_first = after_first or lines.mark()
            if lines.consumed - start > _ROW_MOST:
                raise csv.Error
            yield line

    csv.field_size_limit(_ROW_MOST)
    try:
        cells = next(csv.reader(feed(), delimiter=delimiter, skipinitialspace=True, strict=True), None)
    except csv.Error as error:
        if after_first is not None:
            lines.back(after_first)
        reason = "a quotation mark is opened here and not closed, or one inside a quoted cell is not doubled"
        if "new-line" in str(error):
            reason = "its lines end in a carriage return alone; save it with ordinary line ends"
        raise _Broken(lines.fault or reason) from error
    if lines.fault:
        raise _Broken(lines.fault)
    return cells


@dataclass(frozen=True, slots=True)
class _Header:
    delimiter: str
    names: tuple[str, ...]
    places: dict[str, int]

    def fault(self, cells: list[str]) -> str | None:
        """Tell what keeps a row from being an article."""
        extra = cells[len(self.names) :]
        if len(cells) < len(self.names) or any(cell.strip(BLANKS) for cell in extra):
            return f"it has {_count(len(cells))} where the header has {_count(len(self.names))}"
        text = cells[self.places["text"]]
        if not text.strip(BLANKS):
            return f"it lacks {self.names[self.places['text']]!r}"
        if len(text) > TEXT_MOST or (len(text) > TEXT_MOST // 4 and len(text.encode()) > TEXT_MOST):
            return too_large(len(text.encode()))
        stated = self._cell(cells, "published")
        if stated is not None and normal_date(stated) is None:
            name = self.names[self.places["published"]]
            return f"{name!r} must be a date like 2021-04-13 or 13/4/2021, found {stated[:40]!r}"
        return None

    def article(self, cells: list[str], line: int, byte_count: int, encoding: str | None) -> Extracted:
        return Extracted(
            text=cells[self.places["text"]],
            name=self._cell(cells, "id"),
            title=self._cell(cells, "title"),
            author=self._cell(cells, "author"),
            source=self._cell(cells, "source"),
            published=normal_date(self._cell(cells, "published") or ""),
            url=self._cell(cells, "url"),
            encoding=encoding,
            line=line,
            byte_count=byte_count,
        )

    def _cell(self, cells: list[str], column: str) -> str | None:
        place = self.places.get(column)
        return None if place is None else " ".join(cells[place].split()).strip(BLANKS) or None


def _count(columns: int) -> str:
    return f"{columns} column{'s' * (columns != 1)}"


def _header(lines: _Lines) -> _Header:
    """Read the header; its delimiter is the one that gives the most known columns. Raises _Broken."""
    start = lines.mark()
    first = lines.next()
    while first is not None and not first.strip(BLANKS + _DELIMITERS):
        start = lines.mark()
        first = lines.next()
    if first is None:
        raise _Broken("empty: it holds no visible character")
    delimiters = _DELIMITERS
    if separator := _SEPARATOR_LINE.fullmatch(first):  # a line that Excel writes for itself
        delimiters = separator[1]
        start = lines.mark()
    headers = []
    for delimiter in delimiters:
        lines.back(start)
        try:
            headers.append(_named(delimiter, _row(lines, delimiter) or []))
        except _Broken:
            if delimiter == delimiters[-1] and not headers:
                raise
    header = max(headers, key=lambda header: (len(header.places), len(header.names)))
    lines.back(start)
    _row(lines, header.delimiter)
    if "text" not in header.places:
        found = ", ".join(repr(name[:40]) for name in header.names[:12])
        raise _Broken(f"no column for the text: the first row names {found}; call one 'text' or 'nội dung'")
    return header


def _named(delimiter: str, cells: list[str]) -> _Header:
    names = [cell.strip(BLANKS) for cell in cells]
    while names and not names[-1]:
        names.pop()
    keys = [column_key(name) for name in names]
    places: dict[str, int] = {}
    for column, synonyms in COLUMNS.items():
        for synonym in map(column_key, synonyms):
            if synonym in keys:
                places[column] = keys.index(synonym)
                break
    return _Header(delimiter, tuple(names), places)

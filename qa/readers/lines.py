"""JSON lines, one article a line, read as a stream."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from qa.pages import iso_date
from qa.readers import encodings, legacy
from qa.readers.values import FILE_MOST, TEXT_MOST, Extracted, Unreadable, is_whole, too_large

_SAMPLE = 1 << 18
_WIDE = (encodings.UTF_16, encodings.UTF_16_UNMARKED, encodings.UTF_32)
_TIME_FIRST = re.compile(r"\s*\d{1,2}[:h]\d{2}(?::\d{2})?(?:\s*[,|-]\s*|\s+)(?:ngày\s+)?", re.IGNORECASE)
_KEYS = ("id", "title", "text", "published", "source", "url", "author")


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield the article of each line, blank lines left out."""
    encoding = _encoding(file.read(_SAMPLE))
    file.seek(0)
    if encoding in _WIDE:  # its lines do not end in a byte 0x0A
        data = file.read(FILE_MOST + 1)
        if len(data) > FILE_MOST:
            yield Unreadable(f"too large to read as {encoding}, which needs it whole: convert it to UTF-8")
            return
        try:
            file = io.BytesIO(encodings.decode_as(data, encoding).encode())
        except encodings.Undecodable as error:
            yield Unreadable(str(error))
            return
    found = False
    for number, line in enumerate(_bounded_lines(file), start=1):
        if len(line) > TEXT_MOST:
            yield Unreadable(too_large(len(line)), line=number, byte_count=len(line))
        elif line.strip():
            yield _read_line(line, number, encoding)
        else:
            continue
        found = True
    if not found:
        yield Unreadable("empty: it holds no articles")


def _encoding(sample: bytes) -> str | None:
    """Tell how a file of lines is encoded: one good line in UTF-8 is enough for that, whatever is wrong with others."""
    lines = sample.split(b"\n")
    if any(not line.isascii() and _is_utf_8(line) for line in lines):
        return None
    with contextlib.suppress(encodings.Undecodable):
        return encodings.detect(sample)
    return None


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in line


def _bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines, of an overlong one only its first megabytes: a line must not fill the memory."""
    while line := file.readline(TEXT_MOST + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > TEXT_MOST:
            line = file.readline(TEXT_MOST + 2)


def _read_line(line: bytes, number: int, encoding: str | None) -> Extracted | Unreadable:
    def skipped(reason: str) -> Unreadable:
        return Unreadable(reason, line=number, byte_count=len(line))

    try:
        wide = encoding in _WIDE
        record = json.loads(encodings.decode_as(line, None if wide else encoding))
    except (ValueError, RecursionError) as error:
        # Of a number of thousands of digits, Python says how to allow it.
        what = "a number is too long" if "digits" in str(error) else str(error).splitlines()[0]
        return skipped(f"not a line of JSON: {what}")
    if not isinstance(record, dict):
        return skipped(f"expected a JSON object, found {type(record).__name__}")
    for key in _KEYS:
        value = record.get(key)
        if value is not None and not isinstance(value, str):
            return skipped(f"{key!r} must be a string, found {type(value).__name__}")
        if value and not is_whole(value):
            return skipped(f"{key!r} holds half of a surrogate pair, which is no character")
    if not record.get("text"):
        return skipped("it lacks 'text'")
    published = record.get("published") or None
    if published is not None and (published := normal_date(published)) is None:
        return skipped(f"'published' must be a date like 2021-04-13, found {record['published'][:40]!r}")
    text, title = record["text"], " ".join((record.get("title") or "").split()) or None
    if encoding is None:  # letters of old fonts can stand in UTF-8, too
        text, encoding = legacy.convert(text)
        if title is not None and encoding is not None:
            title = legacy.convert_as(title, encoding)
    return Extracted(
        text=text,
        name=record.get("id") or None,
        title=title,
        author=record.get("author") or None,
        source=record.get("source") or None,
        published=published,
        url=record.get("url") or None,
        encoding=encoding,
        line=number,
        byte_count=len(line),
    )


def normal_date(value: str) -> str | None:
    """Give the ISO form of a date that begins a text, or stands behind its time; None where there is none.

    Known are 2021-04-13T08:00, 13/4/2021, "13/4/2021, 10:30" and "10:30 13/4/2021". What says AM or PM before its
    date is left alone: there the month may come first.
    """
    if time := _TIME_FIRST.match(value):
        value = value[time.end() :]
    try:
        return datetime.date.fromisoformat(value.strip()[:10]).isoformat()
    except ValueError:
        parts = re.split("[-/.]", (value.split() or [""])[0].rstrip(","))
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            return None
        return iso_date(*(parts if len(parts[2]) == 4 else reversed(parts)))

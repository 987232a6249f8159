"""What a reader makes of a file: articles as they stood in it, or why there are none."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

TEXT_MOST = 20_000_000
"""Bytes of text; about 7,000 pages: what is larger is not an article."""
FILE_MOST = 200_000_000
"""Bytes of a file whose reader needs it whole: PDF, Word, EPUB and the like. Lines are read one by one."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """One article as a reader found it; spans and citations will point into `text`."""

    text: str
    name: str | None = None
    """What tells it from others in the same file: the id in a table, the path in an archive; None in a file of one."""
    title: str | None = None
    """None: it stands on the text's first real line."""
    author: str | None = None
    source: str | None = None
    """Who published it: a newspaper, a site, an office."""
    published: str | None = None
    """ISO date."""
    url: str | None = None
    pages: tuple[int, ...] = ()
    """Where each page begins in `text`, the first at 0; empty where the format has no pages."""
    encoding: str | None = None
    """How the letters were encoded, where that had to be found out and was not UTF-8."""
    line: int | None = None
    byte_count: int = 0
    """How much of its file it took, for the progress bar; 0 for all of it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a part of one, that could not be read, and why, in one line for a person."""

    reason: str
    name: str | None = None
    line: int | None = None
    byte_count: int = 0


class Unfit(Exception):
    """A document that cannot be read, and why in one line."""


def rewind(file: BinaryIO, limit: int = FILE_MOST) -> None:
    """Go back to a file's start; raises Unfit where there is more of it than is read whole."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > limit:
        raise Unfit(too_large(size, limit))


def is_whole(text: str) -> bool:
    """Tell whether a text holds no half of a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def too_large(size: int, limit: int = TEXT_MOST) -> str:
    """Say that something is larger than what is read; sizes in bytes."""
    return f"too large for an article: {size / 1e6:.0f} MB, the limit is {limit // 10**6} MB"

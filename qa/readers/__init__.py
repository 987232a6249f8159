"""Files of many formats into the articles that stand in them: one module a format, each with `read(file)`."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from qa.readers.values import Extracted, Unreadable

Reader = Callable[[BinaryIO], Iterator[Extracted | Unreadable]]

_MODULES = {
    ".txt": "qa.readers.plain",
    ".md": "qa.readers.markdown",
    ".html": "qa.readers.html",
    ".htm": "qa.readers.html",
    ".pdf": "qa.readers.pdf",
    ".docx": "qa.readers.docx",
    ".odt": "qa.readers.odt",
    ".rtf": "qa.readers.rtf",
    ".epub": "qa.readers.epub",
    ".csv": "qa.readers.tables",
    ".jsonl": "qa.readers.lines",
    ".zip": "qa.readers.archives",
}
SUFFIXES = tuple(_MODULES)
ISOLATED = frozenset(SUFFIXES) - {".txt", ".csv", ".jsonl"}
"""What third-party parsers read, and what may hold it: to be read by an `IsolatedReader` only."""


def suffix_of(name: str) -> str | None:
    """Give the suffix, of those that can be read, that a file's name ends with, in lower case; None for any other."""
    suffix = os.path.splitext(name)[1].lower()
    return suffix if suffix in _MODULES else None


def reader_for(suffix: str) -> Reader:
    """Give the `read` of a format, importing what it needs only now; raises KeyError for an unknown suffix."""
    read: Reader = importlib.import_module(_MODULES[suffix]).read
    return read

"""Plain text: a file is an article, as it stands."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from typing import BinaryIO

from qa.readers import encodings
from qa.readers.values import TEXT_MOST, Extracted, Unreadable, too_large


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Read the one article of a text file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > TEXT_MOST:
        yield Unreadable(too_large(size))
        return
    data = file.read()
    try:
        decoded = encodings.decode(data)
    except encodings.Undecodable as error:
        yield Unreadable(str(error))
        return
    # What is quoted is the file to the character, its byte order mark among them.
    mark = "\ufeff" if decoded.encoding is None and data.startswith(codecs.BOM_UTF8) else ""
    yield Extracted(mark + decoded.text, encoding=decoded.encoding)

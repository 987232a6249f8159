"""Plain text: a file is an article, as it stands."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from qa.readers import encodings
from qa.readers.values import TEXT_MOST, Extracted, Unfit, Unreadable, rewind


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Read the one article of a text file."""
    try:
        rewind(file, TEXT_MOST)
        data = file.read()
        decoded = encodings.decode(data)
    except (Unfit, encodings.Undecodable) as error:
        yield Unreadable(str(error))
        return
    # What is quoted is the file to the character, its byte order mark among them.
    mark = "\ufeff" if decoded.encoding is None and data.startswith(codecs.BOM_UTF8) else ""
    yield Extracted(mark + decoded.text, encoding=decoded.encoding)

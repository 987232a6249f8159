"""Zip archives: the articles of their members, which are read in memory one by one and never laid out on the disk."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import lzma
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO

from qa.readers import reader_for, suffix_of
from qa.readers.values import FILE_MOST, Extracted, Unreadable, too_large
from qa.readers.worker import carefully, one_line

MEMBERS_MOST = 200_000
TOTAL_MOST = 20_000_000_000
"""Bytes of all the members that are read, unpacked."""
_RATIO_MOST = 200
_RATIO_FROM = 10_000_000
_TOTAL_FROM = 1_000_000_000
# As much of a bzip2 stream as this may unpack to 80 MB at once; the other methods can be held to less.
_CHUNK = 4096
_NAME_MOST = 200
_UTF8_NAME = 0x800
_ENCRYPTED = 0x41
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # with UnicodeDecodeError, of names
    OverflowError,
    RuntimeError,  # with NotImplementedError, of methods and versions
)


def _ignore(number: int, name: str) -> None:
    pass


def read(
    file: BinaryIO, first: int = 0, reached: Callable[[int, str], None] = _ignore
) -> Iterator[Extracted | Unreadable]:
    """Read the members that are articles, in their order, from the entry numbered `first` on.

    An item's name is its member's path, and behind a "#" the name that it has there. `reached` is told each
    member's number and name before it is read: where its parser breaks the process, the rest can be read by another.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE as error:
        yield Unreadable(one_line(f"not a zip archive, or damaged: {error}"))
        return
    entries = archive.infolist()
    if len(entries) > MEMBERS_MOST:
        yield Unreadable(f"holds {len(entries)} entries, the limit is {MEMBERS_MOST}")
        return
    found, total = False, 0
    total_most = _total_most(file)
    seen: Counter[str] = Counter()
    for number, entry in enumerate(entries):
        name = name_of(entry)
        suffix = suffix_of(name)
        if entry.is_dir() or suffix is None or _is_hidden(name):
            continue
        found = True
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
        taken = max(1, entry.compress_size)
        refusal = _refusal(entry, suffix)
        if refusal is None:
            total += entry.file_size
            if total > total_most:
                yield Unreadable(f"unpacks to more than {total_most / 1e9:g} GB: not read from here on", name)
                return
        if number < first:
            continue
        if refusal is not None:
            yield Unreadable(refusal, name, byte_count=taken)
            continue
        reached(number, name)
        for item in carefully(functools.partial(_member, archive, entry, suffix)):
            within = item.name if item.name is not None or item.line in (None, 1) else str(item.line)
            inner = name if within is None else f"{name}#{within}"
            # How much of the archive an item of several took is not known; the first one stands for its member.
            yield dataclasses.replace(item, name=inner, byte_count=taken)
            taken = 1
    if not found:
        yield Unreadable("empty: it holds no file that can be read")


def name_of(entry: zipfile.ZipInfo) -> str:
    """Give a member's path as a label: relative, with plain slashes, NFC, at most 200 characters."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        # zipfile takes these for cp437; many programs write UTF-8 and do not say so.
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = unicodedata.normalize("NFC", name.split("\0")[0].replace("\\", "/"))
    name = re.sub(r"^[A-Za-z]:", "", name)
    name = "/".join(part for part in name.split("/") if part not in ("", ".", ".."))
    name = "".join(letter if letter.isprintable() else "\ufffd" for letter in name) or "?"
    return name if len(name) <= _NAME_MOST else "…" + name[1 - _NAME_MOST :]


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, suffix: str) -> Iterator[Extracted | Unreadable]:
    try:
        content = _unpacked(archive, entry)
    except _DAMAGE as error:
        yield Unreadable(f"damaged in the archive: {error or type(error).__name__}")
        return
    yield from reader_for(suffix)(content)


def _refusal(entry: zipfile.ZipInfo, suffix: str) -> str | None:
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link: links are not followed"
    if entry.flag_bits & _ENCRYPTED:
        return "protected by a password"
    if suffix == ".zip":
        return "an archive within an archive is not read"
    if entry.file_size > FILE_MOST:
        return too_large(entry.file_size, FILE_MOST)
    if entry.file_size > _RATIO_FROM and entry.file_size > _RATIO_MOST * entry.compress_size:
        return f"unpacks to {entry.file_size // max(1, entry.compress_size)} times its size: a decompression bomb?"
    return None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> io.BytesIO:
    """Give a member's bytes, never more than were declared: zipfile stops there, and finds the checksum wrong."""
    content = io.BytesIO()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            content.write(chunk)
    content.seek(0)
    return content


def _total_most(file: BinaryIO) -> int:
    """Give how much may be unpacked in all: entries that overlap make petabytes of a few megabytes."""
    return min(TOTAL_MOST, max(_TOTAL_FROM, _RATIO_MOST * file.seek(0, io.SEEK_END)))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))

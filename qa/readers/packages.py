"""Packages of XML in a zip, as .odt, .docx and .epub are: their parts as trees, with nothing expanded or fetched."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import BinaryIO

from lxml import etree

from qa.readers.values import FILE_MOST, Unfit, rewind, too_large

PART_MOST = 100_000_000
"""Bytes of one part of a package, unpacked."""
NODES_MOST = 5_000_000
"""Elements, attributes and references of one part: each takes up to 256 bytes, and a reader has 1.5 GB of memory."""
_RATIO_MOST, _RATIO_FROM = 200, 10_000_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
# Of XML; what else Unicode counts as blank may be a letter of an encoding older than it.
_SPACE = re.compile(r"[ \t\r\n]+")


def open_package(file: BinaryIO, kind: str) -> zipfile.ZipFile:
    """Open a zip of XML parts; raises Unfit for what is none, is protected, or unpacks to too much."""
    rewind(file)
    if file.read(8) == _OLD_OFFICE:
        if "EncryptedPackage".encode("utf-16-le") in file.read():
            raise Unfit("protected by a password")
        raise Unfit("an old Word document (.doc): save it as .docx")
    try:
        package = zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise Unfit(f"not {kind}, or damaged: {_said(error)}") from error
    entries = package.infolist()
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if total > FILE_MOST:
        raise Unfit(f"unpacks to {total / 1e6:.0f} MB, the limit is {FILE_MOST // 10**6} MB")
    if total > _RATIO_FROM and total > _RATIO_MOST * packed:
        raise Unfit(f"unpacks to {total // max(1, packed)} times its size: a decompression bomb?")
    return package


def part(package: zipfile.ZipFile, name: str) -> bytes:
    """Give the bytes of a part; raises Unfit where it is missing, damaged, protected or too large."""
    try:
        entry = package.getinfo(name)
    except KeyError:
        raise Unfit(f"damaged: it lacks its part {name}") from None
    if entry.flag_bits & 0x41:
        raise Unfit("protected by a password")
    if entry.file_size > PART_MOST:
        raise Unfit(too_large(entry.file_size, PART_MOST))
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unfit(f"its part {name} is packed in a way that no such file is")
    try:
        return package.read(entry)  # never more than file_size bytes
    except _DAMAGE as error:
        raise Unfit(f"damaged: {_said(error)}") from error


# --- XML --------------------------------------------------------------------------------------------------


def parsed(data: bytes) -> etree._Element:
    """Parse XML, with nothing in it expanded or fetched.

    Raises Unfit where it is malformed or has too many elements, MemoryError where there is no room for it.
    """
    # At least as many as there are, and known before they take any memory.
    nodes = data.count(b"<") - data.count(b"</") + data.count(b"=") + data.count(b"&")
    if nodes > NODES_MOST:
        found, limit = nodes / 1e6, NODES_MOST // 10**6
        raise Unfit(f"too large for an article: {found:.1f} million elements and attributes, the limit is {limit}")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:  # "unknown error", as its message says
            raise MemoryError from error
        raise Unfit(f"damaged: {error.msg}") from error
    except ValueError as error:
        raise Unfit(f"damaged: {_said(error)}") from error


def local_name(node: etree._Element) -> str:
    """Give an element's name without its namespace; empty for what is none, as a reference to an entity."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def named(node: etree._Element | None, name: str) -> str | None:
    """Give an attribute by its name without namespace; None where it is not there."""
    if node is None:
        return None
    return next((value for key, value in node.attrib.items() if str(key).rpartition("}")[2] == name), None)


def texts_by_name(tree: etree._Element | None) -> dict[str, str]:
    """Give the text of elements by their names, of several with one name the first: a document's properties."""
    texts: dict[str, str] = {}
    for node in tree.iter() if tree is not None else ():
        if node.text:
            texts.setdefault(local_name(node), node.text)
    return texts


def spaced(text: str) -> str:
    """Give the text of an XML element, where blanks and line ends mean no more than one blank."""
    return _SPACE.sub(" ", text)


class Rows:
    """Paragraphs in the cells of tables into one line a row; tables may stand in cells of others."""

    def __init__(self) -> None:
        self._open: list[list[str]] = []

    def start(self) -> None:
        """Open a row, which is a list of cells, or a cell, which is a list of paragraphs."""
        self._open.append([])

    def add(self, paragraph: str) -> bool:
        """Put a paragraph into the cell that is open; False where none is."""
        if self._open:
            self._open[-1].append(paragraph)
        return bool(self._open)

    def end_cell(self) -> list[str]:
        """Close a cell; give its paragraphs where it stands in no row."""
        paragraphs = [paragraph for paragraph in self._open.pop() if paragraph.strip()]
        return [] if self.add("\n\n".join(paragraphs)) else paragraphs

    def end_row(self) -> list[str]:
        """Close a row; give the paragraphs that are complete with it: none within a cell of another table."""
        cells = [cell for cell in self._open.pop() if cell.strip()]
        # A row of one cell is layout: its paragraphs are those of the document.
        row = " | ".join(spaced(cell.strip()) for cell in cells) if len(cells) > 1 else "".join(cells)
        return [] if self.add(row) or not row else row.split("\n\n")


def _said(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

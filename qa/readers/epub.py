"""EPUB books: one article a chapter, in the order of reading. EbookLib is under the AGPL, so lxml reads the parts."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO
from zipfile import ZipFile

from lxml import etree

from qa.readers.epub_book import KIND, LONGEST_TITLE, Book, book_of
from qa.readers.packages import Rows, local_name, named, open_package, parsed, part, spaced
from qa.readers.values import TEXT_MOST, Extracted, Unfit, Unreadable, too_large
from qa.readers.wording import converted, on_one_line, whole

_LEAST_WORDS = 12
# Of malformed chapters: text of 10 MB without an element in it is dropped without a word.
_HTML_MOST = 9_000_000
_SKIPPED = frozenset("head script style template noscript object iframe audio video svg math nav rp rt form".split())
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer "
    "h1 h2 h3 h4 h5 h6 header hr legend li main ol p pre section summary table ul".split()
)
_HEADINGS = ("h1", "h2", "h3")
_NOTE_MARK = re.compile(r"\s*[\[(]?(?:\d{1,4}|\*{1,3}|[a-z])[\])]?\s*")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield the chapters of a book, each named by its path in it; covers and tables of contents are left out."""
    try:
        with open_package(file, KIND) as package:
            yield from _chapters(package, book_of(package))
    except Unfit as error:
        yield Unreadable(str(error))


def _chapters(package: ZipFile, book: Book) -> Iterator[Extracted | Unreadable]:
    found = False
    total = 0
    for path, label in book.chapters.items():
        try:
            heading, paragraphs = _paragraphs(_page(part(package, path)))
            paragraphs, encoding = converted(paragraphs)
            if sum(len(paragraph.split()) for paragraph in paragraphs) < _LEAST_WORDS:
                continue
            text = whole(paragraphs)
        except Unfit as error:
            found = True
            yield Unreadable(str(error), name=path)
            continue
        if (total := total + len(text)) > TEXT_MOST:
            raise Unfit(too_large(total))
        found = True
        title = label if heading is None else on_one_line(paragraphs[heading])
        yield Extracted(text, name=path, title=title, author=book.author, source=book.title, encoding=encoding)
    if not found:
        raise Unfit("empty: no chapter holds text")


def _page(data: bytes) -> etree._Element:
    """Parse a chapter: as the XML that it should be, else as a browser would."""
    # XML by itself does not know the names that XHTML has for characters, and its list of them is not fetched.
    data = _ENTITY.sub(_numeric, data)
    try:
        return parsed(data)
    except Unfit:
        if len(data) > _HTML_MOST:
            raise
        parser = etree.HTMLParser(encoding=_encoding(data), no_network=True, remove_comments=True, remove_pis=True)
        try:
            page = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            page = None
        # What it gives up on, it leaves out without a word.
        if page is None or any(error.level_name == "FATAL" and "depth" in error.message for error in parser.error_log):
            raise
        return page


def _encoding(data: bytes) -> str | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None  # what it says of itself
    return "utf-8"


def _numeric(match: re.Match[bytes]) -> bytes:
    name = match[1]
    letters = "" if name in _OF_XML else html.entities.html5.get(f"{name.decode()};", "")
    return "".join(f"&#{ord(letter)};" for letter in letters).encode() or match.group()


def _paragraphs(page: etree._Element) -> tuple[int | None, list[str]]:
    """Give which paragraph is the first heading, and the paragraphs and rows of a chapter in their order."""
    texts: list[str] = []
    heading = None
    rows = Rows()
    line: list[str] = []

    def close(is_heading: bool = False) -> None:
        nonlocal heading
        paragraph = "".join(line)
        line.clear()
        if not paragraph.strip() or rows.add(paragraph):
            return
        if heading is None and is_heading and len(paragraph) <= LONGEST_TITLE:
            heading = len(texts)
        texts.append(paragraph)

    walk = etree.iterwalk(page, events=("start", "end"))
    for event, node in walk:
        name = local_name(node).lower()
        if event == "start":
            if name in _BLOCKS or name in ("tr", "td", "th"):
                close()
            if name in _SKIPPED or _is_note_mark(node, name):
                walk.skip_subtree()
                continue
            if name in ("tr", "td", "th"):
                rows.start()
            if name == "br":
                line.append("\n")
            if name:  # none: a reference to an entity
                line.append(spaced(node.text or ""))
            continue
        if name in _BLOCKS or name in ("tr", "td", "th"):
            close(name in _HEADINGS)
        if name in ("td", "th"):
            texts.extend(rows.end_cell())
        elif name == "tr":
            texts.extend(rows.end_row())
        line.append(spaced(node.tail or ""))
    close()
    return heading, texts


def _is_note_mark(node: etree._Element, name: str) -> bool:
    """Tell whether an element is the number of a note, which would stand in the middle of a sentence."""
    if name == "a" and named(node, "type") == "noteref":
        return True
    if name != "sup" or len(node) > 1 or (len(node) == 1 and local_name(node[0]).lower() != "a"):
        return False
    linked = len(node) == 1 or any(local_name(above).lower() == "a" for above in islice(node.iterancestors(), 2))
    return linked and _NOTE_MARK.fullmatch("".join(map(str, node.itertext()))) is not None

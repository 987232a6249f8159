"""PDF: lines as they stand on the pages, put together into paragraphs again.

A PDF holds letters and where they stand, no paragraphs. What ends one is read off the page: a gap, an indentation, a
line that had room for the next word. What stands at the edge of page after page is left out, and notes at the foot of
a page are taken out of the sentence that goes on overleaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from qa.readers.pdf_lines import Page, page_of
from qa.readers.pdf_margins import leave_out_edges, take_out_notes
from qa.readers.pdf_paragraphs import put_together
from qa.readers.values import TEXT_MOST, Extracted, Unfit, Unreadable, rewind, too_large
from qa.readers.wording import converted, plausible_author, plausible_title, tidy

PAGES_MOST = 20_000
_NAMED_MOST = 6


def read(file: BinaryIO) -> Iterator[Extracted | Unreadable]:
    """Yield the text of a PDF with where its pages begin, and which of its pages hold none."""
    try:
        document = _opened(file)
        try:
            yield from _read(document)
        finally:
            document.close()
    except Unfit as error:
        yield Unreadable(str(error))


def _opened(file: BinaryIO) -> pypdfium2.PdfDocument:
    rewind(file)
    try:
        return pypdfium2.PdfDocument(file.read())
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        raise Unfit("protected by a password" if locked else "not a PDF, or damaged") from error


def _read(document: pypdfium2.PdfDocument) -> Iterator[Extracted | Unreadable]:
    if len(document) > PAGES_MOST:
        raise Unfit(f"too large for an article: {len(document)} pages, the limit is {PAGES_MOST}")
    pages: list[Page] = []
    damaged: list[int] = []
    count = 0
    for number in range(len(document)):
        try:
            pages.append(page_of(document, number))
        except pypdfium2.PdfiumError:
            pages.append(Page([]))
            damaged.append(number)
        if (count := count + sum(len(line.text) for line in pages[-1].lines)) > TEXT_MOST:
            raise Unfit(too_large(count))
    lines = [line for page in pages for line in page.lines]
    texts, encoding = converted([line.text for line in lines])
    for line, text in zip(lines, texts, strict=True):
        line.text = tidy(text).replace("\n", " ")
    leave_out_edges(pages)
    without = [number for number, page in enumerate(pages) if page.has_more and not page.lines]
    if not any(page.lines for page in pages):
        if damaged:
            raise Unfit("damaged: no page can be read")
        if without:
            raise Unfit("no page holds text: scanned? It needs text recognition (OCR) first")
        raise Unfit("empty: it holds no text")
    take_out_notes(pages)
    text, starts = put_together(pages)
    if (size := len(text.encode("utf-8"))) > TEXT_MOST:
        raise Unfit(too_large(size))
    yield Extracted(
        text,
        title=plausible_title(_property(document, "Title"), text),
        author=plausible_author(_property(document, "Author"), encoding),
        pages=starts,
        encoding=encoding,
    )
    if damaged:
        yield Unreadable(f"{_named(damaged)} {'is' if len(damaged) == 1 else 'are'} damaged")
    if without:
        yield Unreadable(f"{_named(without)} {'holds' if len(without) == 1 else 'hold'} no text: scanned?")


def _property(document: pypdfium2.PdfDocument, name: str) -> str | None:
    try:
        value: str = document.get_metadata_value(name)
    except UnicodeDecodeError:
        return None
    return value


def _named(numbers: list[int]) -> str:
    names = [str(number + 1) for number in numbers]
    if len(names) > _NAMED_MOST + 1:
        names[_NAMED_MOST:] = [f"{len(names) - _NAMED_MOST} more"]
    if len(names) == 1:
        return f"page {names[0]}"
    return f"pages {', '.join(names[:-1])} and {names[-1]}"

"""The letters of a PDF's pages into lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

CELL = " | "
"""Between the cells of a row, and columns that stand as far apart as those."""
# Around a small raised number, until it is known whether it is that of a note. Unicode has no characters here.
MARKED = re.compile("\ufdd0(.*?)\ufdd1")
ITEM = re.compile(r"(?:[-–—•*+►▪●]|\d{1,3}(?:\.\d{1,2})*[.)]|[a-zđ][.)]|[IVX]{1,6}[.)])\s*\S")
"""How an item of a list begins."""
_NO_LETTERS = re.compile("[\0\ufffd\ue000-\uf0ff]")


@dataclass(slots=True)
class Line:
    """A line of letters; positions in points, as the page is shown, upwards."""

    page: int
    text: str
    left: float
    right: float
    bottom: float
    size: float
    """The height of its letters."""
    column: tuple[float, float] = (0.0, 0.0)
    """Where the lines around it begin and end."""


@dataclass(slots=True)
class Page:
    """A page: what flows through it, and the notes at its foot."""

    lines: list[Line]
    notes: list[list[Line]] = field(default_factory=list)
    has_more: bool = False
    """Something stands on it that is no text: a picture, or where there is no text, anything."""


def page_of(document: pypdfium2.PdfDocument, number: int) -> Page:
    """Give a page by its number, the first being 0; raises PdfiumError where it is damaged."""
    page = document.get_page(number)
    try:
        textpage = page.get_textpage()
        lines = list(_lines(textpage, number, page.get_rotation()))
        textpage.close()
        # Letters that their fonts do not name are pictures to whoever has no eyes.
        unnamed = sum(len(_NO_LETTERS.findall(line.text)) for line in lines)
        if 2 * unnamed > sum(len(line.text) for line in lines):
            return Page([], has_more=True)
        if lines:
            has_more = any(True for _ in page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        else:
            has_more = pdfium.FPDFPage_CountObjects(page) > 0
        return Page(lines, has_more=has_more)
    finally:
        page.close()


_Letter = tuple[str, float, float, float, float]
"""A letter behind the blank before it: left, bottom, right, top."""


def _lines(textpage: pypdfium2.PdfTextPage, number: int, turned: int) -> Iterator[Line]:
    """Yield the lines in the order in which the page has them, which is that of reading in all but odd cases."""
    letters: list[_Letter] = []
    box = pdfium.FS_RECTF()
    blank = broken = False
    for index in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        if code in (0x0A, 0x0D):
            broken = True
            continue
        if code in (0x09, 0x20, 0xA0):
            blank = True
            continue
        if not pdfium.FPDFText_GetLooseCharBox(textpage, index, box):
            continue
        left, bottom, right, top = _as_shown(turned, box.left, box.bottom, box.right, box.top)
        # PDFium gives a hyphen at the end of a line as one of these.
        letter = "-" if code in (0x02, 0xFFFE) else chr(code)
        if letters:
            _, _, low, end, high = letters[-1]
            height = min(top - bottom, high - low)
            beside = min(top, high) - max(bottom, low) > height / 2 and left > end - height / 2
            # It also breaks a line behind a raised number.
            if broken and not beside:
                yield _line(letters, number)
                letters = []
            elif left - end > 2 * (high - low) and (blank or broken) and not _is_marker(letters):
                letter = CELL + letter
            elif blank or left - end > (high - low) / 4:
                letter = " " + letter
        letters.append((letter, left, bottom, right, top))
        blank = broken = False
    if letters:
        yield _line(letters, number)


def _as_shown(turned: int, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    """Turn a box as its page is: by 0, 90, 180 or 270 degrees, clockwise."""
    if turned == 90:
        return bottom, -right, top, -left
    if turned == 180:
        return -right, -top, -left, -bottom
    if turned == 270:
        return -top, left, -bottom, right
    return left, bottom, right, top


def _is_marker(letters: list[_Letter]) -> bool:
    """Tell whether a line so far is but the number or the dash of an item, behind which the text is set off."""
    return len(letters) <= 5 and ITEM.fullmatch("".join(letter[0] for letter in letters) + "x") is not None


def _line(letters: list[_Letter], page: int) -> Line:
    size = Counter(round(top - bottom, 1) for _, _, bottom, _, top in letters).most_common(1)[0][0]
    base = min(bottom for _, _, bottom, _, top in letters if abs(top - bottom - size) <= 0.1)
    text = "".join(
        f"\ufdd0{letter}\ufdd1"
        if (letter.isdecimal() or letter == "*") and top - bottom < 0.85 * size and bottom > base + 0.1 * size
        else letter
        for letter, _, bottom, _, top in letters
    ).replace("\ufdd1\ufdd0", "")
    left, right = min(letter[1] for letter in letters), max(letter[3] for letter in letters)
    return Line(page, text, left, right, base, max(size, 1.0))

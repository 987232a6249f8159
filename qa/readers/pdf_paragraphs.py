"""The lines of a PDF's pages into paragraphs, across columns and pages."""

from __future__ import annotations

import re
from itertools import pairwise

from qa.readers.pdf_lines import CELL, ITEM, Line, Page
from qa.readers.pdf_margins import body_size

_SENTENCE_END = re.compile(r"[.!?…:;][\"”’'»)\]]*$")
_NEIGHBOURS = 15


def put_together(pages: list[Page]) -> tuple[str, tuple[int, ...]]:
    """Give the text, and where in it each page begins; a page without text begins where the next one does."""
    for page in pages:
        _find_columns(page.lines)
    leading, body = _leading(pages), body_size(pages)
    blocks: list[list[Line]] = []
    notes: list[list[Line]] = []
    for page in pages:
        for line in page.lines:
            if blocks and _goes_on(blocks[-1][-1], line, leading, body):
                # Notes of the page before go in front of the paragraph that they would cut in two.
                blocks[-1:-1] = notes
                blocks[-1].append(line)
            else:
                blocks += [*notes, [line]]
            notes = []
        notes += page.notes
    blocks += notes
    pieces: list[str] = []
    starts: dict[int, int] = {}
    flowing = {id(line) for page in pages for line in page.lines}
    at = 0
    for block in blocks:
        for number, line in enumerate(block):
            between = ("\n\n" if pieces else "") if number == 0 else _between(block[number - 1].text, line.text)
            pieces += [between, line.text]
            if id(line) in flowing:
                starts.setdefault(line.page, at + len(between))
            at += len(between) + len(line.text)
    following = at
    offsets = [0] * len(pages)
    for page_number in range(len(pages) - 1, 0, -1):
        following = offsets[page_number] = min(starts.get(page_number, following), following)
    return "".join(pieces), tuple(offsets)


def _between(before: str, after: str) -> str:
    """Give what stands between two lines of a paragraph: nothing where a word was cut in two at a hyphen."""
    return "" if before[-1:] == "-" and before[-2:-1].isalpha() and after[0].islower() else " "


def _find_columns(lines: list[Line]) -> None:
    for number, line in enumerate(lines):
        around = [
            other
            for other in lines[max(0, number - _NEIGHBOURS) : number + _NEIGHBOURS + 1]
            if _alike(line, other) and min(line.right, other.right) > max(line.left, other.left)
        ]
        line.column = min(other.left for other in around), max(other.right for other in around)


def _alike(line: Line, other: Line) -> bool:
    return abs(line.size - other.size) <= 0.08 * max(line.size, other.size)


def _leading(pages: list[Page]) -> float:
    """Give how far apart the lines of paragraphs are, in heights of their letters."""
    ratios = [
        (above.bottom - below.bottom) / above.size
        for page in pages
        for above, below in pairwise(page.lines)
        if _alike(above, below) and 0.7 < (above.bottom - below.bottom) / above.size < 2.6
    ]
    # Most are within paragraphs; what stands between them is more.
    return sorted(ratios)[len(ratios) // 4] if ratios else 1.3


def _goes_on(line: Line, after: Line, leading: float, body: float) -> bool:
    """Tell whether a paragraph goes on from a line to the next: below it, in the next column or on the next page."""
    if CELL in line.text or CELL in after.text or not _alike(line, after):
        return False
    down = (line.bottom - after.bottom) / line.size
    is_below = line.page == after.page and down > 0
    if is_below and down > 1.25 * leading:
        return False
    ended = _SENTENCE_END.search(line.text) is not None
    left, right = line.column
    first_word = after.text.split(maxsplit=1)[0]
    room = right - line.right - line.size / 4
    is_short = room > (after.right - after.left) * len(first_word) / len(after.text) or right - left < 8 * line.size
    if ITEM.match(after.text) and (ended or is_short or line.text.endswith(",")):
        return False
    if after.text[0].islower():
        return not ended or (is_below and not is_short)
    if is_below and not ended and _is_heading(line, body) and _is_heading(after, body):
        return abs(line.left + line.right - after.left - after.right) < 2 * line.size
    if is_below:
        return not is_short and (after.left <= line.left + 0.8 * line.size or ITEM.match(line.text) is not None)
    return not ended and not is_short and after.left <= after.column[0] + 0.8 * after.size


def _is_heading(line: Line, body: float) -> bool:
    return line.size > 1.08 * body or line.text.isupper()

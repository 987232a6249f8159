"""What stands around the text of a PDF's pages: headers, footers, page numbers, and notes."""

from __future__ import annotations

import re
from collections import Counter

from qa.readers.pdf_lines import MARKED, Line, Page

_NOTE = re.compile(r"(\d{1,3}|\*{1,3})[.)]?(?:\s+|(?=[^\W\d_]))")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:trang|page)\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of|trên)\s*\d{1,4})?\W*", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,4}")
_SCANNER = re.compile(r".{0,20}\bcamscanner\b.{0,20}", re.IGNORECASE)
_EDGE = 4
"""Lines at the top of a page, and at its foot, that may be its header or footer."""


def leave_out_edges(pages: list[Page]) -> None:
    """Leave out headers, footers and page numbers: what a page has at its edge where the pages beside it have it."""
    seen = [_edge_keys(page.lines, number) for number, page in enumerate(pages)]
    for number, page in enumerate(pages):
        beside = [seen[other] for other in range(number - 2, number + 3) if other != number and 0 <= other < len(pages)]
        known = {key for keys in beside for found in keys.values() for key in found}
        out: set[int] = {id(line) for line in page.lines if not line.text or _SCANNER.fullmatch(line.text)}
        ordered = sorted(page.lines, key=lambda line: -line.bottom)
        for edge in (ordered, ordered[::-1]):
            for line in edge[:_EDGE]:
                if known.isdisjoint(seen[number].get(id(line), ())):
                    break
                out.add(id(line))
            rest = [line for line in edge if id(line) not in out][:2]
            # A lone number far from everything else.
            is_far = len(rest) == 2 and abs(rest[0].bottom - rest[1].bottom) > 2 * rest[1].size
            if is_far and _PAGE_NUMBER.fullmatch(rest[0].text):
                out.add(id(rest[0]))
        page.lines = [line for line in page.lines if id(line) not in out]


def _edge_keys(lines: list[Line], number: int) -> dict[int, set[tuple[str, int]]]:
    """Give what would be alike in the header or footer of another page: text and height, numbers that count pages."""
    ordered = sorted(lines, key=lambda line: -line.bottom)
    keys: dict[int, set[tuple[str, int]]] = {}
    for line in (*ordered[:_EDGE], *ordered[-_EDGE:]):
        texts = {line.text}
        for found in list(_NUMBER.finditer(line.text))[:4]:
            counted = int(found.group()) - number
            texts.add(f"{line.text[: found.start()]}\0{counted}\0{line.text[found.end() :]}")
        heights = (round(line.bottom / 6), int(line.bottom // 6))
        keys[id(line)] = {(text, height) for text in texts for height in heights}
    return keys


def take_out_notes(pages: list[Page]) -> None:
    """Take the notes at the foot of pages out of their lines, and the numbers that point to them out of the text."""
    body = body_size(pages)
    for page in pages:
        small: list[Line] = []
        for line in sorted(page.lines, key=lambda line: line.bottom):
            if line.size >= 0.93 * body:
                break
            small.append(line)
        numbers = set()
        for line in reversed(small):
            plain = MARKED.sub(r"\1", line.text)
            if found := _NOTE.match(plain):
                numbers.add(found[1])
                line.text = plain[found.end() :]
                page.notes.append([line])
            elif page.notes:
                page.notes[-1].append(line)
        taken = {id(line) for note in page.notes for line in note}
        page.lines = [line for line in page.lines if id(line) not in taken]
        for line in page.lines:
            line.text = _unmarked(line.text, numbers)
        for line in (line for note in page.notes for line in note):
            line.text = _unmarked(line.text, set())
        page.lines = [line for line in page.lines if line.text]


def body_size(pages: list[Page]) -> float:
    """Give the height of the letters that most of the text has, in points."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text)
    return max(sizes, key=sizes.__getitem__, default=1.0)


def _unmarked(text: str, notes: set[str]) -> str:
    """Give text without the raised numbers that point to notes; any other stays, as in m2."""
    return MARKED.sub(lambda mark: "" if mark[1].strip() in notes else mark[1], text).strip()

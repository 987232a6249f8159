"""Where Vietnamese sentences end."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

# A mark that may end a sentence, with the brackets and quotes that close behind it.
_END = re.compile(r"(?P<mark>[.!?…]+|[。！？])(?P<closers>[\"”’'»)\]]*)")
_INITIAL = re.compile(r"[^\W\d_]\.(?:\s|$)")
_LAST_WORD = re.compile(r"[\w./]+$")
_OPENERS = "\"“‘'«([-–—*•"
_NUMBERING = re.compile(r"\W*(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[^\W\d_])")
# They stand before a name or a number; ending a sentence with one is rare.
_BEFORE_NAME = frozenset(
    "tp tx tt gs pgs ts tskh ths bs bscki bsckii ks kts ls cn ncs cvp nsnd nsưt ngnd ngưt ggs mr mrs ms dr prof st no "
    "đ/c d/c đc ô ôg nxb tr cty đt tel vd stt q p f".split()
)
_SURNAMES = frozenset("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý".split())
# Quotations and brackets up to this long stay whole; longer ones are several sentences to cite from.
_WHOLE_QUOTATION = 250
# How far around a full stop to look; keeps a paragraph of megabytes linear.
_CONTEXT = 60
_PAIRS = {"“": "”", "«": "»", "(": ")", "[": "]", '"': '"'}
_BRACKET = re.compile(r'[“”«»()\[\]"]')


def sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of one paragraph, ``text[start:end]``, in order, without outer blanks.

    Between them nothing but blanks is left out.
    """
    whole = _quotations(text, start, end)
    at = start
    for match in _END.finditer(text, start, end):
        if match.end() > at and _ends_sentence(text, at, match, end) and not _inside(whole, match.end()):
            if span := _stripped(text, at, match.end()):
                yield span
            at = match.end()
    if span := _stripped(text, at, end):
        yield span


def _ends_sentence(text: str, sentence_start: int, match: re.Match[str], end: int) -> bool:
    after = match.end()
    if after >= end:
        return True
    if not text[after].isspace():
        return match["mark"] == "." and not match["closers"] and _is_glued(text, match)
    ahead = text[after : min(end, after + _CONTEXT)].lstrip()
    if ahead.lstrip(_OPENERS).lstrip()[:1].islower():
        return False
    if match["mark"] != "." or match["closers"]:
        return True
    before = text[max(sentence_start, match.start() - _CONTEXT) : match.start()]
    numbered = len(before) < _CONTEXT and _NUMBERING.fullmatch(before)
    return not (numbered or _is_abbreviation(before, ahead))


def _is_glued(text: str, match: re.Match[str]) -> bool:
    """Tell a missing space, common on the web ("địa bàn.Ngày"), from a dot in a name ("TP.HCM", "VnExpress.net")."""
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    return len(before + after) == 4 and before.isalpha() and before.islower() and after.isalpha() and after.istitle()


def _is_abbreviation(before: str, ahead: str) -> bool:
    """Tell whether the full stop after `before` belongs to its last word: a title, "TP", an initial."""
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    last = found.group().rsplit(".", 1)[-1]
    if last.lower() in _BEFORE_NAME:
        return True
    if len(last) != 1 or not last.isupper():
        return False
    # An initial follows a name or starts one ("Nguyễn V. An", "J. K."); "Vitamin C." and "Khóa X." end sentences.
    previous = before[: found.start()].split()
    if "." in found.group() or not previous or previous[-1] in _SURNAMES or _INITIAL.match(ahead):
        return True
    return previous[-1][:1].isupper() and len(previous) > 1


def _quotations(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Find balanced quotations and brackets short enough to stay whole: disjoint spans of their insides, in order."""
    spans: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text, start, end):
        character, i = match.group(), match.start()
        if opened and character == opened[-1][0]:
            _, since = opened.pop()
            if i - since <= _WHOLE_QUOTATION:
                while spans and spans[-1][0] > since:
                    spans.pop()  # it lay within this one
                spans.append((since, i))
        elif character in _PAIRS:
            opened.append((_PAIRS[character], i))
            del opened[:-8]  # unbalanced brackets must not pile up
    return spans


def _inside(spans: list[tuple[int, int]], at: int) -> bool:
    i = bisect.bisect_left(spans, (at, 0)) - 1
    return i >= 0 and at <= spans[i][1]


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None

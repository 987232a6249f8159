"""Where Vietnamese sentences end."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from qa.text import BLANKS

# A mark that may end a sentence, with the brackets and quotes that close behind it.
_END = re.compile(r"(?P<mark>[.!?…]+|[。！？])(?P<closers>[\"”’'»)\]\u200b\u200c\u200d\u2060\ufeff\u00ad]*)")
_INITIAL = re.compile(r"[^\W\d_]\.(?:\s|$)")
_LAST_WORD = re.compile(r"[\w./]+$")
_OPENERS = "\"“‘'«([-–—*•"
# "1.", "IV.", "a." where a sentence or, behind a colon, an item begins; "Điều 5." over an article of a law.
_NUMBERING = re.compile(
    r"(?:(?P<start>^\W*)|[:;]\s+)(?:(?:điều|khoản|mục|tiểu mục|chương|phần|bài|bước|câu|phụ lục)\s+)?"
    r"(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[^\W\d_])$",
    re.IGNORECASE,
)
# They stand before a name or a number; ending a sentence with one is rare. The second kind are words in lower case.
_BEFORE_NAME = frozenset(
    "tp tx pgs gs ts tskh ths bs bscki bsckii ks kts nsnd nsưt ngnd ngưt đ/c d/c nxb tr cty vd".split()
)
_BEFORE_NAME_IN_CAPITALS = frozenset("TT Tt LS CN NCS CVP Mr Mrs Ms Dr Prof St No Ô Ôg ĐT Tel STT Q P F Đc".split())
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
        return _is_glued(text, sentence_start, match)
    ahead = text[after : min(end, after + _CONTEXT)].lstrip()
    if ahead.lstrip(_OPENERS).lstrip()[:1].islower():
        return False
    if match["mark"] != "." or match["closers"].strip(BLANKS):
        return True
    return not (
        _is_numbering(text, sentence_start, match) or _is_abbreviation(_before(text, sentence_start, match), ahead)
    )


def _before(text: str, sentence_start: int, match: re.Match[str]) -> str:
    return text[max(sentence_start, match.start() - _CONTEXT) : match.start()]


def _is_numbering(text: str, sentence_start: int, match: re.Match[str]) -> bool:
    before = _before(text, sentence_start, match)
    found = _NUMBERING.search(before)
    return found is not None and (found["start"] is None or len(before) < _CONTEXT)


def _is_glued(text: str, sentence_start: int, match: re.Match[str]) -> bool:
    """Tell a missing space, common on the web ("địa bàn.Ngày"), from a dot in a name ("TP.HCM", "VnExpress.net")."""
    if len(match["mark"]) > 1 or _is_numbering(text, sentence_start, match):
        return False
    before = text[max(sentence_start, match.start() - 2) : match.start()]
    after = text[match.end() : match.end() + 3].lstrip('(“"')[:2]
    ended = before.isdigit() or before[-1:] == "%" or (before.isalpha() and before.islower())
    return len(before) == 2 == len(after) and ended and after.isalpha() and after.istitle()


def _is_abbreviation(before: str, ahead: str) -> bool:
    """Tell whether the full stop after `before` belongs to its last word: a title, "TP", an initial."""
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    last = found.group().rsplit(".", 1)[-1]
    if last.lower() in _BEFORE_NAME or last in _BEFORE_NAME_IN_CAPITALS:
        return True
    if len(last) != 1 or not last.isupper():
        return False
    # An initial stands within a name ("Nguyễn V. An", "J. K.", "N.T.T. (30 tuổi)"). One that ends it ("Nguyễn Văn A.",
    # as the press hides a name), "Vitamin C." and "Khóa X." end sentences.
    previous = before[: found.start()].split()
    if "." in found.group() or not previous or previous[-1] in _SURNAMES or previous[-1].endswith("."):
        return True
    return _INITIAL.match(ahead) is not None or ahead.startswith("(")


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
    while start < end and text[start] in BLANKS:
        start += 1
    while end > start and text[end - 1] in BLANKS:
        end -= 1
    return (start, end) if start < end else None

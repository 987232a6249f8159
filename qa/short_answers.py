"""The answering words within a sentence, where they are sure: the date or percentage that a question asks for.

A kind is marked where, on the half of XQuAD's pages by which no rule was written, nine of ten marks in quoted sentences
that hold an answer are right, and eight of ten at the lower bound (95 %). Dates: 41 of 44, 0.932 [0.863, 1.000].
Percentages: 6 of 6, too few for an interval to mean much. Counts were tried and are not marked (0.78 to 0.86), nor are
persons (7 of 7 there, but 1 of 2 in `seeds/questions.jsonl`).
`python tests/measure_short_answers.py xquad.vi.json xquad.en.json` gives the figures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.answer_kinds import Kind, expected_answer
from qa.function_words import VIETNAMESE
from qa.text import tokens
from qa.types import Question

Span = tuple[int, int]

SENTENCE_CHARACTERS_MOST = 1500
CANDIDATES_MOST = 12
"""A sentence that is longer, or has more dates or percentages, is a list or a table: none of them stands out."""

_SURE_NEARNESS = 0.5
_SURE_RATIO = 1.5
_BREAK_WORDS = 4

_WORD = re.compile(r"\d+(?:[.,/]\d+)*|[^\W\d_]+")
_CLUSTER = re.compile("(?s:.)[\u0300-\u036f]*")
_BREAK = re.compile(r"[,;:()–]|(?<!\w)(?:và|trong khi|còn|nhưng|sau đó)(?!\w)", re.IGNORECASE)

_FIGURE = r"(?<![\w.,/])\d+(?:[.,]\d+)*[½¼¾]?(?![\w/]|[.,]\d)"
_NUMERAL_WORD = "(?:một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|mười|mươi|trăm|linh|lẻ|rưỡi)"
_NUMBER = rf"(?:{_FIGURE}|(?<!\w){_NUMERAL_WORD}(?:\s{_NUMERAL_WORD})*(?!\w))"
_PERCENTAGES = re.compile(
    rf"(?:(?<!\w)(?:hơn|gần|khoảng|xấp xỉ|chừng|ít nhất)\s)?{_NUMBER}"
    rf"(?:(?:\s?%)?(?:\s?[-\u2013]\s?|\sđến\s){_NUMBER})?\s?(?:%|phần trăm(?!\w))",
    re.IGNORECASE,
)
_ASKS_PERCENTAGE = re.compile(r"phần trăm|%|percent|(?:tỷ|tỉ) lệ .*(?:bao nhiêu|thế nào|ra sao)", re.IGNORECASE)

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:[1-9]\d{2,3})"
_PART_OF_DAY = "(?:sáng|trưa|chiều|tối|đêm)"
_PART_OF_YEAR = r"(?:(?:(?:đầu|giữa|cuối|mùa (?:xuân|hè|hạ|thu|đông))\s)?)"
_NAMED_MONTH = r"(?:giêng|một|hai|ba|tư|năm|sáu|bảy|tám|chín|mười(?: một| hai)?|chạp)"
_ANY_MONTH = rf"tháng\s(?:{_MONTH}|{_NAMED_MONTH})(?!\w)"
_OF_YEAR = rf"(?:,?\snăm\s{_YEAR}|(?:/|,\s|\s)(?:1\d|20)\d\d)?"
_DATE = re.compile(
    rf"(?<![\w/.])(?:(?:trước|sau)\s)?(?:(?:{_PART_OF_DAY}\s)?(?:ngày|mùng|mồng)\s|{_PART_OF_DAY}\s)?(?:"
    rf"(?P<day>{_DAY}\s?/\s?{_MONTH}(?:\s?/\s?\d{{4}})?|{_DAY}[-.]{_MONTH}[-.]\d{{4}}|{_DAY}\s{_ANY_MONTH}{_OF_YEAR}"
    rf"|(?<=ngày\s){_DAY}(?![\w/.,]))"
    rf"|(?P<month>{_PART_OF_YEAR}{_ANY_MONTH}{_OF_YEAR})"
    rf"|(?P<age>{_PART_OF_YEAR}(?:thế k[ỷỉ]\s(?:thứ\s)?(?:\d+|[IVX]+|mười(?:\s\w+)?|\w+\smươi(?:\s\w+)?)"
    r"|(?:thập niên|thập kỷ|những năm)\s\d+(?:\svà\s(?:1\d|20)\d0)?))"
    rf"|(?P<year>{_PART_OF_YEAR}(?:năm\s{_YEAR}|(?<![\d.,/])(?:1\d|20)\d\d)))(?!\w|/\d|[.,]\d)",
    re.IGNORECASE,
)
# "Chỉ thị số 35-CT/TW ngày 30/5/2019": the date is the document's, not that of what was done about it.
_DOCUMENT = re.compile(
    r"(?P<kind>chỉ thị|nghị quyết|nghị định|quyết định|quy định|kế hoạch|hướng dẫn|thông báo|thông tri|thông tư"
    r"|kết luận|công văn|đề án|chương trình|báo cáo|tờ trình|luật|lệnh)"
    r"\ssố\s(?P<number>\d{1,5})\S{0,20}(?:,?\s(?:ra|đề))?,?\s$",
    re.IGNORECASE,
)
_BEFORE_DATE = 60
_YEAR_AT_END = re.compile(rf"(?:năm\s)?(?<!\d){_YEAR}$", re.IGNORECASE)
_TO = re.compile(r"\s?[-\u2013]\s?|\s(?:cho )?(?:đến|tới)\s")
_BESIDE = re.compile(r",?\s(?:và|hoặc|hay)(?:\svào|\strong)?\s|,\s")
_GRAINS = tuple(
    (re.compile(rf"(?<!\w)(?:{asking})(?!\w)", re.IGNORECASE), kinds)
    for asking, kinds in (
        ("những năm nào|thời gian nào", ("range",)),
        ("mấy giờ|buổi nào|what time", ()),
        ("năm (?:nào|bao nhiêu)|(?:what|which|the) year", ("year",)),
        ("(?:ngày|hôm) (?:nào|bao nhiêu|mấy)|(?:what|which|the) da(?:y|te)", ("day",)),
        ("tháng (?:nào|mấy)|(?:what|which) month", ("month", "day")),
        ("(?:thế k[ỷỉ]|thập niên|thập k[ỷỉ]) nào|(?:what|which) (?:century|decade)", ("age",)),
    )
)
_ANY_GRAIN = ("day", "month", "age", "year", "range")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, and all of a question's words, those of questions that it leans on too."""

    asking: str
    known: tuple[str, ...]


def short_answer(question: Question, sentence: str) -> Span | None:
    """Give the span, in code points of the sentence, of the date or percentage that answers the question.

    None where the question asks for something else, or no such words are sure enough. Never what the question itself
    says; never empty, nor with blanks at its ends. Never fails for any text.
    """
    asking = question.asking or question.searched
    expected = expected_answer(asking)
    if expected is None or expected.kind not in _FINDERS or len(sentence) > SENTENCE_CHARACTERS_MOST:
        return None
    composed, places = _composed(sentence)
    asked = _Asked(asking, tuple(tokens(question.searched)))
    found = _FINDERS[expected.kind](asked, composed)
    if found is None or unicodedata.combining(composed[found[1] : found[1] + 1] or " "):
        return None
    return places[found[0]], places[found[1]]


def _composed(sentence: str) -> tuple[str, Sequence[int]]:
    """Write a sentence in NFC; tell where each of its characters, and its end, stood."""
    if unicodedata.is_normalized("NFC", sentence):
        return sentence, range(len(sentence) + 1)
    pieces: list[str] = []
    places: list[int] = []
    for match in _CLUSTER.finditer(sentence):
        pieces.append(unicodedata.normalize("NFC", match[0]))
        places += [match.start()] * len(pieces[-1])
    return "".join(pieces), [*places, len(sentence)]


def _is_known(text: str, known: Sequence[str]) -> bool:
    """Tell whether a question itself says every figure of a text, or all its words where it has none."""
    words = tokens(text)
    return all(word in known for word in [word for word in words if word[0].isdigit()] or words)


def _percentage(asked: _Asked, sentence: str) -> Span | None:
    if not _ASKS_PERCENTAGE.search(asked.asking):
        return None
    found = [match.span() for match in _PERCENTAGES.finditer(sentence) if not _is_known(match[0], asked.known)]
    return _nearest(asked, sentence, found)


def _time(asked: _Asked, sentence: str) -> Span | None:
    kinds = next((kinds for pattern, kinds in _GRAINS if pattern.search(asked.asking)), _ANY_GRAIN)
    found = [
        span
        for kind, span in _dates(sentence)
        if (kind in kinds or (kind in ("day", "month") and "year" in kinds))
        and not _is_known(sentence[slice(*span)], asked.known)
        and not _is_of_other_document(asked, sentence, span[0])
    ]
    if kinds == ("year",):
        years = [(span, _YEAR_AT_END.search(sentence[slice(*span)])) for span in found]
        found = [(start + year.start(), end) for (start, end), year in years if year]
    return _nearest(asked, sentence, found)


def _dates(sentence: str) -> Iterator[tuple[str, Span]]:
    """Yield the dates of a sentence with their kinds; of one to another, the whole; of a list of dates, none."""
    matches = list(_DATE.finditer(sentence))
    ranges = [bool(_TO.fullmatch(sentence, first.end(), second.start())) for first, second in pairwise(matches)]
    listed = [bool(_BESIDE.fullmatch(sentence, first.end(), second.start())) for first, second in pairwise(matches)]
    joined = [False, *map(any, zip(ranges, listed, strict=True)), False]
    for match, (before, after) in zip(matches, pairwise(joined), strict=False):
        if not before and not after:
            yield match.lastgroup or "", match.span()
    for (first, second), is_range in zip(pairwise(matches), ranges, strict=True):
        if is_range:
            yield "range", (first.start(), second.end())


def _is_of_other_document(asked: _Asked, sentence: str, start: int) -> bool:
    """Tell whether a date belongs to a document, named before it, that the question does not speak of."""
    named = _DOCUMENT.search(sentence[max(0, start - _BEFORE_DATE) : start])
    return named is not None and not (
        all(word in asked.known for word in tokens(named["kind"])) or named["number"].lstrip("0") in asked.known
    )


def _nearest(asked: _Asked, sentence: str, found: list[Span]) -> Span | None:
    """Give the only one found, or of several the one nearest to the question's words, where that is clear."""
    if len(found) < 2 or len(found) > CANDIDATES_MOST:
        return found[0] if len(found) == 1 else None
    said = _said(asked, sentence)
    (best, span), (second, _) = sorted(((_nearness(sentence, said, span), span) for span in found), reverse=True)[:2]
    return span if best > _SURE_NEARNESS and best >= _SURE_RATIO * second else None


def _said(asked: _Asked, sentence: str) -> list[tuple[str, Span]]:
    """Find the question's words in a sentence, without those that every sentence has."""
    wanted = {word for word in asked.known if word not in VIETNAMESE}
    found = ((tokens(match[0]), match.span()) for match in _WORD.finditer(sentence))
    return [(words[0], span) for words, span in found if words and words[0] in wanted]


def _nearness(sentence: str, said: list[tuple[str, Span]], span: Span) -> float:
    """Sum, over the question's words, how near each stands to a span; a comma or "and" between counts as words."""
    nearest: dict[str, float] = {}
    for word, (start, end) in said:
        if not span[0] <= start < span[1]:
            between = sentence[end : span[0]] if end <= span[0] else sentence[span[1] : start]
            distance = between.count(" ") + _BREAK_WORDS * len(_BREAK.findall(between))
            nearest[word] = max(nearest.get(word, 0.0), 1 / (2 + distance))
    return sum(nearest.values())


_FINDERS = {Kind.TIME: _time, Kind.PERCENTAGE: _percentage}

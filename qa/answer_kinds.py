"""What kind of answer a question asks for, and whether a sentence offers one: a number, a date, a person, a reason.

Vietnamese says it in a few fixed words ("bao nhiêu", "khi nào", "ai", "vì sao"), which no article repeats: neither
shared words nor nearness in meaning can tell the sentence with the number from its neighbours without it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from qa.text import CAPITALS, tokens


class Kind(Enum):
    """What a question asks for."""

    COUNT = "count"
    PERCENTAGE = "percentage"
    NUMBER = "number"
    """A number that names something: "chỉ thị số mấy"."""
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    AUTHOR = "author"
    """Who wrote the article itself."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The kind of answer that a question asks for."""

    kind: Kind
    counted: tuple[str, ...] = ()
    """What is counted, as tokens: ``chi, bộ`` of "bao nhiêu chi bộ"."""


_WORK = "(?:thơ|hát|ca|văn|luận|thánh|nhạc|toán|giảng|học)"
_PHRASES = (
    (
        Kind.AUTHOR,
        rf"(?:ai|(?:người|phóng viên|nhà báo) nào) (?:là người )?(?:đã )?viết (?:bài(?! {_WORK})|tin|phóng sự)"
        rf"|(?:bài(?! {_WORK})|tin|phóng sự)(?: \w+){{0,16}} (?:do ai|của ai|ai) viết"
        rf"|tác giả (?:của )?(?:bài(?! {_WORK})|tin|phóng sự)|bài (?:viết|báo) (?:này|đó) (?:là )?của ai"
        r"|who wrote (?:the|this) (?:article|report|story)",
    ),
    (Kind.NUMBER, r"(?<!tổng )số (?:mấy|bao nhiêu)|what number|which number"),
    (
        Kind.TIME,
        r"(?:khi|bao giờ|ngày|năm|hôm|lúc|hồi|tháng|buổi|thời điểm|thời gian|thế k[ỷỉ]|thập niên|thập k[ỷỉ]) nào"
        r"|bao giờ|ngày bao nhiêu|ngày mấy|tháng mấy|năm bao nhiêu|mấy giờ|when"
        r"|(?:what|which) (?:year|date|day|month|century|time)|what (?:is|was) the (?:date|year|day)",
    ),
    (Kind.PERCENTAGE, r"bao nhiêu phần trăm|bao nhiêu %|mấy phần trăm|(?:tỷ|tỉ) lệ|what percentage|what percent"),
    (Kind.COUNT, r"bao nhiêu|mấy|bao lâu|how (?:many|much|long|old|far|large)"),
    (Kind.PERSON, r"ai(?! cập| là gì)|(?:người|ông|bà|nhân vật) nào|những ai|who|whom|whose"),
    (Kind.REASON, r"vì sao|tại sao|sao lại|lý do gì|do đâu|để làm gì|nhằm mục đích gì|why"),
    (Kind.PLACE, r"(?:ở|tại|từ|đến) đâu|(?:nơi|chỗ|địa điểm) nào|đâu là nơi|where"),
)
_ASKING = [(kind, re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE)) for kind, phrases in _PHRASES]
_COUNTED_TOKENS = 3

_FIGURE = re.compile(r"\d+(?:[.,/]\d+)*")
# In lower case only: "Triệu Phong" is no million. "một" and "năm" are mostly "a" and "year".
_NUMERAL = re.compile(r"(?<!\w)(?:hai|ba|bốn|sáu|bảy|tám|chín|mười|trăm|nghìn|ngàn|triệu|tỷ|tỉ)(?!\w)")
_TIME = re.compile(
    r"(?<![\w/])(?:0?[1-9]|[12]\d|3[01])[/-](?:0?[1-9]|1[0-2])(?:[/-]\d{2,4})?(?![\w/])"
    r"|(?<![\w.])\d{1,2}\.\d{1,2}\.\d{4}(?!\w)"
    r"|(?<!\w)(?:ngày|tháng|năm|quý|thế kỷ|thế kỉ|thập niên|thập kỷ) (?:\d+|[IVX]+)(?!\w)"
    r"|(?<!\w)(?:sáng|trưa|chiều|tối) (?:nay|qua|mai|ngày|cùng ngày|\d)|(?<![\d.,])(?:1[89]|20)\d\d(?![\d.,]\d)",
    re.IGNORECASE,
)
_NAME = re.compile(rf"(?<!\w)[{CAPITALS}]\w*(?:[\s\u2013-][{CAPITALS}]\w*)+")
# "Trần Tuyền – Nguyễn Vinh", "Bài, ảnh: NGỌC HIẾU": a line of names and nothing else.
_BYLINE_NAME = rf"(?-i:[{CAPITALS}]\w*(?:[ \u00a0]+[{CAPITALS}]\w*){{0,4}})"
_BYLINE = re.compile(
    r"(?:(?:bài|tin|ảnh|theo|thực hiện|tác giả|nhóm pv|pv|by)[,:;& ]+)*"
    rf"{_BYLINE_NAME}(?:\s*(?:[-\u2013\u2014,;&/]|và)\s*(?:(?:ảnh|clip)[: ]+)?{_BYLINE_NAME}){{0,4}}\W*",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\d\s*%|\d\s+phần trăm")
_REASON = re.compile(r"(?<!\w)(?:vì|bởi|do|nhằm|để|nên|giúp|nhờ|nguyên nhân|lý do)(?!\w)", re.IGNORECASE)
_PLACE = re.compile(r"(?<!\w)(?:tại|ở|trên|nơi|địa bàn|thuộc|đến|từ)(?!\w)", re.IGNORECASE)
_BESIDE = 30
_BYLINE_MOST = 100


@lru_cache(maxsize=1024)
def expected_answer(question: str) -> Expected | None:
    """Tell what kind of answer a question asks for; None where its words do not say. Of several, the first rule's."""
    for kind, asking in _ASKING:
        if match := asking.search(question):
            counted = tokens(question[match.end() :])[:_COUNTED_TOKENS] if kind is Kind.COUNT else ()
            return Expected(kind, tuple(counted))
    return None


def offers(sentence: str, expected: Expected, known: Collection[str]) -> float:
    """Tell how well a sentence offers the kind of answer that is expected, 0 to 1.

    What the question itself says (`known`, its tokens) is no answer to it.
    """
    match expected.kind:
        case Kind.COUNT | Kind.NUMBER:
            return _count(sentence, expected, known)
        case Kind.PERCENTAGE:
            return 1.0 if _PERCENT.search(sentence) else 0.0
        case Kind.TIME:
            return max((0.4 if _is_known(found[0], known) else 1.0 for found in _TIME.finditer(sentence)), default=0.0)
        case Kind.PERSON:
            return max((_new_name(found[0], known) for found in _NAME.finditer(sentence)), default=0.0)
        case Kind.PLACE:
            return 0.5 if _PLACE.search(sentence) else 0.0
        case Kind.AUTHOR:
            return 1.0 if len(sentence) <= _BYLINE_MOST and _BYLINE.fullmatch(sentence.strip()) else 0.0
        case Kind.REASON:
            return 1.0 if _REASON.search(sentence) else 0.0


def _count(sentence: str, expected: Expected, known: Collection[str]) -> float:
    """Prefer figures that are not a date's, and those that stand before what is counted."""
    times = [found.span() for found in _TIME.finditer(sentence)] if expected.kind is Kind.COUNT else []
    best = 0.0
    for pattern, worth in ((_FIGURE, 0.7), (_NUMERAL, 0.5)):
        for found in pattern.finditer(sentence):
            value = worth
            if _is_known(found[0], known) or any(start <= found.start() < end for start, end in times):
                value = 0.2
            if (
                expected.counted
                and value + 0.3 > best
                and expected.counted[0] in tokens(sentence[found.end() : found.end() + _BESIDE])[:3]
            ):
                value += 0.3
            best = max(best, value)
    return best


def _is_known(text: str, known: Collection[str]) -> bool:
    figures = [token for token in tokens(text) if token[0].isdigit()]
    return bool(figures) and all(figure in known for figure in figures)


def _new_name(name: str, known: Collection[str]) -> float:
    new = sum(token not in known for token in tokens(name))
    return 1.0 if new > 1 else 0.5 * new

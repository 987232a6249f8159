"""Whether a question stands alone, or leans on those before it: "Còn huyện Triệu Phong thì sao?", "Khi nào?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from qa.function_words import ENGLISH, VIETNAMESE
from qa.text import tokens

HISTORY_MOST = 20
"""Earlier questions that are looked at."""


class Standing(Enum):
    """How a question stands to the ones before it."""

    ALONE = "alone"
    LEANING = "leaning"
    """It says so itself: it goes on ("Còn …?"), or points back ("ông ấy", "đề án đó")."""
    UNCERTAIN = "uncertain"
    """A few common words that may be all of a question, or what is left of one: "Ai hát quốc ca?", "Do ai ký?"."""


# "Còn" goes on, but before an amount it asks what is left: "Còn bao nhiêu đơn vị?"; and so on for the others.
_GOES_ON = re.compile(
    r"(?:thế |vậy )?còn (?!bao nhiêu|mấy|lại|những gì|gì|được|có thể|thiếu|tồn)"
    r"|thế (?!giới|nào|hệ|kỷ|kỉ|vận|lực|vị|mạnh|hiện|chân|chấp)|vậy |(?:xong )?rồi |(?:and|so|then|but) "
    r"|(?:what|how) about "
)
_ENDS = re.compile(r"(?<!\w)thì (?:sao|thế nào)\W*$")
_PERSON = "ông|bà|anh|chị|cô|bác|vị|đồng chí|người"
_PRONOUN = re.compile(
    rf"(?<!\w)(?:(?:{_PERSON}) (?:ấy|này|đó|kia)|nó|chúng(?! (?:ta|tôi))|họ(?! (?:của|và|tên|là))"
    r"|(?<!does )(?<!was )(?<!is )(?<!called )it|its|they|them|he|she|his|her|him)(?!\w)"
)
_POINTING = re.compile(
    r"(?<!\w)(?!trước|sau|trong|do|từ|khi|lúc|theo|nhờ|hôm|sáng|chiều|tối|hiện|như|đến|ngày|năm|tháng|điều)\w+"
    r" (?:này|đó|ấy|kia|nói trên)(?!\w)|(?<!\w)(?:this|these|those) \w+"
)
# How far into a question a pronoun has nothing before it to stand for.
_PRONOUN_WORDS = 5
_CONTENT_FEW = 4
_WORDS_FEW = 8


def standing(question: str) -> Standing:
    """Tell by its own words whether a question, its diacritics restored, leans on earlier ones."""
    text = " ".join(question.split()).strip(" \"'“”‘’.,;:!?…-–")
    lowered = text.lower()
    if _GOES_ON.match(lowered + " ") or _ENDS.search(lowered):
        return Standing.LEANING
    named = _first_name(text)
    if _points_back(lowered if named is None else lowered[:named]):
        return Standing.LEANING
    words = tokens(text)
    content = [word for word in words if word not in VIETNAMESE and word not in ENGLISH]
    if named is None and len(words) <= _WORDS_FEW and len(content) <= _CONTENT_FEW:
        return Standing.UNCERTAIN if content else Standing.LEANING
    return Standing.ALONE


def _first_name(text: str) -> int | None:
    """Find the first name or figure: the question may go on to point to that ("Shen Kuo … vùng đất này")."""
    for match in re.finditer(r"[^\W_]+", text):
        word = match.group()
        if word[0].isdigit() or word[1:] != word[1:].lower() or (match.start() and word[0].isupper()):
            return match.start()
    return None


def _points_back(lowered: str) -> bool:
    pronoun = _PRONOUN.search(lowered)
    if pronoun is not None and len(lowered[: pronoun.start()].split()) < _PRONOUN_WORDS:
        return True
    return _POINTING.search(lowered) is not None


def leaned_on(history: Sequence[str]) -> list[str]:
    """Give the earlier questions that one leans on, oldest first: back to the last that stands alone."""
    found: list[str] = []
    for earlier in reversed(history[-HISTORY_MOST:]):
        if tokens(earlier):
            found.insert(0, earlier.strip())
            if standing(earlier) is Standing.ALONE:
                break
    return found

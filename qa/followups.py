"""Whether a question stands alone, or leans on those before it: "Còn huyện Triệu Phong thì sao?", "Khi nào?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum

from qa.function_words import ENGLISH, VIETNAMESE
from qa.text import CAPITALS, tokens

HISTORY_MOST = 20
"""Earlier questions that are looked at."""


class Standing(Enum):
    """How a question stands to the ones before it."""

    ALONE = "alone"
    LEANING = "leaning"
    """It says so itself: it goes on ("Còn …?"), or points back ("ông ấy", "đề án đó")."""
    UNCERTAIN = "uncertain"
    """A few common words that may be all of a question, or what is left of one: "Ai hát quốc ca?", "Do ai ký?"."""


# "Còn" goes on, but before an amount it asks what is left: "Còn bao nhiêu đơn vị?"; "thế" goes on before what asks.
_GOES_ON = re.compile(
    r"(?:thế |vậy )?còn (?!bao nhiêu|mấy|lại|những gì|gì|được|có|thiếu|tồn|hạn chế|(?:\w+ ){1,2}nào)"
    r"|vậy |(?:xong )?rồi "
    r"|thế (?:thì|còn|ai|bao|mấy|có|khi|phải|ông|bà|đã|ở|vì|tại|sao|cái|các|những|cụ thể|nó|ngày)(?!\w)"
    r"|(?:and|then|but) |(?:what|how) about "
)
_ENDS = re.compile(r"(?<!\w)thì (?:sao|thế nào)\W*$")
_PERSON = "ông|bà|anh|chị|cô|bác|vị|đồng chí|người"
_PRONOUN = re.compile(
    rf"(?<!\w)(?:(?:{_PERSON}) (?:ấy|này|đó|kia)|nó|chúng(?! (?:ta|tôi))|họ(?! (?:của|và|tên|là))"
    r"|(?<!does )(?<!was )(?<!is )(?<!called )it|its|they|them|their|he|she|his|her|him)(?!\w)"
)
_POINTING = re.compile(
    r"(?<!\w)(?!trước|sau|trong|do|từ|khi|lúc|theo|nhờ|hôm|sáng|chiều|tối|hiện|như|đến|ngày|năm|tháng|điều)\w+"
    r" (?:này|đó|ấy|kia|nói trên)(?!\w)|(?<!\w)(?:this|these|those) \w+"
)
_NUMBERED = re.compile(r"(?<!\w)(số|năm|quý|khóa|đợt|lần) \d+(?!\w)", re.IGNORECASE)
# A name of two syllables at least, or an abbreviation: one capital alone begins a sentence, or a title.
_NAME = re.compile(rf"(?<!\w)(?:[{CAPITALS}]\w*(?: [{CAPITALS}]\w*)+|[{CAPITALS}]{{2,}}(?!\w))")
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
    named = _first_name(lowered if text.isupper() else text)
    if _points_back(lowered, text, len(text) if named is None else named):
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


def _points_back(lowered: str, text: str, before: int) -> bool:
    """Tell whether words that point to something stand before what they could point to in the question itself."""
    pronoun = _PRONOUN.search(lowered)
    if pronoun is not None and pronoun.start() < before and len(lowered[: pronoun.start()].split()) < _PRONOUN_WORDS:
        # "Họ Nguyễn" is a family, "họ" are they.
        return not text[pronoun.end() :].lstrip()[:1].isupper() or text.isupper()
    return _POINTING.search(lowered[:before]) is not None


def leaned_on(history: Sequence[str], read: Callable[[str], str] = str) -> list[str]:
    """Give the earlier questions that one leans on, oldest first: back to the last that stands alone.

    `read` is asked for what each is understood as, from the last on and no further than is needed.
    """
    found: list[str] = []
    for earlier in map(read, reversed(history[-HISTORY_MOST:])):
        if tokens(earlier):
            found.insert(0, earlier.strip())
            if standing(earlier) is Standing.ALONE:
                break
    return found


def with_contrasted(earlier: str, question: str) -> str:
    """Put into an earlier question what one that goes on asks about instead.

    "Còn huyện Cao Lộc thì sao?" asks of Cao Lộc what was asked of another place, whose name would only lead back there.
    Where it is not plain which name is meant, the earlier question stays.
    """
    text = " ".join(question.split())
    goes_on = _GOES_ON.match(text.lower() + " ")
    if goes_on is None:
        return earlier
    text = text[goes_on.end() :]
    numbered = _NUMBERED.search(text)
    if numbered is not None:
        same = re.compile(rf"(?<!\w){re.escape(numbered[1])} \d+(?!\w)", re.IGNORECASE)
        return same.sub(numbered[0], earlier) if len(same.findall(earlier)) == 1 else earlier
    old, new = list(_NAME.finditer(earlier)), _NAME.search(text)
    return earlier[: old[0].start()] + new[0] + earlier[old[0].end() :] if new and len(old) == 1 else earlier

"""Understanding a question: which language it is in, and what it would be with its diacritics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qa.dates import named_dates
from qa.followups import Standing, leaned_on, standing, with_contrasted
from qa.function_words import ENGLISH
from qa.lexical import LexicalIndex
from qa.restoration import correct, from_keystrokes, restore, restore_some
from qa.text import fold, has_diacritics, is_syllable, spelling, tokens
from qa.types import Question

QUESTION_CHARACTERS_MOST = 2000
"""More than the encoder reads; what comes behind is not searched."""

_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r'"([^"]*\w[^"]*)"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Of an English question's words about a fifth look like Vietnamese syllables ("to", "the", "in").
_VIETNAMESE_SHARE = 0.6
_ENGLISH_SHARE = 0.3
# Of a Vietnamese text's words two thirds carry a mark; of an English question about Cao Lộc, one in ten.
_MARKED_SHARE = 0.3


def understand(typed: str, lexical: LexicalIndex, today: date | None = None) -> Question:
    """Read a question as typed; never fails. `searched` is empty where there is no letter or digit to search.

    What it names from the day it is asked ("hôm qua") is told from `today`. A question in quotes is searched to the
    letter.
    """
    notes = []
    text = _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", typed[: QUESTION_CHARACTERS_MOST + 1]))
    if len(text) > QUESTION_CHARACTERS_MOST:
        text = text[:QUESTION_CHARACTERS_MOST]
        notes.append(f"Câu hỏi quá dài: chỉ tìm theo {QUESTION_CHARACTERS_MOST:,} ký tự đầu.".replace(",", "."))
    searched = spelling(text)
    if not tokens(searched):
        return Question(typed, "", "other", notes=("Câu hỏi không có chữ hay số nào để tìm.",))
    if literal := _QUOTED.fullmatch(searched):
        searched = literal[1]
        return Question(typed, searched, _language(searched), notes=tuple(notes))
    read = from_keystrokes(searched, lexical) if len(lexical) else searched
    language = _language(read)
    if language == "vi-unaccented" and len(lexical):
        read = restore(read, lexical)
    elif language == "vi" and len(lexical):
        read = correct(restore_some(read, lexical), lexical)
    if read != searched:
        notes.append(f"Đã hiểu là: {read}")
        searched = read
    named = named_dates(searched, today or date.today())
    notes += [f"“{found.words}” được hiểu là {found.shown()}" for found in named]
    runs = tuple(dict.fromkeys(run for found in named for run in found.runs()))
    return Question(typed, searched, language, notes=tuple(notes), dates=runs)


def readings(typed: str, history: Sequence[str], lexical: LexicalIndex) -> list[Question]:
    """Read a question asked after others, the oldest first in `history`: one or two ways, the likelier first.

    A question that stands alone is read as if nothing had been asked before. One that leans on what was asked
    is searched together with it. One of which its words do not say is read both ways, for the articles to decide.
    """
    alone = understand(typed, lexical)
    if not alone.searched or not history or _QUOTED.fullmatch(spelling(typed[:QUESTION_CHARACTERS_MOST])):
        return [alone]
    stands = standing(alone.searched)
    if stands is Standing.ALONE:
        return [alone]
    asked: dict[str, Question] = {}

    def read(earlier: str) -> str:
        question = understand(earlier, lexical)
        return asked.setdefault(question.searched, question).searched

    leaning = leaned_on(history, read)
    if not leaning:
        return [alone]
    joined = _joined(alone, [asked[searched] for searched in leaning])
    return [joined] if stands is Standing.LEANING else [alone, joined]


def _joined(question: Question, earlier: Sequence[Question]) -> Question:
    """Put before a question the ones that it leans on."""
    before = " ".join(_as_question(with_contrasted(asked.searched, question.searched)) for asked in earlier)
    searched = f"{before[: max(0, QUESTION_CHARACTERS_MOST - len(question.searched))]} {question.searched}".strip()
    language = _language(searched)
    if language == "vi" and any(asked.language == "vi-unaccented" for asked in (*earlier, question)):
        language = "vi-unaccented"  # what was restored may be wrong: the folded field is not
    dates = tuple(dict.fromkeys(run for asked in (*earlier, question) for run in asked.dates))
    notes = (*question.notes, f"Hiểu theo câu hỏi trước: {searched}")
    return replace(question, searched=searched, language=language, asking=question.searched, notes=notes, dates=dates)


def _is_english(words: Sequence[str]) -> bool:
    """Tell English made of words that look like Vietnamese syllables: "How much do they eat in a day?"."""
    english = [word for word in map(str.lower, words) if word in ENGLISH]
    return len(english) >= _ENGLISH_SHARE * len(words) and any(not is_syllable(word) for word in english)


def _as_question(text: str) -> str:
    return f"{text}?" if text[-1:].isalnum() else text


def _language(text: str) -> str:
    """Tell Vietnamese, Vietnamese typed without diacritics, and anything else apart, by the syllables' shape."""
    # Abbreviations in capitals are no syllables in any language.
    words = [word for word in _WORD.findall(text) if not (word.isupper() and len(word) > 1)] or _WORD.findall(text)
    if not words:
        return "vi"  # figures alone
    marked = sum(has_diacritics(word) for word in words)
    plausible = sum(is_syllable(fold(word.lower())) for word in words)
    if marked >= _MARKED_SHARE * len(words):
        return "vi"  # however many foreign names it holds
    if plausible < _VIETNAMESE_SHARE * len(words) or _is_english(words):
        return "other"
    return "vi" if marked else "vi-unaccented"

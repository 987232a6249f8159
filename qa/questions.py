"""Understanding a question: which language it is in, and what it would be with its diacritics."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from qa.followups import HISTORY_MOST, Standing, leaned_on, standing
from qa.lexical import LexicalIndex
from qa.text import fold, has_diacritics, is_syllable, readable, spelling, tokens
from qa.types import Question

QUESTION_CHARACTERS_MOST = 2000
"""More than the encoder reads; what comes behind is not searched."""

_WORD = re.compile(r"[^\W\d_]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
# Of an English question's words about a fifth look like Vietnamese syllables ("to", "the", "in").
_VIETNAMESE_SHARE = 0.6
# Of a Vietnamese text's words two thirds carry a mark; of an English question about Cao Lộc, one in ten.
_MARKED_SHARE = 0.3
# Weight of the unigram in the bigram model, as if each syllable had been seen so many times more.
_SMOOTHING = 2.0


# Articles state and do not ask: what questions are made of is rare in them, or reads as something else unmarked.
_ASKING = """
bao nhiêu; có bao nhiêu; là bao nhiêu; bao nhiêu người; bao nhiêu tiền; bao lâu; bao giờ; từ bao giờ; mấy người; có
mấy; là mấy; là ai; ai là; do ai; ai đã; của ai; với ai; những ai; ai được; ông ai; là gì; cái gì; làm gì; những gì;
gồm những; về việc gì; việc gì; điều gì; để làm gì; có gì; tên gì; tên là gì; ở đâu; từ đâu; đến đâu; tại đâu; nơi
nào; đâu là; khi nào; lúc nào; ngày nào; năm nào; tháng nào; hồi nào; thế nào; như thế nào; ra sao; làm sao; vì sao;
tại sao; sao lại; vì sao lại; thì sao; người nào; nước nào; tỉnh nào; huyện nào; đơn vị nào; cơ quan nào; nào được;
nào là; cái nào; có phải; phải không; hay không; được không; có không; đã chưa; hay chưa; cho biết; hãy cho biết;
xin hỏi; cho hỏi; hỏi về; bị sao; mất bao lâu; đã có; có được
"""
_ASKING_PAIRS = frozenset(
    f"{first}_{second}" for phrase in _ASKING.split(";") for first, second in itertools.pairwise(tokens(phrase))
)
_ASKING_SYLLABLES: dict[str, set[str]] = {}
for _syllable in tokens(_ASKING):
    _ASKING_SYLLABLES.setdefault(fold(_syllable), set()).add(_syllable)
# How often what asks is taken to stand in a corpus, as a share of its passages.
_ASKING_SHARE = 0.05


def understand(typed: str, lexical: LexicalIndex) -> Question:
    """Read a question as typed; never fails. `searched` is empty where there is no letter or digit to search."""
    notes = []
    text = _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", typed[: QUESTION_CHARACTERS_MOST + 1]))
    if len(text) > QUESTION_CHARACTERS_MOST:
        text = text[:QUESTION_CHARACTERS_MOST]
        notes.append(f"Câu hỏi quá dài: chỉ tìm theo {QUESTION_CHARACTERS_MOST:,} ký tự đầu.".replace(",", "."))
    searched = spelling(text)
    if not tokens(searched):
        return Question(typed, "", "other", notes=("Câu hỏi không có chữ hay số nào để tìm.",))
    language = _language(searched)
    if language == "vi-unaccented" and len(lexical):
        restored = restore(searched, lexical)
        if restored != searched:
            notes.append(f"Đã hiểu là: {restored}")
            searched = restored
    return Question(typed, searched, language, notes=tuple(notes))


def readings(typed: str, history: Sequence[str], lexical: LexicalIndex) -> list[Question]:
    """Read a question asked after others, the oldest first in `history`: one or two ways, the likelier first.

    A question that stands alone is read as if nothing had been asked before. One that leans on what was asked
    is searched together with it. One of which its words do not say is read both ways, for the articles to decide.
    """
    alone = understand(typed, lexical)
    if not alone.searched or not history:
        return [alone]
    stands = standing(alone.searched)
    if stands is Standing.ALONE:
        return [alone]
    earlier = [understand(question, lexical) for question in history[-HISTORY_MOST:]]
    leaning = leaned_on([question.searched for question in earlier])
    if not leaning:
        return [alone]
    joined = _joined(alone, leaning, earlier)
    return [joined] if stands is Standing.LEANING else [alone, joined]


def _joined(question: Question, leaning: Sequence[str], earlier: Sequence[Question]) -> Question:
    searched = " ".join([*leaning, question.searched])
    language = _language(searched)
    if language == "vi" and any(e.language == "vi-unaccented" for e in (*earlier[-len(leaning) :], question)):
        language = "vi-unaccented"  # what was restored may be wrong: the folded field is not
    note = f"Hiểu theo câu hỏi trước: {searched}"
    return replace(
        question, searched=searched, language=language, asking=question.searched, notes=(*question.notes, note)
    )


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
    if plausible < _VIETNAMESE_SHARE * len(words):
        return "other"
    return "vi" if marked else "vi-unaccented"


def restore(text: str, lexical: LexicalIndex) -> str:
    """Put diacritics back on text typed without, as the corpus's own neighbouring syllables have them.

    Viterbi over the syllables that the corpus has for each word's letters, with a bigram model smoothed by
    the unigram: P(b|a) = (n(ab) + s * P(b)) / (n(a) + s). A word that the corpus does not have stays.
    """
    words = list(_WORD.finditer(text))
    total = max(1, len(lexical))
    paths: dict[str, tuple[float, list[str]]] = {"": (0.0, [])}
    for match in words:
        folded = fold(match.group().lower())
        candidates = _candidates(folded, lexical)
        following: dict[str, tuple[float, list[str]]] = {}
        for syllable, count in candidates:
            unigram = (count + 0.5) / total
            following[syllable] = max(
                (score + _transition(lexical, before, syllable, unigram), [*path, syllable])
                for before, (score, path) in paths.items()
            )
        paths = following
    _, best = max(paths.values())
    pieces, at = [], 0
    for match, syllable in zip(words, best, strict=True):
        pieces += [text[at : match.start()], _cased(readable(syllable), match.group())]
        at = match.end()
    return "".join([*pieces, text[at:]])


def _candidates(folded: str, lexical: LexicalIndex) -> list[tuple[str, float]]:
    """Give the syllables that letters without diacritics may stand for, with how often each occurs."""
    counts: dict[str, float] = dict(lexical.variants(folded))
    for syllable in _ASKING_SYLLABLES.get(folded, ()):
        counts[syllable] = max(counts.get(syllable, 0), _ASKING_SHARE * len(lexical))
    return list(counts.items()) or [(folded, 0.0)]


def _transition(lexical: LexicalIndex, before: str, syllable: str, unigram: float) -> float:
    if not before:
        return math.log(unigram)
    pair_name = f"{before}_{syllable}"
    pair: float = lexical.frequency(pair_name, "exact")
    if pair_name in _ASKING_PAIRS:
        pair = max(pair, _ASKING_SHARE * len(lexical), 1.0)
    return math.log((pair + _SMOOTHING * unigram) / (lexical.frequency(before, "exact") + _SMOOTHING))


def _cased(syllable: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return syllable.upper()
    return unicodedata.normalize("NFC", syllable[:1].upper() + syllable[1:]) if like[:1].isupper() else syllable

"""Why an answer's confidence is what it is: which words of the question its citation has, and what else was weighed.

Vietnamese does not mark words. Names are told by their capitals, words of two syllables by how often the corpus has
both side by side.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qa.abbreviations import COMMON, definitions_of, other_forms, relevant
from qa.answer_kinds import expected_answer
from qa.dates import named_dates
from qa.function_words import ENGLISH, VIETNAMESE
from qa.text import folded_token, tokens
from qa.types import Hit, Question, Reason

# A syllable, a figure with its signs ("5 350", "13/4/2021", "1,5"), a date in words, a compound ("TP.HCM", "KT-XH").
_PIECE = re.compile(
    r"\d{1,2} tháng \d{1,2}(?: năm \d{4})?(?!\w)|\d{1,3}(?: \d{3})+(?![\w.,])"
    r"|[^\W_]+(?:(?:[./&-]|(?<=\d),(?=\d))[^\W_]+)*"
)
_SENTENCE_ENDS = (".", "?", "!", ":", '"')
_MORE_FUNCTION_WORDS = frozenset(
    tokens("một đó ấy kia mà cũng rồi nhưng hoặc hay nếu còn trong phải sau trên dưới nên đều lại à ơi")
)
# Of the passages that hold one syllable or the other, so many hold both as neighbours (geometric mean).
_BOUND_FROM = 0.2
_PIECES_MOST = 200

Frequency = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between blanks in a question, or a run of it."""

    start: int
    end: int
    keys: tuple[str, ...]
    """Its tokens."""
    is_capital: bool
    """Whether it begins with a capital; False for an abbreviation, and in a question all in capitals."""
    is_syllable: bool
    """Whether it may be half of a word: not of figures, nor an abbreviation."""


def explain(question: Question, hits: Sequence[Hit], frequency: Frequency) -> Reason | None:
    """Tell what the first hit has of a question, and what the confidence weighs; None where there are no hits.

    `frequency` counts the passages that hold a syllable, or two as neighbours (``đảng_viên``).
    """
    if not hits:
        return None
    first, text = hits[0], question.searched
    held = _Held(question, first)
    met: dict[tuple[str, ...], str] = {}
    missing: dict[tuple[str, ...], str] = {}
    for word in _words(question, frequency):
        for part in _parts(word, held):
            keys = tuple(itertools.chain.from_iterable(piece.keys for piece in part))
            (met if held.has(keys) else missing).setdefault(keys, text[part[0].start : part[-1].end])
    expected = expected_answer(question.asking) or expected_answer(text)
    return Reason(
        met=tuple(met.values()),
        missing=tuple(missing.values()),
        cosine=first.cosine,
        ahead=first.score - hits[1].score if len(hits) > 1 else 0.0,
        offers=first.offers,
        kind=expected.kind.value if expected is not None else None,
    )


class _Held:
    """What a passage and its article's title say, abbreviations in both of their forms."""

    def __init__(self, question: Question, hit: Hit) -> None:
        self._folds = question.language != "vi"
        runs = [tokens(hit.quote), tokens(hit.article.title)]
        letters = frozenset(map(folded_token, tokens(question.searched)))
        table = {**relevant(COMMON, letters), **relevant(definitions_of(hit.article.text), letters)}
        runs += map(list, other_forms([*runs[0], *runs[1]], table))
        self._said = " | ".join(self._joined(run) for run in runs)

    def has(self, keys: Sequence[str]) -> bool:
        """Tell whether tokens stand there as neighbours."""
        return self._joined(keys) in self._said

    def _joined(self, keys: Sequence[str]) -> str:
        return f" {' '.join(map(folded_token, keys) if self._folds else keys)} "


def _parts(word: list[_Piece], held: _Held) -> list[list[_Piece]]:
    """Take a name apart where only its end is there: of "Huyện Cao Lộc" a passage may say "Cao Lộc"."""
    for cut in range(1, len(word) - 1):
        if held.has([key for piece in word[cut:] for key in piece.keys]):
            return [word] if held.has([key for piece in word for key in piece.keys]) else [word[:cut], word[cut:]]
    return [word]


def _words(question: Question, frequency: Frequency) -> Iterator[list[_Piece]]:
    """Yield the names and words of a question in their order, without those that only make it a question."""
    for run in _runs(question):
        bound = _pairs(run, frequency) if question.language != "other" else set()
        at = 0
        while at < len(run):
            end = at + 1
            if at in bound:
                end += 1
            elif run[at].is_capital:
                while end < len(run) and run[end].is_capital and end not in bound:
                    end += 1
            yield run[at:end]
            at = end


def _runs(question: Question) -> Iterator[list[_Piece]]:
    """Yield the runs of pieces with nothing but blanks between them, and no function words."""
    text = question.searched
    run: list[_Piece] = []
    for piece in _pieces(question):
        if run and text[run[-1].end : piece.start] != " ":
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _pieces(question: Question) -> Iterator[_Piece]:
    text = question.searched
    shouts = text.isupper()
    named = _named_days(question)
    for match in itertools.islice(_PIECE.finditer(text), _PIECES_MOST):
        start, end = match.span()
        before = text[:start].rstrip()
        opens = not before or before.endswith(_SENTENCE_ENDS)
        is_abbreviation = len(match[0]) > 1 and match[0].isupper() and not shouts
        is_capital = match[0][0].isupper() and not is_abbreviation and not shouts
        keys = tuple(tokens(match[0]))
        is_named_day = any(first <= start < last for first, last in named) and not match[0][0].isdigit()
        if keys and not is_named_day and not _is_function(match[0], keys, question, is_capital and not opens):
            is_syllable = len(keys) == 1 and not keys[0][0].isdigit() and not is_abbreviation
            yield _Piece(start, end, keys, is_capital, is_syllable)


def _is_function(text: str, keys: tuple[str, ...], question: Question, in_name: bool) -> bool:
    if question.language == "other":
        return text.lower() in ENGLISH
    return not in_name and all(key in VIETNAMESE or key in _MORE_FUNCTION_WORDS for key in keys)


def _named_days(question: Question) -> list[tuple[int, int]]:
    """Find the words that name days from today ("hôm qua"), which no article is expected to repeat."""
    spans = []
    at = 0
    for found in named_dates(question.searched, date.today()) if question.dates else ():
        start = question.searched.index(found.words, at)
        at = start + len(found.words)
        spans.append((start, at))
    return spans


def _pairs(run: Sequence[_Piece], frequency: Frequency) -> set[int]:
    """Choose which pieces make a word with the next one: the most closely bound first, none of them twice."""
    bonds = [(_bond(run[i], run[i + 1], frequency), i) for i in range(len(run) - 1)]
    chosen: set[int] = set()
    for bond, i in sorted(bonds, key=lambda pair: (-pair[0], pair[1])):
        if bond >= _BOUND_FROM and not {i - 1, i, i + 1} & chosen:
            chosen.add(i)
    return chosen


def _bond(first: _Piece, second: _Piece, frequency: Frequency) -> float:
    """Tell how closely two syllables belong together, 0 to 1; those of two capitals are a name anyway."""
    if not (first.is_syllable and second.is_syllable) or second.is_capital:
        return 0.0
    together = frequency(f"{first.keys[0]}_{second.keys[0]}")
    return together / math.sqrt(frequency(first.keys[0]) * frequency(second.keys[0])) if together else 0.0

"""Whether a text holds an accepted answer: whatever its Unicode form, case, spacing and tone placement.

Nothing else is ignored: punctuation and diacritics count, and an answer stands for itself, not within a longer
word or number (``5`` is not in ``2015`` or ``5.350``).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

Span = tuple[int, int]

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_ZERO_WIDTH_SPACES = re.compile("[\u200b\u2060\ufeff]")
_LETTERS = re.compile("[^\\W\\d_](?:[^\\W\\d_]|[\u0300-\u036f])*")
_CHUNK = re.compile(r"\S+")
# What a word or number goes on with, decomposed and in lower case: Latin letters, digits, marks.
_MARKS = "\u0300-\u036f"
_WORD = f"0-9a-z\u00df-\u024f{_MARKS}"


def normal_form(text: str) -> str:
    """Write text the way in which texts are compared; equal for texts that differ only in what is ignored."""
    return " ".join(filter(None, map(_normal_chunk, text.split())))


def holds(text: str, answers: Iterable[str]) -> bool:
    """Tell whether any of the answers stands in a text."""
    normal = normal_form(text)
    return any(pattern.search(normal) for pattern in map(_pattern, answers) if pattern)


def occurrences(text: str, answer: str) -> list[Span]:
    """Find where an answer stands in a text: spans of whole words, quotes and punctuation around them left out."""
    pattern = _pattern(answer)
    if pattern is None:
        return []
    chunks = [(chunk, match.span()) for match in _CHUNK.finditer(text) if (chunk := _normal_chunk(match.group()))]
    starts = list(accumulate((len(chunk) + 1 for chunk, _ in chunks), initial=0))
    spans = []
    for match in pattern.finditer(" ".join(chunk for chunk, _ in chunks)):
        _, (start, _) = chunks[bisect_right(starts, match.start()) - 1]
        _, (_, end) = chunks[bisect_right(starts, match.end() - 1) - 1]
        spans.append(_trimmed(text, start, end, normal_form(answer)))
    return spans


def _trimmed(text: str, start: int, end: int, answer: str) -> Span:
    """Leave out the punctuation around a word at the ends where the answer has a word."""
    while answer[0].isalnum() and start < end - 1 and not text[start].isalnum():
        start += 1
    while (answer[-1].isalnum() or answer[-1] in _TONES) and end - 1 > start and not _is_word(text[end - 1]):
        end -= 1
    return start, end


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.combining(character) > 0


@lru_cache(maxsize=1 << 12)
def _pattern(answer: str) -> re.Pattern[str] | None:
    """Compile what finds an answer in a text's normal form; None where there is nothing to find."""
    wanted = normal_form(answer)
    if not wanted:
        return None
    before = f"(?<![{_WORD}])" if re.match(f"[{_WORD}]", wanted) else ""
    after = f"(?![{_WORD}])" if re.match(f"[{_WORD}]", wanted[-1]) else f"(?![{_MARKS}])"
    if wanted[0].isdigit():
        before += r"(?<!\d[.,])"
    if wanted[-1].isdigit():
        after += r"(?![.,]\d)"
    return re.compile(before + re.escape(wanted) + after)


@lru_cache(maxsize=1 << 16)
def _normal_chunk(chunk: str) -> str:
    """Match caselessly and canonically (Unicode 3.13, D145), tone marks moved to the end of their word."""
    folded = unicodedata.normalize("NFD", _ZERO_WIDTH_SPACES.sub("", chunk)).casefold()
    return _LETTERS.sub(lambda match: _late_tones(match.group()), unicodedata.normalize("NFD", folded))


def _late_tones(word: str) -> str:
    tones = "".join(character for character in word if character in _TONES)
    bare = "".join(character for character in word if character not in _TONES)
    return unicodedata.normalize("NFD", bare + tones)

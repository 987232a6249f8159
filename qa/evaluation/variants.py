"""Variants of a question set: the same questions, asked in another way or of a poorer index.

What is random in a variant depends on the question's text alone: it is the same on every run and machine.
"""

from __future__ import annotations

import random
import re
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from qa.evaluation.questions import LabelledQuestion
from qa.keystrokes import to_telex, to_vni
from qa.text import fold

_WORD = re.compile(r"[^\W\d_]+")
_TONE_OLD = re.compile(r"(?<![qQ])([oO][àáảãạ]|[oO][èéẻẽẹ]|[uU][ỳýỷỹỵ]|[òóỏõọÒÓỎÕỌ][ae]|[ùúủũụÙÚỦŨỤ]y)(?!\w)")
_FINAL_I_Y = re.compile(r"(?<![^\W_])([hklmstHKLMST]|[qQ][uU])([iìíỉĩịyỳýỷỹỵIÌÍỈĨỊYỲÝỶỸỴ])(?![^\W_])")
_SWAPPED = str.maketrans("iìíỉĩịyỳýỷỹỵIÌÍỈĨỊYỲÝỶỸỴ", "yỳýỷỹỵiìíỉĩịYỲÝỶỸỴIÌÍỈĨỊ")
_SIGNS = str.maketrans({'"': "”", "'": "’", "-": "–", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
_TYPO_LETTERS = "abcdeghiklmnopqrstuvxy"
_TYPO_WORD_LEAST = 4


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to change every question of a set."""

    name: str
    description: str
    rewrite: Callable[[str], str] = lambda text: text
    """Called with each question, and each question before it; must give the same result every time."""
    removes_article: bool = False
    """Whether a question's own article is hidden from it, so that refusing is right."""

    def of(self, question: LabelledQuestion) -> LabelledQuestion:
        """Give a question as this variant asks it; `article` stays, to tell which one is hidden."""
        return replace(
            question,
            question=self.rewrite(question.question),
            context=tuple(map(self.rewrite, question.context)),
            answerable=question.answerable and not self.removes_article,
        )


def _random(text: str) -> random.Random:
    return random.Random(zlib.crc32(text.encode("utf-8", "surrogatepass")))  # noqa: S311 - not for secrets


def half_unaccented(text: str) -> str:
    """Drop the diacritics of every second word, by chance."""
    chance = _random(text)
    composed = unicodedata.normalize("NFC", text)
    return _WORD.sub(lambda match: fold(match[0]) if chance.random() < 0.5 else match[0], composed)


def other_tones(text: str) -> str:
    """Put tones by the other convention: ``hòa`` for ``hoà``, and the other way round."""
    return _TONE_OLD.sub(lambda match: _moved_tone(match[0]), unicodedata.normalize("NFC", text))


def _moved_tone(vowels: str) -> str:
    first, second = (unicodedata.normalize("NFD", vowel) for vowel in vowels)
    moved = first[0] + second[1:] + second[0] if len(second) > 1 else first[0] + second[0] + first[1:]
    return unicodedata.normalize("NFC", moved)


def other_i_y(text: str) -> str:
    """Write y for i and i for y where both are in use: ``kĩ`` and ``kỹ``."""
    composed = unicodedata.normalize("NFC", text)
    return _FINAL_I_Y.sub(lambda match: match[1] + match[2].translate(_SWAPPED), composed)


def other_signs(text: str) -> str:
    """Write curly quotes for straight ones and other dashes, and the other way round."""
    return text.translate(_SIGNS)


def one_typo(text: str) -> str:
    """Mistype one letter of one word of at least four: another letter, one too many, one missing, or two swapped."""
    chance = _random(text)
    composed = unicodedata.normalize("NFC", text)
    words = [match for match in _WORD.finditer(composed) if len(match[0]) >= _TYPO_WORD_LEAST]
    if not words:
        return text
    match = chance.choice(words)
    return composed[: match.start()] + _mistyped(match[0], chance) + composed[match.end() :]


def _mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    letter = chance.choice(_TYPO_LETTERS)
    match chance.randrange(4):
        case 0:
            return word[:at] + letter + word[at + 1 :]
        case 1:
            return word[:at] + letter + word[at:]
        case 2:
            return word[:at] + word[at + 1 :]
        case _:
            at = min(at, len(word) - 2)
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


PLAIN = Variant("plain", "as the set has them")

VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("unaccented", "typed without diacritics", rewrite=fold),
        Variant("half-unaccented", "every second word without diacritics, by chance", rewrite=half_unaccented),
        Variant("nfd", "in decomposed Unicode", rewrite=lambda text: unicodedata.normalize("NFD", text)),
        Variant("tones", "tones by the other convention", rewrite=other_tones),
        Variant("i-y", "i for y and y for i where both are in use", rewrite=other_i_y),
        Variant("signs", "other quotes and dashes", rewrite=other_signs),
        Variant("lower-case", "without capitals", rewrite=str.lower),
        Variant("telex", "in Telex keystrokes", rewrite=to_telex),
        Variant("vni", "in VNI keystrokes", rewrite=to_vni),
        Variant("typo", "one letter of one word mistyped", rewrite=one_typo),
        Variant("removed", "each question's own article hidden, so that refusing is right", removes_article=True),
    )
}

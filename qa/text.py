"""Vietnamese text: one spelling, syllables, pairs of syllables, and what is left without diacritics.

Vietnamese writes a space between syllables, not words, and puts a tone mark on a vowel by one of two
conventions (``hòa``/``hoà``, ``ủy``/``uỷ``). Tokens here do not depend on where the mark stands.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import lru_cache

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_INVISIBLE_CHARACTERS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_INVISIBLE = re.compile(f"[{_INVISIBLE_CHARACTERS}]")
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _INVISIBLE_CHARACTERS
"""Every character that shows nothing: for `str.strip`, which by itself leaves zero-width ones."""

CAPITALS = "".join(filter(str.isupper, map(chr, [*range(0x41, 0x250), *range(0x1E00, 0x1F00)])))
"""Latin capitals with and without marks, for character classes."""

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
"""The letters of Vietnamese with every tone, in lower case."""

# A number may group its thousands with spaces: "5 350".
_WORD = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d|[.,]\d)|\d+(?:[.,]\d+)*|[^\W\d_]+")
_LONGEST_TOKEN = 64
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+")
# A date in words or in figures: "ngày 13 tháng 4 năm 2021", "13-04-2021", "tháng 4/2021".
_DAY, _MONTH = r"0?(?:[1-9]|[12]\d|3[01])", r"0?(?:[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?<![\w/.-])({_DAY})(?: tháng |[/.-])({_MONTH})(?: năm |[/.-])(\d{{4}})(?![\w/])(?![.,-]\d)"
    rf"|(?<![\w/.-])({_DAY})(?: tháng |[/-])({_MONTH})(?![\w/])(?![.,-]\d)"
    rf"|(?<=tháng )({_MONTH})(?: năm |[/.-])(\d{{4}})(?![\w/])"
)
_DATE_HINT = re.compile(r"\d(?:[/.-]| tháng | năm )\d")
# Both are in use behind these consonants: kĩ/kỹ, lí/lý, mĩ/mỹ, tỉ/tỷ, hi/hy, sĩ/sỹ, quí/quý.
_FINAL_I = re.compile(r"(?<![^\W_])([hklmtHKLMT]|[qQ][uU])([iìíỉĩịIÌÍỈĨỊ])(?![^\W_])")
_FINAL_Y = re.compile(r"(?<![^\W_])([sS])([yỳýỷỹỵYỲÝỶỸỴ])(?![^\W_])")
_Y_TO_I = re.compile(r"([hklmst]|qu)y")
_I_LETTERS, _Y_LETTERS = "iìíỉĩịIÌÍỈĨỊ", "yỳýỷỹỵYỲÝỶỸỴ"
_TO_Y, _TO_I = str.maketrans(_I_LETTERS, _Y_LETTERS), str.maketrans(_Y_LETTERS, _I_LETTERS)
# Quotes and dashes as keyboards have them, full-width letters and figures as others have them.
_PLAIN: dict[int, int | str] = {
    **dict.fromkeys(map(ord, "“”„‟«»″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
}
_UNPLAIN = re.compile(f"[{re.escape(''.join(map(chr, _PLAIN)))}]")

# Tone on the second vowel of an open oa, oe, uy, as the newer convention has it; "qu" is a consonant.
_LATE_TONE = re.compile(r"(?<![qQ])([oO][àáảãạèéẻẽẹÀÁẢÃẠÈÉẺẼẸ]|[uU][ỳýỷỹỵỲÝỶỸỴ])(?!\w)")

# A syllable's letters once diacritics are gone: onset, nucleus, coda.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?"
    r"(?:uye|oai|oay|oeo|uay|uoi|uou|ieu|yeu|uya|uyu|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|oo|ua|ue|ui|uo|uu|uy|ye|ya|[aeiouy])"
    r"(?:ch|ng|nh|[cmnpt])?"
)


def _plain(text: str) -> str:
    # Translating looks every letter up: only where there is something to find.
    return text.translate(_PLAIN) if _UNPLAIN.search(text) else text


def spelling(text: str) -> str:
    """Write text the one way that the encoder sees it: NFC, tones on the first vowel of open oa, oe and uy, y and i as
    the press has them, plain quotes and dashes, nothing invisible, single spaces.
    """
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _plain(text)))
    text = unicodedata.normalize("NFC", _LATE_TONE.sub(lambda match: _early_tone(match.group()), text))
    text = _FINAL_I.sub(lambda match: match[1] + match[2].translate(_TO_Y), text)
    text = _FINAL_Y.sub(lambda match: match[1] + match[2].translate(_TO_I), text)
    return " ".join(text.split())


@lru_cache(maxsize=256)
def _early_tone(vowels: str) -> str:
    second = unicodedata.normalize("NFD", vowels[1])
    return unicodedata.normalize("NFC", vowels[0] + second[1]) + second[0]


def tokens(text: str) -> list[str]:
    """Split text into lower-case syllables, foreign words and numbers, tone marks moved to the end of each.

    ``5.350``, ``5 350`` and ``5350`` are the same token; a date is its figures, ``13, 4, 2021``, however it is written.
    """
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", _plain(text))).lower()
    if _DATE_HINT.search(composed):
        composed = _DATE.sub(_date_figures, composed)
    return [_canonical(word) for word in _WORD.findall(composed)]


def _date_figures(match: re.Match[str]) -> str:
    # Commas keep the figures from being one number whose thousands are grouped.
    return "".join(f"{figure.lstrip('0')} , " for figure in match.groups() if figure)


def fold(text: str) -> str:
    """Drop every diacritic: ``đảng`` becomes ``dang``."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return unicodedata.normalize("NFC", bare)  # Hangul falls apart into letters otherwise


folded_token = lru_cache(maxsize=1 << 16)(fold)
"""`fold` for tokens, of which a language has few: remembering them makes it ten times as fast."""


def with_pairs(syllables: list[str]) -> list[str]:
    """Append each pair of neighbours, ``đảng_bộ``: they do what a word segmenter does, and better."""
    return syllables + [f"{first}_{second}" for first, second in itertools.pairwise(syllables)]


@lru_cache(maxsize=1 << 16)
def _canonical(word: str) -> str:
    word = word[:_LONGEST_TOKEN]
    if word[0].isdigit():
        return re.sub(r"\D", "", word) if _THOUSANDS.fullmatch(word) else word.replace(".", ",")
    decomposed = unicodedata.normalize("NFD", word) if not word.isascii() else word
    letters = "".join(character for character in decomposed if character not in _TONES)
    tones = "".join(character for character in decomposed if character in _TONES)
    if len(letters) < 4 and _Y_TO_I.fullmatch(letters):
        letters = letters[:-1] + "i"
    return unicodedata.normalize("NFC", letters) + tones


def readable(token: str) -> str:
    """Put a token's tone marks back on their vowel: the inverse of what `tokens` did to a syllable."""
    bare = token.rstrip("".join(_TONES))
    tone = token[len(bare) :]
    if len(tone) != 1:
        return token
    at = _tone_position(bare)
    return token if at is None else unicodedata.normalize("NFC", bare[: at + 1] + tone + bare[at + 1 :])


def _tone_position(syllable: str) -> int | None:
    """Find the vowel that carries the tone, by the older convention."""
    vowels = [i for i, letter in enumerate(syllable) if fold(letter) in "aeiouy"]
    onset = fold(syllable[:2])
    if (onset == "qu" or (onset == "gi" and len(vowels) > 1)) and vowels and vowels[0] == 1:
        vowels = vowels[1:]
    if not vowels:
        return None
    marked = [i for i in vowels if syllable[i] in "ăâêôơư"]
    if marked:
        return marked[-1]
    if len(vowels) == 1:
        return vowels[0]
    closed = vowels[-1] < len(syllable) - 1
    return vowels[1] if closed or len(vowels) == 3 else vowels[0]


def is_syllable(folded: str) -> bool:
    """Tell whether letters without diacritics could be a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(folded) is not None


def has_diacritics(token: str) -> bool:
    """Tell whether a token carries a Vietnamese mark."""
    return not token.isascii() and fold(token).isascii()

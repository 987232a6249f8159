"""Vietnamese as the keys were pressed: Telex and VNI typed where no input method was turned on.

Telex doubles or adds letters (``ddangr booj``), VNI adds digits (``d9ang3 bo65``); the marks may stand behind the vowel
or at the end of the word. Both methods are as Vietnamese keyboards have them (Telex: Vietnamese Standard on
telegraphy; VNI: VNI Software, 1987).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from qa.text import readable

_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323", "z": ""}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323", "0": ""}
_CIRCUMFLEX = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"o": "ơ", "u": "ư"}
_BREVE = {"a": "ă"}
_VOWELS = "aeiouyâêôăơư"
_TELEX_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_ABBREVIATION = re.compile(r"[B-DF-HJ-NP-TV-Z]+")
_VNI_CAPITALS_LEAST = 3
_VNI_WORD = re.compile(r"[a-z][a-z0-9]*", re.IGNORECASE)


@lru_cache(maxsize=1 << 12)
def from_telex(word: str) -> str:
    """Read a word as Telex keystrokes; itself where it holds none."""
    if not _TELEX_WORD.fullmatch(word):
        return word
    if word.isupper() and _ABBREVIATION.fullmatch(word):
        return word.replace("DD", "Đ")
    letters: list[str] = []
    tone = ""
    for key in word.lower():
        has_vowel = any(letter in _VOWELS for letter in letters)
        if key in _TELEX_TONES and has_vowel:
            tone = _TELEX_TONES[key]
        elif key == "w":
            if not (_horned(letters) or _marked(letters, _BREVE)):
                letters.append("ư")
        elif key in _CIRCUMFLEX and key in letters:
            _marked(letters, {key: _CIRCUMFLEX[key]})
        elif key == "d" and letters[:1] == ["d"]:
            letters[0] = "đ"
        else:
            letters.append(key)
    return _written(letters, tone, word)


@lru_cache(maxsize=1 << 12)
def from_vni(word: str) -> str:
    """Read a word as VNI keystrokes; itself where it holds none."""
    if not _VNI_WORD.fullmatch(word):
        return word
    if word.isupper() and _ABBREVIATION.fullmatch(word.replace("9", "")):
        return word.replace("D9", "Đ")
    if word.isupper() and sum(map(str.isalpha, word)) < _VNI_CAPITALS_LEAST and not word.startswith("D9"):
        return word  # "CO2", "H5N1"
    letters: list[str] = []
    tone = ""
    for key in word.lower():
        marked = True
        if key in _VNI_TONES:
            tone = _VNI_TONES[key]
            marked = any(letter in _VOWELS for letter in letters)
        elif key == "6":
            marked = _marked(letters, _CIRCUMFLEX)
        elif key == "7":
            marked = _horned(letters)
        elif key == "8":
            marked = _marked(letters, _BREVE)
        elif key == "9":
            marked = letters[:1] == ["d"]
            letters[:1] = ["đ"] if marked else letters[:1]
        elif not key.isdigit():
            letters.append(key)
        if not marked:
            return word  # a digit that marks nothing is a digit
    return _written(letters, tone, word)


def _marked(letters: list[str], marks: dict[str, str]) -> bool:
    """Mark the last letter that can take a mark; tell whether there is one."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in marks:
            letters[at] = marks[letters[at]]
            return True
    return False


def _horned(letters: list[str]) -> bool:
    """Put the horn on the last o or u, or on both of "uo"."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in _HORN:
            letters[at] = _HORN[letters[at]]
            # "quo" has no "ươ": its u belongs to the consonant.
            if letters[at] == "ơ" and at > 0 and letters[at - 1] == "u" and letters[at - 2 : at - 1] != ["q"]:
                letters[at - 1] = "ư"
            return True
        if letters[at] in _BREVE:
            return False
    return False


def _written(letters: list[str], tone: str, typed: str) -> str:
    # Nothing ends in "ươ": "thuowr" is "thuở".
    if letters[-2:] == ["ư", "ơ"]:
        letters[-2] = "u"
    word = readable("".join(letters) + tone) if tone else "".join(letters)
    word = unicodedata.normalize("NFC", word)
    if typed.isupper() and len(typed) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if typed[:1].isupper() else word


_TO_TELEX = {mark: key for key, mark in _TELEX_TONES.items() if mark}
_TO_VNI = {mark: digit for digit, mark in _VNI_TONES.items() if mark}
_TELEX_LETTERS = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}
_VNI_LETTERS = {"â": "a6", "ê": "e6", "ô": "o6", "ă": "a8", "ơ": "o7", "ư": "u7", "đ": "d9"}


def to_telex(text: str) -> str:
    """Give the keys that Telex users press for a text, each tone at the end of its word."""
    return _typed(text, _TELEX_LETTERS, _TO_TELEX)


def to_vni(text: str) -> str:
    """Give the keys that VNI users press for a text, each tone at the end of its word."""
    return _typed(text, _VNI_LETTERS, _TO_VNI)


def _typed(text: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    return re.sub(
        r"[^\W\d_]+", lambda match: _typed_word(match.group(), letters, tones), unicodedata.normalize("NFC", text)
    )


def _typed_word(word: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    typed, tone = "", ""
    for character in word:
        decomposed = unicodedata.normalize("NFD", character)
        own = next((mark for mark in decomposed if mark in tones), "")
        tone = tones[own] if own else tone
        bare = unicodedata.normalize("NFC", decomposed.replace(own, "")) if own else character
        keys = letters.get(bare.lower(), bare)
        typed += keys[0].upper() + keys[1:] if bare.isupper() else keys
    return (typed + tone).upper() if word.isupper() and len(word) > 1 else typed + tone

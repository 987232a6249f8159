"""Vietnamese from before Unicode: letters that stand in the places of Latin-1's, and how they are found out.

TCVN3 is the 8-bit code of TCVN 5712:1993 as the "ABC" fonts (.VnTime) have it: small letters with every tone, capitals
only without one. A capital with a tone is a small letter in a font of capitals (.VnTimeH), which a text does not show.
VNI (VNI-Times and its like) writes a vowel and behind it a letter for its marks. VISCII is RFC 1456.

Whatever opens such a text without its font sees Latin-1 or windows-1252: "Céng hßa x· héi" is "Cộng hòa xã hội".
Evidence is what most words become: known Vietnamese syllables, or letters in places where none can stand.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from qa.syllables import is_general
from qa.text import tokens

TCVN3, TCVN_5712, VNI, VISCII = "TCVN3 (ABC)", "TCVN 5712", "VNI", "VISCII"
WINDOWS_1258 = "windows-1258"
TWICE = "UTF-8 decoded twice"
BYTE_ENCODINGS = (WINDOWS_1258, TCVN3, TCVN_5712, VNI, VISCII)
"""Of text as bytes; text already made of characters may be UTF-8 decoded twice as well."""

_TCVN_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN_LOW = dict(zip(b"\x01\x02\x04\x05\x06\x11\x12\x13\x14\x15\x16\x17", "ÚỤỪỬỮỨỰỲỶỸÝỴ", strict=True))
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
    "ÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII_LOW = dict(zip(b"\x02\x05\x06\x14\x19\x1e", "ẲẴẪỶỸỴ", strict=True))

_TABLES: dict[str, dict[int, str]] = {
    WINDOWS_1258: dict(enumerate(bytes(range(0xA0, 0x100)).decode("cp1258"), start=0xA0)),
    TCVN3: dict(enumerate(_TCVN_HIGH[0x20:], start=0xA0)),
    TCVN_5712: dict(enumerate(_TCVN_HIGH, start=0x80)) | _TCVN_LOW,
    VISCII: dict(enumerate(_VISCII_HIGH, start=0x80)) | _VISCII_LOW,
}
_TCVN_SIGNS = dict(zip("\u0300\u0309\u0303\u0301\u0323", "°±²³´", strict=True))
_TCVN_MARKED = re.compile(r"([^\W\d_]?)([\u0300\u0309\u0303\u0301\u0323])")


def _vni_letters() -> dict[str, str]:
    """Map what stands for a letter in VNI, one character or two, to the letter."""
    tones = "\u0301\u0300\u0309\u0303\u0323"
    pairs = {
        typed + mark: vowel + tone
        for typed, vowel in zip("aeouyôö", "aeouyơư", strict=True)
        for mark, tone in zip("ùøûõï", tones, strict=True)
    }
    pairs |= {
        vowel + mark: vowel + "\u0302" + tone
        for vowel in "aeo"
        for mark, tone in zip("âáàåãä", ["", *tones], strict=True)
    }
    pairs |= {"a" + mark: "a\u0306" + tone for mark, tone in zip("êéèúüë", ["", *tones], strict=True)}
    small = {typed: unicodedata.normalize("NFC", letter) for typed, letter in pairs.items()}
    small |= dict(zip("íìæóòîñôö", "íìỉĩịỵđơư", strict=True))
    # A capital's mark is a capital, except where the font was changed by hand.
    capitals = {typed.upper(): letter.upper() for typed, letter in small.items()}
    return small | {typed.capitalize(): letter.upper() for typed, letter in small.items()} | capitals


_VNI = _vni_letters()
_VNI_LETTER = re.compile(r"[aeouyôöAEOUYÔÖ][ùøûõïâáàåãäêéèúüëÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜË]|[\xa1-\xff]")

# Windows-1252 has characters of its own where Latin-1 has control characters.
_TO_WINDOWS = {byte: sign for byte in range(0x80, 0xA0) if (sign := bytes([byte]).decode("cp1252", "ignore"))}
_FROM_WINDOWS = {ord(sign): byte for byte, sign in _TO_WINDOWS.items()} | {0x3BC: 0xB5}
# In a text whose letters are other letters' codes, these are letters too; the rest of Latin-1's signs are as well.
_UNDEFINED = "\x81\x83\x8a\x8c\x8d\x8e\x8f\x90\x9a\x9c\x9d\x9e\x9f"
_IN_WORD = rf"[^\W\d_\x80-\x9f]|[{_UNDEFINED}\xa1-\xbf\xd7\xf7\u0300-\u036f\ufffd\x01-\x08\x0e-\x1f]"
_MARKED_WORD = re.compile(rf"(?:{_IN_WORD})+(?:[\x80-\x9f]+(?:{_IN_WORD})+)*")
_LINE = re.compile(r"[^\n\f]+")
_ALREADY = re.compile("[ĂăĐđĨĩŨũƠơƯưẠ-ỹ\u0300\u0301\u0303\u0309\u0323]")

SAMPLE = 65_536
"""Characters that are looked at from the start, the middle and the end of a text."""
_LONGEST = len("nghiêng")
_KNOWN_LEAST = 5
_KNOWN_SHARE_LEAST = 0.8
# Of the lead of the best; cut to 20 words, news never gave a rival more than a third.
_RIVAL_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many different words with marks are known syllables, and how many are not."""

    known: int
    unknown: int

    @property
    def is_clear(self) -> bool:
        """Tell whether this is Vietnamese: several different words, and few that are none."""
        return self.known >= _KNOWN_LEAST and self.known >= _KNOWN_SHARE_LEAST * (self.known + self.unknown)

    @property
    def lead(self) -> int:
        """Give by how many the known words outnumber the others."""
        return self.known - self.unknown


def convert(text: str) -> tuple[str, str | None]:
    """Give text in Unicode letters, and the name of the encoding whose letters it had; None where it had none.

    Lines that hold Vietnamese letters already stay as they are, and so does everything where the evidence is not
    clear or its parts disagree.
    """
    name = convertible(text)
    return (text, None) if name is None else (convert_as(text, name), name)


def convertible(text: str) -> str | None:
    """Name the encoding whose letters stand in text instead of Unicode's; None where none is clear."""
    if text.isascii():
        return None
    pieces = [_to_convert(piece).translate(_FROM_WINDOWS) for piece in samples(text)]
    return found(pieces, (*BYTE_ENCODINGS, TWICE))


def convert_as(text: str, name: str) -> str:
    """Give text in Unicode letters, from an encoding that `convert` named; lines that have them already unchanged."""

    def letters(match: re.Match[str]) -> str:
        line = match.group()
        return line if _ALREADY.search(line) else shown(decoded(line.translate(_FROM_WINDOWS), name))

    return _LINE.sub(letters, text)


def samples(text: str) -> list[str]:
    """Cut a bounded part out of text: its start, and of a long one its middle and end."""
    if len(text) <= 3 * SAMPLE:
        return [text]
    middle = len(text) // 2
    return [text[:SAMPLE], text[middle : middle + SAMPLE], text[-SAMPLE:]]


def found(pieces: list[str], names: tuple[str, ...]) -> str | None:
    """Find the encoding of text whose characters are bytes, U+0000 to U+00FF; None where no one is clear.

    A piece that shows nothing leaves the word to the others; pieces that disagree leave it open.
    """
    clear = {name for piece in pieces if (name := _found(piece, names)) is not None}
    if clear == {TCVN3, TCVN_5712}:  # they differ in rare capitals only, which a piece may lack
        return _found("\n".join(pieces), names)
    return clear.pop() if len(clear) == 1 else None


def _found(piece: str, names: tuple[str, ...]) -> str | None:
    as_it_is = evidence(piece)
    texts = {name: decoded(piece, name, "\ufffd") for name in names}
    seen = {name: evidence(text) for name, text in texts.items()}
    if TCVN_5712 in seen and seen[TCVN_5712].unknown >= seen[TCVN3].unknown:
        del seen[TCVN_5712]  # quotes and dashes, not capitals
    else:
        seen.pop(TCVN3, None)
    best = max(seen, key=lambda name: seen[name].lead)
    rivals = [as_it_is, *(rival for name, rival in seen.items() if name != best)]
    if not seen[best].is_clear or max(rival.lead for rival in rivals) > _RIVAL_MOST * seen[best].lead:
        return None
    return best


def evidence(text: str) -> Evidence:
    """Count the different words of text that have a mark, by whether they are known syllables."""
    words = [word for word in set(_MARKED_WORD.findall(text)) if not word.isascii() and any(map(str.isalpha, word))]
    known = sum(len(word) <= _LONGEST and word.isalpha() and _is_known(word) for word in words)
    return Evidence(known, len(words) - known)


@lru_cache(maxsize=1 << 16)
def _is_known(word: str) -> bool:
    return all(is_general(token) for token in tokens(word))


def _to_convert(text: str) -> str:
    """Keep the lines without Vietnamese letters."""
    return "\n".join(line for line in _LINE.findall(text) if not _ALREADY.search(line))


# --- one encoding at a time --------------------------------------------------------------------------------


def decoded(text: str, name: str, rest: str | None = None) -> str:
    """Decode text whose characters are bytes; letters that mean nothing in the encoding stay, or become `rest`.

    What the encoding leaves to windows-1252, quotes and dashes, stays too: `shown` makes them characters.
    """
    if name == VNI:
        return _VNI_LETTER.sub(lambda match: _VNI.get(match.group()) or rest or match.group(), text)
    if name == TWICE:
        return _LINE.sub(lambda match: _line_twice(match.group(), rest), text)
    text = text.translate(_TABLES[name])
    if name == WINDOWS_1258:
        return unicodedata.normalize("NFC", text)
    if name != VISCII and any(mark in text for mark in _TCVN_SIGNS):
        return _TCVN_MARKED.sub(_tcvn_marked, text)
    return text


def shown(text: str) -> str:
    """Make U+0080 to U+009F the characters that windows-1252 has there."""
    return text.translate(_TO_WINDOWS)


def _tcvn_marked(match: re.Match[str]) -> str:
    """Put a mark onto the letter before it; elsewhere it was a sign, as in "30°C" and "m²"."""
    letter = unicodedata.normalize("NFC", match.group())
    return letter if len(letter) == 1 and match[1] else match[1] + _TCVN_SIGNS[match[2]]


def _line_twice(line: str, rest: str | None) -> str:
    try:
        return line.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return line if rest is None else line.translate(dict.fromkeys(range(0x80, 0x100), rest))

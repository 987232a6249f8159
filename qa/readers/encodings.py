"""Bytes into text, the encoding decided by evidence: byte order marks, valid UTF-8, then what the words become.

Where nothing is clear the text is refused: a wrong guess would be quoted as if it stood in the article.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import category

from qa.readers import legacy

UTF_16, UTF_16_UNMARKED, UTF_32, WINDOWS_1252 = "UTF-16", "UTF-16 without BOM", "UTF-32", "windows-1252"

# UTF-32's mark in little endian begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, None, "utf-8"),
    (codecs.BOM_UTF32_LE, UTF_32, "utf-32-le"),
    (codecs.BOM_UTF32_BE, UTF_32, "utf-32-be"),
    (codecs.BOM_UTF16_LE, UTF_16, "utf-16-le"),
    (codecs.BOM_UTF16_BE, UTF_16, "utf-16-be"),
)
_IN_UTF_8 = " in UTF-8"
_NUL = "binary: it holds NUL bytes"
_MEND = "convert it to UTF-8"
_ENDS_EARLY = "unexpected end of data"  # as Python puts it
_CUT = "copy the file again"
# A DOS file may end in 0x1A; VISCII and TCVN 5712 put rare capitals on control characters.
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
_NOT_CONTROLS = bytes(set(range(0x100)) - set(_CONTROLS))
_CONTROLS_MOST = 0.05
_ODD_MOST = 0.02
_LATIN = re.compile(r"[\t\n\r -~\xa0-\u024f\u0300-\u0323\u1e00-\u1eff\u2000-\u206f\u20ab\u20ac\ufeff]")
_LATIN_LEAST = 0.95
_WIDE_LEAST = 16

# What windows-1252 is told by: common words of its languages, and quotes and dashes where they belong.
_WESTERN_WORDS = frozenset(
    """für über können könnte müssen während größe große großen groß größte schön später früh früher zurück natürlich
    möglich würde würden wäre hätte hätten daß straße jahrhundert länder städte gehört führt führen wählen nächsten
    tätig heißt weiß außer außerdem fünf zwölf dafür darüber gegenüber stück größten jährlich öffentlichen übernahm
    à été être même après très déjà là où années année français française première siècle région était étaient également
    pièce problème société général générale développement état états système activité père mère près dès créé
    está más también según después así país años qué día días él sólo están había través número información población
    não são você também já até às está então só é três além através município países população história governo
    più è perché così città può già società fé café cafés naïve résumé château élève età però både från för även på när
    år än också være får når også områder""".split()
)
_WESTERN_WORD = re.compile(r"[^\W\d_]+")
_WESTERN_LETTERS = re.compile(r"[a-zß-ïñ-öø-üÿœ]+")
_SIGN = re.compile("[\u2010-\u203a\u2122\u20acˆ˜«»]")
_PLACED_SIGN = re.compile(
    r"(?<=[A-Za-zÀ-ÿ])’(?=[A-Za-zÀ-ÿ])|(?<![^\s(])[“‘«„](?=\s?\w)|(?<=[\w.,!?%])\s?[”’»“](?!\w)"
    r"|(?<=\s)[–—](?=\s)|(?<=\d)–(?=\d)|(?<=[a-z])—(?=[a-z])|(?<=\w)…|(?<![^\s])•(?=\s)|(?<=\d)\s?€"
)
_STRANGE_SIGN = re.compile(r"[¢¤¥¦¨¬¯±´¶¸¹¼½¾×÷](?=[^\W\d_])|(?<=[^\W\d_])[¡¢¤¥¦§¨ª¬¯±´µ¶·¸¹¼½¾¿×÷]")
_WESTERN_LEAST = 3
_STRANGE_LEAST = 20
_UNLISTED_MOST = 6  # for each listed one: most words with marks are rare


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how its letters were encoded, in words for a person; None where it was UTF-8."""

    text: str
    encoding: str | None


class Undecodable(ValueError):
    """Bytes that are no text, or text in an encoding that is not clear; says why in one line."""


def decode(data: bytes) -> Decoded:
    """Decode a whole file; a byte order mark is dropped. Raises Undecodable."""
    label = _label(data, whole=True)
    text = decode_as(data, label)
    if label in legacy.BYTE_ENCODINGS:
        _check_throughout(text, label)
    return Decoded(text, label)


def detect(sample: bytes) -> str | None:
    """Give the encoding of a file of which `sample` is the start, as `decode_as` takes it; None where it is UTF-8.

    Lines of "UTF-16" and "UTF-32", with and without BOM, do not end in a byte 0x0A: such a file is to be decoded as
    a whole. The sample may end within a character. Raises Undecodable.
    """
    return _label(sample, whole=False)


def decode_as(data: bytes, label: str | None) -> str:
    """Decode a file, or a line of one, by what `decode` or `detect` found. Raises Undecodable."""
    if label is None:
        return _utf_8(data.removeprefix(codecs.BOM_UTF8))
    if label in (UTF_16, UTF_16_UNMARKED, UTF_32):
        return _wide(data, label)
    if label == legacy.TWICE or label.endswith(_IN_UTF_8):
        return legacy.convert_as(_utf_8(data.removeprefix(codecs.BOM_UTF8)), label.removesuffix(_IN_UTF_8))
    text = data.decode("latin-1")
    if label != WINDOWS_1252:
        text = legacy.decoded(text, label)
    text = legacy.shown(text)
    if found := re.search("[\x80-\x9f]", text):
        raise Undecodable(f"not {label} all through: it holds byte 0x{ord(found.group()):02x}; {_MEND}")
    return text


def _label(data: bytes, whole: bool) -> str | None:
    """Name the encoding of a file, or of its start; None for UTF-8. Raises Undecodable."""
    mark, label, _ = _marked(data)
    if label is not None:
        return label
    data = data[len(mark) :]
    if b"\0" in data:
        if _unmarked_utf_16(data):
            return UTF_16_UNMARKED
        raise Undecodable(_NUL)
    if len(data.translate(None, _NOT_CONTROLS)) > _CONTROLS_MOST * len(data):
        raise Undecodable("binary: it holds control characters")
    try:
        name = legacy.convertible(codecs.utf_8_decode(data, "strict", whole)[0])
        return name if name in (None, legacy.TWICE) else f"{name}{_IN_UTF_8}"
    except UnicodeDecodeError as error:
        refused = error
    if not mark and refused.reason != _ENDS_EARLY:
        pieces = legacy.samples(data.decode("latin-1"))
        if name := legacy.found(pieces, legacy.BYTE_ENCODINGS):
            return name
        if _is_western("\n".join(pieces)) and not any(map(_might_be_vietnamese, pieces)):
            return WINDOWS_1252
    raise _not_utf_8(refused)


def _utf_8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf_8(error) from None


def _not_utf_8(error: UnicodeDecodeError) -> Undecodable:
    byte = f"byte 0x{error.object[error.start]:02x} at {error.start}"
    if error.reason == _ENDS_EARLY:
        return Undecodable(f"not UTF-8 text: {byte} begins a character that the file's end cuts off; {_CUT}")
    return Undecodable(f"not UTF-8 text: {byte}; {_MEND}")


def _marked(data: bytes) -> tuple[bytes, str | None, str]:
    return next((found for found in _MARKS if data.startswith(found[0])), (b"", None, "utf-8"))


# --- UTF-16 and UTF-32 -------------------------------------------------------------------------------------


def _wide(data: bytes, label: str) -> str:
    mark, _, codec = _marked(data)
    if label == UTF_16_UNMARKED:
        mark, codec = b"", _unmarked_utf_16(data) or "utf-16-le"
    elif not mark:
        codec = {UTF_16: "utf-16-le", UTF_32: "utf-32-le"}[label]
    try:
        text = data[len(mark) :].decode(codec)
    except UnicodeDecodeError as error:
        if error.end >= len(data) - len(mark) and error.reason in ("truncated data", _ENDS_EARLY):
            raise Undecodable(f"{label} text whose last character is cut off; {_CUT}") from error
        raise Undecodable(f"not {label} text: {error.reason} at byte {len(mark) + error.start}; {_MEND}") from error
    if "\0" in text:
        raise Undecodable(_NUL)
    if any(_share(piece, _is_odd) > _ODD_MOST for piece in legacy.samples(text)):
        raise Undecodable(f"binary: it begins like {label} text, and holds characters that no text has")
    return text


def _unmarked_utf_16(data: bytes) -> str | None:
    """Give the codec of UTF-16 without mark: letters and blanks of Latin scripts have a NUL, always on one side."""
    start = data[: 2 * legacy.SAMPLE]
    start = start[: len(start) - len(start) % 2]
    if len(start) < _WIDE_LEAST:
        return None
    low, high = start[::2].count(0), start[1::2].count(0)
    codec = "utf-16-le" if high > low else "utf-16-be"
    if min(low, high) > len(start) // 200 or max(low, high) < len(start) // 4:
        return None
    return codec if _share(start.decode(codec, "replace"), _is_latin) >= _LATIN_LEAST else None


def _is_latin(character: str) -> bool:
    return _LATIN.match(character) is not None


def _is_odd(character: str) -> bool:
    return character == "\ufeff" or (
        category(character) in ("Cc", "Cn", "Co") and character not in "\t\n\v\f\r\x1a\x85"
    )


def _share(text: str, holds: Callable[[str], bool]) -> float:
    """Give the share of the characters that something holds of, from 0 to 1."""
    return sum(count for character, count in Counter(text).items() if holds(character)) / max(1, len(text))


# --- one byte a letter -------------------------------------------------------------------------------------


def _check_throughout(text: str, label: str) -> None:
    """Raise Undecodable where a stretch of text is not Vietnamese after all, but in some other encoding."""
    for start in range(0, len(text), legacy.SAMPLE):
        seen = legacy.evidence(text[start : start + legacy.SAMPLE])
        if seen.unknown >= _STRANGE_LEAST and seen.unknown > 2 * seen.known:
            raise Undecodable(f"{label} text, but not all through: other letters from {start} on; {_MEND}")


def _might_be_vietnamese(piece: str) -> bool:
    return any(
        seen.known >= _WESTERN_LEAST and seen.lead > 0
        for name in legacy.BYTE_ENCODINGS
        for seen in [legacy.evidence(legacy.decoded(piece, name, "\ufffd"))]
    )


def _is_western(piece: str) -> bool:
    """Tell whether text in windows-1252 is French, German, Spanish or the like, or English with typographic quotes."""
    text = legacy.shown(piece)
    words = Counter(word.lower() for word in _WESTERN_WORD.findall(text) if not word.isascii())
    listed = words.keys() & _WESTERN_WORDS
    listed_count = sum(words[word] for word in listed)
    signs, placed = len(_SIGN.findall(text)), len(_PLACED_SIGN.findall(text))
    return (
        len(listed) + min(placed, _WESTERN_LEAST) >= _WESTERN_LEAST
        and signs - placed <= placed // 10
        and sum(words.values()) - listed_count <= _UNLISTED_MOST * listed_count
        and all(map(_WESTERN_LETTERS.fullmatch, words))
        and not _STRANGE_SIGN.search(text)
    )

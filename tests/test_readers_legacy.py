"""Letters of TCVN3, VNI, VISCII and windows-1258 become Unicode's, and nothing else does."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.readers import legacy
from qa.text import LETTERS

SEEDS = sorted((Path(__file__).parent.parent / "seeds" / "articles").glob("*.txt"))

MARKED = "".join(letter for letter in LETTERS if not letter.isascii())
# Bytes in the order of MARKED, small letters and capitals, as libc's iconv has them.
TCVN_SMALL = bytes.fromhex(
    "b5b8b6b7b9a8bbbebcbdc6a9c7cac8c9cbaeccd0cecfd1aad2d5d3d4d6d7ddd8dcdedfe3e1e2e4abe5e8e6e7e9aceaedebeceeeff3f1f2f4"
    "adf5f8f6f7f9fafdfbfcfe"
)
TCVN_CAPITALS = bytes.fromhex(
    "8083818284a1afc0babf85a2c1c4c2c386a7878a88898ba3c5dacdd98c8d908e8f919295939496a4dbffe0f097a5989b999a9c9d019e9f02"
    "a604110506121316141517"
)
VISCII_SMALL = bytes.fromhex(
    "e0e1e4e3d5e5a2a1c6c7a3e2a5a4a6e7a7f0e8e9eba8a9eaabaaacadaeecedefeeb8f2f3f6f5f7f4b0afb1b2b5bdb6beb7defef9fafcfbf8"
    "dfd7d1d8e6f1cffdd6dbdc"
)
VISCII_CAPITALS = bytes.fromhex(
    "c0c1c4c380c58281020583c28584860687d0c8c9cb8889ca8b8a8c8d8ecccd9bce98d2d399a09ad4908f919293b4969597b394d9da9c9d9e"
    "bfbbbabcffb99fdd14191e"
)
VNI_MARKS = {
    "\u0301": "ù",
    "\u0300": "ø",
    "\u0309": "û",
    "\u0303": "õ",
    "\u0323": "ï",
    "\u0302": "â",
    "\u0302\u0301": "á",
    "\u0302\u0300": "à",
    "\u0302\u0309": "å",
    "\u0302\u0303": "ã",
    "\u0302\u0323": "ä",
    "\u0306": "ê",
    "\u0306\u0301": "é",
    "\u0306\u0300": "è",
    "\u0306\u0309": "ú",
    "\u0306\u0303": "ü",
    "\u0306\u0323": "ë",
    "\u031b": "",
}
VNI_ALONE = dict(zip("đíìỉĩịỵ", "ñíìæóòî", strict=True))
SIGNS = {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "…": "..."}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Write text with signs that every encoding has."""
    signs = nfc(text).translate(str.maketrans(SIGNS))
    return "".join(c if c.isascii() or c.lower() in MARKED else " " for c in signs)


def as_tcvn3(text: str) -> bytes:
    """Encode in TCVN3, whose capitals with a tone are small letters in another font."""
    table = dict(zip(MARKED, TCVN_SMALL, strict=True))
    table |= {letter: TCVN_CAPITALS[MARKED.index(letter.lower())] for letter in "ĂÂĐÊÔƠƯ"}
    return b"".join(
        bytes([table.get(c) or table[c.lower()]]) if c.lower() in MARKED else c.encode("cp1252") for c in nfc(text)
    )


def as_table(text: str, small: bytes, capitals: bytes) -> bytes:
    table = dict(zip(MARKED + MARKED.upper(), small + capitals, strict=True))
    return b"".join(bytes([table[c]]) if c in table else c.encode("ascii") for c in nfc(text))


def as_tcvn_5712(text: str) -> bytes:
    return as_table(text, TCVN_SMALL, TCVN_CAPITALS)


def as_viscii(text: str) -> bytes:
    return as_table(text, VISCII_SMALL, VISCII_CAPITALS)


def as_vni(text: str) -> bytes:
    return "".join(map(vni_letter, nfc(text))).encode("cp1252")


def vni_letter(letter: str) -> str:
    if letter.lower() not in MARKED:
        return letter
    if letter.lower() in VNI_ALONE:
        return same_case(VNI_ALONE[letter.lower()], letter)
    base, *marks = unicodedata.normalize("NFD", letter.lower())
    if "\u031b" in marks:
        marks.remove("\u031b")
        base = {"o": "ô", "u": "ö"}[base]
    marks.sort(key=lambda mark: mark not in "\u0302\u0306")  # a dot below stands before them in NFD
    return same_case(base + VNI_MARKS["".join(marks) or "\u031b"], letter)


def same_case(text: str, letter: str) -> str:
    return text.upper() if letter.isupper() else text


def as_windows_1258(text: str) -> bytes:
    """Encode with a base letter and a mark behind it, as Windows' own keyboard does."""
    encoded = b""
    for letter in nfc(text):
        marks = [mark for mark in unicodedata.normalize("NFD", letter) if mark in "\u0300\u0301\u0303\u0309\u0323"]
        if letter.lower() in MARKED and marks:
            base = "".join(c for c in unicodedata.normalize("NFD", letter) if c not in marks)
            letter = nfc(base) + marks[0]
        encoded += letter.encode("cp1258")
    return encoded


ENCODERS = {
    legacy.WINDOWS_1258: as_windows_1258,
    legacy.TCVN3: as_tcvn3,
    legacy.TCVN_5712: as_tcvn_5712,
    legacy.VNI: as_vni,
    legacy.VISCII: as_viscii,
}


def seed(index: int) -> str:
    return plain(SEEDS[index].read_text("utf-8"))


def with_capitals(text: str) -> str:
    """Write the start once more in capitals: by them TCVN 5712 is told from the fonts that have none."""
    return f"{text[:400].upper()}\n\n{text}"


def as_seen(data: bytes) -> str:
    """Show bytes as a program does that takes them for windows-1252, or Latin-1 where that has nothing."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in data)


def lower_where_unknown(text: str, name: str) -> str:
    """Write capitals with a tone small where the encoding cannot tell them."""
    if name != legacy.TCVN3:
        return text
    return "".join(c.lower() if c.lower() in MARKED and c not in "ĂÂĐÊÔƠƯ" else c for c in text)


# --- letters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENCODERS)
def test_every_letter_comes_back(name: str) -> None:
    for letter in MARKED + MARKED.upper():
        encoded = ENCODERS[name](letter).decode("latin-1")
        assert legacy.shown(legacy.decoded(encoded, name)) == lower_where_unknown(letter, name)


def test_there_are_134_letters_with_marks() -> None:
    assert len(set(MARKED + MARKED.upper())) == 134


def test_words_are_as_they_are_known_to_look() -> None:
    assert as_vni("Việt Nam, đường, NGƯỜI").decode("cp1252") == "Vieät Nam, ñöôøng, NGÖÔØI"
    assert as_tcvn3("Cộng hòa xã hội").decode("cp1252") == "Céng hßa x· héi"


@pytest.mark.parametrize("name", [legacy.TCVN3, legacy.VNI])
def test_quotes_and_dashes_are_windows(name: str) -> None:
    text = "“Đảng bộ” – ‘xã’…"
    assert legacy.shown(legacy.decoded(ENCODERS[name](text).decode("latin-1"), name)) == text


def test_signs_that_stand_in_the_place_of_tcvn_marks_stay_signs() -> None:
    assert legacy.decoded("30°C, 5 m², a³", legacy.TCVN3) == "30°C, 5 m², á"


def test_a_vni_capital_may_have_a_small_mark() -> None:
    assert legacy.decoded("AÙo aùo Aùo", legacy.VNI) == "Áo áo Áo"


# --- whole texts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("index", range(len(SEEDS)))
def test_an_article_in_old_letters_is_converted(name: str, index: int) -> None:
    text = with_capitals(seed(index))
    assert legacy.convert(as_seen(ENCODERS[name](text))) == (lower_where_unknown(text, name), name)


@settings(max_examples=150)
@given(
    name=st.sampled_from([legacy.WINDOWS_1258, legacy.TCVN3, legacy.VNI, legacy.VISCII]),
    index=st.integers(0, len(SEEDS) - 1),
    start=st.integers(0, 10_000),
    length=st.sampled_from([20, 50, 200]),
)
def test_a_few_words_are_converted_or_left_alone(name: str, index: int, start: int, length: int) -> None:
    words = seed(index).split()
    start %= max(1, len(words) - length)
    text = " ".join(words[start : start + length])
    written = as_seen(ENCODERS[name](text))
    converted, found = legacy.convert(written)
    assert (converted, found) in [(lower_where_unknown(text, name), name), (written, None)]


def test_lines_that_are_unicode_already_stay() -> None:
    old = as_seen(as_tcvn3(seed(0)))
    title = "Tỉnh ủy Quảng Trị, một dòng đã đúng"
    converted, found = legacy.convert(f"{title}\n\n{old}\n\n{title}")
    assert found == legacy.TCVN3
    assert converted.startswith(f"{title}\n\nBan Thường vụ")
    assert converted.endswith(f"\n\n{title}")


def test_a_form_feed_ends_a_line_too() -> None:
    old = as_seen(as_vni(seed(0))).replace("\n", "\f")
    converted, found = legacy.convert(f"Tỉnh ủy\f{old}")
    assert (converted, found) == (f"Tỉnh ủy\f{seed(0)}".replace("\n", "\f"), legacy.VNI)


@pytest.mark.parametrize("name", ENCODERS)
def test_lines_keep_their_number(name: str) -> None:
    converted, _ = legacy.convert(as_seen(ENCODERS[name](seed(1))))
    assert converted.count("\n") == seed(1).count("\n")


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_utf_8_that_was_decoded_twice_is_put_right(codec: str) -> None:
    written = seed(2).encode()
    twice = written.decode("latin-1") if codec == "latin-1" else as_seen(written)
    assert legacy.convert(twice) == (seed(2), legacy.TWICE)


FOREIGN = [
    "Le café où l’été dernier, à la fin de l’après-midi, nous étions assis près de la fenêtre, déjà très âgés. Voilà.",
    "Größe und Schönheit der Städte: für viele Künstler wären die Straßen über der Brücke natürlich fröhlich.",
    "Não há razão para que a população não seja também ouvida; é só a opinião de três países da região.",
    "El niño está aquí también: más años, según el señor Muñoz, que quizá nació en Córdoba o en León.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy, když město už dávno spalo pod černým nebem.",
    "Żółta łódka płynęła przez jezioro, gdy słońce świeciło nad łąką i śpiewał słowik.",
    "Быстрая коричневая лиса перепрыгнула через ленивую собаку. 日本語の文章です。",
    "Plain words only, with numbers 1 2 3; £5 at 30°C, ½ of it ® and © and § 4.",
    "",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_stay_as_they_are(text: str) -> None:
    assert legacy.convert(text) == (text, None)


@pytest.mark.parametrize("index", range(len(SEEDS)))
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_in_unicode_stays_as_it_is(index: int, form: str) -> None:
    text = unicodedata.normalize(form, SEEDS[index].read_text("utf-8"))
    assert legacy.convert(text) == (text, None)


def test_vietnamese_that_latin_1_has_letters_for_stays_as_it_is() -> None:
    text = "Bà và cô là con nhà khá, có ý lo xa; chú thì già và hay nói là: ai mà chả có lúc ốm.".replace("ố", "ó")
    assert legacy.convert(text) == (text, None)


@given(st.text())
def test_nothing_breaks_it_and_what_it_leaves_it_leaves_whole(text: str) -> None:
    converted, name = legacy.convert(text)
    assert name is not None or converted == text


@given(st.text(st.characters(max_codepoint=0x2FF)), st.sampled_from([*ENCODERS, legacy.TWICE]))
def test_any_text_can_be_converted_line_by_line(text: str, name: str) -> None:
    assert legacy.convert_as(text, name).count("\n") == text.count("\n")

"""Telex and VNI keystrokes: read as the words that were meant, and written as their users press them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.keystrokes import from_telex, from_vni, to_telex, to_vni
from qa.text import fold, is_syllable, tokens

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"
_TEXTS = [unicodedata.normalize("NFC", path.read_text("utf-8")) for path in sorted(SEEDS.iterdir())]
# Vietnamese words: foreign ones and abbreviations ("iOffice", "TW") hold letters that are keys.
WORDS = sorted(
    {
        word
        for text in _TEXTS
        for word in re.findall(r"[^\W\d_]+", text)
        if is_syllable(fold(word.lower())) and "oo" not in word.lower()
    }
)
Method = Callable[[str], str]
METHODS = pytest.mark.parametrize(
    ("typed_as", "read"), [(to_telex, from_telex), (to_vni, from_vni)], ids=["telex", "vni"]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nguwowif", "người"),
        ("nguowif", "người"),
        ("nguoiwf", "người"),
        ("nguwowfi", "người"),
        ("ddangr", "đảng"),
        ("dangrd", "đảng"),
        ("ddarng", "đảng"),
        ("booj", "bộ"),
        ("bojo", "bộ"),
        ("DDANGR", "ĐẢNG"),
        ("BOOJ", "BỘ"),
        ("Ddangr", "Đảng"),
        ("hoaf", "hòa"),
        ("hoafn", "hoàn"),
        ("uyr", "ủy"),
        ("quys", "quý"),
        ("quowf", "quờ"),
        ("quoocs", "quốc"),
        ("gif", "gì"),
        ("gias", "giá"),
        ("huwowngs", "hướng"),
        ("huowngs", "hướng"),
        ("tw", "tư"),
        ("nawm", "năm"),
        ("Owr", "Ở"),
    ],
)
def test_telex_is_read_as_meant(typed: str, meant: str) -> None:
    assert from_telex(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nguoi72", "người"),
        ("nguo7i2", "người"),
        ("ngu7o7i2", "người"),
        ("ngu7o72i", "người"),
        ("d9ang3", "đảng"),
        ("d9a3ng", "đảng"),
        ("dang39", "đảng"),
        ("bo65", "bộ"),
        ("bo56", "bộ"),
        ("D9ANG3", "ĐẢNG"),
        ("D9ang3", "Đảng"),
        ("hoa2", "hòa"),
        ("uy3", "ủy"),
        ("quoc61", "quốc"),
        ("na8m", "năm"),
        ("gi2", "gì"),
    ],
)
def test_vni_is_read_as_meant(typed: str, meant: str) -> None:
    assert from_vni(typed) == meant


@pytest.mark.parametrize(
    "word", ["khong", "Cao", "HNAP", "đảng", "Đảng", "5350", "2021", "9d", "", "党", "a-b", "cao loc"]
)
def test_what_holds_no_keystrokes_is_itself(word: str) -> None:
    assert from_telex(word) == word
    assert from_vni(word) == word


@pytest.mark.parametrize(
    ("text", "telex", "vni"),
    [
        ("Đảng bộ huyện", "Ddangr booj huyeenj", "D9ang3 bo65 huye6n5"),
        ("người (Mỹ), 5.350?", "nguwowif (Myx), 5.350?", "ngu7o7i2 (My4), 5.350?"),
        ("đặt năm", "ddawtj nawm", "d9a8t5 na8m"),
        ("plain text 2021", "plain text 2021", "plain text 2021"),
        ("", "", ""),
    ],
)
def test_a_text_is_typed_with_each_tone_at_the_end_of_its_word(text: str, telex: str, vni: str) -> None:
    assert to_telex(text) == telex
    assert to_vni(text) == vni
    for form in ("NFC", "NFD"):
        assert to_telex(unicodedata.normalize(form, text)) == telex
        assert to_vni(unicodedata.normalize(form, text)) == vni
    assert (telex + vni).isascii()


@METHODS
def test_every_word_of_the_seeds_typed_and_read_is_itself(typed_as: Method, read: Method) -> None:
    assert len(WORDS) > 500
    assert [word for word in WORDS if tokens(read(typed_as(word))) != tokens(word)] == []


@METHODS
@pytest.mark.parametrize("word", ["thuở", "huơ"])
def test_an_open_uo_keeps_its_u(word: str, typed_as: Method, read: Method) -> None:
    assert read(typed_as(word)) == word


@METHODS
def test_an_abbreviation_with_a_d_inside_is_read(typed_as: Method, read: Method) -> None:
    assert read(typed_as("HĐND")) == "HĐND"


@METHODS
@settings(max_examples=100)
@example(text="\ud800w9")
@example(text="\u0301\u0323 aaa dd9")
@example(text="İ ǅ ß ٣ ² ⅷ")
@given(text=st.one_of(st.text(st.characters(codec=None)), st.text("aeiouyăđêADOWwsfrxjzd0123456789 \u0301")))
def test_no_text_fails(text: str, typed_as: Method, read: Method) -> None:
    assert isinstance(typed_as(text), str)
    for word in (text, *text.split()):
        assert isinstance(read(word), str)
        assert bool(read(word)) == bool(word)

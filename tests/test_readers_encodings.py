"""Bytes become text where the encoding is clear, and one line that says why where it is not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readers_legacy import ENCODERS, FOREIGN, SEEDS, as_seen, as_tcvn3, lower_where_unknown, seed, with_capitals

from qa.readers import encodings, legacy
from qa.readers.encodings import Decoded, Undecodable, decode, decode_as, detect

SURE = [legacy.WINDOWS_1258, legacy.TCVN3, legacy.VNI, legacy.VISCII]
ENGLISH = "The committee met on 12 May 2021 and approved the plan, with 3.5 % more money for 120 schools.\n"


def refused(data: bytes) -> str:
    with pytest.raises(Undecodable) as info:
        decode(data)
    reason = str(info.value)
    assert reason
    assert "\n" not in reason
    return reason


# --- UTF-8 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(SEEDS)))
def test_utf_8_is_taken_as_it_is(index: int) -> None:
    raw = SEEDS[index].read_bytes()
    assert decode(raw) == Decoded(raw.decode(), None)
    assert decode(b"\xef\xbb\xbf" + raw) == Decoded(raw.decode(), None)
    assert detect(raw) is None


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cc"])))
def test_any_text_in_utf_8_comes_back(text: str) -> None:
    assert decode(text.encode()) == Decoded(text.removeprefix("\ufeff"), None)


@pytest.mark.parametrize("text", ["", "a", "hello, world\r\n", "C:\\> DIR\n\x1a"])
def test_ascii_is_utf_8(text: str) -> None:
    assert decode(text.encode()) == Decoded(text, None)


@given(st.integers(1, 20_000))
def test_a_file_cut_within_a_character_is_refused_and_says_so(length: int) -> None:
    raw = SEEDS[0].read_bytes()[:length]
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        assert "the file's end cuts off" in refused(raw)
        assert detect(raw) is None  # a sample may end anywhere
    else:
        assert decode(raw).text == text


def test_a_wrong_byte_is_named_with_its_place() -> None:
    raw = "Đảng bộ".encode() + b"\xe1 " + "huyện".encode()
    assert refused(raw) == "not UTF-8 text: byte 0xe1 at 12; convert it to UTF-8"


def test_one_wrong_byte_in_an_article_does_not_make_it_another_encoding() -> None:
    raw = SEEDS[0].read_bytes()
    middle = raw.index(b" ", len(raw) // 2)
    assert "not UTF-8 text: byte 0xff" in refused(raw[:middle] + b"\xff" + raw[middle:])


# --- UTF-16 and UTF-32 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "mark", "label"),
    [
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-16-le", b"", "UTF-16 without BOM"),
        ("utf-16-be", b"", "UTF-16 without BOM"),
        ("utf-32-le", b"\xff\xfe\0\0", "UTF-32"),
        ("utf-32-be", b"\0\0\xfe\xff", "UTF-32"),
    ],
)
@pytest.mark.parametrize("text", ["Đảng bộ huyện", "One line\r\n", seed(3)], ids=["short", "English", "article"])
def test_wide_text_is_decoded(codec: str, mark: bytes, label: str, text: str) -> None:
    raw = mark + text.encode(codec)
    assert decode(raw) == Decoded(text, label)
    assert decode_as(raw, detect(raw)) == text


@pytest.mark.parametrize("raw", ["Đảng bộ".encode("utf-16")[:-1], "Đảng bộ huyện".encode("utf-16-le")[:-1]])
def test_wide_text_that_is_cut_is_refused_and_says_so(raw: bytes) -> None:
    assert "cut off" in refused(raw)


@pytest.mark.parametrize(
    "raw",
    [b"%PDF-1.7\x00\x01\x02", b"PK\x03\x04\0\0\0\0\x08", b"a\0", b"\0" * 100, bytes(range(256)) * 4, b"a\0b"],
)
def test_nul_bytes_make_it_binary(raw: bytes) -> None:
    assert refused(raw) == "binary: it holds NUL bytes"


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\xfa\x00" * 50, bytes(range(1, 32)) * 9, b"\xff\xfe" + bytes(range(40, 240))]
)
def test_other_bytes_that_are_no_text_are_refused(raw: bytes) -> None:
    refused(raw)


# --- one byte a letter -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("index", range(len(SEEDS)))
def test_an_article_in_any_vietnamese_encoding_is_decoded(name: str, index: int) -> None:
    text = with_capitals(seed(index))
    raw = ENCODERS[name](text)
    found = decode(raw)
    assert found == Decoded(lower_where_unknown(text, name), name)
    assert detect(raw) == name
    lines = [decode_as(line, found.encoding) for line in raw.split(b"\n")]
    assert "\n".join(lines) == found.text


def test_capitals_at_the_start_tell_how_all_of_a_long_text_is_encoded() -> None:
    text = seed(0)[:2000].upper() + "một hai ba, bốn năm sáu bảy: Đảng bộ huyện\n" * (5 * legacy.SAMPLE // 40)
    assert decode(ENCODERS[legacy.TCVN_5712](text)) == Decoded(text, legacy.TCVN_5712)


@settings(max_examples=200)
@given(
    name=st.sampled_from(SURE),
    index=st.integers(0, len(SEEDS) - 1),
    start=st.integers(0, 10_000),
    length=st.sampled_from([20, 50, 200]),
    mixed=st.sampled_from(["", ENGLISH, ENGLISH * 5, "12/5/2021; 3,5%; 120\n" * 3]),
)
def test_a_few_words_are_decoded_right_or_refused(name: str, index: int, start: int, length: int, mixed: str) -> None:
    words = seed(index).split()
    start %= max(1, len(words) - length)
    text = mixed + " ".join(words[start : start + length])
    try:
        found = decode(ENCODERS[name](text))
    except Undecodable:
        assert length == 20
    else:
        assert found == Decoded(lower_where_unknown(text, name), name)


@pytest.mark.parametrize("name", SURE)
def test_twenty_words_are_nearly_always_enough(name: str) -> None:
    words = seed(0).split()
    cuts = [" ".join(words[start : start + 20]) for start in range(0, len(words) - 20, 20)]
    decoded = 0
    for cut in cuts:
        try:
            decoded += decode(ENCODERS[name](cut)).encoding == name
        except Undecodable:
            continue
    assert decoded >= 0.9 * len(cuts)


@pytest.mark.parametrize("text", FOREIGN)
@pytest.mark.parametrize("codec", ["cp1252", "latin-1", "cp1250", "cp1251", "gbk", "shift_jis", "mac-roman", "cp850"])
def test_other_languages_never_become_vietnamese(text: str, codec: str) -> None:
    raw = (text * 3).encode(codec, "ignore")
    try:
        found = decode(raw)
    except Undecodable:
        return
    assert found.encoding in (None, encodings.WINDOWS_1252)
    assert found.text == raw.decode(codec)


@pytest.mark.parametrize(
    "text", [*FOREIGN[:3], "It’s “the plan”, he said – and didn’t wait… but 1990–1999 wasn’t long.\n"]
)
def test_what_is_clearly_western_is_decoded(text: str) -> None:
    assert decode(text.encode("cp1252")) == Decoded(text, "windows-1252")


@pytest.mark.parametrize("text", ["café à la crème", "Müller", "Đảng bộ"])
@pytest.mark.parametrize("codec", ["cp1252", "cp1258", "mac-roman"])
def test_too_little_is_refused_rather_than_guessed(text: str, codec: str) -> None:
    raw = text.encode(codec, "ignore") + b" \xe1."
    assert "not UTF-8 text: byte 0x" in refused(raw)


@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_or_refused_in_one_line(raw: bytes) -> None:
    for read in (lambda: decode(raw).text, lambda: decode_as(raw, detect(raw))):
        try:
            shown = read()
        except Undecodable as error:
            shown = "\0".join(str(error).splitlines())
        assert "\0" not in shown


def test_random_bytes_are_refused() -> None:
    for number in range(100):
        refused(bytes(random.Random(number).choices(range(1, 256), k=3000)))


def test_text_that_changes_its_encoding_is_refused() -> None:
    old, new = as_tcvn3(seed(0)), seed(1).encode()
    long = old * (4 * legacy.SAMPLE // len(old))
    for raw in (long + new * 3 + long, long + new * (legacy.SAMPLE // len(new) + 1), new * 40 + long):
        refused(raw)


def test_old_letters_saved_as_utf_8_are_converted() -> None:
    raw = as_seen(as_tcvn3(seed(4))).encode()
    found = decode(raw)
    assert found == Decoded(lower_where_unknown(seed(4), legacy.TCVN3), "TCVN3 (ABC) in UTF-8")
    assert decode_as(raw.splitlines()[0], detect(raw)) == found.text.splitlines()[0]


def test_utf_8_decoded_twice_is_put_right() -> None:
    raw = as_seen(seed(4).encode()).encode()
    assert decode(raw) == Decoded(seed(4), "UTF-8 decoded twice")
    assert decode_as(raw, detect(raw)) == seed(4)

"""Matching answers: what is ignored, what is not, and where they are marked."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.matching import holds, normal_form, occurrences

TEXT = "Hôm 13/4/2021, Ủy ban  Nhân\u00a0dân\nhuyện “Hải Lăng” có 5.350 đảng viên, tăng 12,5 % (hoà bình)."


@pytest.mark.parametrize(
    "answer",
    [
        "13/4/2021",
        "ủy ban nhân dân",
        "UỶ BAN NHÂN DÂN",
        unicodedata.normalize("NFD", "Ủy ban Nhân dân"),
        "Nhân dân huyện",
        "hòa bình",
        "Hải\u200b Lăng",
        " 5.350 ",
        "12,5 %",
        "“Hải Lăng”",
    ],
)
def test_form_case_spacing_and_tone_placement_do_not_matter(answer: str) -> None:
    assert holds(TEXT, ["khác", answer])
    assert holds(unicodedata.normalize("NFD", TEXT), [answer])


@pytest.mark.parametrize(
    "answer",
    ["Uy ban", "Ủy bàn", "Hải Lang", "Hai Lăng", "13-4-2021", "“Hải Lăng", "5350", "12.5 %", "Hải, Lăng", "HảiLăng"],
)
def test_diacritics_punctuation_and_missing_spaces_do(answer: str) -> None:
    assert holds(TEXT, [answer]) == (answer == "“Hải Lăng")  # a part of what stands there is there


@pytest.mark.parametrize("answer", ["5", "350", "5.3", "12", "021", "an", "iên", "ba", "bìn", "3/4/2021"])
def test_an_answer_does_not_stand_within_a_longer_word_or_number(answer: str) -> None:
    assert not holds(TEXT, [answer])


def test_a_tone_is_not_a_boundary() -> None:
    assert not holds("bạn", ["ban"])
    assert not holds(unicodedata.normalize("NFD", "bạn"), ["ban"])
    assert not holds("Quảng", ["Quang"])


def test_nothing_is_held_where_there_is_nothing_to_find() -> None:
    assert not holds(TEXT, [])
    assert not holds(TEXT, ["", " \u200b"])
    assert not holds("", ["a"])
    assert occurrences(TEXT, " ") == []


@pytest.mark.parametrize(
    ("answer", "marked"),
    [
        ("uỷ ban nhân dân", "Ủy ban  Nhân\u00a0dân"),
        ("hải lăng", "Hải Lăng"),
        ("“hải lăng”", "“Hải Lăng”"),
        ("13/4/2021", "13/4/2021"),
        ("12,5 %", "12,5 %"),
        ("hòa bình", "hoà bình"),
        ("Hôm", "Hôm"),
    ],
)
def test_an_answer_is_marked_as_it_stands(answer: str, marked: str) -> None:
    assert [TEXT[start:end] for start, end in occurrences(TEXT, answer)] == [marked]
    decomposed = unicodedata.normalize("NFD", TEXT)
    found = [decomposed[start:end] for start, end in occurrences(decomposed, answer)]
    assert found == [unicodedata.normalize("NFD", marked)]


def test_every_occurrence_is_marked() -> None:
    assert occurrences("Lan, lan; LAN và Làn", "lan") == [(0, 3), (5, 8), (10, 13)]


LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy" + "".join(
    unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in "\u0300\u0301\u0303\u0309\u0323"
)
WORDS = st.lists(st.text(LETTERS + LETTERS.upper() + "0123456789.,/-", min_size=1), min_size=1, max_size=6)


@given(WORDS, st.sampled_from(["NFC", "NFD"]), st.sampled_from([" ", "  ", "\u00a0", "\n", " \u200b"]))
def test_writing_a_text_another_way_changes_nothing(words: list[str], form: str, space: str) -> None:
    text = " ".join(words)
    other = unicodedata.normalize(form, space.join(words).upper())
    assert normal_form(other) == normal_form(text)
    assert holds(other, [text])
    assert normal_form(normal_form(text)) == normal_form(text)


@given(st.text(), st.text(min_size=1))
def test_matching_agrees_with_marking_and_with_any_unicode_form(text: str, answer: str) -> None:
    assert holds(text, [answer]) == bool(occurrences(text, answer))
    assert holds(unicodedata.normalize("NFD", text), [answer]) == holds(unicodedata.normalize("NFC", text), [answer])
    assert all(0 <= start < end <= len(text) for start, end in occurrences(text, answer))


@given(WORDS, WORDS, WORDS)
def test_an_answer_is_found_among_other_words(before: list[str], words: list[str], after: list[str]) -> None:
    answer = " ".join(words)
    text = " ".join(["(", *before, "(", answer, ")", *after])
    spans = occurrences(text, answer)
    assert any(
        normal_form(answer) in normal_form(text[start:end]) or normal_form(text[start:end]) in normal_form(answer)
        for start, end in spans
    )


def test_the_two_conventions_of_tone_placement_agree() -> None:
    for first, second in [("hòa", "hoà"), ("ủy", "uỷ"), ("khỏe", "khoẻ"), ("thúy", "thuý"), ("quý", "qúy")]:
        assert normal_form(first) == normal_form(second)
    assert normal_form("hòa") != normal_form("hoả")

"""Lines for a terminal: nothing in them acts on it, and they fit where they are to."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Check, ListedArticle
from ui.terminal import article_line, check_lines, columns_of, counted, cut, flat, shown, stays_out_line

ARTICLE = ListedArticle(
    id="tin/2021/đại-hội.txt",
    title="Đại hội đại biểu đảng bộ huyện Cao Lộc lần thứ hai mươi tám",
    source="Báo Tin",
    published="2021-04-13T08:00:00",
    author=None,
    url=None,
    path="/kho/tin/2021/đại-hội.txt",
    encoding=None,
    passages=1,
    sentences=2,
    also_in=("b.txt",),
)


@given(text=st.text())
def test_no_character_is_left_that_a_terminal_would_obey(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) == len(text)
    assert flat(text).isprintable()
    assert flat(text) == flat(flat(text)) == " ".join(flat(text).split())


def test_a_blank_at_an_end_is_kept_where_it_parts_words() -> None:
    assert flat("\n một\thai ", keep_start=True, keep_end=True) == " một hai "
    assert flat("một", keep_start=True, keep_end=True) == "một"
    assert flat(" \n ", keep_start=True, keep_end=True) == " "


@given(text=st.text(st.characters(categories=["L", "M", "N", "P", "Zs"])), columns=st.integers(1, 30))
def test_a_line_is_cut_to_the_columns_there_are(text: str, columns: int) -> None:
    line = cut(text, columns)
    assert columns_of(line) <= columns
    assert (line == text) == (columns_of(text) <= columns)
    if line != text:
        left_out = text[len(line) - 1 :].lstrip()
        assert text.startswith(line[:-1])
        assert line.endswith("…")
        assert not unicodedata.combining(left_out[:1] or "a"), "a letter lost its mark"


def test_marks_take_no_column_and_chinese_characters_two() -> None:
    assert columns_of("Đại hội") == columns_of(unicodedata.normalize("NFD", "Đại hội")) == 7
    assert columns_of("会议") == 4


def test_an_article_is_cut_to_a_terminal_and_its_id_never() -> None:
    whole = article_line(ARTICLE, None)
    assert whole == f"2021-04-13  {ARTICLE.id}  {ARTICLE.title} · Báo Tin (also in b.txt)"
    assert article_line(ARTICLE, 200) == whole
    line = article_line(ARTICLE, 80)
    assert columns_of(line) == 80
    assert line.startswith("2021-04-13  tin/2021/đại-hội.txt  Đại hội đại biểu đảng bộ")
    long = replace(ARTICLE, id="a/" * 60)
    assert long.id in article_line(long, 80)
    assert article_line(long, 80).endswith("  Đại hội đại biểu đảng b…")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((1, 1, 1), "Its file is still there; it stays out for as long as that says the same. To bring it back:"),
        ((2, 2, 1), "Their file is still there; they stay out for as long as that says the same. To bring them back:"),
        (
            (3, 3, 2),
            "Their files are still there; they stay out for as long as those say the same. To bring them back:",
        ),
        (
            (2, 1, 1),
            "The file of 1 of them is still there; it stays out for as long as that says the same. To bring it back:",
        ),
        (
            (9, 3, 2),
            "The files of 3 of them are still there; they stay out for as long as those say the same. "
            "To bring them back:",
        ),
    ],
)
def test_one_and_several_are_told_apart(counts: tuple[int, int, int], expected: str) -> None:
    assert stays_out_line(*counts) == expected


def test_things_are_counted_in_english() -> None:
    assert [counted(count, "article") for count in (0, 1, 2)] == ["0 articles", "1 article", "2 articles"]


def test_a_check_names_its_command_below() -> None:
    assert check_lines(Check("disk", "ok", "9 MB\nfree")) == ["ok       disk: 9 MB free"]
    assert check_lines(Check("a", "problem", "b", "rm -r 'x  \x1b y'"))[1] == "    mend: rm -r 'x  \ufffd y'"

"""Dates that words name from where they stand: in a question from today, in an article from its own date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.dates import Named, date_runs, named_dates
from qa.lexical import LexicalIndex
from qa.questions import readings, understand

TODAY = date(2026, 11, 22)  # a Sunday
PHRASES = (
    "hôm qua", "hôm nay", "hôm kia", "ngày mai", "tuần này", "tuần trước", "tuần tới", "tháng này", "tháng trước",
    "tháng sau", "quý này", "quý trước", "quý tới", "năm nay", "năm ngoái", "năm sau", "đầu năm 2021", "đầu năm 0001",
    "cuối năm 0000", "giữa năm 9999", "29/2", "31/12", "1/1", "ngày 5 tháng 1", "22/5/2020",
)  # fmt: skip


def only(text: str, today: date = TODAY) -> Named:
    (named,) = named_dates(text, today)
    return named


# --- what words name -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("hôm nay", date(2026, 11, 22), date(2026, 11, 22)),
        ("Sáng nay", date(2026, 11, 22), date(2026, 11, 22)),
        ("hôm qua", date(2026, 11, 21), date(2026, 11, 21)),
        ("ngày hôm qua", date(2026, 11, 21), date(2026, 11, 21)),
        ("TỐI QUA", date(2026, 11, 21), date(2026, 11, 21)),
        ("hôm kia", date(2026, 11, 20), date(2026, 11, 20)),
        ("ngày mai", date(2026, 11, 23), date(2026, 11, 23)),
        ("tuần này", date(2026, 11, 16), date(2026, 11, 22)),
        ("tuần trước", date(2026, 11, 9), date(2026, 11, 15)),
        ("tuần vừa qua", date(2026, 11, 9), date(2026, 11, 15)),
        ("tuần tới", date(2026, 11, 23), date(2026, 11, 29)),
        ("tháng này", date(2026, 11, 1), date(2026, 11, 30)),
        ("tháng trước", date(2026, 10, 1), date(2026, 10, 31)),
        ("tháng sau", date(2026, 12, 1), date(2026, 12, 31)),
        ("quý này", date(2026, 10, 1), date(2026, 12, 31)),
        ("quý trước", date(2026, 7, 1), date(2026, 9, 30)),
        ("năm nay", date(2026, 1, 1), date(2026, 12, 31)),
        ("năm ngoái", date(2025, 1, 1), date(2025, 12, 31)),
        ("năm kia", date(2024, 1, 1), date(2024, 12, 31)),
        ("đầu năm 2021", date(2021, 1, 1), date(2021, 4, 30)),
        ("giữa năm 2021", date(2021, 5, 1), date(2021, 8, 31)),
        ("cuối năm 2021", date(2021, 9, 1), date(2021, 12, 31)),
    ],
)
def test_words_name_days_from_today(words: str, first: date, last: date) -> None:
    assert only(f"Đảng bộ {words} họp?") == Named(words, first, last)


@pytest.mark.parametrize(
    ("words", "today", "first", "last"),
    [
        ("hôm qua", date(2026, 1, 1), date(2025, 12, 31), date(2025, 12, 31)),
        ("tuần này", date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 4)),
        ("tháng trước", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        ("quý trước", date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
        ("năm ngoái", date(2026, 1, 1), date(2025, 1, 1), date(2025, 12, 31)),
        ("ngày mai", date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 1)),
        ("tháng sau", date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31)),
        ("quý tới", date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31)),
        ("hôm qua", date(2024, 3, 1), date(2024, 2, 29), date(2024, 2, 29)),
        ("hôm qua", date(2025, 3, 1), date(2025, 2, 28), date(2025, 2, 28)),
        ("tháng trước", date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
        ("năm ngoái", date(2024, 2, 29), date(2023, 1, 1), date(2023, 12, 31)),
        ("tuần trước", date(2026, 11, 16), date(2026, 11, 9), date(2026, 11, 15)),
    ],
)
def test_years_months_and_leap_days_are_crossed(words: str, today: date, first: date, last: date) -> None:
    assert only(words, today) == Named(words, first, last)


@pytest.mark.parametrize(
    "text", ["", "năm 2021", "tháng 5", "ngày nay", "tuần", "trước năm 2021", "đầu năm", "hôm quan", "xtuần trước"]
)
def test_other_words_name_nothing(text: str) -> None:
    assert named_dates(text, TODAY) == []


@pytest.mark.parametrize(
    ("words", "today"),
    [
        ("hôm qua", date.min),
        ("tuần trước", date.min),
        ("năm ngoái", date.min),
        ("ngày mai", date.max),
        ("tháng sau", date.max),
        ("năm tới", date.max),
        ("đầu năm 0000", TODAY),
    ],
)
def test_what_lies_outside_the_calendar_is_left_out(words: str, today: date) -> None:
    assert named_dates(words, today) == []


def test_several_are_found_in_their_order() -> None:
    assert [named.words for named in named_dates("Năm ngoái so với hôm qua và đầu năm 2021", TODAY)] == [
        "Năm ngoái", "hôm qua", "đầu năm 2021",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("hôm qua", "ngày 21/11/2026"),
        ("tuần trước", "từ 09/11/2026 đến 15/11/2026"),
        ("tháng trước", "tháng 10/2026"),
        ("quý trước", "từ 01/07/2026 đến 30/09/2026"),
        ("năm ngoái", "năm 2025"),
        ("cuối năm 2021", "từ 01/09/2021 đến 31/12/2021"),
    ],
)
def test_a_person_is_shown_a_day_a_month_a_year_or_from_when_to_when(words: str, shown: str) -> None:
    assert only(words).shown() == shown


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ("hôm qua", [("21", "11", "2026")]),
        ("tuần trước", [(str(day), "11", "2026") for day in range(9, 16)]),
        ("tháng trước", [("10", "2026"), ("năm", "2026")]),
        ("quý trước", [("7", "2026"), ("8", "2026"), ("9", "2026"), ("năm", "2026")]),
        ("năm ngoái", [("năm", "2025")]),
    ],
)
def test_texts_name_a_week_by_its_days_and_more_by_months_and_year(words: str, runs: list[tuple[str, ...]]) -> None:
    assert list(only(words).runs()) == runs


# --- in an article ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "published", "runs"),
    [
        ("Sáng nay (22/5), đoàn kiểm tra", "2020-05-22", {("22", "5", "2020")}),
        ("Chiều 6/11, Ban Chỉ đạo họp", "2020-11-09", {("6", "11", "2020")}),
        ("Ngày 31/12, hội nghị", "2021-01-02", {("31", "12", "2020")}),
        ("đến 02/01 thì xong", "2020-12-30", {("2", "1", "2021")}),
        ("ngày 5 tháng 1", "2020-12-30", {("5", "1", "2021")}),
        ("Hôm qua, đoàn họp", "2021-01-01", {("31", "12", "2020")}),
        ("Tháng trước, đoàn họp", "2021-01-01", {("12", "2020"), ("năm", "2020")}),
        ("29/2", "2021-01-02", {("29", "2", "2020")}),
        ("29/2", "2024-12-31", {("29", "2", "2024")}),
        ("1/1", "0001-01-01", {("1", "1", "1")}),
    ],
)
def test_an_article_s_dates_are_told_from_the_day_it_was_published(
    text: str, published: str, runs: set[tuple[str, ...]]
) -> None:
    found = date_runs(text, published)
    assert set(found) == runs
    assert len(found) == len(runs), "each but once"


@pytest.mark.parametrize("published", [None, "", "hôm qua", "2020-13-45"])
def test_where_the_day_of_an_article_is_unknown_so_are_its_dates(published: str | None) -> None:
    assert date_runs("Sáng nay (22/5), hôm qua, tuần trước", published) == []


@pytest.mark.parametrize(
    "text",
    [
        "42/69 chi bộ",
        "5/69 chi bộ",
        "32/1",
        "30/2",
        "31/4",
        "22/5/2019",
        "ngày 5 tháng 1 năm 2019",
        "12/2016",
        "16/5,5",
        "1.2/5",
        "a2/5",
        "16-ĐA/TU",
    ],
)
def test_what_is_no_date_or_has_its_year_adds_nothing(text: str) -> None:
    assert date_runs(text, "2020-05-22") == []


# --- in a question ---------------------------------------------------------------------------------------


def test_a_question_says_what_its_words_were_taken_for() -> None:
    question = understand("Hôm qua đoàn nào họp, có đông hơn năm ngoái không?", LexicalIndex(), TODAY)
    assert question.notes == ("“Hôm qua” được hiểu là ngày 21/11/2026", "“năm ngoái” được hiểu là năm 2025")
    assert question.dates == (("21", "11", "2026"), ("năm", "2025"))


def test_a_question_that_names_no_date_has_no_note() -> None:
    question = understand("Đảng bộ họp ngày 13/4/2021 về việc gì?", LexicalIndex(), TODAY)
    assert (question.notes, question.dates) == ((), ())


def test_a_question_in_quotes_is_taken_to_the_letter() -> None:
    question = understand("“hôm qua”", LexicalIndex(), TODAY)
    assert (question.searched, question.notes, question.dates) == ("hôm qua", (), ())


def test_a_follow_up_keeps_the_date_of_the_question_before() -> None:
    before = "Năm ngoái đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
    joined = readings("Thế còn chi bộ thì sao?", [before], LexicalIndex())[-1]
    (year,) = understand(before, LexicalIndex()).dates
    assert year in joined.dates


# --- whatever is written, whenever -----------------------------------------------------------------------


@given(
    text=st.one_of(st.text(st.characters(codec=None)), st.lists(st.sampled_from(PHRASES)).map(" ".join)),
    today=st.one_of(st.dates(), st.sampled_from([date.min, date.max, date(2024, 2, 29), date(9999, 12, 1)])),
)
def test_no_text_fails_on_any_day(text: str, today: date) -> None:
    for named in named_dates(text, today):
        assert named.words in text
        assert named.first <= named.last
        assert named.shown()
        assert list(named.runs())
    assert all(all(run) for run in date_runs(text, today.isoformat()))


def test_a_question_about_the_end_of_the_calendar_is_understood() -> None:
    question = understand("cuối năm 9999 có gì?", LexicalIndex(), TODAY)
    assert question.notes == ("“cuối năm 9999” được hiểu là từ 01/09/9999 đến 31/12/9999",)


@pytest.mark.parametrize("text", ["ngày " * 20_000, "cuối năm " * 10_000, "1/1" * 30_000, "1/" * 50_000, "0" * 100_000])
def test_hostile_texts_take_no_longer_than_others_of_their_length(text: str) -> None:
    assert date_runs(text, "2020-01-01") == []

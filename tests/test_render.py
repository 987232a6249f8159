"""Text, facts and references as HTML."""

from __future__ import annotations

import pytest
from html_reading import HOSTILE, Reading
from hypothesis import given
from hypothesis import strategies as st
from sample_answers import answer, article, citation

from ui import render
from ui.records import answer_record


@given(st.text())
def test_escaped_text_is_read_back_to_the_letter_and_holds_no_markup(text: str) -> None:
    html = render.escape(text)
    reading = Reading(f'<p title="{html}">{html}</p>')
    assert [tag for tag, _ in reading.elements] == ["p"]
    # A browser, as this reader, has no NUL and no carriage return of its own.
    assert reading.values[0].replace("\r", "\n") == text.replace("\r", "\n")


def test_escaped_text_has_no_sign_that_a_template_or_markdown_acts_on() -> None:
    assert not set(render.escape("".join(HOSTILE))) & set("<>\"'$*_`~[](){}|\\^")


def test_half_a_surrogate_pair_can_be_sent() -> None:
    render.escape("hỏi \ud83d gì").encode("utf-8")


@given(st.text("ab<& \u0301", max_size=30), st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=3))
def test_marks_lie_within_each_other_and_the_text_stays(text: str, places: list[tuple[int, int]]) -> None:
    marks = [(start, end, f"m{i}") for i, (start, end) in enumerate(places)]
    assert Reading(render.marked(text, marks)).text == text
    if places:
        start, end = (min(max(place, 0), len(text)) for place in places[0])
        assert Reading(render.marked(text, marks), "m0").marks == ([text[start:end]] if start < end else [])


def test_runs_of_blank_lines_become_one() -> None:
    assert Reading(render.marked("Một.\n \n\u00a0\n\n\nHai.\nBa.", [])).text == "Một.\n\nHai.\nBa."


def test_numbers_and_dates_are_written_the_vietnamese_way() -> None:
    assert render.count(1234567) == "1.234.567"
    assert render.decimal(0.874) == "0,87"
    assert render.shown_date("2021-04-13") == "13/04/2021"
    assert render.shown_date("04/2021") == "04/2021"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//vi.example", "", None]
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert render.web_link(url) == ""
    assert 'href="https://vi.example/a?b=1&#38;c=2"' in render.web_link("https://vi.example/a?b=1&c=2")


def test_a_reference_names_the_place_to_the_character() -> None:
    source = article("Câu đầu.\nCâu hai.", "Tin\nhuyện", published="2021-04-13", source="Báo A")
    shown = answer_record(answer(citation(source, source.text, "Câu hai.")))["citations"][0]
    assert render.reference(shown) == "“Câu hai.” (Tin huyện, 13/04/2021, Báo A; bai/thu.txt, ký tự 9–17)"

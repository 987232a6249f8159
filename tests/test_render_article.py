"""The article in the reader, read back as a browser would read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_answers import article

from qa import Article, Sentence
from ui.render_article import PLACE, article_html, carried, part_html, quoted_html, reader_html

SIGNS = "ab đế.  \n\n\n\r\t<>&\"'`${}\u00a0\u2028\u2029\u0085\x00\x0b\x0c\x1b\ud83d\udc00\u202e\u200f🇻🇳\ufffe\u0301"
texts = st.text(st.sampled_from(SIGNS) | st.characters(), max_size=80)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "</mark></p></div><script>alert(1)</script>",
    '<mark class="sentence">',
    "${alert(1)} {{#if value}} @children",
    "javascript:alert(1)",
)


def parsed(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(f"<html><body><div>{html}</div></body></html>").find(".//div")


def characters(
    element: lxml.html.HtmlElement, marks: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each character of the fragment with the classes of the marks that it stands in."""
    inside = marks | ({element.get("class")} if element.tag == "mark" else set())
    yield from ((sign, inside) for sign in element.text or "")
    for child in element:
        yield from characters(child, inside)
        yield from ((sign, inside) for sign in child.tail or "")


def text_of(html: str) -> str:
    return parsed(html).text_content()


@st.composite
def cited(draw: st.DrawFn) -> tuple[Article, Sentence, Sentence]:
    text = draw(texts)
    first, begin, stop, last = sorted(draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    pages = tuple(sorted(draw(st.lists(st.integers(0, len(text)), max_size=4))))
    return replace(article(text), pages=pages), Sentence(first, last), Sentence(begin, stop)


@given(cited())
def test_text_is_the_article_s_to_the_character_and_marks_hold_what_is_cited(
    example: tuple[Article, Sentence, Sentence],
) -> None:
    source, passage, sentence = example
    shown = list(characters(parsed(article_html(source, passage, sentence))))
    assert "".join(sign for sign, _ in shown) == carried(source.text)
    for span, kind in ((passage, "passage"), (sentence, "sentence")):
        inside = {place for place, (_, marks) in enumerate(shown) if kind in marks}
        cited = range(span.start, span.end)
        assert inside <= set(cited)
        # Between lines there is nothing to mark.
        assert all(carried(source.text[place]).isspace() for place in set(cited) - inside)


@given(texts, st.integers(0, 80))
def test_parts_of_a_text_make_up_the_whole(text: str, cut: int) -> None:
    source, cut = article(text), min(cut, len(text))
    html = article_html(source, end=cut) + article_html(source, start=cut)
    assert text_of(html) == carried(text)


@given(texts)
def test_what_is_carried_is_as_long_and_can_be_sent(text: str) -> None:
    assert len(carried(text)) == len(text)
    carried(text).encode("utf-8")


def test_what_vietnamese_is_written_with_is_carried_as_it_is() -> None:
    text = "“Tiếng Việt” – 5.350 đảng viên…\t100 %\u00a0₫ Tiê\u0301ng 🇻🇳\r\n"
    assert carried(text) == text


def test_marks_within_a_line_are_exactly_the_quote_and_the_sentence() -> None:
    source = article("Đầu bài.\nMở. Câu “chính” <b>. Hết & xong.\nCuối.")
    quote, sentence = "Mở. Câu “chính” <b>. Hết & xong.", "Câu “chính” <b>."
    first, begin = source.text.index(quote), source.text.index(sentence)
    html = article_html(source, Sentence(first, first + len(quote)), Sentence(begin, begin + len(sentence)))
    marks = {mark.get("class"): mark.text_content() for mark in parsed(html).iter("mark")}
    assert marks == {"passage": quote, "sentence": sentence}
    assert html.count(f'id="{PLACE}"') == 1


def test_a_citation_across_lines_and_pages_is_marked_in_each() -> None:
    source = replace(article("Một hai\n\nba bốn năm\nsáu"), pages=(0, 12))
    html = article_html(source, Sentence(4, 23), Sentence(9, 19))
    marks = [(mark.get("class"), mark.text_content()) for mark in parsed(html).iter("mark")]
    assert marks == [
        ("passage", "hai"),
        ("passage", "ba "),
        ("sentence", "ba "),
        ("passage", "bốn năm"),
        ("sentence", "bốn năm"),
        ("passage", "sáu"),
    ]
    pages = [page.get("aria-label") for page in parsed(html).iter("div") if page.get("class") == "page"]
    assert pages == ["Trang 1", "Trang 2"]
    place = parsed(html).get_element_by_id(PLACE)
    assert (place.get("class"), place.text_content(), place.get("tabindex")) == ("sentence", "ba ", "-1")


def test_pages_keep_their_numbers_in_a_part_of_the_text() -> None:
    source = replace(article("một\nhai\nba\nbốn"), pages=(0, 4, 8, 11))
    html = article_html(source, start=8, end=11)
    assert 'aria-label="Trang 3"' in html
    assert html.count("separator") == 1


def test_a_passage_without_a_sentence_is_where_the_eye_goes() -> None:
    html = article_html(article("Một. Hai."), Sentence(5, 9))
    assert parsed(html).get_element_by_id(PLACE).text_content() == "Hai."


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_an_article_becomes_markup(text: str) -> None:
    def elements(text: str) -> list[tuple[str, tuple[str, ...]]]:
        facts = {"source": text, "published": text, "author": text}
        source = replace(article(text, title=text, **facts), path=text, id=text)
        body = part_html(source, article_html(source, Sentence(0, 1), Sentence(0, 1)), 0, len(text)) + quoted_html(text)
        html = reader_html(text, body, article=source, copies=[source], notice=text, steps=(1, 2), can_copy=True)
        return [(element.tag, tuple(sorted(element.keys()))) for element in parsed(html).iter()]

    assert elements(text) == elements("chữ thường")


def test_only_web_addresses_become_links_and_other_articles_show_their_path() -> None:
    linked = reader_html("Tựa", "", article=article("Một.", url="https://vi.example/a?b=1"))
    link = parsed(linked).find(".//a")
    assert (link.get("href"), link.get("rel"), link.get("target")) == (
        "https://vi.example/a?b=1",
        "noopener noreferrer",
        "_blank",
    )
    for url in (None, "javascript:alert(1)", "file:///etc/passwd"):
        html = reader_html("Tựa", "", article=article("Một.", url=url))
        assert parsed(html).find(".//a") is None
        assert "bai/thu.txt" in text_of(html)
        assert "Sao chép đường dẫn" in text_of(html)


def test_facts_are_written_the_vietnamese_way_and_left_out_where_unknown() -> None:
    known = article("Một.", source="Báo Lạng Sơn", published="2021-04-13", author="An Bình")
    text = text_of(reader_html("Tựa", "", article=known, page=3))
    assert "13/04/2021 · Báo Lạng Sơn · trang 3 · Tác giả: An Bình" in text
    assert "None" not in reader_html("Tựa", "", article=article("Một."))


@pytest.mark.parametrize(("number", "disabled"), [(1, ["Đoạn trích trước"]), (2, []), (3, ["Đoạn trích sau"])])
def test_steps_end_where_the_citations_do(number: int, disabled: list[str]) -> None:
    html = reader_html("Tựa", "", steps=(number, 3))
    buttons = [button for button in parsed(html).iter("button") if button.get("data-step")]
    assert [button.get("aria-label") for button in buttons if "disabled" in button.keys()] == disabled  # noqa: SIM118
    assert f"Đoạn trích {number}/3" in text_of(html)

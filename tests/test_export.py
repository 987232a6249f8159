"""Exports: to the character in JSON, and in Markdown nothing but text of what articles and people wrote."""

from __future__ import annotations

import json
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sample_answers import article
from sample_conversations import SENTENCE, TEXT, record

from qa import Turn
from ui.export import as_json, as_markdown, file_name

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</p><h1>lớn</h1><!-- ",
    "[bấm](javascript:alert(1))",
    "![ảnh](http://vi.example/x.png)",
    "[1]: http://vi.example 'x'",
    "<http://vi.example> http://vi.example www.vi.example a@vi.example",
    "**đậm** __đậm__ *nghiêng* _nghiêng_ ~~xóa~~ `mã`",
    "```\nmã\n```",
    "    mã thụt vào",
    "# đề mục\n\nđề mục\n======\nđề mục\n---",
    "- một\n- hai\n\n1. ba\n> bốn",
    "|a|b|\n|-|-|\n|c|d|",
    "$$x^2$$ \\(y\\) \\[z\\]",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "\\<b\\> \\",
    "a\u2028<b>\u0085<i>\x0b<u>\r<s>",
)
SIGNS = st.text(st.sampled_from("<>[]()!*_`~#$\\&;|\n\r\t -+=.:/@1aáđ“”\u2028\u202e"), max_size=40)
ANY = st.one_of(SIGNS, st.text(max_size=40), st.sampled_from(HOSTILE))


def turn(question: str = "Có bao nhiêu?", number: int = 1, **facts: object) -> Turn:
    given: dict[str, object] = {"record": record(), "scope": {}, "asked": "2021-04-13T02:15:00.000000+00:00"} | facts
    return Turn(number=number, question=question, **given)  # type: ignore[arg-type]


def elements(markdown: str) -> list[str]:
    """Render with HTML, tables and bare addresses on; list the elements and images that come of it."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    return [token.type for token in [*tokens, *inline] if token.type not in ("text", "softbreak", "text_special")]


def hostile_turn(text: str) -> Turn:
    source = article(f"Trước. {text} Sau.", text, source=text, published=text, url=text)
    said = record(source, source.text, path=text, article=text)
    return turn(text, record=said | {"answer": text}, scope={"sources": [text]}, rating="down", right_answer=text)


PLAIN = elements(as_markdown("chữ", [hostile_turn("chữ")]))


@settings(max_examples=300)
@given(ANY)
def test_what_people_and_articles_wrote_becomes_no_markup(text: str) -> None:
    found = elements(as_markdown(text, [hostile_turn(text)]))
    assert {"html_block", "html_inline", "link_open", "image", "code_inline", "fence", "table_open"}.isdisjoint(found)
    if text.split() and "\ufffd" not in text:
        assert found == PLAIN


@pytest.mark.parametrize("text", HOSTILE)
def test_it_is_shown_to_the_letter(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(as_markdown(text, [hostile_turn(text)]))
    line = " ".join(text.split())
    assert unescape(html).count(line) >= 8


def test_signs_that_turn_the_direction_do_not_reach_the_document() -> None:
    assert not set("\u202e\u2066\x1b\x00") & set(as_markdown("a\u202eb", [hostile_turn("c\u2066d\x1b\x00")]))


def test_a_citation_is_whole() -> None:
    source = article(TEXT, "Tin huyện", source="Báo Lạng Sơn", published="2021-04-13", url="https://vi.example/a")
    text = as_markdown("Chuyện", [turn(record=record(source, page=3), rating="up")])
    html = unescape(MarkdownIt().render(text))
    for part in (
        "Chuyện", "1. Có bao nhiêu?", SENTENCE, "Tin huyện", "Báo Lạng Sơn", "13/04/2021", "trang 3", "bai/thu.txt",
        "https://vi.example/a", "Câu: ký tự 17–58", f"đoạn: ký tự 0–{len(TEXT)}", "Đánh giá: đúng", "0,87",
    ):  # fmt: skip
        assert part in html, part


def test_a_refusal_says_so_and_offers_the_nearest_passages() -> None:
    text = as_markdown("Chuyện", [turn(record=record(answered=False))])
    assert "không có câu trả lời" in text
    assert "Những đoạn gần nhất" in text
    assert "Độ tin cậy" not in text


def test_a_refusal_over_nothing_has_no_list() -> None:
    text = as_markdown("Chuyện", [turn(record=record(answered=False) | {"citations": []})])
    assert text.endswith("không có câu trả lời cho câu hỏi này.\n")


@given(st.text(min_size=1, max_size=60), st.text(max_size=30))
def test_json_gives_every_quotation_back_to_the_character(text: str, title: str) -> None:
    source = article(f"Trước {text} sau.")
    said = record(source, source.text)
    read = json.loads(as_json(title, [turn(text, record=said)]))
    citation = read["turns"][0]["answer"]["citations"][0]
    assert (read["title"], read["turns"][0]["question"]) == (title, text)
    assert source.text[citation["start"] : citation["end"]] == citation["quote"]
    span = citation["sentence"]
    assert source.text[span["start"] : span["end"]] == span["text"]


@given(st.text())
def test_a_file_name_has_nothing_that_a_system_objects_to(title: str) -> None:
    name = file_name(title, "md")
    assert name.startswith("hoidap-")
    assert name.endswith(".md")
    assert all(sign.isalnum() or sign in "-_" for sign in name[:-3])
    assert len(name) <= 80


def test_a_file_is_named_after_its_conversation() -> None:
    assert file_name("Cao Lộc có bao nhiêu?", "json") == "hoidap-Cao-Lộc-có-bao-nhiêu.json"
    assert file_name("???", "md") == "hoidap-cuoc-tro-chuyen.md"

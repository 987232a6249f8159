"""What the page shows of an answer, read back as a browser would read it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sample_answers import answer, article, citation

from ui import render

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</p></details></li><h1>lớn</h1>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "&lt;b&gt; &amp;amp; &#60;",
    "**đậm** _nghiêng_ `mã` # đề mục",
    "[bấm](javascript:alert(1))",
    "$$x^2$$ \\(y\\)",
    "${alert(1)}",
    "{{#if value}}{{value}}{{/if}}",
    '__i18n__{"key": "common.error"}',
)


class Reading(HTMLParser):
    """The elements of a piece of HTML and the text in it, all of it and that of each `<mark>`."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.marks: list[str] = []
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self._open.append(tag)
        if tag == "mark":
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marks[-1] += data


def shown(title: str = "Bài thử", **facts: str | None) -> str:
    source = article("Một câu. Hai câu.", title, **facts)
    return render.answer_html(answer(citation(source, source.text, "Hai câu.")), 1)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_to_the_letter_and_never_becomes_markup(text: str) -> None:
    plain = Reading(shown(title="chữ", source="chữ", published="chữ"))
    hostile = Reading(shown(title=text, source=text, published=text))
    assert hostile.elements == plain.elements
    assert hostile.text.count(text) == 3

    source = article(f"Trước. {text} Sau.")
    found = answer(citation(source, source.text, text), notes=(text,))
    reading = Reading(render.turn_html(text, render.answer_html(found, 1), 1))
    assert reading.marks == [text]
    assert reading.text.count(text) == 4  # the question, the note, the answer, the passage
    assert {tag for tag, _ in reading.elements}.isdisjoint({"img", "script", "h1", "b"})


@pytest.mark.parametrize("text", HOSTILE)
def test_path_is_only_text(text: str) -> None:
    source = replace(article("Một câu."), path=text)
    reading = Reading(render.answer_html(answer(citation(source, "Một câu.", "Một câu.")), 1))
    assert text in reading.text


def test_escaped_text_has_no_sign_that_a_template_or_markdown_acts_on() -> None:
    assert not set(render.escape("".join(HOSTILE))) & set("<>\"'$*_`~[](){}|\\^")


def test_half_a_surrogate_pair_does_not_fail_the_reply() -> None:
    render.turn_html("hỏi \ud83d gì", "", 1).encode("utf-8")


@pytest.mark.parametrize(
    "sentence", ["Lãi < 5 % & phí > 0.", "Ủy ban “đã họp” ở Cao Lộc 🇻🇳.", "(đầu)\nhai dòng", "Câu cuối & hết"]
)
def test_mark_is_exactly_the_sentence(sentence: str) -> None:
    source = article(f"Đoạn khác 🎉 & <b>.\n\nMở đầu: 5 < 6 & 7. {sentence} Câu sau ký tự &amp; rồi. Câu cuối & hết")
    quote = source.text[source.text.index("Mở đầu") :]
    reading = Reading(render.marked_quote(citation(source, quote, sentence)))
    assert reading.marks == [sentence]
    assert reading.text == quote


def test_runs_of_blank_lines_become_one() -> None:
    source = article("Một.\n \n\u00a0\n\n\nHai.\nBa.")
    assert Reading(render.marked_quote(citation(source, source.text, "Ba."))).text == "Một.\n\nHai.\nBa."


def test_card_shows_title_date_source_place_and_number() -> None:
    text = Reading(shown(title="Tin\n huyện", published="2021-04-13", source="Báo Lạng Sơn")).text
    for part in ("[1]", "Tin huyện", "13/04/2021", "Báo Lạng Sơn", "bai/thu.txt", "0–17"):
        assert part in text


def test_facts_that_an_article_lacks_are_left_out() -> None:
    html = shown(title="", published=None, source=None)
    assert "None" not in html
    assert 'class="meta"' not in html
    assert "thu.txt" in Reading(html).text, "an article without a title goes by its id"


def test_a_date_that_is_no_whole_date_stays_as_it_is() -> None:
    assert render.shown_date("04/2021") == "04/2021"


def test_only_web_addresses_become_links() -> None:
    assert 'href="https://vi.example/a?b=1&#38;c=2"' in shown(url="https://vi.example/a?b=1&c=2")
    assert "Bài gốc" not in shown(url="javascript:alert(1)")
    assert "Bài gốc" not in shown(url="file:///etc/passwd")


def test_a_card_names_the_page_and_the_other_copies_of_the_story() -> None:
    paged = replace(article("Trang đầu. Câu ở trang hai."), pages=(0, 11))
    twin = replace(article("Câu ở trang hai.", "<b>Bản khác</b>", source="Báo B"), url="https://bao-b.vn/1")
    shown = render.answer_html(
        answer(replace(citation(paged, "Câu ở trang hai.", "Câu ở trang hai."), also_in=(twin,))), 1
    )
    assert "trang 2" in shown
    assert "Cũng có trong: Báo B · " in shown
    assert "<b>" not in shown
    assert 'href="https://bao-b.vn/1"' in shown


def test_citation_marker_leads_to_its_card_in_its_own_turn() -> None:
    source = article("Một câu.")
    html = render.answer_html(answer(citation(source, "Một câu.", "Một câu.")), 7)
    assert 'href="#luot-7-doan-1"' in html
    assert 'id="luot-7-doan-1"' in html


def test_first_passage_is_open_and_the_others_are_folded() -> None:
    source = article("Một câu. Hai câu.")
    html = render.answer_html(answer(*(citation(source, "Một câu.", "Một", number) for number in (1, 2, 3))), 1)
    assert html.count("<details open>") == 1
    assert html.index("<details open>") < html.index("<details>")
    assert html.count("<details>") == 2


@pytest.mark.parametrize(("confidence", "word"), [(0.9, "cao"), (0.6, "vừa"), (0.2, "thấp")])
def test_confidence_is_said_in_a_word(confidence: float, word: str) -> None:
    source = article("Một câu.")
    html = render.answer_html(answer(citation(source, "Một câu.", "Một câu."), confidence=confidence), 1)
    assert f"Độ tin cậy: {word}" in html


def test_unanswered_says_so_and_offers_the_nearest_passages() -> None:
    source = article("Một câu. Hai câu.")
    text = Reading(render.answer_html(answer(citation(source, source.text, "Hai câu."), answered=False), 1)).text
    assert text.startswith("Các bài báo trong kho không có câu trả lời cho câu hỏi này.")
    assert "Những đoạn gần nhất" in text
    assert "Một câu. Hai câu." in text
    assert "Độ tin cậy" not in text
    assert "“" not in text


def test_unanswered_over_an_empty_index_says_that_there_is_nothing() -> None:
    html = render.answer_html(answer(answered=False), 1)
    assert Reading(html).text == render.NOTHING_NEAR


def test_very_long_question_is_cut_where_it_is_shown() -> None:
    text = Reading(render.turn_html("dài " * 25_000, "", 1)).text
    assert len(text) < 2100
    assert text.endswith("…")


def test_introduction_counts_the_vietnamese_way_and_admits_an_empty_index() -> None:
    assert "1.234 đoạn" in render.introduction_html(5, 1234, examples=True)
    assert "Kho chưa có bài báo nào." in render.introduction_html(0, 0, examples=False)


def test_a_question_that_was_read_otherwise_offers_the_way_back() -> None:
    source = article("Một câu. Hai câu.")
    found = answer(citation(source, source.text, "Hai câu."), notes=("Đã hiểu là: hai câu",))
    assert render.LITERALLY in Reading(render.answer_html(found, 1)).text
    plain = answer(citation(source, source.text, "Hai câu."), notes=("Câu hỏi quá dài",))
    assert render.LITERALLY not in Reading(render.answer_html(plain, 1)).text

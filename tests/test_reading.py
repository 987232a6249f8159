"""Opening a citation: where it is marked, and what is said where the text is no longer the one that was cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_answers import article

from qa import Article
from ui import reading
from ui.reading import AROUND, CHANGED, COPY_DIFFERS, GONE, HELD_TWICE, NOT_HELD, STILL_HELD, Reading
from ui.render_article import carried
from ui.served import Refused

TEXT = "Tựa đề\nMở đầu 🇻🇳. Huyện có 5.350 đảng viên. Hết đoạn.\nĐoạn sau."
QUOTE = "Mở đầu 🇻🇳. Huyện có 5.350 đảng viên. Hết đoạn."
SENTENCE = "Huyện có 5.350 đảng viên."


@dataclass
class Shelf:
    """An assistant that only holds articles."""

    articles: Sequence[Article]

    def article(self, article_id: str) -> Article | None:
        return next((held for held in self.articles if held.id == article_id), None)


def citation(source: Article, quote: str = QUOTE, sentence: str = SENTENCE, **more: Any) -> dict[str, Any]:
    start = source.text.index(quote)
    marked = source.text.index(sentence, start)
    span = {"start": marked, "end": marked + len(sentence)}
    cited = {"article": source.id, "start": start, "end": start + len(quote), "sentence": span, "quote": quote}
    return cited | {"sha256": source.sha256, "number": 1, "count": 3} | more


def opened(asked: dict[str, Any], *articles: Article) -> dict[str, Any]:
    return Reading(Shelf(articles)).article(asked, "")


def marks(reply: dict[str, Any]) -> dict[str, str]:
    fragment = lxml.html.fragment_fromstring(reply["html"], create_parent=True)
    return {mark.get("class"): mark.text_content() for mark in fragment.iter("mark")}


def text_of(reply: dict[str, Any]) -> str:
    return lxml.html.fragment_fromstring(reply["html"], create_parent=True).text_content()


def test_a_citation_is_marked_in_the_whole_article() -> None:
    source = article(TEXT, "Đảng bộ huyện", source="Báo Lạng Sơn", published="2021-04-13")
    reply = opened(citation(source), source)
    assert marks(reply) == {"passage": QUOTE, "sentence": SENTENCE}
    assert TEXT in text_of(reply)
    assert (reply["title"], reply["changed"]) == ("Đảng bộ huyện", False)
    assert reply["said"] == "Đoạn trích 1 trên 3, bài “Đảng bộ huyện”."


def test_the_reference_that_is_copied_says_what_and_where() -> None:
    source = replace(article(TEXT, "Tựa", source="Báo A", published="2021-04-13"), pages=(0, 8))
    start = TEXT.index(SENTENCE)
    span = f"ký tự {start}–{start + len(SENTENCE)}"
    reply = opened(citation(source), source)
    assert reply["reference"] == f"“{SENTENCE}” (Tựa, 13/04/2021, Báo A, trang 2; bai/thu.txt, {span})"
    linked = replace(source, url="https://vi.example/1")
    assert "; https://vi.example/1, ký tự" in opened(citation(linked), linked)["reference"]


def test_a_changed_article_is_marked_where_it_still_holds_the_quote() -> None:
    source = article(TEXT)
    changed = replace(source, text=f"Thêm một dòng.\n{TEXT}", sha256="1" * 64)
    reply = opened(citation(source), changed)
    assert reply["changed"]
    assert f"{CHANGED} {STILL_HELD}" in text_of(reply)
    assert marks(reply) == {"passage": QUOTE, "sentence": SENTENCE}
    assert f"ký tự {changed.text.index(SENTENCE)}–" in reply["reference"]


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        pytest.param(TEXT.replace("5.350", "5.351"), NOT_HELD, id="other words"),
        pytest.param(f"{TEXT}\n{TEXT}", HELD_TWICE, id="twice"),
        pytest.param("", NOT_HELD, id="empty"),
    ],
)
def test_a_changed_article_never_has_a_wrong_mark(text: str, notice: str) -> None:
    source = article(TEXT)
    reply = opened(citation(source), replace(source, text=text, sha256="1" * 64))
    assert marks(reply) == {}
    assert f"{CHANGED} {notice}" in text_of(reply)
    assert QUOTE in text_of(reply), "what was quoted then is shown"
    assert reply["reference"].endswith(f"{CHANGED} {notice}")


def test_an_article_that_is_gone_still_shows_what_was_quoted() -> None:
    reply = opened(citation(article(TEXT)))
    assert GONE in text_of(reply)
    assert QUOTE in text_of(reply)
    assert marks(reply) == {}
    assert reply["changed"]
    assert SENTENCE in reply["reference"]
    assert reply["reference"].endswith(GONE)


@given(st.text("ab\n ", max_size=12), st.text("ab\n ", max_size=12), st.data())
def test_whatever_a_text_became_a_mark_holds_the_quote_or_there_is_none(
    old: str, new: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    was = article(old)
    asked = citation(was, "", "") | {"start": start, "end": end, "quote": old[start:end]}
    asked["sentence"] = {"start": start, "end": end}
    changed = replace(was, text=new, sha256="1" * 64)
    place = reading.place_of(changed, reading.asked_of(asked))
    if place.passage:
        assert new[place.passage.start : place.passage.end] == old[start:end]
        assert new.count(old[start:end]) == 1
        assert place.sentence
        assert new[place.sentence.start : place.sentence.end] == old[start:end]


def test_another_copy_of_the_story_is_opened_at_the_same_sentence() -> None:
    source = article(TEXT)
    twin = replace(
        article(f"Lời dẫn khác.\n{SENTENCE}\nCâu thêm.", "Tựa khác", source="Báo B"), id="twin", sha256="2" * 64
    )
    reply = opened(citation(source, also_in=["twin", "không có"]), source, twin)
    assert "Cũng có trong 1 bài khác" in text_of(reply)
    assert "Báo B" in text_of(reply)
    asked = citation(source, also_in=[source.id, "twin"]) | {"article": "twin", "sha256": ""}
    reply = opened(asked, source, twin)
    assert marks(reply)["sentence"] == SENTENCE
    assert not reply["changed"]
    assert "Bài thử" in text_of(reply), "the way back"
    other = replace(twin, text="Huyện có hơn 5.350 đảng viên.")
    assert COPY_DIFFERS in text_of(opened(asked, source, other))


def test_an_article_is_opened_without_a_citation() -> None:
    source = article(TEXT, "Tựa")
    reply = opened({"article": source.id}, source)
    assert TEXT in text_of(reply)
    assert reply["said"] == "Bài “Tựa”."
    assert "Sao chép trích dẫn" not in text_of(reply)
    assert "Đoạn trích" not in text_of(reply)


def long_article(paragraph: str = "Một câu ở giữa rất nhiều câu khác.\n", times: int = 20_000) -> Article:
    middle = paragraph * (times // 2)
    return replace(article(f"{middle}{QUOTE}\n{middle}"), pages=(0, 10_000, 200_000))


@pytest.mark.parametrize(
    "paragraph", ["Một câu ở giữa.\n", "không dòng nào hết ", "liền"], ids=["lines", "words", "none"]
)
def test_of_a_long_article_the_rest_is_fetched_part_by_part(paragraph: str) -> None:
    source = long_article(paragraph)
    reply = opened(citation(source), source)
    assert len(reply["html"]) < 8 * AROUND
    assert marks(reply)["sentence"] == SENTENCE
    fragment = lxml.html.fragment_fromstring(reply["html"], create_parent=True)
    edges = {
        button.get("data-more"): int(button.get("data-edge"))
        for button in fragment.iter("button")
        if button.get("data-more")
    }
    text = fragment.find_class("body")[0].text_content()
    room = Reading(Shelf([source]))
    for side in ("before", "after"):
        edge: int | None = edges[side]
        while edge is not None:
            part = room.article_part({"article": source.id, "sha256": reply["sha256"], side: edge}, "")
            more = lxml.html.fragment_fromstring(part["html"], create_parent=True).text_content()
            text = more + text if side == "before" else text + more
            edge = part["edge"]
    assert text == source.text


def test_parts_of_an_article_that_changed_meanwhile_are_not_mixed() -> None:
    source = long_article()
    room = Reading(Shelf([source]))
    with pytest.raises(Refused, match="vừa thay đổi"):
        room.article_part({"article": source.id, "sha256": "1" * 64, "after": 5}, "")
    with pytest.raises(Refused, match="không còn trong kho"):
        room.article_part({"article": "khác", "sha256": source.sha256, "after": 5}, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": 5},
        {"quote": "x" * 1_000_000},
        {"article": ["a"]},
        {"start": -1},
        {"start": "0"},
        {"start": True},
        {"sentence": [1, 2]},
        {"sentence": {"start": 5, "end": 2}},
        {"sentence": {"start": 0, "end": 10_000}},
        {"also_in": "twin"},
        {"also_in": [{"article": "twin"}]},
        {"number": 1.5},
    ],
)
def test_what_is_no_citation_is_refused(wrong: dict[str, Any]) -> None:
    source = article(TEXT)
    with pytest.raises(Refused):
        opened(citation(source) | wrong, source)


@pytest.mark.parametrize("wrong", [{}, {"before": 0}, {"before": 10**9}, {"after": 10**9}, {"before": -5}])
def test_a_part_beyond_the_text_is_refused(wrong: dict[str, int]) -> None:
    source = article(TEXT)
    with pytest.raises(Refused):
        Reading(Shelf([source])).article_part({"article": source.id, "sha256": source.sha256} | wrong, "")


def test_half_a_surrogate_pair_does_not_fail_the_reply() -> None:
    source = replace(article("Một \ud83d câu.", "Tựa \ud83d"), path="\udc00.txt")
    reply = opened(citation(source, "Một \ud83d câu.", "câu."), source)
    for text in reply.values():
        str(text).encode("utf-8")
    assert marks(reply)["passage"] == carried("Một \ud83d câu.")

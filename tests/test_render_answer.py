"""What the page shows of an answer, read back as a browser would read it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from html_reading import HOSTILE, Reading
from sample_answers import answer, article, citation

from qa import Answer, Reason, Sentence, Turn
from ui.records import answer_record
from ui.render_answer import LITERALLY, NOTHING_NEAR, answer_html, kept_turn_html, turn_html

REASON = Reason(("đảng viên",), ("Cao Lộc",), cosine=0.87, ahead=0.05, offers=1.0, kind="count")


def shown_answer(found: Answer, turn: int = 1, **how: bool) -> str:
    return answer_html(answer_record(found), turn, **how)


def shown(title: str = "Bài thử", **facts: str | None) -> str:
    source = article("Một câu. Hai câu.", title, **facts)
    return shown_answer(answer(citation(source, source.text, "Hai câu.")))


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_to_the_letter_and_never_becomes_markup(text: str) -> None:
    plain = Reading(shown(title="chữ", source="chữ", published="chữ"))
    hostile = Reading(shown(title=text, source=text, published=text))
    assert hostile.elements == plain.elements
    assert hostile.text.count(text) == 3

    source = article(f"Trước. {text} Sau.")
    found = answer(citation(source, source.text, text), notes=(text,))
    found = replace(found, reason=replace(REASON, met=(text,), missing=(text,)))
    reading = Reading(turn_html(text, answer_record(found), 1))
    assert reading.marks == [text]
    assert reading.text.count(text) == 6  # the question, the note, the answer, the passage, the words met and missing
    assert {tag for tag, _ in reading.elements}.isdisjoint({"img", "script", "h1", "b", "a"})


@pytest.mark.parametrize("text", HOSTILE)
def test_path_is_only_text(text: str) -> None:
    source = replace(article("Một câu."), path=text)
    assert text in Reading(shown_answer(answer(citation(source, "Một câu.", "Một câu.")))).text


def test_half_a_surrogate_pair_does_not_fail_the_reply() -> None:
    source = article("Một câu.")
    turn_html("hỏi \ud83d gì", answer_record(answer(citation(source, "Một câu.", "Một câu."))), 1).encode("utf-8")


@pytest.mark.parametrize(
    "sentence", ["Lãi < 5 % & phí > 0.", "Ủy ban “đã họp” ở Cao Lộc 🇻🇳.", "(đầu)\nhai dòng", "Câu cuối & hết"]
)
def test_mark_is_exactly_the_sentence(sentence: str) -> None:
    source = article(f"Đoạn khác 🎉 & <b>.\n\nMở đầu: 5 < 6 & 7. {sentence} Câu sau ký tự &amp; rồi. Câu cuối & hết")
    quote = source.text[source.text.index("Mở đầu") :]
    assert Reading(shown_answer(answer(citation(source, quote, sentence)))).marks == [sentence]


def test_the_words_that_answer_are_marked_in_the_quotation_and_in_its_passage() -> None:
    source = article("Mở đầu 🎉. Huyện có 5.350 đảng viên. Hết.")
    start = source.text.index("5.350")
    found = replace(
        answer(citation(source, source.text, "Huyện có 5.350 đảng viên.")),
        short=Sentence(start, start + len("5.350 đảng viên")),
    )
    assert Reading(shown_answer(found), "short").marks == ["5.350 đảng viên"] * 2
    assert Reading(shown_answer(found)).marks == ["Huyện có 5.350 đảng viên."]


def test_card_shows_title_date_source_place_and_number() -> None:
    text = Reading(shown(title="Tin\n huyện", published="2021-04-13", source="Báo Lạng Sơn")).text
    for part in ("[1]", "Tin huyện", "13/04/2021", "Báo Lạng Sơn", "bai/thu.txt", "0–17"):
        assert part in text


def test_facts_that_an_article_lacks_are_left_out() -> None:
    html = shown(title="", published=None, source=None)
    assert "None" not in html
    assert 'class="meta"' not in html
    assert "thu.txt" in Reading(html).text, "an article without a title goes by its id"


def test_a_card_names_the_page_and_the_other_copies_of_the_story() -> None:
    paged = replace(article("Trang đầu. Câu ở trang hai."), pages=(0, 11))
    twin = replace(article("Câu ở trang hai.", "<b>Bản khác</b>", source="Báo B"), url="https://bao-b.vn/1")
    html = shown_answer(answer(replace(citation(paged, "Câu ở trang hai.", "Câu ở trang hai."), also_in=(twin,))))
    text = Reading(html).text
    assert "trang 2" in text
    assert "Cũng có trong: Báo B · <b>Bản khác</b>" in text


def test_a_citation_carries_what_opening_its_article_takes() -> None:
    source = article('Một "câu" & <hai>. Câu ba.')
    reading = Reading(shown_answer(answer(citation(source, source.text, "Câu ba.")), 7))
    place = json.loads(next(value for value in reading.values if value.startswith("{")))
    assert place == {
        "number": 1, "article": "thu.txt", "start": 0, "end": len(source.text), "sha256": source.sha256,
        "quote": source.text, "sentence": {"start": 19, "end": 26}, "count": 1, "title": "Bài thử", "also_in": [],
    }  # fmt: skip
    assert "luot-7-doan-1" in reading.values


def test_every_citation_can_be_opened_from_the_answer() -> None:
    source = article("Một câu. Hai câu.")
    reading = Reading(shown_answer(answer(*(citation(source, "Một câu.", "Một", number) for number in (1, 2, 3)))))
    assert [value for value in reading.values if value.startswith("Mở đoạn")] == [
        f"Mở đoạn trích số {n}" for n in (1, 2, 3)
    ]


def test_first_passage_is_open_and_the_others_are_folded() -> None:
    source = article("Một câu. Hai câu.")
    html = shown_answer(answer(*(citation(source, "Một câu.", "Một", number) for number in (1, 2, 3))))
    assert html.count("<details open>") == 1
    assert html.index("<details open>") < html.index("<details>")
    assert html.count("<details>") == 2


@pytest.mark.parametrize(("confidence", "word"), [(0.9, "cao"), (0.6, "vừa"), (0.2, "thấp")])
def test_confidence_is_said_in_a_word_with_its_reasons(confidence: float, word: str) -> None:
    source = article("Một câu.")
    found = replace(answer(citation(source, "Một câu.", "Một câu."), confidence=confidence), reason=REASON)
    text = Reading(shown_answer(found)).text
    assert f"Độ tin cậy: {word}" in text
    assert "Từ của câu hỏi có trong đoạn hoặc tên bài: đảng viên." in text
    assert "Từ của câu hỏi không có trong đoạn: Cao Lộc." in text
    assert "0,87" in text
    assert "một số lượng; câu trích có" in text


def test_unanswered_says_so_calmly_and_offers_the_nearest_passages() -> None:
    source = article("Một câu. Hai câu.")
    refused = replace(answer(citation(source, source.text, "Hai câu."), answered=False), reason=REASON)
    text = Reading(shown_answer(refused)).text
    assert text.startswith("Không tìm thấy trong tài liệuCác bài báo trong kho không có câu trả lời cho câu hỏi này.")
    assert "Những đoạn gần nhất" in text
    assert "Một câu. Hai câu." in text
    assert "Độ tin cậy" not in text
    assert "“" not in text
    assert "Phần kho mà bạn chọn" in Reading(shown_answer(refused, is_limited=True)).text


def test_unanswered_over_an_empty_index_says_that_there_is_nothing() -> None:
    assert NOTHING_NEAR in Reading(shown_answer(answer(answered=False))).text


def test_very_long_question_is_cut_where_it_is_shown() -> None:
    source = article("Một câu.")
    html = turn_html("dài " * 25_000, answer_record(answer(citation(source, "Một câu.", "Một câu."))), 1)
    assert len(html) < 20_000


def test_a_question_that_was_read_otherwise_offers_the_way_back() -> None:
    source = article("Một câu. Hai câu.")
    found = answer(citation(source, source.text, "Hai câu."), notes=("Đã hiểu là: hai câu",))
    assert LITERALLY in Reading(shown_answer(found)).text
    plain = answer(citation(source, source.text, "Hai câu."), notes=("Câu hỏi quá dài",))
    assert LITERALLY not in Reading(shown_answer(plain)).text


def test_a_kept_turn_is_shown_as_it_was_with_its_rating() -> None:
    source = article("Một câu.")
    record = json.loads(json.dumps(answer_record(answer(citation(source, "Một câu.", "Một câu.")))))
    html = kept_turn_html(Turn(3, "Câu gì?", record, {}, "2026-01-01T00:00:00+00:00", "up"))
    assert html == turn_html("Câu gì?", record, 3, rating="up")
    assert 'data-rating="up" aria-pressed="true"' in html


def test_what_could_not_be_kept_says_so_and_is_not_rated() -> None:
    source = article("Một câu.")
    html = turn_html("Câu gì?", answer_record(answer(citation(source, "Một câu.", "Một câu."))), 1, is_kept=False)
    assert "chưa lưu được" in html
    assert "data-rating" not in html

"""Why an answer is as sure as it is: which of the question's words its citation has, told as a person would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import write_jsonl
from encoders import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.encoder import LazyEncoder
from qa import Answer, Assistant, Reason
from qa.explanation import explain
from qa.text import tokens
from qa.types import Article, Hit, Passage, Question, Sentence

TEXT = "Đảng bộ huyện Cao Lộc có 5.350 đảng viên. Ủy ban nhân dân huyện họp ngày 13/4/2021."
TITLE = "Tin Lạng Sơn"
BOUND = {"đảng viên", "chi bộ", "đảng bộ", "nông dân", "ban thường", "thường vụ", "nhân dân"}


def hit(text: str = TEXT, title: str = TITLE, score: float = 1.0, offers: float | None = None) -> Hit:
    article = Article("a.txt", "a.txt", title, text, "0" * 64)
    sentence = Sentence(0, len(text))
    passage = Passage(article, 0, len(text), (sentence,))
    return Hit(passage, sentence, score, 0.9, 0.8, 0.0, 8.0, 0.1, 0.8, 0.8, offers)


def bound_in(pairs: set[str]) -> Callable[[str], int]:
    """Give the frequencies of a corpus in which just these pairs are words."""
    joined = {"_".join(tokens(pair)) for pair in pairs}
    return lambda term: int(term in joined) if "_" in term else 1


def told(asked: str, *hits: Hit, language: str = "vi", dates: tuple[tuple[str, ...], ...] = ()) -> Reason:
    reason = explain(Question(asked, asked, language, dates=dates), hits or (hit(),), bound_in(BOUND))
    assert reason is not None
    return reason


def test_without_hits_there_is_no_reason() -> None:
    assert explain(Question("?", "?", "vi"), [], lambda term: 0) is None


@pytest.mark.parametrize(
    ("asked", "met", "missing"),
    [
        ("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", ("Đảng bộ", "huyện", "Cao Lộc", "đảng viên"), ()),
        ("Chi bộ huyện Triệu Phong có bao nhiêu đảng viên?", ("huyện", "đảng viên"), ("Chi bộ", "Triệu Phong")),
        ("Ở Lạng Sơn có gì?", ("Lạng Sơn",), ()),
        ("Có 5350 hay 5.351 nông dân?", ("5350",), ("5.351", "nông dân")),
        ("Ngày 13 tháng 4 năm 2021 ai họp?", ("13 tháng 4 năm 2021", "họp"), ()),
        ("UBND huyện họp khi nào?", ("UBND", "huyện", "họp"), ()),
        ("HĐND huyện họp khi nào?", ("huyện", "họp"), ("HĐND",)),
        ("HUYỆN CAO LỘC HỌP", ("HUYỆN", "CAO", "LỘC", "HỌP"), ()),
        ("Huyện Cao Lộc, huyện cao lộc", ("Huyện Cao Lộc", "huyện", "cao", "lộc"), ()),
        ("Tỉnh Cao Lộc họp", ("Cao Lộc", "họp"), ("Tỉnh",)),
        ("Cao ráo như Lộc", ("Cao", "Lộc"), ("ráo",)),
        ("Ai là gì?", (), ()),
        ("", (), ()),
        ("?!", (), ()),
    ],
)
def test_words_and_names_are_told_apart_as_a_person_would(
    asked: str, met: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    reason = told(asked)
    assert (reason.met, reason.missing) == (met, missing)


def test_a_word_is_there_only_where_its_syllables_are_neighbours() -> None:
    assert told("đảng viên?", hit("Đảng có hội viên.")).missing == ("đảng viên",)
    assert told("Cao Lộc?", hit("Ông Lộc rất cao.")).missing == ("Cao Lộc",)


def test_without_diacritics_letters_are_enough() -> None:
    plain = hit("Dang bo Cao Loc hop.")
    assert told("Đảng bộ Cao Lộc", plain).met == ()
    assert told("Đảng bộ Cao Lộc", plain, language="vi-unaccented").met == ("Đảng bộ", "Cao Lộc")


def test_an_english_question_lacks_its_own_function_words_only() -> None:
    reason = told("How many members does the Cao Lộc district have?", language="other")
    assert (reason.met, reason.missing) == (("Cao Lộc",), ("members", "district"))


def test_words_that_name_a_day_from_today_are_not_looked_for() -> None:
    reason = told("Hôm qua huyện họp gì?", dates=(("21", "11", "2026"),))
    assert (reason.met, reason.missing) == (("huyện", "họp"), ())


def test_how_far_the_first_is_ahead_is_of_the_next_place() -> None:
    assert told("huyện").ahead == 0
    assert told("huyện", hit(score=1.0), hit("Khác.", score=0.75), hit(score=0.5)).ahead == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("Có bao nhiêu đảng viên?", "count"),
        ("Họp khi nào?", "time"),
        ("Ai chủ trì?", "person"),
        ("Họp ở đâu?", "place"),
        ("Vì sao phải họp?", "reason"),
        ("Chỉ thị số mấy?", "number"),
        ("Bao nhiêu phần trăm?", "percentage"),
        ("Ai viết bài này?", "author"),
        ("Cao Lộc thế nào?", None),
    ],
)
def test_what_is_asked_for_has_a_name_that_stays(asked: str, kind: str | None) -> None:
    assert told(asked).kind == kind


@settings(max_examples=300)
@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from([*TEXT.split(), *TITLE.split(), "Chi", "bộ", "ai", "13/4", "TP.HCM", "-"])).map(
        " ".join
    ),
    st.sampled_from(["vi", "vi-unaccented", "other"]),
)
def test_met_and_missing_are_words_of_the_question_and_never_both(asked: str, language: str) -> None:
    reason = told(asked, language=language)
    words = [*reason.met, *reason.missing]
    assert len(set(words)) == len(words)
    assert all(word in asked and word.strip() == word != "" for word in words)


# --- with an assistant -----------------------------------------------------------------------------------


def test_an_answer_s_reason_is_that_of_its_first_citation(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"id": "a", "text": "Đảng bộ huyện Cao Lộc có 5.350 đảng viên."},
        {"id": "b", "text": "Trồng rừng gỗ lớn ở Đông Hà."},
    ]
    assistant = Assistant.build(write_jsonl(tmp_path / "bài.jsonl", records), tmp_path / "i", encoder=HashEncoder())
    asked = "Huyện Cao Lộc có bao nhiêu đảng viên, bao nhiêu nhà máy?"
    answer, hits = assistant.ask(asked), assistant.retrieve(asked)
    reason = answer.reason
    assert reason is not None
    assert (reason.met, reason.missing) == (("Huyện Cao Lộc", "đảng viên"), ("nhà", "máy"))
    assert (reason.cosine, reason.offers, reason.kind) == (hits[0].cosine, hits[0].offers, "count")
    assert reason.ahead == hits[0].score - hits[1].score
    assert assistant.ask("?").reason is None


@pytest.fixture(scope="module")
def seeds(seed_index: Path, bundled_encoder: LazyEncoder) -> Assistant:
    return Assistant.open(seed_index, encoder=bundled_encoder)


def reason_of(answer: Answer) -> Reason:
    assert answer.reason is not None
    return answer.reason


def test_the_seeds_tell_why_they_answer(seeds: Assistant) -> None:
    reason = reason_of(seeds.ask("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"))
    assert reason.met == ("Đảng bộ", "huyện", "Cao Lộc", "đảng viên")
    assert reason.missing == ()
    assert (reason.kind, reason.offers) == ("count", 1.0)
    assert reason.cosine > 0.85
    assert reason.ahead > 0


def test_the_seeds_tell_why_they_do_not_answer(seeds: Assistant) -> None:
    answer = seeds.ask("Giá vàng ở Cao Lộc hôm nay là bao nhiêu?")
    reason = reason_of(answer)
    assert not answer.answered
    assert "Cao Lộc" in reason.met
    assert "vàng" in reason.missing
    assert not {"hôm", "nay", "hôm nay"} & {*reason.met, *reason.missing}


def test_a_question_without_diacritics_is_explained_as_it_was_understood(seeds: Assistant) -> None:
    reason = reason_of(seeds.ask("dang bo huyen Cao Loc co bao nhieu dang vien"))
    assert reason.missing == ()
    assert "Cao Lộc" in reason.met
    assert "đảng viên" in reason.met


def test_a_follow_up_is_explained_with_what_it_leans_on(seeds: Assistant) -> None:
    reason = reason_of(seeds.ask("Còn đoàn số 2 thì sao?", history=["Đoàn giám sát số 1 làm việc với huyện nào?"]))
    assert "giám sát" in reason.met
    assert "2" in (*reason.met, *reason.missing)

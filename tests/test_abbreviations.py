"""Abbreviations: what an article defines, what is common, and articles found by either form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import write_jsonl
from encoders import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from qa import Assistant, Hit
from qa.abbreviations import COMMON, definitions, other_forms, relevant, table_of
from qa.text import fold, tokens

Build = Callable[..., Assistant]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Index texts, under titles where they are given."""

    def build(*texts: str, titles: tuple[str, ...] = ()) -> Assistant:
        records: list[dict[str, object]] = [
            {"id": f"{i}", "text": text, "title": titles[i] if titles else None} for i, text in enumerate(texts)
        ]
        corpus = write_jsonl(tmp_path / "bài.jsonl", records)
        return Assistant.build(corpus, tmp_path / "index", encoder=HashEncoder())

    return build


def words(text: str) -> tuple[str, ...]:
    return tuple(tokens(text))


def by_id(assistant: Assistant, asked: str) -> dict[str, Hit]:
    return {hit.article.id: hit for hit in assistant.retrieve(asked, k=10)}


# --- definitions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "short", "full"),
    [
        ("Ban Thường vụ (BTV) họp.", "BTV", "Ban Thường vụ"),
        ("Sáng nay Ban Thường vụ (BTV) họp.", "BTV", "ban thường vụ"),
        ("công tác kiểm tra, giám sát (KT, GS) của Đảng", "KT, GS", "kiểm tra, giám sát"),
        ("Đảng ủy Khối các cơ quan (KCCQ) tỉnh", "KCCQ", "Khối các cơ quan"),
        ("Ủy ban Kiểm tra (sau đây gọi là UBKT)", "UBKT", "Ủy ban Kiểm tra"),
        ("Bộ Chính trị (gọi tắt là BCT)", "BCT", "Bộ Chính trị"),
        ("Bộ Chính trị (viết tắt là BCT)", "BCT", "Bộ Chính trị"),
        ("tổ chức cơ sở đảng (TCCSĐ)", "TCCSĐ", "tổ chức cơ sở đảng"),
        ("Uỷ ban Kiểm tra ( UBKT )", "UBKT", "Ủy ban Kiểm tra"),
    ],
)
def test_letters_in_brackets_behind_the_words_they_begin_are_a_definition(text: str, short: str, full: str) -> None:
    assert definitions(text) == {words(short): words(full)}


@pytest.mark.parametrize(
    "text",
    [
        "Giám sát tổ chức đảng (QTO) - Thực hiện kế hoạch",
        "(QTO) - Thực hiện kế hoạch giám sát",
        "Ban Thường vụ Tỉnh ủy (ABC)",
        "vụ (BTV)",
        "(BTV)",
        "Đảng ủy (DU)",
        "doanh nghiệp (ĐN)",
        "tháng (T)",
        "Ban Thường vụ (btv)",
        "Ban Thường vụ BTV",
        "Ban Thường vụ (BTV",
        "Ban Thường vụ ()",
        "",
    ],
)
def test_anything_else_in_brackets_is_none(text: str) -> None:
    assert definitions(text) == {}


def test_every_definition_of_a_text_is_found() -> None:
    text = "Ban Thường vụ (BTV) nghe Ủy ban Kiểm tra (UBKT) báo cáo tại Quảng Trị (QTO)."
    assert set(definitions(text)) == {words("BTV"), words("UBKT")}


@pytest.mark.parametrize(("short", "full"), [("UBND", "ủy ban nhân dân"), ("KT-XH", "kinh tế xã hội")])
def test_common_abbreviations_hold_in_any_article(short: str, full: str) -> None:
    assert table_of("Trồng rừng gỗ lớn.")[words(short)] == words(full) == COMMON[words(short)]


def test_what_an_article_defines_wins_over_what_is_common() -> None:
    table = table_of("Bộ Tài chính (BTC) giao dự toán.")
    assert COMMON[words("BTC")] == words("ban tổ chức")
    assert table[words("BTC")] == words("bộ tài chính")
    assert table[words("UBND")] == words("ủy ban nhân dân")


# --- the other form --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("UBND huyện Cao Lộc họp", ["ủy ban nhân dân"]),
        ("Ủy ban nhân dân huyện họp", ["UBND"]),
        ("uỷ ban NHÂN DÂN huyện", ["UBND"]),
        ("Sở GD&ĐT tỉnh", ["giáo dục và đào tạo"]),
        ("Ủy ban nhân dân (UBND) huyện", []),
        ("Ủy ban và nhân dân", []),
        ("Trồng rừng", []),
        ("", []),
    ],
)
def test_the_form_that_is_not_there_is_given(text: str, other: list[str]) -> None:
    assert other_forms(tokens(text), COMMON) == [words(form) for form in other]


def test_a_table_is_kept_to_what_shares_a_word_with_the_question_diacritics_aside() -> None:
    kept = relevant(COMMON, frozenset({"htx"}))
    assert kept == {words("HTX"): words("hợp tác xã")}
    assert words("HTX") in relevant(COMMON, frozenset({fold("hợp")}))
    assert relevant(COMMON, frozenset({"xyz"})) == {}


# --- finding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["Ủy ban nhân dân huyện Cao Lộc", "uy ban nhan dan huyen cao loc"])
def test_a_full_name_finds_the_article_that_only_abbreviates_it(asked: str, build: Build) -> None:
    found = by_id(build("UBND huyện Cao Lộc họp.", "Trồng rừng gỗ lớn.", "Huyện Cao Lộc họp."), asked)
    assert found["0"].coverage == pytest.approx(1.0)
    assert found["0"].sentence_coverage == pytest.approx(1.0)
    assert found["0"].bm25 > found["2"].bm25 > found["1"].bm25 == 0
    assert found["2"].coverage < 1


@pytest.mark.parametrize("asked", ["UBND tỉnh", "ubnd tỉnh"])
def test_an_abbreviation_finds_the_article_that_writes_it_out(asked: str, build: Build) -> None:
    found = by_id(build("Ủy ban nhân dân tỉnh họp.", "Trồng rừng gỗ lớn.", "Tỉnh ủy họp."), asked)
    assert found["0"].coverage == pytest.approx(1.0)
    assert found["0"].bm25 > found["2"].bm25 > found["1"].bm25 == 0
    assert found["2"].coverage < 1


def test_an_abbreviation_in_the_title_is_found_by_its_full_name(build: Build) -> None:
    assistant = build("Họp sáng nay.", "Trồng rừng gỗ lớn.", titles=("HĐND xã", "Tin"))
    found = by_id(assistant, "Hội đồng nhân dân xã")
    assert found["0"].bm25 > 0
    assert found["0"].coverage == pytest.approx(1.0)


def test_the_same_letters_stand_in_each_article_for_what_it_defines(build: Build) -> None:
    assistant = build(
        "Ban Tổ chức (BTC) họp báo.\n\nBTC trao giải nhất cho đội xã.",
        "Bộ Tài chính (BTC) họp bàn.\n\nBTC giao dự toán cho tỉnh.",
        "BTC nhận bài dự thi.",
    )
    found = by_id(assistant, "Bộ Tài chính")
    assert found["1"].coverage == pytest.approx(1.0)
    assert found["1"].bm25 > 0
    assert found["0"].bm25 == found["2"].bm25 == 0
    found = by_id(assistant, "Ban Tổ chức")
    assert found["0"].bm25 > 0
    assert found["2"].bm25 > 0, "where an article defines nothing, the common meaning holds"
    assert found["1"].bm25 == 0
    found = by_id(assistant, "BTC")
    assert all(found[article].coverage == pytest.approx(1.0) for article in "012")


def test_a_definition_holds_in_every_paragraph_of_its_article(build: Build) -> None:
    paragraphs = [
        f"Đợt {i}: KCCQ kết nạp {i} đảng viên, {'học tập và làm theo, ' * 20}đúng kế hoạch." for i in range(8)
    ]
    assistant = build("\n\n".join(["Đảng bộ Khối các cơ quan (KCCQ) họp.", *paragraphs]), "Trồng rừng gỗ lớn.")
    hits = [hit for hit in assistant.retrieve("Khối các cơ quan", k=20) if hit.article.id == "0"]
    assert len(hits) > 2
    assert all(hit.coverage == pytest.approx(1.0) and hit.bm25 > 0 for hit in hits)


# --- whatever is written ---------------------------------------------------------------------------------


@given(text=st.one_of(st.text(st.characters(codec=None)), st.text("(ABĐ), &.-ab đu")))
def test_no_text_fails(text: str) -> None:
    found = definitions(text)
    assert all(len("".join(short)) == len(full) for short, full in found.items())
    other_forms(tokens(text), table_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(A" * 50_000,
        "(" + "A" * 100_000,
        "(" + "A " * 50_000,
        "(" + " " * 100_000,
        ("(" + "A" * 33) * 3_000,
        "a " * 50_000 + "(AA)" * 10_000,
    ],
    ids=["brackets", "open brackets", "letters", "single letters", "blanks", "long letters", "definitions"],
)
def test_hostile_texts_take_no_longer_than_others_of_their_length(text: str) -> None:
    assert len(definitions(text)) <= 1

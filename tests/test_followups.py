"""Telling a question that leans on earlier ones from one that stands alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.followups import HISTORY_MOST, Standing, leaned_on, standing, with_contrasted
from qa.text import tokens

CAO_LOC = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"
HAI_LANG = "Ai dẫn đầu đoàn giám sát ở Hải Lăng?"


@pytest.mark.parametrize(
    "question",
    [
        # It goes on.
        "Còn huyện Triệu Phong thì sao?",
        "Còn Triệu Phong?",
        "Thế còn Trưởng Ban Nội chính?",
        "Vậy còn Cao Lộc thì thế nào?",
        "Còn đoàn số 2 thì sao?",
        "Ở Cao Lộc thì sao?",
        "Còn ai nữa?",
        "Thế bao nhiêu đảng viên?",
        "Thế ai chủ trì?",
        "Vậy ai ký?",
        "Rồi sao nữa?",
        "Thế thì ai ký?",
        "Thế cụ thể là bao nhiêu?",
        # It points back.
        "Ông ấy giữ chức gì?",
        "Bà ấy quê ở đâu?",
        "ÔNG ẤY GIỮ CHỨC GÌ?",
        "Đồng chí đó phát biểu gì?",
        "Nó ra ngày nào?",
        "Họ đã làm gì?",
        "Đề án đó của ai?",
        "Huyện này có bao nhiêu xã?",
        "Chương trình nói trên do ai tổ chức?",
        "Ở đó có bao nhiêu xã?",
        # It is no whole question.
        "Khi nào?",
        "Ở đâu?",
        "Vì sao?",
        "Ai?",
        "Bao nhiêu người?",
        "Hôm nào vậy?",
        # English.
        "What about Cao Loc?",
        "How about Hải Lăng?",
        "And Cao Loc?",
        "So who chaired it?",
        "When did it start?",
        "Who is he?",
        "Who is their leader?",
        "What did she say?",
        "What is its area?",
        "Who led them?",
        "This district has how many communes?",
        "Why?",
        "How many?",
    ],
)
def test_a_question_that_goes_on_or_points_back_leans_on_earlier_ones(question: str) -> None:
    assert standing(question) is Standing.LEANING


@pytest.mark.parametrize(
    "question",
    [
        CAO_LOC,
        HAI_LANG,
        "Còn bao nhiêu đơn vị chưa đại hội ở Cao Lộc?",
        "Còn lại bao nhiêu chi bộ ở Hải Lăng chưa họp?",
        "Thế giới có bao nhiêu nước tham gia Liên hợp quốc?",
        "Thế vận hội Tokyo diễn ra khi nào?",
        "Còn những huyện nào chưa họp ở Quảng Trị?",
        "Còn hạn chế nào ở Cao Lộc?",
        "Họ Nguyễn có bao nhiêu người ở Cao Lộc?",
        "Shen Kuo sống ở vùng đất này khi nào?",
        "ĐẢNG BỘ HUYỆN CAO LỘC CÓ BAO NHIÊU ĐẢNG VIÊN?",
        "Thế hệ trẻ ở Cao Lộc cần làm gì?",
        "Đại hội XIII diễn ra khi nào?",
        "Điều 5 quy định gì?",
        "Cuộc họp ngày 13/4 do ai chủ trì?",
        "ông Hoàng Văn Nghiệm giữ chức vụ gì",
        "Anh Hòa làm nghề gì?",
        "Chúng ta cần làm gì để giữ gìn môi trường sống?",
        "đảng bộ huyện có bao nhiêu tổ chức cơ sở đảng trực thuộc",
        "Ở Cao Lộc, ông Nghiệm nói gì về việc đó?",
        "Nguyễn Văn Hòa và anh trai ông ấy sinh năm nào?",
        "How many party members does the Cao Lộc district have?",
        "What is the population of Vietnam?",
        "When did Napoleon begin his first campaign?",
        "What time is it in Hanoi?",
    ],
)
def test_a_question_that_names_what_it_asks_about_stands_alone(question: str) -> None:
    assert standing(question) is Standing.ALONE


@pytest.mark.parametrize(
    "question",
    [
        "Ai hát quốc ca?",
        "Do ai ký?",
        "Có bao nhiêu đảng viên?",
        "Còn bao nhiêu đơn vị?",
        "Còn thiếu bao nhiêu giáo viên?",
        "Thế giới có bao nhiêu nước?",
        "Thế nào là nông thôn mới?",
        "Trong đó có bao nhiêu nữ?",
        "giá vàng hôm nay bao nhiêu",
        "Who chaired the meeting?",
        "Where was it held?",
    ],
)
def test_a_few_common_words_may_be_all_of_a_question_or_what_is_left_of_one(question: str) -> None:
    assert standing(question) is Standing.UNCERTAIN


@pytest.mark.parametrize("question", [CAO_LOC, "Khi nào?", "Ông ấy giữ chức gì?", "Ai hát quốc ca?"])
def test_blanks_and_marks_around_a_question_do_not_matter(question: str) -> None:
    bare = question.rstrip("?")
    for typed in (bare, f"  {bare} ? ", f"“{question}”", f"- {bare}...", bare.replace(" ", "\n  "), f"{bare}?!"):
        assert standing(typed) is standing(question)


def test_a_capital_at_the_beginning_names_nothing() -> None:
    for question in ("ông ấy giữ chức gì?", "còn Cao Lộc thì sao?", "ai hát quốc ca?"):
        assert standing(question) is standing(question[0].upper() + question[1:])


# --- what is leaned on -----------------------------------------------------------------------------------


def test_nothing_was_asked_before() -> None:
    assert leaned_on([]) == []


def test_blank_questions_are_passed_over() -> None:
    assert leaned_on(["", "  \n", "?!", "🙂"]) == []
    assert leaned_on([CAO_LOC, "", " ?"]) == [CAO_LOC]


def test_it_is_leaned_on_the_last_question_that_stands_alone_and_not_on_earlier_ones() -> None:
    assert leaned_on([HAI_LANG, CAO_LOC]) == [CAO_LOC]
    assert leaned_on([HAI_LANG, "Khi nào?", CAO_LOC]) == [CAO_LOC]


def test_what_itself_leans_or_may_lean_is_leaned_on_with_what_it_leans_on() -> None:
    assert leaned_on([HAI_LANG, CAO_LOC, "Thế bao nhiêu chi bộ?"]) == [CAO_LOC, "Thế bao nhiêu chi bộ?"]
    assert leaned_on([HAI_LANG, "Do ai ký?", "Khi nào?"]) == [HAI_LANG, "Do ai ký?", "Khi nào?"]


def test_without_one_that_stands_alone_all_are_leaned_on() -> None:
    assert leaned_on(["Khi nào?", " Ở đâu? "]) == ["Khi nào?", "Ở đâu?"]


def test_of_a_long_history_only_the_last_questions_are_looked_at() -> None:
    history = [CAO_LOC, *(f"Thế còn {letter}?" for letter in "abcdefghijklmnopqrstuvwxyz")]
    assert leaned_on(history) == history[-HISTORY_MOST:]
    assert leaned_on([*history * 1000, HAI_LANG]) == [HAI_LANG]


# --- what is put in the place of something else ---------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "question", "left"),
    [
        (CAO_LOC, "Còn huyện Hải Lăng thì sao?", "Đảng bộ huyện Hải Lăng có bao nhiêu đảng viên?"),
        (CAO_LOC, "Thế còn huyện Hải Lăng?", "Đảng bộ huyện Hải Lăng có bao nhiêu đảng viên?"),
        (HAI_LANG, "Còn ở Triệu Phong?", "Ai dẫn đầu đoàn giám sát ở Triệu Phong?"),
        ("Đoàn giám sát số 1 do ai dẫn đầu?", "Còn đoàn số 2 thì sao?", "Đoàn giám sát số 2 do ai dẫn đầu?"),
        ("Năm 2020 kết nạp bao nhiêu đảng viên?", "Còn năm 2021?", "năm 2021 kết nạp bao nhiêu đảng viên?"),
        ("How many members does Cao Lộc have?", "What about Hải Lăng?", "How many members does Hải Lăng have?"),
    ],
)
def test_what_a_question_goes_on_about_takes_its_place(earlier: str, question: str, left: str) -> None:
    assert with_contrasted(earlier, question) == left


@pytest.mark.parametrize(
    ("earlier", "question"),
    [
        (CAO_LOC, "Khi nào?"),
        (CAO_LOC, "Còn chi bộ thì sao?"),
        (CAO_LOC, "Ai là bí thư huyện Hải Lăng?"),
        (HAI_LANG, "Vậy khi nào?"),
        ("Ông Nghiệm ở Cao Lộc nói gì với Hải Lăng?", "Còn ở Quảng Trị?"),
        ("Đoàn số 1 và đoàn số 3 do ai dẫn đầu?", "Còn đoàn số 2 thì sao?"),
        (HAI_LANG, "Còn đoàn số 2 thì sao?"),
        ("đảng bộ huyện cao lộc có gì", "còn huyện hải lăng thì sao"),
        ("", "Còn huyện Hải Lăng?"),
        (CAO_LOC, ""),
    ],
)
def test_where_it_is_not_plain_what_is_replaced_nothing_is(earlier: str, question: str) -> None:
    assert with_contrasted(earlier, question) == earlier


@pytest.mark.parametrize(
    ("earlier", "question", "left"),
    [
        (CAO_LOC, "Còn Hải Lăng thì sao?", "Đảng bộ huyện Hải Lăng có bao nhiêu đảng viên?"),
        ("Cao Lộc có bao nhiêu Đảng viên?", "Còn huyện Hải Lăng?", "Hải Lăng có bao nhiêu Đảng viên?"),
    ],
)
def test_only_names_are_replaced(earlier: str, question: str, left: str) -> None:
    assert with_contrasted(earlier, question) == left


# --- whatever is typed -----------------------------------------------------------------------------------

_PIECES = (
    "Còn", "thế", "vậy", "thì sao", "Ông ấy", "nó", "họ", "đề án đó", "này", "Cao Lộc", "2021", "khi nào", "ai", "?",
    "What about", "it", "this", "\n", "“", "e\u0302\u0301", "🙂", "党", "IT",
)  # fmt: skip
TYPED = st.one_of(
    st.text(st.characters(codec=None), max_size=80),
    st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(_PIECES), max_size=12).map("".join),
)


@settings(max_examples=200)
@example("")
@example("\ud800\x00")
@example("ß ﬁ İ ǅ ⅷ ² ½ ٣")
@given(question=TYPED)
def test_any_text_stands_one_way_or_another(question: str) -> None:
    assert standing(question) in Standing


@settings(max_examples=100)
@given(earlier=TYPED, question=TYPED)
def test_what_becomes_of_an_earlier_question_has_no_other_words(earlier: str, question: str) -> None:
    assert set(tokens(with_contrasted(earlier, question))) <= set(tokens(f"{earlier} {question}"))


@settings(max_examples=100)
@given(history=st.lists(TYPED, max_size=30))
def test_what_is_leaned_on_was_asked_in_this_order_and_has_words(history: list[str]) -> None:
    found = leaned_on(history)
    asked = [question.strip() for question in history if tokens(question)]
    assert len(found) <= HISTORY_MOST
    assert found == asked[len(asked) - len(found) :]
    assert all(standing(question) is not Standing.ALONE for question in found[1:])
    if any(tokens(question) for question in history[-HISTORY_MOST:]):
        assert found


@pytest.mark.parametrize(
    "hostile",
    ["họ ", "Cao ", "thì sao ", "này ", "còn ", "nó là ", "1", "a", " ", "this ", "(", "đảng viên đó "],
    ids=repr,
)
def test_long_and_repetitive_text_comes_to_an_end(hostile: str) -> None:
    assert standing(hostile * 50_000) in Standing
    assert len(leaned_on([hostile * 50_000] * 3)) <= 3

"""Reading a question: its language, its diacritics, the questions before it, and whatever a keyboard can produce."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.lexical import LexicalIndex, PassageText
from qa.questions import QUESTION_CHARACTERS_MOST, readings, understand
from qa.restoration import restore
from qa.text import fold, spelling, tokens

CORPUS = (
    "Đảng bộ huyện Cao Lộc có 43 chi bộ, đảng bộ cơ sở với 5.350 đảng viên.",
    "Đảng bộ tỉnh họp tại Hà Nội. Huyện ủy Cao Lộc đang chuẩn bị đại hội đảng bộ các cấp.",
    "Ban Thường vụ Tỉnh ủy Quảng Trị giám sát tổ chức đảng; có bao nhiêu đảng viên được khen thưởng?",
    "Ông Nguyễn Văn Hòa ở Tuy Hòa đọc báo Đồng Tháp. Các đồng chí dự đại hội.",
)


@pytest.fixture(scope="module")
def lexical() -> LexicalIndex:
    index = LexicalIndex()
    index.update([], [PassageText(i, i, "", text) for i, text in enumerate(CORPUS)])
    return index


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?", "vi"),
        ("đảng bộ", "vi"),
        ("Công ty Microsoft Corporation và Google Cloud Platform ký kết gì ở Đà Nẵng với thành phố?", "vi"),
        ("Ai là Chủ tịch UBND tỉnh?", "vi"),
        ("Dang bo huyen Cao Loc co bao nhieu dang vien?", "vi-unaccented"),
        ("dang bo", "vi-unaccented"),
        ("UBND tinh Quang Tri hop khi nao", "vi-unaccented"),
        ("How many party members does the Cao Lộc district committee have?", "other"),
        ("Who chaired the meeting in Quảng Trị?", "other"),
        ("Combien de membres compte le comité du district de Cao Lộc ?", "other"),
        ("高禄县有多少党员？", "other"),
        ("카오록현에는 당원이 몇 명 있습니까?", "other"),
        ("カオロック県には党員が何人いますか。", "other"),
        ("Сколько членов партии в районе?", "other"),
        ("5350", "vi"),
        ("13/4/2021?", "vi"),
    ],
)
def test_the_language_is_told(typed: str, language: str, lexical: LexicalIndex) -> None:
    question = understand(typed, lexical)
    assert question.language == language
    assert question.typed == typed


@pytest.mark.parametrize(
    ("typed", "restored"),
    [
        ("dang bo huyen cao loc", "đảng bộ huyện cao lộc"),
        ("Dang bo huyen Cao Loc co bao nhieu dang vien?", "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"),
        ("DANG BO CAO LOC", "ĐẢNG BỘ CAO LỘC"),
        ("huyen uy dang chuan bi dai hoi", "huyện ủy đang chuẩn bị đại hội"),
        ("(dang vien)... 5.350, 43/2021!", "(đảng viên)... 5.350, 43/2021!"),
        ("ong Nguyen Van Hoa o Tuy Hoa", "ông Nguyễn Văn Hòa ở Tuy Hòa"),
        ("qwerty Microsoft", "qwerty Microsoft"),
        ("thoi tiet the nao", "thời tiết thế nào"),
        ("dang-bo,huyen", "đảng-bộ,huyện"),
    ],
)
def test_diacritics_come_back_as_the_corpus_has_them(typed: str, restored: str, lexical: LexicalIndex) -> None:
    assert restore(typed, lexical) == restored


def test_a_restored_question_is_searched_so_and_says_so(lexical: LexicalIndex) -> None:
    question = understand("dang vien", lexical)
    assert question.searched == "đảng viên"
    assert question.notes == ("Đã hiểu là: đảng viên",)


def test_a_question_that_needed_nothing_has_no_note(lexical: LexicalIndex) -> None:
    assert understand("Đảng bộ huyện?", lexical).notes == ()
    assert understand("xyz zyx", lexical).notes == ()


def test_an_accented_question_is_searched_in_one_spelling(lexical: LexicalIndex) -> None:
    searched = {
        understand(typed, lexical).searched
        for typed in ("Ủy ban Tuy Hòa", "Uỷ ban Tuy Hoà", "U\u0309y ban Tuy Ho\u0300a", "  Ủy\tban \u200bTuy Hòa\n")
    }
    assert searched == {"Ủy ban Tuy Hòa"}


def test_a_long_question_is_cut_and_says_so(lexical: LexicalIndex) -> None:
    short = understand("đảng " * 399 + "viên", lexical)
    assert short.notes == ()
    long = understand("đảng viên " * 1000, lexical)
    assert len(long.searched) <= QUESTION_CHARACTERS_MOST
    assert len(long.notes) == 1
    assert "2.000 ký tự" in long.notes[0]
    assert long.typed == "đảng viên " * 1000


@pytest.mark.parametrize("typed", ["", " \n\t", "?!…", "\u200b\ufeff", "\x00\x07", "🙂🙂", "\ud800", "—«»"])
def test_a_question_without_a_letter_or_figure_is_not_searched_and_says_so(typed: str, lexical: LexicalIndex) -> None:
    question = understand(typed, lexical)
    assert question.searched == ""
    assert question.notes == ("Câu hỏi không có chữ hay số nào để tìm.",)
    assert question.typed == typed


def test_control_characters_and_lone_surrogates_part_words_and_are_not_searched(lexical: LexicalIndex) -> None:
    question = understand("đảng\x00viên \udcff cao\x07lộc", lexical)
    assert tokens(question.searched) == tokens("đảng viên cao lộc")
    question.searched.encode("utf-8")


def test_an_empty_corpus_restores_nothing() -> None:
    question = understand("dang bo huyen", LexicalIndex())
    assert (question.searched, question.notes) == ("dang bo huyen", ())


# --- after other questions -------------------------------------------------------------------------------

CAO_LOC = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"


@pytest.mark.parametrize(
    "typed",
    [
        "Ban Thường vụ Tỉnh ủy Quảng Trị giám sát những gì?",
        "Ông Nguyễn Văn Hòa đọc báo gì?",
        "ong Nguyen Van Hoa doc bao gi",
        "Who chaired the meeting in Quảng Trị?",
        "13/4/2021?",
    ],
)
def test_a_question_that_stands_alone_is_read_as_if_nothing_had_been_asked(typed: str, lexical: LexicalIndex) -> None:
    assert readings(typed, [CAO_LOC, "Khi nào?"], lexical) == [understand(typed, lexical)]


@pytest.mark.parametrize("typed", ["Khi nào?", "Còn Quảng Trị thì sao?", "khi nao", "Ai hát quốc ca?", "?", ""])
@pytest.mark.parametrize("history", [[], ["", " \n", "?!"]], ids=["none", "blank"])
def test_after_no_question_with_words_it_is_read_alone(typed: str, history: list[str], lexical: LexicalIndex) -> None:
    assert readings(typed, history, lexical) == [understand(typed, lexical)]


@pytest.mark.parametrize(
    "typed", ["Khi nào?", "Thế bao nhiêu chi bộ?", "Huyện đó ở đâu?", "Còn chi bộ thì sao?", "What about women?"]
)
def test_a_question_that_leans_is_searched_with_the_one_before_and_says_so(typed: str, lexical: LexicalIndex) -> None:
    (question,) = readings(typed, ["Ông Nguyễn Văn Hòa ở đâu?", CAO_LOC], lexical)
    assert question.typed == question.asking == typed
    assert question.searched == f"{CAO_LOC} {typed}"
    assert question.notes == (f"Hiểu theo câu hỏi trước: {CAO_LOC} {typed}",)
    assert question.language == "vi"


@pytest.mark.parametrize("typed", ["Còn huyện Hải Lăng thì sao?", "What about Quảng Trị?"])
def test_a_question_that_asks_the_same_of_another_place_is_searched_with_that_place(
    typed: str, lexical: LexicalIndex
) -> None:
    (question,) = readings(typed, [CAO_LOC], lexical)
    place = "Quảng Trị" if "Quảng Trị" in typed else "Hải Lăng"
    assert question.searched == f"Đảng bộ huyện {place} có bao nhiêu đảng viên? {typed}"
    assert question.notes == (f"Hiểu theo câu hỏi trước: {question.searched}",)


def test_one_that_leans_on_one_that_leans_is_searched_with_both(lexical: LexicalIndex) -> None:
    (question,) = readings("Khi nào?", ["Tuy Hòa ở đâu?", CAO_LOC, "Còn chi bộ thì sao?"], lexical)
    assert question.searched == f"{CAO_LOC} Còn chi bộ thì sao? Khi nào?"
    assert question.asking == "Khi nào?"


def test_a_question_that_may_lean_is_read_alone_first_and_then_with_the_one_before(lexical: LexicalIndex) -> None:
    alone, joined = readings("Ai hát quốc ca?", [CAO_LOC], lexical)
    assert alone == understand("Ai hát quốc ca?", lexical)
    assert joined.searched == f"{CAO_LOC} Ai hát quốc ca?"
    assert joined.asking == "Ai hát quốc ca?"
    assert joined.notes == (f"Hiểu theo câu hỏi trước: {CAO_LOC} Ai hát quốc ca?",)


def test_a_turn_without_diacritics_gets_them_back_before_it_is_joined(lexical: LexicalIndex) -> None:
    (question,) = readings("khi nao", [CAO_LOC], lexical)
    assert (question.searched, question.asking) == (f"{CAO_LOC} khi nào", "khi nào")
    assert question.notes == ("Đã hiểu là: khi nào", f"Hiểu theo câu hỏi trước: {CAO_LOC} khi nào")
    (question,) = readings("Khi nào?", ["Dang bo huyen Cao Loc co bao nhieu dang vien?"], lexical)
    assert question.searched == f"{CAO_LOC} Khi nào?"
    assert question.notes == (f"Hiểu theo câu hỏi trước: {CAO_LOC} Khi nào?",)


@pytest.mark.parametrize(
    ("history", "typed"),
    [
        ([CAO_LOC], "khi nao"),
        (["Dang bo huyen Cao Loc co bao nhieu dang vien?"], "Khi nào?"),
        (["dang bo huyen Cao Loc"], "vay bao nhieu dang vien"),
        (["dang bo huyen Cao Loc", "Còn Quảng Trị thì sao?"], "Khi nào?"),
    ],
)
def test_what_was_restored_in_any_turn_is_searched_without_diacritics(
    history: list[str], typed: str, lexical: LexicalIndex
) -> None:
    assert [question.language for question in readings(typed, history, lexical)] == ["vi-unaccented"]


def test_an_english_conversation_stays_english(lexical: LexicalIndex) -> None:
    asked = "How many party members does the Cao Lộc district committee have?"
    (question,) = readings("When did it start?", [asked], lexical)
    assert (question.searched, question.language) == (f"{asked} When did it start?", "other")


def test_only_the_question_itself_is_noted_as_too_long(lexical: LexicalIndex) -> None:
    (question,) = readings("Khi nào?", ["Cao Lộc " * 1000], lexical)
    assert len(question.notes) == 1
    assert question.searched.endswith("Khi nào?")


def test_a_question_without_words_is_not_joined(lexical: LexicalIndex) -> None:
    assert readings("?!", [CAO_LOC], lexical) == [understand("?!", lexical)]


# --- whatever is typed -----------------------------------------------------------------------------------

ANYTHING = st.text(st.characters(codec=None), max_size=60)
VIETNAMESE_LETTERS = st.text(
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẫấậềểịỏồổợủừỹỵ DĐANGBO.,?-'0123\u0301\u0323\u200b", max_size=60
)


@settings(max_examples=150)
@example(typed="\ud800\udfff đảng \x00")
@example(typed="\u0301\u0323")
@example(typed="ß ﬁ İ ǅ")
@example(typed="ⅷ ² ½ ٣")
@given(typed=st.one_of(ANYTHING, VIETNAMESE_LETTERS, st.text("dang bovien", max_size=300)))
def test_no_text_fails(typed: str, lexical: LexicalIndex) -> None:
    question = understand(typed, lexical)
    assert question.language in {"vi", "vi-unaccented", "other"}
    assert bool(question.searched) == bool(tokens(question.searched))
    assert bool(question.searched) or question.notes
    question.searched.encode("utf-8")


@settings(max_examples=100)
@given(
    typed=st.lists(st.sampled_from(["dang", "BO", "Huyen", "cao", "loc", "xe", "5.350", "?", "-", "\n"]), max_size=12)
)
def test_restoring_changes_nothing_but_diacritics(typed: list[str], lexical: LexicalIndex) -> None:
    text = " ".join(typed)
    assert fold(restore(text, lexical)) == spelling(text)


TURNS = st.one_of(
    ANYTHING,
    VIETNAMESE_LETTERS,
    st.sampled_from([CAO_LOC, "Khi nào?", "Ai hát quốc ca?", "con Quang Tri thi sao", "khi nao", "Why?", "?", " "]),
)


@settings(max_examples=150)
@given(typed=TURNS, history=st.lists(TURNS, max_size=25))
def test_no_text_fails_after_any_other(typed: str, history: list[str], lexical: LexicalIndex) -> None:
    alone = understand(typed, lexical)
    found = readings(typed, history, lexical)
    assert 1 <= len(found) <= 2
    for question in found:
        assert question.typed == typed
        assert question.language in {"vi", "vi-unaccented", "other"}
        question.searched.encode("utf-8")
        if question != alone:
            assert question.asking == alone.searched
            assert question.searched.endswith(f" {question.asking}")
            assert question.notes == (*alone.notes, f"Hiểu theo câu hỏi trước: {question.searched}")
    assert len(found) == 1 or found[0] == alone

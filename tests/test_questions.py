"""Reading a question: its language, its diacritics, and whatever a keyboard or a paste can produce."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.lexical import LexicalIndex, PassageText
from qa.questions import QUESTION_CHARACTERS_MOST, restore, understand
from qa.text import fold, tokens

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
        ("xe dap qua khu", "xe dap qua khu"),
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
    assert fold(restore(text, lexical)) == text

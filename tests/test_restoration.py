"""Questions typed without marks, with some of them, or in keystrokes are read as meant; all others stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evaluation import VARIANTS, LabelledQuestion, read_questions
from qa.lexical import LexicalIndex, PassageText
from qa.questions import understand
from qa.restoration import from_keystrokes, restore, restore_some
from qa.text import fold, spelling, tokens
from qa.types import Question

SEEDS = Path(__file__).parent.parent / "seeds"
MEANT = "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?"


def indexed(*passages: str) -> LexicalIndex:
    index = LexicalIndex()
    index.update([], [PassageText(i, i, "", text) for i, text in enumerate(passages)])
    return index


@pytest.fixture(scope="module")
def lexical() -> LexicalIndex:
    """Give an index of the seed articles' paragraphs."""
    texts = [path.read_text("utf-8") for path in sorted((SEEDS / "articles").iterdir())]
    return indexed(*(part for text in texts for part in text.split("\n\n") if part.strip()))


@pytest.fixture(scope="module")
def single() -> LexicalIndex:
    return indexed("Đảng bộ huyện Cao Lộc có 5.350 đảng viên.")


def understood(question: Question) -> tuple[str, ...]:
    """Give what the notes say that was understood."""
    start = "Đã hiểu là: "
    return tuple(note.removeprefix(start) for note in question.notes if note.startswith(start))


def seed_questions() -> list[LabelledQuestion]:
    return [asked for asked in read_questions(SEEDS / "questions.jsonl") if "english" not in asked.tags]


@pytest.mark.parametrize(
    "typed",
    [
        MEANT,
        "Dang bo huyen Cao Loc co bao nhieu dang vien?",
        "Đảng bo huyện Cao Loc co bao nhieu đảng viên?",
        "Đảng bộ huyen Cao Lộc có bao nhieu đảng viên?",
        "Ddangr booj huyeenj Cao Loocj cos bao nhieeu ddangr vieen?",
        "Ddarng bojo huyeejn Cao Lojoc cos bao nhieeu ddarng vieen?",
        "D9ang3 bo65 huye6n5 Cao Lo6c5 co1 bao nhie6u d9ang3 vie6n?",
        "D9ang3 bo65 huyen65 Cao Loc65 co1 bao nhieu6 d9ang3 vien6?",
        "DDANGR BOOJ HUYEENJ CAO LOOCJ COS BAO NHIEEU DDANGR VIEEN?",
    ],
)
def test_however_a_question_is_typed_it_is_read_as_meant(
    typed: str, lexical: LexicalIndex, single: LexicalIndex
) -> None:
    for index in (lexical, single):
        question = understand(typed, index)
        assert tokens(question.searched) == tokens(MEANT)
        assert question.typed == typed
        assert understood(question) == (() if typed == MEANT else (question.searched,))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gia vang bao nhieu", "giá vàng bao nhiêu"),
        ("thoi tiet the nao", "thời tiết thế nào"),
        ("quyen tre em", "quyền trẻ em"),
        ("Microsoft o dau", "Microsoft ở đâu"),
        ("truong đại học", "trường đại học"),
        ("Gias vangf hoom nay", "Giá vàng hôm nay"),
        ("Gia1 vang2 ho6m nay", "Giá vàng hôm nay"),
    ],
)
def test_what_a_corpus_of_one_passage_does_not_know_is_read_as_it_is_in_general(
    typed: str, meant: str, single: LexicalIndex
) -> None:
    assert understand(typed, single).searched == meant


def test_what_nothing_is_known_of_stays_as_it_was_typed(lexical: LexicalIndex, single: LexicalIndex) -> None:
    for index in (lexical, single, LexicalIndex()):
        for typed in ("xyz zyx", "qwerty", "ddangr", "covid19", "党员 5350", "Giải Oscar"):
            question = understand(typed, index)
            assert (question.searched, question.notes) == (typed, ())


def test_some_words_of_keystrokes_that_are_unknown_leave_the_others_read(single: LexicalIndex) -> None:
    assert understand("Ddangr booj Xyzw cos bao nhieeu ddangr vieen", single).searched == (
        "Đảng bộ Xyzw có bao nhiêu đảng viên"
    )


# --- what was fine stays ---------------------------------------------------------------------------------


def test_a_fine_question_of_the_seeds_is_never_changed(lexical: LexicalIndex) -> None:
    for asked in seed_questions():
        if not asked.context:
            question = understand(asked.question, lexical)
            assert (question.searched, understood(question)) == (spelling(asked.question), ())


@pytest.mark.parametrize(
    "typed",
    [
        "How did Tesla finance his work?",
        "Who was the first chairman of the district?",
        "How did the Cao Lộc district start?",
        "Where was it held?",
        "What does CO2 do?",
        "Was Las Vegas the host?",
        "How fast does Michael Phelps swim?",
        "Is his dog also too slow now?",
        "Quelle est la capitale de la France?",
        "Wie hoch ist der Mount Everest?",
    ],
)
def test_a_question_in_another_language_is_not_taken_for_keystrokes(
    typed: str, lexical: LexicalIndex, single: LexicalIndex
) -> None:
    for index in (lexical, single):
        question = understand(typed, index)
        assert (question.searched, question.language, question.notes) == (spelling(typed), "other", ())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Lượng CO2 là bao nhiêu?", "CO2"),
        ("UBND tinh Quang Tri hop khi nao", "UBND"),
        ("Chur tichj UBND tinhr laf ai", "UBND"),
        ("Chủ tịch UBND tinh la ai", "UBND"),
        ("Tai sao AI lai quan trong", "AI"),
        ("F0 là gì", "F0"),
        ("Facebook của ai?", "Facebook"),
        ("iPhone 15 gia bao nhieu", "iPhone 15"),
    ],
)
def test_abbreviations_and_foreign_names_stay(
    typed: str, kept: str, lexical: LexicalIndex, single: LexicalIndex
) -> None:
    for index in (lexical, single):
        assert kept in understand(typed, index).searched


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("luong CO2 la bao nhieu", "CO2"),
        ("CO2 và H2O là gì?", "CO2 và H2O"),
        ("Điểm A1, A2 ở đâu?", "A1, A2"),
        ("lop 5A co ai", "5A"),
    ],
)
def test_letters_beside_figures_stay(typed: str, kept: str, single: LexicalIndex) -> None:
    assert kept in understand(typed, single).searched


def test_an_english_question_about_someone_with_a_vietnamese_name_is_english(lexical: LexicalIndex) -> None:
    assert understand("Who is Le Thi Thanh Tra?", lexical).language == "other"


# --- notes, and whatever is typed ------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["plain", "unaccented", "half-unaccented", "telex", "vni", "typo", "lower-case"])
def test_what_was_understood_is_noted_exactly_when_it_is_not_what_was_typed(
    variant: str, lexical: LexicalIndex
) -> None:
    for asked in seed_questions():
        typed = asked.question if variant == "plain" else VARIANTS[variant].rewrite(asked.question)
        question = understand(typed, lexical)
        is_changed = question.searched != spelling(typed)
        assert understood(question) == ((question.searched,) if is_changed else ())


@pytest.mark.parametrize(("variant", "share"), [("telex", 0.9), ("vni", 0.9), ("unaccented", 0.4)])
def test_most_questions_of_the_seeds_are_read_as_meant(variant: str, share: float, lexical: LexicalIndex) -> None:
    asked = [question.question for question in seed_questions()]
    read = [understand(VARIANTS[variant].rewrite(question), lexical).searched for question in asked]
    right = sum(tokens(one) == tokens(other) for one, other in zip(read, asked, strict=True))
    assert right >= share * len(asked)


@settings(max_examples=100)
@given(
    typed=st.one_of(
        st.text(st.characters(codec=None), max_size=60),
        st.text("dangbohuyenwfjrxs 0123456789ăêđ?", max_size=60),
    )
)
def test_no_text_fails_and_marks_are_all_that_changes(typed: str, single: LexicalIndex) -> None:
    assert isinstance(from_keystrokes(typed, single), str)
    text = spelling(typed)
    for read in (restore, restore_some):
        # A word that was typed with i may come back with y.
        assert tokens(fold(read(text, single))) == tokens(fold(text))

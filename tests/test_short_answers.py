"""The words within a sentence that answer, and when none are marked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.short_answers import CANDIDATES_MOST, SENTENCE_CHARACTERS_MOST, short_answer
from qa.text import BLANKS, spelling
from qa.types import Question


def asked(question: str, asking: str = "") -> Question:
    """Return a question as it is searched."""
    return Question(question, spelling(question), "vi", asking=spelling(asking))


def marked(question: str, sentence: str) -> str | None:
    """Return the words that are marked in a sentence."""
    span = short_answer(asked(question), sentence)
    return None if span is None else sentence[slice(*span)]


# --- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sentence", "mark"),
    [
        ("Đại hội họp khi nào?", "Đại hội họp vào ngày 20/5/2020 tại Cao Lộc.", "ngày 20/5/2020"),
        ("Đại hội họp khi nào?", "Đại hội họp 13.4.2021.", "13.4.2021"),
        ("Đại hội họp khi nào?", "Ngày 27 tháng 1 năm 1967, đại hội họp.", "Ngày 27 tháng 1 năm 1967"),
        ("Đoàn đến Hải Lăng hôm nào?", "Sáng 12/4, đoàn đến Hải Lăng.", "Sáng 12/4"),
        ("Đoàn đến Hải Lăng bao giờ?", "Đoàn đến Hải Lăng hồi đầu tháng 4/2021.", "đầu tháng 4/2021"),
        ("Khi nào mở bán?", "Vé mở bán từ tháng tư.", "tháng tư"),
        ("Trường lập từ thế kỷ nào?", "Trường lập từ thế kỷ XIX.", "thế kỷ XIX"),
        ("Phong trào có từ thập kỷ nào?", "Phong trào có từ những năm 1950.", "những năm 1950"),
        ("Khi nào có dịch?", "Dịch bùng phát sau năm 1890.", "sau năm 1890"),
        ("Khi nào ông làm vua?", "Ông làm vua từ 1321 đến 1323.", "1321 đến 1323"),
        ("When was it founded?", "Trường được thành lập năm 1835.", "năm 1835"),
    ],
)
def test_the_date_that_a_question_asks_for_is_marked_whole(question: str, sentence: str, mark: str) -> None:
    assert marked(question, sentence) == mark


@pytest.mark.parametrize(
    ("question", "mark"),
    [
        ("Chợ mở cửa năm nào?", "năm 1835"),
        ("Chợ mở cửa ngày nào?", "ngày 12 tháng 5 năm 1835"),
        ("Chợ mở cửa khi nào?", "ngày 12 tháng 5 năm 1835"),
        ("Chợ mở cửa thế kỷ nào?", None),
        ("Chợ mở cửa mấy giờ?", None),
    ],
)
def test_as_much_of_a_date_is_marked_as_was_asked_for(question: str, mark: str | None) -> None:
    assert marked(question, "Chợ mở cửa ngày 12 tháng 5 năm 1835.") == mark


def test_of_several_dates_the_one_that_stands_by_the_questions_words_is_marked() -> None:
    sentence = "Trường tiểu học xây năm 1991, còn cây cầu qua sông khánh thành năm 2002."
    assert marked("Cầu qua sông khánh thành năm nào?", sentence) == "năm 2002"
    assert marked("Trường tiểu học xây năm nào?", sentence) == "năm 1991"


def test_where_several_dates_stand_as_near_none_is_marked() -> None:
    assert marked("Huyện họp năm nào?", "Huyện họp năm 1991 và năm 2002.") is None
    assert marked("Huyện họp khi nào?", "Huyện họp năm 1991; xã họp năm 2002; huyện họp năm 2003.") is None


@pytest.mark.parametrize(
    ("question", "mark"),
    [
        ("Đại hội họp khi nào?", None),
        ("Chỉ thị của Bộ Chính trị ra ngày nào?", "ngày 30/5/2019"),
        ("When was directive 35 issued?", "ngày 30/5/2019"),
    ],
)
def test_a_documents_date_answers_only_questions_about_documents(question: str, mark: str | None) -> None:
    assert marked(question, "Huyện đại hội theo Chỉ thị số 35-CT/TW ngày 30/5/2019 của Bộ Chính trị.") == mark


@pytest.mark.parametrize(
    "sentence",
    [
        "Huyện có 5.350 đảng viên.",
        "Bầu được 1500 người, đạt 3.5 điểm.",
        "Năm 5 tuổi, ông đi học.",
        "Đến nay đã có 42/69 chi bộ họp.",
        "Từ sáng, bà con đã đến.",
    ],
)
def test_other_numbers_are_no_dates(sentence: str) -> None:
    assert marked("Đại hội họp ngày nào?", sentence) is None


# --- percentages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sentence", "mark"),
    [
        ("Bao nhiêu phần trăm hộ có nước sạch?", "Toàn xã có 60,87% hộ có nước sạch.", "60,87%"),
        ("Bao nhiêu % hộ có nước sạch?", "Khoảng 44 % hộ có nước sạch.", "Khoảng 44 %"),
        ("Tỷ lệ hộ nghèo là bao nhiêu?", "Hộ nghèo còn 7 đến 10 phần trăm.", "7 đến 10 phần trăm"),
        ("Mấy phần trăm đất làm đồng cỏ?", "Bảy mươi phần trăm đất làm đồng cỏ.", "Bảy mươi phần trăm"),
        ("Tăng bao nhiêu phần trăm?", "Giá tăng 15-20%.", "15-20%"),
        ("Tăng bao nhiêu phần trăm?", "Giá tăng 15% đến 20%.", "15% đến 20%"),
        ("Tỷ lệ hộ nghèo là bao nhiêu?", "Có 158 hộ nghèo, trong đó 12 hộ (7,6%) mới.", "7,6%"),
        ("Xã nào nổi tiếng với tỷ lệ hộ nghèo cao?", "Xã Hòa có 60% hộ nghèo.", None),
    ],
)
def test_the_percentage_that_a_question_asks_for_is_marked(question: str, sentence: str, mark: str | None) -> None:
    assert marked(question, sentence) == mark


def test_of_several_percentages_the_nearest_to_the_questions_words_is_marked() -> None:
    sentence = "Có 51,6% ủng hộ dự luật, trong khi 32,9% dân số đã không bỏ phiếu."
    assert marked("Bao nhiêu phần trăm dân số không bỏ phiếu?", sentence) == "32,9%"


# --- what is not marked ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Năm 2020 hay năm nào?", "Chuyện xảy ra năm 2020."),
        ("Có đúng 44% hay bao nhiêu phần trăm?", "Được 44%."),
        ("Ngày 13/4/2021 là ngày nào?", "Ngày 13 tháng 4 năm 2021 là ngày họp."),
    ],
)
def test_what_the_question_says_itself_is_never_marked(question: str, sentence: str) -> None:
    assert marked(question, sentence) is None


@pytest.mark.parametrize("question", ["", "?", "Vì sao hoãn?", "Ai chủ trì?", "Họp ở đâu?", "Bàn việc gì?"])
def test_questions_for_something_else_get_no_mark(question: str) -> None:
    assert (
        marked(question, "Ông Lê Quang Tùng chủ trì cuộc họp ngày 13/4/2021 tại Hải Lăng, đạt 100% kế hoạch.") is None
    )


def test_a_follow_up_asks_with_its_last_part_and_knows_what_was_said_before() -> None:
    question = asked("Đại hội năm 2015 có bao nhiêu phần trăm nữ? Khi nào họp?", asking="Khi nào họp?")
    sentence = "Đại hội năm 2015, 30% là nữ, họp ngày 5/6/2015."
    span = short_answer(question, sentence)
    assert span is not None
    assert sentence[slice(*span)] == "ngày 5/6/2015"


def test_nothing_stands_out_of_a_table() -> None:
    row = "Xã họp năm 1990. "
    assert marked("Xã họp năm nào?", row + "Nhiều người dự. " * (SENTENCE_CHARACTERS_MOST // 16)) is None
    many = " ".join(f"{what} năm {year};" for what, year in zip("abcdefghijklmno", range(1990, 2005), strict=True))
    assert many.count("năm") > CANDIDATES_MOST
    assert marked("Việc a năm nào?", many) is None


# --- whatever is given -----------------------------------------------------------------------------------


def test_decomposed_letters_are_read_as_composed_ones_and_spans_are_of_the_text_as_given() -> None:
    sentence = "Đại hội họp ngày 27 tháng 1 năm 1967 tại huyện."
    decomposed = unicodedata.normalize("NFD", sentence)
    span = short_answer(asked("Đại hội họp khi nào?"), decomposed)
    assert span is not None
    assert unicodedata.normalize("NFC", decomposed[slice(*span)]) == "ngày 27 tháng 1 năm 1967"


_QUESTIONS = (
    "Họp khi nào?", "Họp năm nào?", "Họp ngày nào?", "Họp tháng mấy?", "Từ thế kỷ nào?", "Trong thời gian nào?",
    "Bao nhiêu phần trăm hộ?", "Tỷ lệ năm 2020 là bao nhiêu?", "When was it?", "What percentage?", "Có mấy xã?",
)  # fmt: skip
_PIECES = (
    "ngày", "Ngày 5", "tháng 3", "tháng mười hai", "năm 2020", "13/4/2021", "13.4.2021", "20-12-2020", "1991", "đến",
    "–", "-", "thế kỷ XIX", "thập niên 1960 và 1970", "sáng", "44 %", "60,87%", "bảy mươi phần trăm", "hơn 5 350",
    "5.350", "½", "(", ")", ",", "họp", "hộ", "Chỉ thị số 35-CT/TW", "\n", "\u00a0", "\u200b", "\u0301",
    "e\u0302\u0301", "🙂", "٣", "²",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=200),
    st.lists(st.sampled_from(_PIECES), max_size=30).map(" ".join),
    st.lists(st.sampled_from(_PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from(_PIECES), max_size=30).map(lambda pieces: unicodedata.normalize("NFD", " ".join(pieces))),
)


@settings(max_examples=300)
@example("Họp năm nào?", "Họp năm 2020\u0301")
@example("Bao nhiêu phần trăm hộ?", "44 %\u0302")
@example("Họp khi nào?", unicodedata.normalize("NFD", "ngày 5 tháng mười hai"))
@given(question=st.one_of(st.sampled_from(_QUESTIONS), TEXTS), sentence=TEXTS)
def test_a_mark_lies_within_the_sentence_and_is_neither_blank_nor_cut(question: str, sentence: str) -> None:
    span = short_answer(asked(question), sentence)
    if span is not None:
        start, end = span
        assert 0 <= start < end <= len(sentence)
        mark = sentence[start:end]
        assert mark == mark.strip(BLANKS)
        assert not unicodedata.combining(mark[0])
        assert not unicodedata.combining(sentence[end : end + 1] or " ")


@settings(max_examples=150)
@given(question=st.sampled_from(_QUESTIONS), sentence=TEXTS)
def test_what_was_marked_is_not_marked_again_once_the_question_says_it(question: str, sentence: str) -> None:
    span = short_answer(asked(question), sentence)
    if span is not None:
        mark = sentence[slice(*span)]
        assert marked(f"{question} {mark}", sentence) != mark


@pytest.mark.parametrize("question", ["Họp khi nào?", "Họp năm nào?", "Bao nhiêu phần trăm?"])
@pytest.mark.parametrize("length", [SENTENCE_CHARACTERS_MOST, 100_000])
@pytest.mark.parametrize(
    "hostile",
    ["năm ", "1", "1.", "ngày 5 ", "13/4/2021 ", "1991 đến ", "mười ", "44% ", "5 350 ", "số 1 ", "(", " ", "e\u0301 "],
    ids=repr,
)
def test_long_and_repetitive_sentences_come_to_an_end(hostile: str, length: int, question: str) -> None:
    sentence = (hostile * length)[:length]
    span = short_answer(asked(f"{question} họp năm ngày"), sentence)
    assert span is None or sentence[slice(*span)].strip()

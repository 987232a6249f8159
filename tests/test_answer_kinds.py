"""What a question asks for, and which sentences offer it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.answer_kinds import Expected, Kind, expected_answer, offers
from qa.text import tokens


def offered(sentence: str, question: str) -> float:
    """Tell what a sentence offers to a question, as the retriever asks it."""
    expected = expected_answer(question)
    assert expected is not None
    return offers(sentence, expected, frozenset(tokens(question)))


# --- questions -------------------------------------------------------------------------------------------

KINDS = {
    Kind.COUNT: (
        "Đảng bộ huyện Cao Lộc có bao nhiêu đảng viên?",
        "Cao Lộc lập mấy tiểu ban để phục vụ đại hội?",
        "Hội nghị kéo dài bao lâu?",
        "Sông Kỳ Cùng dài bao nhiêu km?",
        "tổng số đảng viên hiện nay là bao nhiêu",
        "Tổng số bao nhiêu đảng viên?",
        "How old is the party?",
        "CÓ BAO NHIÊU ĐẢNG VIÊN",
        "How many party members does the district have?",
        "How much does the road cost?",
        "How long did the congress last?",
    ),
    Kind.NUMBER: (
        "Đại hội chuẩn bị theo chỉ thị số mấy của Bộ Chính trị?",
        "Nghị quyết số bao nhiêu?",
        "Which number does the directive have?",
    ),
    Kind.PERCENTAGE: (
        "Tính ra bao nhiêu phần trăm?",
        "Bao nhiêu % hộ dân có nước sạch?",
        "Tỷ lệ hộ nghèo là bao nhiêu?",
        "Tỉ lệ hộ nghèo của xã thế nào?",
        "What percentage of households are poor?",
    ),
    Kind.TIME: (
        "Khi nào đại hội họp?",
        "Đoàn giám sát đến Hải Lăng hôm nào?",
        "Buổi kiểm tra diễn ra ngày bao nhiêu?",
        "Bao giờ thì xong?",
        "Ông Hoàng Văn Nghiệm sinh năm nào?",
        "Mấy giờ họp?",
        "Nó ra ngày nào?",
        "Đoàn đến Cao Lộc vào buổi nào?",
        "Thế kỉ nào có dịch?",
        "What is the date of the meeting?",
        "What time was it?",
        "When did it start?",
        "In what year was he born?",
        "Đại hội họp khi nào và ở đâu?",
    ),
    Kind.PERSON: (
        "Ai dẫn đầu đoàn kiểm tra?",
        "Trưởng đoàn giám sát là ai vậy?",
        "Văn bản do ai ký?",
        "Những ai dự họp?",
        "Người nào được bầu làm bí thư?",
        "Who chaired the meeting?",
        "By whom was it signed?",
    ),
    Kind.REASON: (
        "Vì sao phải hoãn đại hội?",
        "Tại sao tổng kết rất quan trọng?",
        "Sao lại hoãn?",
        "Triệu Phong tìm giải pháp đột phá nhằm mục đích gì?",
        "Quy chế phải giữ vai trò lãnh đạo của Đảng để làm gì?",
        "Why was the congress postponed?",
    ),
    Kind.PLACE: (
        "Hội nghị được tổ chức ở đâu?",
        "Họ họp tại đâu?",
        "Cao Lộc chọn nơi nào làm đại hội điểm?",
        "Where was the meeting held?",
        "Thái Lan ở đâu?",
        "Ai Cập ở đâu?",
    ),
    Kind.AUTHOR: (
        "Ai viết bài báo này?",
        "Ai là người viết bài này?",
        "Ai đã viết bài báo này?",
        "Bài viết này là của ai?",
        "Phóng sự này do ai viết?",
        "Bài báo về giám sát ở Hải Lăng và Triệu Phong do ai viết",
        "Bài viết này của ai viết?",
        "Phóng viên nào viết bài về Cao Lộc?",
        "Tác giả bài tổng kết chương trình là ai?",
        "Tác giả của tin này là ai?",
        "Who wrote the article about Cao Lộc?",
    ),
}


@pytest.mark.parametrize(("kind", "question"), [(kind, question) for kind in KINDS for question in KINDS[kind]])
def test_a_question_says_what_kind_of_answer_it_asks_for(kind: Kind, question: str) -> None:
    expected = expected_answer(question)
    assert expected is not None
    assert expected.kind is kind


@pytest.mark.parametrize(
    "question",
    [
        "Ai viết bài thơ Từ ấy?",
        "Ai viết bài hát Tiến quân ca?",
        "Người nào viết bài ca này?",
        "Ai là người viết bài văn đoạt giải?",
        "Who wrote this song?",
        "Bài giảng này do ai viết?",
        "Bài toán do ai viết?",
        "Tác giả bài thơ là ai?",
    ],
)
def test_who_wrote_a_poem_or_a_song_asks_for_a_person_and_not_for_the_byline(question: str) -> None:
    assert expected_answer(question) == Expected(Kind.PERSON)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "đảng viên Cao Lộc",
        "Hội nghị bàn về việc gì?",
        "Đảng bộ đặt mục tiêu nào?",
        "Cao Lộc có nên hoãn họp không?",
        "Thái độ của hai bên thế nào?",
        "Ai Cập có gì?",
        "AI là gì?",
        "Đài truyền thanh nói gì?",
        "What was discussed?",
        "Somewhere over the rainbow",
    ],
)
def test_a_question_that_names_no_kind_asks_for_none(question: str) -> None:
    assert expected_answer(question) is None


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("Có bao nhiêu chi bộ?", "chi bộ"),
        ("Đảng bộ có bao nhiêu tổ chức cơ sở đảng trực thuộc?", "tổ chức cơ"),
        ("Dân số là bao nhiêu?", ""),
        ("How many party members are there?", "party members are"),
        ("Khi nào đại hội họp?", ""),
    ],
)
def test_what_is_counted_is_what_follows_how_many(question: str, counted: str) -> None:
    expected = expected_answer(question)
    assert expected is not None
    assert list(expected.counted) == tokens(counted)


# --- sentences -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Cao Lộc có bao nhiêu đảng viên?", "Đảng bộ hiện có hơn 5.350 đảng viên."),
        ("Cao Lộc có bao nhiêu đảng viên?", "Tổng số là 5350."),
        ("Cao Lộc có bao nhiêu chi bộ?", "Toàn huyện có ba chi bộ."),
        ("Dự án hết bao nhiêu tiền?", "Dự án hết 10.000 tỷ đồng."),
        ("Chỉ thị số mấy?", "Chỉ thị số 35-CT/TW của Bộ Chính trị"),
        ("Bao nhiêu phần trăm?", "42 chi bộ, đạt 60,87%."),
        ("Tỷ lệ là bao nhiêu?", "Đạt 60 phần trăm kế hoạch."),
        ("Họp ngày nào?", "Ngày 13/4/2021, đoàn đã làm việc với huyện."),
        ("Họp ngày nào?", "Đại hội họp ngày 5 tháng 3."),
        ("Họp ngày nào?", "Đại hội họp 13.4.2021."),
        ("Họp ngày nào?", "Chi bộ họp 20-12."),
        ("Khi nào có dịch?", "Dịch bùng phát năm 1890."),
        ("Ai chủ trì?", "Đồng chí Hoàng Văn Nghiệm chủ trì hội nghị."),
        ("Ai chủ trì?", "HOÀNG VĂN NGHIỆM"),
        ("Who chaired?", "The meeting was chaired by John Smith."),
        ("Vì sao hoãn?", "Đại hội hoãn do mưa lũ."),
        ("Để làm gì?", "Huyện lập tổ giám sát nhằm bảo đảm dân chủ."),
        ("Họp ở đâu?", "Hội nghị được tổ chức tại Hà Nội."),
        ("Bài này do ai viết?", "Trần Tuyền – Nguyễn Vinh"),
        ("Bài này do ai viết?", "NGỌC HIẾU – THU DIỄM"),
        ("Bài này do ai viết?", "Bài, ảnh: NGỌC HIẾU"),
        ("Bài này do ai viết?", "Bài: Nguyễn An; ảnh: Trần Bình"),
        ("Bài này do ai viết?", "Nguyễn An và Trần Bình."),
        ("Who wrote the article?", "By John Smith"),
    ],
)
def test_a_sentence_with_the_answer_offers_it(question: str, sentence: str) -> None:
    assert offered(sentence, question) >= 0.5


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Cao Lộc có bao nhiêu đảng viên?", "Đảng bộ có nhiều đảng viên ưu tú."),
        ("Dự án hết bao nhiêu tiền?", "Huyện Triệu Phong họp bàn về dự án."),
        ("Dự án hết bao nhiêu tiền?", "HUYỆN TRIỆU PHONG"),
        ("Có bao nhiêu người dự họp?", "Một năm sau, mọi người lại họp."),
        ("Chỉ thị số mấy?", "Chỉ thị của Bộ Chính trị"),
        ("Bao nhiêu phần trăm?", "42 trên 69 chi bộ đã đại hội."),
        ("Họp ngày nào?", "Đoàn đã làm việc với 13 huyện."),
        ("Khi nào có dịch?", "Dịch làm 5.350 người mắc."),
        ("Khi nào có dịch?", "Dịch làm 1500 người mắc."),
        ("Khi nào có dịch?", "Dịch làm 2.020 người mắc."),
        ("Khi nào có dịch?", "Đạt 3.5 điểm, xếp 45/60."),
        ("Ai chủ trì?", "Hội nghị bàn nhiều việc."),
        ("Nguyễn Văn Hòa và Trần Bình gặp ai?", "Nguyễn Văn Hòa gặp Trần Bình."),
        ("Vì sao hoãn?", "Đại hội hoãn hai tuần."),
        ("Họp ở đâu?", "Hội nghị họp rất lâu."),
        ("Bài này do ai viết?", "Ông Trần Tuyền chủ trì hội nghị."),
        ("Bài này do ai viết?", "Hội nghị bế mạc"),
        ("Bài này do ai viết?", "Ảnh: minh họa"),
        ("Bài này do ai viết?", ""),
    ],
)
def test_a_sentence_without_it_offers_nothing(question: str, sentence: str) -> None:
    assert offered(sentence, question) == 0.0


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        ("Có bao nhiêu đảng viên?", "Huyện có 5.350 đảng viên.", "Ngày 22/5, huyện tuyên dương đảng viên."),
        ("Có bao nhiêu đảng viên?", "Huyện có 5.350 đảng viên.", "Năm 2020 huyện có nhiều đảng viên."),
        ("Có bao nhiêu đảng viên?", "Có 283 chi bộ với 5.350 đảng viên.", "Huyện có 283 chi bộ."),
        ("Có bao nhiêu đảng viên?", "Huyện có 30 đảng viên.", "Huyện có hai đảng viên."),
        ("Năm 2020 có bao nhiêu hộ?", "Có 34 hộ.", "Có 2020 hộ."),
        ("Huyện có phải 81 hay bao nhiêu chi bộ?", "Huyện có 283 chi bộ.", "Huyện có 81 chi bộ."),
        ("Ngày 13/4/2021 là ngày bầu cử hay ngày nào?", "Bầu cử ngày 23/5/2021.", "Ngày 13/4/2021 chưa bầu cử."),
        ("Nguyễn Văn Hòa và ai dự họp?", "Nguyễn Văn Hòa dự họp với Trần Bình.", "Nguyễn Văn Hòa dự họp."),
    ],
)
def test_what_is_asked_for_is_offered_better_than_what_only_looks_like_it(
    question: str, better: str, worse: str
) -> None:
    assert offered(better, question) > offered(worse, question)


def test_a_long_line_of_names_is_no_byline() -> None:
    three, five = (", ".join(["Công Tằng Tôn Nữ Ngọc"] * count) for count in (3, 5))
    assert offered(three, "Ai viết bài này?") == 1.0
    assert offered(five, "Ai viết bài này?") == 0.0
    assert offered(", ".join(["An"] * 20), "Ai viết bài này?") == 0.0


# --- whatever is given -----------------------------------------------------------------------------------

_PIECES = (
    "5.350", "13/4/2021", "ba", "triệu", "Triệu", "60,87%", "Trần Tuyền", "–", ",", "ngày", "năm", "2020", "vì", "ở",
    "Bài, ảnh:", "đảng viên", "\n", "\u00a0", "e\u0302\u0301", "🙂", "党",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=200),
    st.lists(st.sampled_from(_PIECES), max_size=30).map(" ".join),
    st.lists(st.sampled_from(_PIECES), max_size=30).map("".join),
)


@settings(max_examples=200)
@example("", Expected(Kind.COUNT, ("đảng",)), [])
@example("٣ ² ½ ⅷ", Expected(Kind.COUNT, ("đảng",)), [])
@given(
    sentence=TEXTS,
    expected=st.builds(Expected, st.sampled_from(Kind), st.sampled_from([(), tuple(tokens("đảng viên")), ("ba",)])),
    known=st.lists(st.sampled_from([token for piece in _PIECES for token in tokens(piece)])),
)
def test_an_offer_is_from_0_to_1_whatever_the_sentence(sentence: str, expected: Expected, known: list[str]) -> None:
    assert 0.0 <= offers(sentence, expected, frozenset(known)) <= 1.0


@settings(max_examples=150)
@given(question=TEXTS)
def test_any_text_asks_for_one_kind_or_none(question: str) -> None:
    expected = expected_answer(question)
    assert expected is None or (expected.kind in Kind and len(expected.counted) <= 3)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "hostile",
    [
        "Trần " * 100_000,
        "T" * 100_000,
        "T – " * 100_000,
        "1" * 100_000,
        "1." * 100_000,
        "5.350 " * 20_000,
        "13/4/2021 " * 100,
        "ngày " * 100_000,
        "vì ở ba triệu " * 10_000,
        "Bài, ảnh: " * 20_000,
        "A B C D E F – " * 6 + "hết",
        " " * 100_000,
    ],
    ids=lambda text: repr(text[:10]),
)
def test_long_and_repetitive_text_comes_to_an_end(hostile: str, kind: Kind) -> None:
    assert 0.0 <= offers(hostile, Expected(kind, ("đảng",)), frozenset({"5350"})) <= 1.0
    assert expected_answer(hostile) is None


def test_a_long_and_repetitive_question_comes_to_an_end() -> None:
    assert expected_answer("bài tin " * 20_000) is None
    expected = expected_answer("bài tin " * 20_000 + "do ai viết?")
    assert expected is not None
    assert expected.kind is Kind.AUTHOR

"""Where Vietnamese sentences end, and where they only seem to."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.sentences import sentence_spans
from qa.text import BLANKS


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text))]


ENDS = {
    "two plain sentences": ["Hội nghị kết thúc.", "Mọi người ra về."],
    "question and exclamation": ["Ai đến trước?", "Không ai cả!", "Thế thôi."],
    "both marks at once": ["Thật thế à?!", "Không thể nào!"],
    "ellipsis of one character": ["Xây dựng chính quyền vững mạnh…", "Hội nghị kết thúc."],
    "ellipsis of three dots": ["Nâng cao hiệu quả...", "Hội nghị kết thúc."],
    "v.v with an ellipsis": ["Chợ bán cam, quýt, v.v…", "Người mua rất đông."],
    "v.v with a full stop": ["Chợ bán cam, quýt, v.v.", "Người mua rất đông."],
    "official ending ./.": ["Nghị định có hiệu lực từ hôm nay./.", "Báo đăng toàn văn."],
    "number at the end": ["Buổi lễ diễn ra ngày 3/2.", "Mọi người đến đông đủ."],
    "full date at the end": ["Đoàn đến làm việc ngày 13/4/2021.", "Bí thư chủ trì."],
    "year at the end": ["Ông sinh năm 1950.", "Bà sinh năm 1952."],
    "number at the beginning": ["Đại hội đã xong.", "28 cơ quan đăng ký công trình."],
    "thousands inside": ["Đảng bộ có hơn 5.350 đảng viên.", "Chi bộ có 283 người."],
    "decimal comma inside": ["Tỷ lệ đạt 60,87%.", "Năm trước đạt 58,1%."],
    "dotted date inside": ["Lễ khai giảng ngày 5.9.2021 ở trường.", "Trời nắng."],
    "city abbreviation": ["Anh sống ở TP. Hồ Chí Minh.", "Chị sống ở TX. Sơn Tây."],
    "city abbreviation without a space": ["Anh sống ở TP.HCM.", "Chị sống ở Huế."],
    "city abbreviation glued to its name": ["Anh sống ở TP.Hồ Chí Minh.", "Chị sống ở Huế."],
    "academic titles": ["PGS.TS. Trần Văn Ba phát biểu.", "GS. Lê Văn Tư nghe."],
    "titles before titles": ["Bệnh nhân do ThS. BS. Nguyễn Lan khám.", "Kết quả tốt."],
    "district and ward": ["Nhà ở P. Bến Nghé, Q. 1.", "Phố rất vui."],
    "initial inside a name": ["Ông Nguyễn V. An đã đến.", "Bà ấy chưa đến."],
    "foreign initials": ["Sách của J. K. Rowling bán chạy.", "Trẻ em rất thích."],
    "anonymised name at the end": ["Bị cáo là Nguyễn Văn A.", "Tòa tuyên án hôm nay."],
    "single letter at the end": ["Cam có nhiều vitamin C.", "Trẻ em nên ăn cam."],
    "roman numeral at the end": ["Đó là đại hội lần thứ X.", "Đại hội thành công."],
    "organisation in capitals at the end": ["Ông làm ở HĐND.", "Bà làm ở UBND."],
    "ordinary word that looks like No.": ["Trẻ được ăn no.", "Em nào cũng vui."],
    "ordinary word that looks like Mr": ["Trời mưa nên bà cầm ô.", "Ông đi trước."],
    "numbered point": ["1. Xây dựng đảng bộ vững mạnh.", "Kết quả rất tốt."],
    "numbered points in a row": ["1. Rửa tay thật sạch.", "2. Đeo khẩu trang."],
    "numbered points behind a colon": ["Việc có hai bước: 1. Rửa tay thật sạch.", "2. Đeo khẩu trang."],
    "lettered point": ["a. Xây dựng đảng bộ vững mạnh.", "Kết quả rất tốt."],
    "roman point": ["II. Nhiệm vụ trọng tâm năm 2022"],
    "nested numbering": ["1.2. Mục tiêu của kế hoạch là rõ ràng.", "Kết quả rất tốt."],
    "heading without a full stop": ["Hoàn thành xây dựng các chương trình, quy chế làm việc"],
    "list item": ["- Thôn Đông có 120 hộ.", "Thôn Đoài có 80 hộ."],
    "short quotation stays whole": ["Ông nói: “Tôi đồng ý. Chúng ta bắt đầu.”", "Rồi ông ra về."],
    "straight quotation stays whole": ['Ông nói: "Tôi đồng ý. Chúng ta bắt đầu."', "Rồi ông ra về."],
    "quotation in mid-sentence": ["Bà hỏi “Ai đó?” rồi mở cửa.", "Không có ai."],
    "title of a book": ['Cuốn "128 câu chuyện kể về Bác. Tập một" đã in xong.', "Sách rất hay."],
    "bracket stays whole": ["Ông kể (rất chậm. Rất rõ).", "Mọi người lắng nghe."],
    "full stop behind a bracket": ["Đoàn làm việc (KT, GS).", "Cuộc họp kết thúc."],
    "missing space": ["Công tác được triển khai trên địa bàn.", "Ngày mai đoàn về."],
    "missing space behind a number": ["Việc này xong từ năm 2021.", "Ngày mai đoàn về."],
    "name of a site": ["Theo VnExpress.net thì trời mưa.", "Đường ngập."],
    "lower case goes on": ["Anh ấy… không đến được hôm nay.", "Chị ấy đến."],
    "capital with a mark begins": ["Hội nghị kết thúc.", "Ủy ban ra thông báo.", "Đảng bộ chúc mừng."],
}
WITHOUT_SPACE = {"missing space", "missing space behind a number"}


@pytest.mark.parametrize("case", ENDS)
def test_sentences_end_where_a_reader_ends_them(case: str) -> None:
    expected = ENDS[case]
    assert sentences(("" if case in WITHOUT_SPACE else " ").join(expected)) == expected


def test_a_long_quotation_is_several_sentences() -> None:
    said = ["Chúng tôi đã làm việc rất lâu để có kết quả của ngày hôm nay."] * 8
    found = sentences("Ông nói: “" + " ".join(said) + "” Rồi ông ra về.")
    assert len(found) > 4
    assert found[-1] == "Rồi ông ra về."


@pytest.mark.parametrize("space", ["\n", "\r\n", "\u00a0", "  ", "\t", "\u2003", "\u200b ", " \u200b", "\ufeff "])
def test_any_blank_may_stand_between_sentences(space: str) -> None:
    text = f"Hội nghị kết thúc.{space}Mọi người ra về."
    assert [found.strip("\u200b\ufeff") for found in sentences(text)] == ["Hội nghị kết thúc.", "Mọi người ra về."]


def test_only_the_given_part_of_the_text_is_read() -> None:
    text = "Bỏ qua. Một câu. Hai câu. Bỏ qua."
    start, end = text.index("Một"), text.rindex(" Bỏ")
    assert [text[slice(*span)] for span in sentence_spans(text, start, end)] == ["Một câu.", "Hai câu."]


@pytest.mark.parametrize("text", ["", " ", "\u00a0\n\t"])
def test_blank_text_has_no_sentences(text: str) -> None:
    assert sentences(text) == []


FRAGMENTS = (
    'Một câu|hai|TP. |5.350|A. |1. |v.v|./.|.|. |…|?!|“|”|"|(|)|[|]| |\u00a0|\r\n|\u2028|\u200b|😀|a\u0323'.split("|")
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.lists(st.sampled_from(FRAGMENTS)).map("".join), st.text()))
def test_sentences_leave_nothing_out_but_blanks(text: str) -> None:
    at = 0
    for start, end in sentence_spans(text, 0, len(text)):
        assert not text[at:start].strip(BLANKS)
        assert text[start:end].strip(BLANKS) == text[start:end] != ""
        at = end
    assert not text[at:].strip(BLANKS)


@pytest.fixture
def in_reasonable_time() -> Iterator[None]:
    """Fail instead of hanging; what takes a second when linear takes hours when quadratic."""

    def stop(*_: object) -> None:
        pytest.fail("still running after 20 s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 20)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("in_reasonable_time")
@pytest.mark.parametrize(
    "unit",
    [
        "A. ",
        "a.",
        "a. ",
        "(",
        ")",
        "()",
        "“",
        "“”",
        "”",
        '"',
        "…",
        "… ",
        ".",
        ". ",
        ".”",
        "1. ",
        "TP.",
        "x",
        " ",
        "a/",
        "—",
    ],
)
def test_long_runs_are_read_in_linear_time(unit: str) -> None:
    text = unit * 200_000
    kept = sum(len("".join(text[slice(*span)].split())) for span in sentence_spans(text, 0, len(text)))
    assert kept == len(unit.strip()) * 200_000

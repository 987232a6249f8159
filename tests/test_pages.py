"""What of a page is the article: invented pages with the furniture that news sites put around one."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.pages import Page, read_page

TITLE = "Huyện Cao Lộc khởi công cầu mới bắc qua sông Kỳ Cùng"
FIRST = "Cây cầu dài 120 mét, rộng 8 mét."
LAST = "Công trình sẽ xong trước Tết."
BODY = f"{FIRST} Vốn là 45 tỷ đồng.\n\nNgười dân hai bờ rất vui. {LAST}"


def read(text: str, title: str | None = None) -> tuple[Page, list[str]]:
    page = read_page(text, title)
    return page, [text[start:end] for start, end in page.paragraphs]


def on_one_line(text: str) -> str:
    return " ".join(text.split())


# --- title --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "above",
    [
        "",
        "\n \n\u00a0\n",
        "\ufeff",
        "Thứ ba,\u00a0 02/03/2021\n\n",
        "Trang chủ\nGiới thiệu\nTin tức\nLiên hệ\n\n",
        "Trang chủ » Tin tức » Kinh tế\n\n",
        "https://example.vn/tin/cau-moi.html\n\n",
        "20/05/2021 10:30\nLượt xem: 1.204\n\n",
        "Đăng nhập\n---\n12:45\n",
    ],
    ids=["nothing", "blank lines", "byte order mark", "clock", "menu", "breadcrumbs", "address", "counters", "mixture"],
)
def test_the_title_is_the_first_real_line(above: str) -> None:
    page, body = read(f"{above}{TITLE}\n\n{BODY}")
    assert page.title == TITLE
    assert body == BODY.split("\n\n")


def test_a_title_broken_in_two_is_one_title() -> None:
    page, body = read("Huyện Cao Lộc khởi công cầu mới\nbắc qua sông Kỳ Cùng\n\n" + BODY)
    assert page.title == TITLE
    assert body == BODY.split("\n\n")


def test_the_title_repeated_as_a_caption_is_not_body() -> None:
    _, body = read(f"{TITLE}\n\n{FIRST}\n\n{TITLE}\n\n{LAST}")
    assert body == [FIRST, LAST]


def test_a_page_without_a_title_keeps_its_first_sentence() -> None:
    _, body = read(BODY)
    assert body == BODY.split("\n\n")


def test_a_page_of_one_line_is_title_and_body() -> None:
    page, body = read("Cầu mới thông xe")
    assert page.title == "Cầu mới thông xe"
    assert body == ["Cầu mới thông xe"]


def test_a_first_paragraph_without_end_is_kept_though_it_serves_as_title() -> None:
    long = "Cây cầu mới bắc qua sông Kỳ Cùng " * 20 + "đã khởi công"
    page, body = read(long + "\n\n" + LAST)
    assert len(page.title) < 200
    assert body == [long, LAST]


def test_with_a_title_given_all_of_the_text_is_body() -> None:
    page, body = read(BODY, "Tiêu đề cho sẵn")
    assert page.title == "Tiêu đề cho sẵn"
    assert body == BODY.split("\n\n")


# --- furniture ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behind",
    [
        "Phản hồi\n\nCác tin khác",
        "169 Go top\n\nHiện tại không có bình chọn nào đang hoạt động.\nThống kê truy cập\n  • Khách Khách 745",
        "CÁC TIN ĐÃ ĐĂNG\n\nTổng số: 288 | Trang: 1 trên tổng số 29 trang\nXem tin theo ngày:   / /",
        "Bình luận (3)\nGửi bình luận\nTên của bạn\nĐịa chỉ thư",
        "Tin liên quan\n\nCầu cũ sập sau lũ\nGiá thép tăng mạnh",
        "Các bài viết khác:\n- Cầu cũ sập sau lũ (12/5)\n- Giá thép tăng mạnh (11/5)",
        "Xem thêm:\nCầu cũ sập sau lũ",
        "Tags: cầu, Cao Lộc\nChia sẻ",
        "Ý kiến bạn đọc\nGửi ý kiến của bạn",
        "TIN MỚI NHẤT\nCầu cũ sập sau lũ\nLượt truy cập: 29621645",
        "Về đầu trang",
    ],
    ids=lambda behind: str(len(behind)),
)
def test_what_stands_behind_the_body_is_left_out(behind: str) -> None:
    _, body = read(f"{TITLE}\n\n{BODY}\n\n{behind}")
    assert body == BODY.split("\n\n")


@pytest.mark.parametrize(
    "line",
    [
        "Thứ Năm, ngày 20/1/2022 - 10:50 Đã xem: 925",
        "20/05/2021 10:30",
        "Cập nhật lúc 10h30 ngày 20/5/2021",
        "Lượt xem: 1.204",
    ],
)
def test_a_line_of_dates_and_counters_below_the_title_is_left_out(line: str) -> None:
    _, body = read(f"{TITLE}\n\n{line}\n\n{BODY}")
    assert body == BODY.split("\n\n")


HEADINGS_LIKE_FURNITURE = [
    "Phản hồi",
    "BÌNH LUẬN",
    "Bình luận:",
    "Ý kiến bạn đọc",
    "Tin liên quan",
    "Xem thêm",
    "Chia sẻ",
]


@pytest.mark.parametrize("heading", HEADINGS_LIKE_FURNITURE)
@pytest.mark.parametrize("after", ["Người dân nói cầu rất cần.", "Người dân nói: “Chúng tôi rất vui.”"])
def test_a_heading_within_the_article_cuts_no_sentence(heading: str, after: str) -> None:
    _, body = read(f"{TITLE}\n\n{BODY}\n\n{heading}\n\n{after}\n\nCác tin khác\n\nCầu cũ sập sau lũ")
    assert body[0].startswith(FIRST)
    assert body[1].endswith(LAST)
    assert body[-1] == after


def test_a_heading_cuts_no_sentence_though_its_paragraph_ends_in_a_credit() -> None:
    after = "Ai cũng mừng. Ngày thông xe là thứ bảy tới (Ảnh: Thu Hà)"
    _, body = read(f"{TITLE}\n\n{BODY}\n\nBình luận\n\n{after}")
    assert body[-1] == after


@pytest.mark.parametrize(
    "sentence",
    [
        "Viết bình luận có trách nhiệm là cách mỗi người giữ không gian mạng trong lành.",
        "Gửi ý kiến về dự thảo luật là quyền của mỗi người dân.",
        "Người trực tuyến ở nông thôn ngày càng nhiều.",
        "Lượt truy cập của trang báo tăng gấp đôi trong năm qua.",
        "Đánh giá bài viết của học sinh là việc của giáo viên.",
        "Hiện tại không có bình chọn nào vượt quá mười nghìn phiếu.",
    ],
    ids=["comments", "opinions", "people online", "visits", "ratings", "polls"],
)
def test_a_last_sentence_that_speaks_of_furniture_is_kept(sentence: str) -> None:
    _, body = read(f"{TITLE}\n\n{BODY}\n\n{sentence}")
    assert body[-1] == sentence


# --- paragraphs ---------------------------------------------------------------------------------------------


def test_wrapped_lines_are_one_paragraph() -> None:
    wrapped = (
        "Cây cầu mới bắc qua sông Kỳ Cùng dài 120 mét, rộng 8 mét, do ông Lê\n"
        "Văn Tư thiết kế, do Ban Quản lý dự án huyện làm chủ đầu tư và xã Tân\n"
        "Thành thi công, sẽ xong trước Tết."
    )
    _, body = read(f"{TITLE}\n\n{wrapped}\n\n{LAST}")
    assert [on_one_line(paragraph) for paragraph in body] == [on_one_line(wrapped), LAST]


@pytest.mark.parametrize("gap", ["\n\n", "\n", "\n\u00a0\n", "\r\n\r\n", "\n\u2003\n", "\n\u200b\n"])
def test_captions_and_headings_stay_apart_from_sentences(gap: str) -> None:
    lines = [TITLE, FIRST, "Lãnh đạo huyện cắt băng khởi công", "Người dân rất vui.", "Tiến độ", LAST]
    _, body = read(gap.join(lines))
    assert [paragraph for paragraph in body if paragraph.strip()] == lines[1:]


def test_a_caption_among_single_lines_is_not_glued_to_the_next_sentence() -> None:
    caption = "Đồng chí Nguyễn Văn An phát biểu tại hội nghị tổng kết ở Hà Nội"
    after = "Hội nghị đã nghe báo cáo kết quả công tác năm và nhiệm vụ năm mới."
    _, body = read(f"{TITLE}\n\n{caption}\n{after}\nCác đại biểu thảo luận sôi nổi về chỉ tiêu kinh tế của huyện.")
    assert caption in body


def test_list_items_are_paragraphs_of_their_own() -> None:
    items = [
        "- Thôn Đông có 120 hộ, phần lớn làm ruộng",
        "- Thôn Đoài có 80 hộ, phần lớn buôn bán",
        "1. Xây cầu",
        "2) Làm đường",
    ]
    _, body = read(f"{TITLE}\n\n{FIRST}\n" + "\n".join(items))
    assert body == [FIRST, *items]


@pytest.mark.parametrize("blank", ["\u00a0", "\u200b", "\ufeff", "\u3000", "\t"])
def test_paragraphs_have_no_outer_blanks(blank: str) -> None:
    _, body = read(f"{TITLE}\n\n{blank}{FIRST}{blank}\n{blank}\n{blank}{blank}{LAST}{blank}\n")
    assert body == [FIRST, LAST]


@pytest.mark.parametrize(
    "text", ["", " \n\t\n", "\u00a0\r\n\u00a0", "\ufeff\u200b", "\u2003\n\u2003", "\u200e", "\u2028"]
)
def test_text_without_a_visible_character_has_no_body(text: str) -> None:
    page, body = read(text)
    assert body == []
    assert page.title == ""


# --- date and source ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "published"),
    [
        (f"{TITLE}\n\nThứ Năm, ngày 20/1/2022 - 10:50 Đã xem: 925\n\n{BODY}", "2022-01-20"),
        (f"{TITLE}\n\nNgày đăng: 05-06-2021\n\n{BODY}", "2021-06-05"),
        (f"Ngày đăng: 5/6/2021\n{TITLE}\n\n{BODY}", "2021-06-05"),
        (f"{TITLE}\n\nCập nhật lúc 10:30, ngày 5 tháng 6 năm 2021\n\n{BODY}", "2021-06-05"),
        (f"{TITLE}\n\nHôm nay 13/4/2021, huyện khởi công cầu.", "2021-04-13"),
        (
            f"{TITLE}\n\nSáng nay (22/5), huyện khởi công cầu.\n\nTính đến ngày 22/5/2020, xã góp 3 tỷ đồng.",
            "2020-05-22",
        ),
        (f"Thứ ba, 02/03/2021\n\n{TITLE}\n\n{BODY}", None),
        (f"{TITLE}\n\n{BODY}", None),
        (f"{TITLE}\n\nChiều 6/11, huyện khởi công cầu.", None),
        (f"{TITLE}\n\nSáng nay (22/5), huyện khởi công cầu.", None),
        (f"{TITLE}\n\nNgày đăng: 31/2/2021\n\n{BODY}", None),
        (f"{TITLE}\n\nCầu cũ xây từ ngày 13/4/1998.", None),
        (f"{TITLE}\n\nSáng nay (3/2), huyện làm lễ kỷ niệm.\n\nĐảng ra đời ngày 3/2/1930.", None),
    ],
    ids=[
        "line below the title",
        "posted, below",
        "posted, above",
        "in words",
        "today in the body",
        "today, with the year elsewhere",
        "clock of the crawl",
        "none",
        "no year",
        "today without a year",
        "no such day",
        "another day in the body",
        "an anniversary is another year",
    ],
)
def test_the_day_of_publication(page: str, published: str | None) -> None:
    assert read_page(page).published == published


@pytest.mark.parametrize(
    ("page", "source"),
    [
        (f"{TITLE}\n\n(QTO) - {BODY}", "QTO"),
        (f"{TITLE}\n\nLSO-Sáng nay, huyện khởi công cầu.", "LSO"),
        (f"{TITLE}\n\nTTXVN – Sáng nay, huyện khởi công cầu.", "TTXVN"),
        (f"{TITLE}\n\n{BODY}\n\nNguồn: Báo Lạng Sơn", "Báo Lạng Sơn"),
        (f"{TITLE}\n\n{BODY}\n\n(Nguồn: Báo Lạng Sơn)\n\nCác tin khác\nCầu cũ sập", "Báo Lạng Sơn"),
        (f"{TITLE}\n\n{BODY}", None),
        (f"{TITLE}\n\nLãnh đạo huyện dự lễ\n(Ảnh: Báo Lạng Sơn)\n\n{BODY}", None),
        (f"{TITLE}\n\nHĐND – UBND huyện Cao Lộc họp phiên thứ ba.", None),
    ],
    ids=[
        "dateline in brackets",
        "dateline glued",
        "dateline with a dash",
        "line at the end",
        "line before the furniture",
        "none",
        "credit of a photograph",
        "an organisation is no dateline",
    ],
)
def test_the_source(page: str, source: str | None) -> None:
    assert read_page(page).source == source


# --- no sentence is ever lost -------------------------------------------------------------------------------

WORDS = """
đảng bộ huyện xã thôn người dân cây cầu con đường nhà trường học sinh bệnh viện bác sĩ ruộng lúa mùa vụ năm nay hôm
qua sáng chiều phản hồi bình luận ý kiến chia sẻ tin khác liên quan nguồn trang chủ xây dựng phát triển rất vui đã
sẽ đang được 5.350 13/4/2021 60,87% (KT, GS) “tự soi” TP. UBND Cao Lộc Nguyễn Văn An QTO
""".split()
FURNITURE_ABOVE = ["Thứ ba, 02/03/2021", "Trang chủ", "Trang chủ » Tin tức", "10:30 | 20/5/2021"]
FURNITURE_BELOW = ["Ngày đăng: 20/1/2022", "Đã xem: 925"]
FURNITURE_BEHIND = [
    "Phản hồi",
    "Các tin khác",
    "Tin liên quan",
    "169 Go top",
    "Thống kê truy cập",
    "Xã bên khánh thành trường",
]
HEADINGS = ["", "", "Phản hồi", "Bình luận", "Tiến độ", "Lãnh đạo huyện dự lễ"]

sentence = st.lists(st.sampled_from(WORDS), min_size=4, max_size=25).map(
    lambda words: "Vì " + " ".join(words) + " mà thành."
)
paragraph = st.tuples(st.sampled_from(HEADINGS), st.lists(sentence, min_size=1, max_size=5))


@settings(max_examples=100, deadline=None)
@given(
    above=st.lists(st.sampled_from(FURNITURE_ABOVE), max_size=3),
    below=st.lists(st.sampled_from(FURNITURE_BELOW), max_size=2),
    paragraphs=st.lists(paragraph, min_size=1, max_size=8),
    behind=st.lists(st.sampled_from(FURNITURE_BEHIND), max_size=4),
    gap=st.sampled_from(["\n", "\n\n", "\r\n", "\n\u00a0\n"]),
)
def test_no_sentence_of_the_body_is_ever_dropped(
    above: list[str], below: list[str], paragraphs: list[tuple[str, list[str]]], behind: list[str], gap: str
) -> None:
    lines = [*above, TITLE, *below]
    for heading, sentences in paragraphs:
        lines += [heading] * bool(heading) + [" ".join(sentences)]
    _, body = read(gap.join([*lines, *behind]))
    for _, sentences in paragraphs:
        for one in sentences:
            assert any(one in text for text in body)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_gives_a_body_unless_it_is_blank(text: str) -> None:
    page, body = read(text)
    assert bool(body) or not any(character.isalnum() for character in text)
    ends = [at for span in page.paragraphs for at in span]
    assert ends == sorted(ends)
    assert all(body)


@pytest.fixture
def in_reasonable_time() -> Iterator[None]:
    """Fail instead of hanging; what takes a second when linear takes hours when quadratic."""

    def stop(*_: object) -> None:
        pytest.fail("still running after 10 s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 10)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("in_reasonable_time")
@pytest.mark.parametrize(
    "unit", [" ", "\u00a0", "1 ", "1/", "A.\n", "Bình luận\n", "Tiêu đề\n", "a\n", "- a\n", "(", "”", ".”", "»", "…"]
)
def test_long_runs_are_read_in_linear_time(unit: str) -> None:
    page = read_page(f"{TITLE}\n\nSáng nay (22/5), huyện khởi công cầu.\n\nSố 1{unit * 200_000}x.\n\n{LAST}")
    assert page.title == TITLE
    assert page.paragraphs

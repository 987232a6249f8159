"""PDF: real files, and pages set here line by line."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.readers.pdf import read
from qa.readers.values import Extracted, Unreadable

FILES = Path(__file__).parent / "files"
TITLE = "Xã Bình Trung tổng kết năm năm xây dựng nông thôn mới và công tác phát triển đảng viên"

Placed = tuple[float, float, float, str]
"""Where a line begins, in points from the left and from the foot of the page; the size of its letters; the line."""
PICTURE = "q 400 0 0 400 50 300 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q"


def pdf(*pages: list[Placed] | str, turned: int = 0, info: str = "") -> io.BytesIO:
    """Make a PDF of pages of lines; a page that is a string is what stands in its content stream."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    objects[2] = objects[2].replace(" >>", " /Encoding /WinAnsiEncoding >>")
    kids = []
    for page in pages:
        content = page if isinstance(page, str) else "\n".join(map(_shown, page))
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Rotate {turned} "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< {info} >>")
    out, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R "
    out += f"/Info {len(objects)} 0 R >>\nstartxref\n{out.index('xref')}\n%%EOF\n"
    return io.BytesIO(out.encode("cp1252", "replace"))


def _shown(line: Placed) -> str:
    left, bottom, size, text = line
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F {size} Tf {left} {bottom} Td ({escaped}) Tj ET"


def lines(*texts: str, left: float = 50, top: float = 700, size: float = 12, step: float = 15) -> list[Placed]:
    return [(left, top - step * number, size, text) for number, text in enumerate(texts)]


def article(file: io.BytesIO) -> Extracted:
    (item,) = read(file)
    assert isinstance(item, Extracted), item
    return item


def paragraphs(*pages: list[Placed] | str) -> list[str]:
    return article(pdf(*pages)).text.split("\n\n")


LONG = "Hoi nghi da bau Ban Chap hanh gom muoi lam dong chi va thong qua nghi quyet"
LONGER = "cua nhiem ky toi, trong do co chi tieu ket nap dang vien moi cua tung chi bo x"


# --- real files -------------------------------------------------------------------------------------------


def test_a_real_report_has_whole_sentences_and_no_headers() -> None:
    with (FILES / "report.pdf").open("rb") as file:
        (item,) = read(file)
    assert isinstance(item, Extracted)
    assert item.title == TITLE
    assert item.author == "Nguyễn Thị Hạnh"
    found = item.text.split("\n\n")
    assert found[0] == TITLE
    # Over the end of a page, on which a note stands; and without the number of the note.
    assert "trong đó có 39 đảng viên nữ và 51 đảng viên là người dân tộc thiểu số." in item.text
    assert "xác minh lý lịch. Nhờ vậy, không còn thôn nào chưa có chi bộ độc lập" in item.text
    assert "nông thôn. Đến nay, 38 km đường trục thôn" in item.text
    assert "Số liệu do Ban Quản lý chương trình của xã tổng hợp đến ngày 28/2/2021, chưa tính phần" in item.text
    assert "Khuổi Mạ | 12 | 37" in found
    assert "Lưu hành nội bộ" not in item.text
    assert "Trang 2" not in item.text


def test_a_real_report_says_where_its_pages_begin() -> None:
    with (FILES / "report.pdf").open("rb") as file:
        (item,) = read(file)
    assert isinstance(item, Extracted)
    assert len(item.pages) == 3
    assert item.pages[0] == 0
    assert item.text[item.pages[2] :].startswith("III. Nhiệm vụ thời gian tới")
    assert item.text.index("II. Công tác") < item.pages[1] < item.text.index("Kết quả kết nạp")


def test_pdf_and_word_hold_the_same_sentences() -> None:
    from qa.readers import docx

    with (FILES / "report.pdf").open("rb") as file, (FILES / "report.docx").open("rb") as other:
        (one,), (two,) = read(file), docx.read(other)
    assert isinstance(one, Extracted)
    assert isinstance(two, Extracted)
    assert sorted(one.text.split("\n\n")) == sorted(two.text.split("\n\n"))


def test_a_scan_and_a_password_are_named_as_the_reason() -> None:
    with (FILES / "scan.pdf").open("rb") as file:
        reason = "no page holds text: scanned? It needs text recognition (OCR) first"
        assert list(read(file)) == [Unreadable(reason)]
    with (FILES / "locked.pdf").open("rb") as file:
        assert list(read(file)) == [Unreadable("protected by a password")]


# --- paragraphs -------------------------------------------------------------------------------------------


def test_wrapped_lines_are_joined_and_a_short_line_ends_a_paragraph() -> None:
    page = lines(LONG, LONGER, "va cac doan the.", LONG, "va het.")
    assert paragraphs(page) == [f"{LONG} {LONGER} va cac doan the.", f"{LONG} va het."]


def test_an_indentation_begins_a_paragraph_although_the_line_before_it_is_full() -> None:
    page = [*lines(LONG, LONGER), (80, 670, 12, "Toan xa co 357 dang vien, tang 64 dong chi so voi dau nhiem ky")]
    page += lines("truoc.", top=655)
    assert len(paragraphs(page)) == 2


def test_a_gap_begins_a_paragraph_and_so_do_items_and_headings() -> None:
    page = [*lines(LONG), *lines(LONGER, "- Mot chi bo;", "- Hai chi bo.", top=670)]
    assert paragraphs(page) == [LONG, LONGER, "- Mot chi bo;", "- Hai chi bo."]
    heading = [(50, 740, 18, "BAO CAO TONG KET"), *lines(LONG, LONGER, "va het.")]
    assert paragraphs(heading) == ["BAO CAO TONG KET", f"{LONG} {LONGER} va het."]


def test_a_heading_of_two_lines_is_one() -> None:
    page = [
        (50, 740, 18, "Xa Binh Trung tong ket nam nam xay dung"),
        (75, 718, 18, "Nong thon moi va phat trien Dang"),
    ]
    assert paragraphs(page + lines(LONG, LONGER))[0].endswith("xay dung Nong thon moi va phat trien Dang")


def test_a_sentence_goes_on_over_the_page_around_a_header_a_footer_and_a_note() -> None:
    def page(number: int, *texts: str) -> list[Placed]:
        return [
            (50, 770, 10, "DANG BO XA BINH TRUNG"),
            *lines(*texts),
            (50, 60, 9, f"{number} Ghi chu so {number}."),
            (300, 30, 10, f"Trang {number}"),
        ]

    found = paragraphs(page(1, LONG, LONGER), page(2, "Huyen uy Cao Loc.", LONG, LONGER), page(3, LONG + ".", LONG))
    assert any(paragraph.startswith(f"{LONG} {LONGER} Huyen uy Cao Loc.") for paragraph in found)
    assert {"Ghi chu so 1.", "Ghi chu so 2.", "Ghi chu so 3."} <= set(found)
    assert not any("BINH TRUNG" in paragraph or "Trang" in paragraph for paragraph in found)


def test_rows_of_figures_at_the_same_place_on_every_page_are_no_headers() -> None:
    pages = [lines(f"Nam {2016 + 2 * number} {100 + 7 * number} ho", LONG, "va het.") for number in range(4)]
    assert [text for text in paragraphs(*pages) if text.startswith("Nam")] == [
        "Nam 2016 100 ho",
        "Nam 2018 107 ho",
        "Nam 2020 114 ho",
        "Nam 2022 121 ho",
    ]


def test_the_mark_of_a_note_goes_and_any_other_raised_number_stays() -> None:
    def raised(text: str, digit: str, rest: str) -> str:
        return f"BT /F 12 Tf 50 700 Td ({text}) Tj /F 7 Tf 5 Ts ({digit}) Tj /F 12 Tf 0 Ts ({rest}) Tj ET"

    note = _shown((50, 60, 9, "1 So lieu nam 2020."))
    assert paragraphs(f"{raised('lam duong', '1', '. Den nay da xong.')}\n{note}")[0] == "lam duong. Den nay da xong."
    assert paragraphs(f"{raised('hien 400 m', '2', ' dat.')}\n{note}")[0] == "hien 400 m2 dat."


def test_cells_far_apart_are_told_apart_and_columns_are_read_one_after_the_other() -> None:
    assert paragraphs([(50, 700, 12, "Na Loc"), (250, 700, 12, "9"), (400, 700, 12, "41")]) == ["Na Loc | 9 | 41"]
    left = lines("Hoi nghi da bau Ban Chap hanh", "gom muoi lam dong chi va da")
    right = lines("thong qua nghi quyet cua dai", "hoi nhiem ky moi.", left=330)
    assert paragraphs(left + right) == [
        "Hoi nghi da bau Ban Chap hanh gom muoi lam dong chi va da thong qua nghi quyet cua dai hoi nhiem ky moi."
    ]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(turned: int) -> None:
    matrix = {90: "0 1 -1 0 600 0", 180: "-1 0 0 -1 600 800", 270: "0 -1 1 0 0 800"}[turned]
    content = f"q {matrix} cm\n" + "\n".join(map(_shown, lines(LONG, LONGER, "va het.", top=400))) + "\nQ"
    assert article(pdf(content, turned=turned)).text == f"{LONG} {LONGER} va het."


def test_letters_from_before_unicode_are_converted() -> None:
    old = ["§¶ng bé x· ®· tæ chøc héi nghÞ tæng kÕt c«ng t¸c n¨m 2020 vµ nhiÖm vô n¨m", "2021; nh©n d©n ®ãng gãp."]
    item = article(pdf(lines(*old)))
    assert item.encoding == "TCVN3 (ABC)"
    assert item.text.startswith(
        "Đảng bộ xã đã tổ chức hội nghị tổng kết công tác năm 2020 và nhiệm vụ năm 2021; nhân dân"
    )


# --- pages, properties, damage ----------------------------------------------------------------------------


def test_pages_without_text_are_named_and_blank_ones_are_not() -> None:
    text = lines(LONG)
    item, reported = read(pdf(text, PICTURE, lines("Hai."), "", PICTURE))
    assert isinstance(item, Extracted)
    assert reported == Unreadable("pages 2 and 5 hold no text: scanned?")
    second = item.text.index("Hai.")
    assert item.pages == (0, second, second, len(item.text), len(item.text))
    assert list(read(pdf(PICTURE, text)))[1] == Unreadable("page 1 holds no text: scanned?")
    many = list(read(pdf(text, *[PICTURE] * 12)))[1]
    assert many == Unreadable("pages 2, 3, 4, 5, 6, 7 and 6 more hold no text: scanned?")


def test_a_scanner_that_signs_its_pages_gives_no_text() -> None:
    page = PICTURE + "\n" + _shown((400, 20, 8, "Scanned with CamScanner"))
    reason = "no page holds text: scanned? It needs text recognition (OCR) first"
    assert list(read(pdf(page, page))) == [Unreadable(reason)]


def test_a_title_that_is_a_file_name_is_not_taken() -> None:
    page = lines("Bao cao nam nay", LONG)
    assert article(pdf(page, info="/Title (Microsoft Word - Bao cao nam nay.doc)")).title is None
    assert article(pdf(page, info="/Title (Bao cao nam nay) /Author (HP)")).title == "Bao cao nam nay"
    assert article(pdf(page, info="/Author (HP)")).author is None


def test_what_cannot_be_read_has_a_reason() -> None:
    assert list(read(io.BytesIO(b"xin chao"))) == [Unreadable("not a PDF, or damaged")]
    assert list(read(io.BytesIO(b""))) == [Unreadable("not a PDF, or damaged")]
    assert list(read(pdf(""))) == [Unreadable("empty: it holds no text")]
    whole = pdf(lines(LONG), lines(LONGER)).getvalue()
    assert list(read(io.BytesIO(whole[: whole.index(b"xref")]))) == [Unreadable("not a PDF, or damaged")]


@given(st.lists(st.lists(st.text("abcdeÀÉ 12.-*|", min_size=1, max_size=40), max_size=6), min_size=1, max_size=4))
@settings(max_examples=60)
def test_pages_are_in_order_and_no_word_is_lost(pages: list[list[str]]) -> None:
    made = pdf(*([(50, 700 - 40 * n, 12, f"x{n}y {text} z") for n, text in enumerate(page)] for page in pages))
    for item in read(made):
        if isinstance(item, Unreadable):
            continue
        assert len(item.pages) == len(pages)
        assert item.pages[0] == 0
        assert all(one <= two for one, two in itertools.pairwise([*item.pages, len(item.text)]))
        assert "\n\n\n" not in item.text
        if len(pages) == 1:
            assert all(f"x{number}y" in item.text for number in range(len(pages[0])))


@given(st.binary(max_size=300), st.integers(0, 27_000))
@settings(max_examples=50)
def test_damaged_bytes_never_raise(noise: bytes, at: int) -> None:
    data = (FILES / "report.pdf").read_bytes()
    for item in read(io.BytesIO(data[:at] + noise + data[at + len(noise) :])):
        assert isinstance(item, Extracted | Unreadable)
        if isinstance(item, Extracted):
            item.text.encode("utf-8")

"""OpenDocument texts: a real file, and packages made here."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qa.readers.odt import read
from qa.readers.values import Extracted, Unreadable
from qa.readers.wording import tidy

FILES = Path(__file__).parent / "files"
TITLE = "Xã Bình Trung tổng kết năm năm xây dựng nông thôn mới và công tác phát triển đảng viên"
NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)
PARAGRAPHS = st.lists(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=30), min_size=1, max_size=6
)


def package(parts: dict[str, str | bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def document(body: str, before: str = "") -> io.BytesIO:
    content = (
        f"{before}<office:document-content {NAMESPACES}><office:body>{body}</office:body></office:document-content>"
    )
    return package({"content.xml": content})


def text_of(body: str, before: str = "") -> str:
    (item,) = read(document(body, before))
    assert isinstance(item, Extracted), item
    return item.text


def reason(file: io.BytesIO) -> str:
    (item,) = read(file)
    assert isinstance(item, Unreadable), item
    assert "\n" not in item.reason
    return item.reason


# --- a real file ------------------------------------------------------------------------------------------


def test_a_real_document_keeps_its_sentences_rows_and_notes() -> None:
    with (FILES / "report.odt").open("rb") as file:
        (item,) = read(file)
    assert isinstance(item, Extracted)
    assert item.title == TITLE
    assert item.author == "Nguyễn Thị Hạnh"
    paragraphs = item.text.split("\n\n")
    assert paragraphs[0] == TITLE
    assert "3,2 tỷ đồng để làm đường giao thông nông thôn. Đến nay, 38 km đường" in item.text
    assert "Khuổi Mạ | 12 | 37" in paragraphs
    assert paragraphs[-1].startswith("Số liệu do Ban Quản lý chương trình")
    assert "Lưu hành nội bộ" not in item.text
    assert "Trang" not in item.text


# --- content ----------------------------------------------------------------------------------------------


def test_blanks_tabs_and_line_breaks_are_text_and_line_ends_of_the_file_are_not() -> None:
    body = '<text:p>Bí thư\n  <text:s text:c="3"/>Đảng<text:tab/>ủy<text:line-break/>xã</text:p>'
    assert text_of(body) == "Bí thư Đảng ủy\nxã"


def test_deleted_text_comments_and_the_table_of_contents_are_left_out() -> None:
    body = (
        "<text:tracked-changes><text:p>Đã xóa.</text:p></text:tracked-changes>"
        "<text:table-of-content><text:p>Chương một 3</text:p></text:table-of-content>"
        "<text:p>Còn <office:annotation><text:p>Xem lại.</text:p></office:annotation>lại.</text:p>"
    )
    assert text_of(body) == "Còn lại."


def test_a_row_of_one_cell_is_paragraphs_and_a_table_in_a_cell_stays_in_its_row() -> None:
    def row(*cells: str) -> str:
        inner = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
        return f"<table:table><table:table-row>{inner}</table:table-row></table:table>"

    assert text_of(row("<text:p>Một.</text:p><text:p>Hai.</text:p>")) == "Một.\n\nHai."
    nested = row("<text:p>Xã</text:p>", row("<text:p>1</text:p>", "<text:p>2</text:p>"))
    assert text_of(nested) == "Xã | 1 | 2"
    assert text_of(row("<text:p>Xã\nA</text:p><text:p>B</text:p>", "<text:p/>", "<text:p>7</text:p>")) == "Xã A B | 7"


def test_letters_from_before_unicode_are_converted() -> None:
    old = "§¶ng bé x· ®· tæ chøc héi nghÞ tæng kÕt c«ng t¸c n¨m; nh©n d©n trong x· ®ãng gãp tr\u00adíc mïa lò."
    (item,) = read(document(f"<text:p>{old}</text:p>"))
    assert isinstance(item, Extracted)
    assert item.encoding == "TCVN3 (ABC)"
    assert item.text.startswith("Đảng bộ xã đã tổ chức hội nghị tổng kết công tác năm; nhân dân trong xã")
    assert "trước mùa lũ" in item.text


def test_what_a_document_points_to_is_neither_fetched_nor_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mật khẩu", encoding="utf-8")
    before = f'<!DOCTYPE d [<!ENTITY a "MỞ RỘNG"><!ENTITY b SYSTEM "{secret.as_uri()}">]>'
    text = text_of("<text:p>Trước &a;&b; sau.</text:p>", before)
    assert "mật khẩu" not in text
    assert "MỞ RỘNG" not in text
    assert text == "Trước sau."


@given(PARAGRAPHS)
def test_paragraphs_come_back_in_their_order(paragraphs: list[str]) -> None:
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in paragraphs]
    file = document("".join(f"<text:p>{text}</text:p>" for text in escaped))
    (item,) = read(file)
    expected = [text for text in map(tidy, paragraphs) if text]
    if not expected:
        assert isinstance(item, Unreadable)
    elif isinstance(item, Extracted) and item.encoding is None:
        assert item.text.split("\n\n") == expected


# --- what cannot be read ----------------------------------------------------------------------------------


def test_each_kind_of_damage_has_a_reason() -> None:
    assert reason(io.BytesIO(b"")).startswith("not an OpenDocument text, or damaged")
    assert reason(io.BytesIO(b"PK\x03\x04" + b"x" * 100)).startswith("not an OpenDocument text, or damaged")
    assert reason(package({"other.xml": "<a/>"})) == "not an OpenDocument text: it holds no content.xml"
    assert reason(package({"content.xml": "<a><b></a>"})).startswith("damaged: ")
    assert reason(package({"content.xml": "<a>" * 5000})).startswith("damaged: ")
    assert reason(document("<text:p> </text:p>")) == "empty: it holds no text"
    assert reason(io.BytesIO((FILES / "report.odt").read_bytes()[:3000])).startswith("not an OpenDocument text, or")


def test_a_password_is_named_as_the_reason() -> None:
    manifest = '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    assert reason(package({"content.xml": b"\x8f\x01", "META-INF/manifest.xml": manifest})) == "protected by a password"


@given(st.binary(max_size=300), st.integers(0, 9000))
def test_damaged_bytes_never_raise(noise: bytes, at: int) -> None:
    data = (FILES / "report.odt").read_bytes()
    for item in read(io.BytesIO(data[:at] + noise + data[at + len(noise) :])):
        assert isinstance(item, Extracted | Unreadable)

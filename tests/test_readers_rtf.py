"""RTF: a real file, and the ways in which letters are written in it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers import rtf
from qa.readers.rtf import read
from qa.readers.values import Extracted, Unreadable
from qa.readers.wording import tidy

FILES = Path(__file__).parent / "files"


def items(code: str | bytes) -> list[Extracted | Unreadable]:
    return list(read(io.BytesIO(code.encode("latin-1") if isinstance(code, str) else code)))


def article(body: str, head: str = "\\ansicpg1252") -> Extracted:
    (item,) = items(f"{{\\rtf1\\ansi{head} {body}}}")
    assert isinstance(item, Extracted), item
    return item


def text_of(body: str, head: str = "\\ansicpg1252") -> str:
    return article(body, head).text


def test_a_real_document_reads_as_the_same_document_in_another_format() -> None:
    from qa.readers import odt

    with (FILES / "report.rtf").open("rb") as file:
        (item,) = read(file)
    with (FILES / "report.odt").open("rb") as file:
        (other,) = odt.read(file)
    assert item == other


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (r"\u272?\u7843?ng u\u7927?", ""),
        (r"\uc0\u272\u7843 ng u\u7927", ""),
        (r"\u272\'d0\u7843\'61ng u\u7927\'75", r"\ansicpg1258"),
        (r"\'d0a\'d2ng uy\'d2", r"\ansicpg1258"),
        ("\xd0a\xd2ng uy\xd2", r"\ansicpg1258"),
        (r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset163 Times New Roman;}}\f1 \'d0a\'d2ng uy\'d2", r"\ansicpg1252"),
    ],
    ids=["u", "u without a substitute", "u with bytes", "1258", "1258 in bytes", "charset of a font"],
)
def test_letters_are_read_however_they_are_written(body: str, head: str) -> None:
    assert text_of(body, head) == "Đảng uỷ"


def test_halves_of_a_character_are_put_together() -> None:
    assert text_of(r"\u-10179?\u-8704? vui") == "\U0001f600 vui"


def test_letters_from_before_unicode_are_converted() -> None:
    old = "§¶ng bé x· ®· tæ chøc héi nghÞ tæng kÕt c«ng t¸c n¨m; nh©n d©n trong x· ®ãng gãp tr\xadíc mïa lò."
    fonts = r"{\fonttbl{\f0\fnil\fcharset0 .VnTime;}}\f0 "
    item = article(fonts + "".join(letter if letter.isascii() else f"\\'{ord(letter):02x}" for letter in old))
    assert item.encoding == "TCVN3 (ABC)"
    assert item.text.startswith("Đảng bộ xã đã tổ chức hội nghị tổng kết công tác năm; nhân dân trong xã")


def test_paragraphs_lines_and_rows() -> None:
    row = r"\trowd Xa A\cell\cell 12\cell\row "
    assert text_of(rf"Mot\line hai.\par {row}Cuoi.") == "Mot\nhai.\n\nXa A | 12\n\nCuoi."


def test_pictures_objects_headers_and_addresses_are_left_out_and_notes_stand_behind_the_body() -> None:
    body = (
        r"{\header Luu hanh noi bo}{\footer\chpgn}{\*\shppict{\pict\pngblip 89504e47}}{\pict\bin4 }}{\'}"
        r"{\object{\*\objdata 0105}{\result Trong khung.}}\par "
        r'Xem {\field{\*\fldinst{HYPERLINK "http://example.vn/"}}{\fldrslt trang nay}}'
        r"{\footnote\plain Ghi chu.} nhe.\par "
        r"Het."
    )
    text = text_of(body)
    assert text.split("\n\n")[-3:] == ["Xem trang nay nhe.", "Het.", "Ghi chu."]
    assert "Luu hanh" not in text
    assert "http" not in text


def test_the_title_and_author_are_taken_where_they_can_be_true() -> None:
    info = (
        r"{\info{\upr{\title B?o c?o n?m qua}{\*\ud{\title B\u225?o c\u225?o n\u259?m qua}}}{\author Luong Van Thuan}}"
    )
    item = article(info + r"B\u193?O C\u193?O N\u258?M QUA\par Xong.")
    assert item.title == "Báo cáo năm qua"
    assert item.author == "Luong Van Thuan"
    assert article(r"{\info{\title Mot chuyen khac}{\author Admin}}Xong.").title is None


def test_of_a_document_that_breaks_off_the_rest_is_reported() -> None:
    first, second = items(r"{\rtf1\ansi Dong mot.\par {\b Dong hai.\par {\i Dong")
    assert isinstance(first, Extracted)
    assert first.text == "Dong mot.\n\nDong hai.\n\nDong"
    assert second == Unreadable("damaged: it breaks off, the rest is missing")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an RTF document"),
        (b"Xin chao", "not an RTF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word document (.doc), not RTF: save it as .docx"),
        (rb"{\rtf1\ansi {\pict 00}}", "empty: it holds no text"),
        (rb"{\rtf1\ansi \u9999999 x}", "damaged: it holds codes that mean nothing"),
        (rb"{\rtf1\ansi " + b"{" * 10_000, "damaged: nested too deeply"),
    ],
    ids=["nothing", "text", "doc", "pictures only", "no character", "nested"],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    assert items(data) == [Unreadable(reason)]


def test_a_document_of_empty_groups_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtf, "_GROUPS_MOST", 100)
    assert article("{}" * 99 + "Dong").text == "Dong"
    assert items(rb"{\rtf1 " + b"{}" * 100 + b"}") == [
        Unreadable("too large for an article: more than a million groups of codes")
    ]


def test_data_at_the_start_of_a_group_is_no_code() -> None:
    assert text_of(r"Mot{\bin4 }}}}} hai.") == "Mot hai."


@given(st.text(st.sampled_from("ab{}\\'"), min_size=1))
def test_braces_and_backslashes_come_back(text: str) -> None:
    assert text_of("x" + re.sub(r"([{}\\])", r"\\\1", text) + "x") == f"x{text}x"


@given(st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=20), min_size=1))
def test_any_letters_come_back(paragraphs: list[str]) -> None:
    def code(text: str) -> str:
        units = text.encode("utf-16-le")
        pairs = (int.from_bytes(units[at : at + 2], "little") for at in range(0, len(units), 2))
        return "".join(f"\\u{unit - 65536 if unit > 32767 else unit}?" for unit in pairs)

    found = items("{\\rtf1\\ansi " + "\\par ".join(map(code, paragraphs)) + "}")[0]
    expected = [text for text in map(tidy, paragraphs) if text]
    if isinstance(found, Extracted) and found.encoding is None:
        assert found.text.split("\n\n") == expected
    else:
        assert not expected or isinstance(found, Extracted)


@given(st.binary(max_size=300), st.integers(0, 20_000))
def test_damaged_bytes_never_raise(noise: bytes, at: int) -> None:
    data = (FILES / "report.rtf").read_bytes()
    for item in items(data[:at] + noise + data[at + len(noise) :]):
        assert isinstance(item, Extracted | Unreadable)

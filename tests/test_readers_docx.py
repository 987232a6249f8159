"""Word documents: a real file, and the parts that Word writes and other libraries lose."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.docx import read
from qa.readers.values import Extracted, Unreadable

FILES = Path(__file__).parent / "files"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLD = "§¶ng bé x· ®· tæ chøc héi nghÞ tæng kÕt c«ng t¸c n¨m, nh©n d©n trong x· ®ãng gãp nhiÒu ngµy c«ng"


def relations(**targets: str) -> str:
    inner = "".join(f'<Relationship Type="{RELATIONS}/{kind}" Target="{path}"/>' for kind, path in targets.items())
    return f"<Relationships>{inner}</Relationships>"


def document(body: str, **parts: str) -> io.BytesIO:
    """Make a document; of `parts`, the name is the kind, as in styles, and the value the XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", relations(officeDocument="word/document.xml"))
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        inner = {kind: f"{kind}.xml" for kind in parts}
        archive.writestr("word/_rels/document.xml.rels", relations(image="../NULL", **inner))
        for kind, content in parts.items():
            archive.writestr(f"word/{kind}.xml", content)
    return file


def paragraph(*runs: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(f'<w:r>{run}</w:r>' for run in runs)}</w:p>"


def t(text: str) -> str:
    return f"<w:t>{text}</w:t>"


def article(body: str, **parts: str) -> Extracted:
    (item,) = read(document(body, **parts))
    assert isinstance(item, Extracted), item
    return item


def reason(file: io.BytesIO) -> str:
    (item,) = read(file)
    assert isinstance(item, Unreadable), item
    assert "\n" not in item.reason
    return item.reason


def test_a_real_document_reads_as_the_same_document_in_another_format() -> None:
    from qa.readers import odt

    with (FILES / "report.docx").open("rb") as file:
        (item,) = read(file)
    with (FILES / "report.odt").open("rb") as file:
        (other,) = odt.read(file)
    assert item == other


def test_smart_tags_content_controls_links_and_insertions_are_text_and_deletions_are_not() -> None:
    body = (
        f"<w:p><w:r>{t('Huyện ')}</w:r><w:smartTag><w:r>{t('Cao Lộc')}</w:r></w:smartTag>"
        f"<w:sdt><w:sdtContent><w:r>{t(' có')}</w:r></w:sdtContent></w:sdt>"
        f"<w:hyperlink><w:r>{t(' 5.350')}</w:r></w:hyperlink><w:ins><w:r>{t(' đảng viên')}</w:r></w:ins>"
        "<w:del><w:r><w:delText> cũ</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r>"
        f"<w:r><w:noBreakHyphen/></w:r><w:r><w:tab/>{t('hết')}<w:br/>{t('dòng')}</w:r></w:p>"
    )
    assert article(body).text == "Huyện Cao Lộc có 5.350 đảng viên- hết\ndòng"


def test_paragraphs_and_rows_stand_in_their_order_and_notes_behind_them() -> None:
    cells = "".join(f"<w:tc>{paragraph(t(text))}</w:tc>" for text in ("Xã A", "", "12"))
    body = paragraph(t("Đầu.")) + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>" + paragraph(t("Cuối."))
    notes = f"<w:footnotes {W}><w:footnote>{paragraph(t('Số liệu năm 2020.'))}</w:footnote></w:footnotes>"
    assert article(body, footnotes=notes).text == "Đầu.\n\nXã A | 12\n\nCuối.\n\nSố liệu năm 2020."


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph(t('Trong khung.'))}</w:txbxContent>"
    both = f"<mc:AlternateContent xmlns:mc='mc'><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    body = f"<w:p><w:r>{t('Ngoài khung.')}</w:r><w:r>{both}</mc:AlternateContent></w:r></w:p>"
    assert sorted(article(body).text.split("\n\n")) == ["Ngoài khung.", "Trong khung."]


def test_the_title_is_the_first_paragraph_with_its_style_and_contents_are_left_out() -> None:
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="u1"><w:name w:val="heading 1"/></w:style></w:styles>'
    )
    body = paragraph(t("I. Mở đầu 3"), style="TOC1") + paragraph(t("Kính gửi")) + paragraph(t("Mở đầu"), style="u1")
    item = article(body, styles=styles)
    assert item.title == "Mở đầu"
    assert item.text == "Kính gửi\n\nMở đầu"


def test_runs_in_old_fonts_are_converted_and_those_beside_them_are_not() -> None:
    old = f'<w:rPr><w:rFonts w:ascii=".VnTime"/></w:rPr>{t(OLD)}'
    capitals = f'<w:rPr><w:rFonts w:ascii=".VnTimeH"/></w:rPr>{t("héi nghÞ")}'
    item = article(paragraph(capitals, t(" là của xã: "), old))
    assert item.encoding == "TCVN3 (ABC)"
    assert item.text.startswith("HỘI NGHỊ là của xã: Đảng bộ xã đã tổ chức hội nghị tổng kết công tác năm")


def test_a_font_may_come_from_the_style_that_a_style_is_based_on() -> None:
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/>'
        '<w:rPr><w:rFonts w:ascii=".VnTime"/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:name w:val="Body"/><w:basedOn w:val="N"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="X"><w:name w:val="Loop"/><w:basedOn w:val="X"/></w:style></w:styles>'
    )
    body = paragraph(t(OLD)) + paragraph(t("héi nghÞ"), style="B") + paragraph(t("Über"), style="X")
    assert article(body, styles=styles).text.endswith("ngày công\n\nhội nghị\n\nÜber")


def test_a_paragraph_of_many_runs_in_an_old_font_is_read_whole() -> None:
    # To look through all of its runs for each of them would take minutes.
    fonts = '<w:rPrDefault><w:rPr><w:rFonts w:ascii=".VnTime"/></w:rPr></w:rPrDefault>'
    styles = f"<w:styles {W}><w:docDefaults>{fonts}</w:docDefaults></w:styles>"
    item = article(paragraph(*[t(OLD + " ")] * 10_000), styles=styles)
    assert item.encoding == "TCVN3 (ABC)"
    assert item.text.count("Đảng bộ xã") == 10_000


def test_what_is_no_word_document_has_a_reason() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert reason(io.BytesIO(ole)) == "an old Word document (.doc): save it as .docx"
    assert reason(io.BytesIO(ole + "EncryptedPackage".encode("utf-16-le"))) == "protected by a password"
    assert reason(io.BytesIO(b"xin chao")).startswith("not a Word document, or damaged")
    assert reason(document("")) == "empty: it holds no text"
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    assert reason(empty) == "not a Word document: it holds no word/document.xml"


def test_a_part_whose_bytes_are_damaged_is_refused() -> None:
    data = bytearray((FILES / "report.docx").read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.getinfo("word/document.xml").header_offset
    data[at + 400] ^= 0xFF
    assert reason(io.BytesIO(bytes(data))).startswith("damaged")


@pytest.mark.parametrize("cut", [10, 1000, 5000, 9000])
def test_a_file_that_breaks_off_is_refused(cut: int) -> None:
    assert "damaged" in reason(io.BytesIO((FILES / "report.docx").read_bytes()[:cut]))


@given(st.binary(max_size=300), st.integers(0, 9000))
def test_damaged_bytes_never_raise(noise: bytes, at: int) -> None:
    data = (FILES / "report.docx").read_bytes()
    for item in read(io.BytesIO(data[:at] + noise + data[at + len(noise) :])):
        assert isinstance(item, Extracted | Unreadable)

"""EPUB books: a real one, and chapters as publishers write them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.epub import read
from qa.readers.values import Extracted, Unreadable

FILES = Path(__file__).parent / "files"
CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
SENTENCE = "Bến đò Pác Luồng nằm cách chợ huyện sáu cây số, nơi con sông uốn khúc."


def book(chapters: dict[str, str | bytes], extra: dict[str, str] | None = None, metadata: str = "") -> io.BytesIO:
    """Make a book of chapters by their addresses in the package document."""
    items = "".join(f'<item id="c{number}" href="{href}"/>' for number, href in enumerate(chapters))
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr(
            "OEBPS/book.opf",
            f"<package><metadata>{metadata}</metadata><manifest>{items}"
            '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
            f"<spine>{spine}</spine></package>",
        )
        for href, content in chapters.items():
            if "/.." not in href and ":" not in href:
                archive.writestr(f"OEBPS/{href}", content)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return file


def page(body: str) -> str:
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{body}</body></html>'


def chapter(body: str | bytes) -> Extracted:
    (item,) = read(book({"c.xhtml": page(body) if isinstance(body, str) else body}))
    assert isinstance(item, Extracted), item
    return item


def reason(file: io.BytesIO) -> str:
    (item,) = read(file)
    assert isinstance(item, Unreadable), item
    return item.reason


def test_a_real_book_is_an_article_a_chapter() -> None:
    with (FILES / "book.epub").open("rb") as file:
        items = list(read(file))
    assert all(isinstance(item, Extracted) for item in items)
    first, second = (item for item in items if isinstance(item, Extracted))
    assert (first.name, second.name) == ("OEBPS/sections/section0002.xhtml", "OEBPS/sections/section0003.xhtml")
    assert first.title == "Chương một: Bến đò xưa"
    assert first.source == "Ký ức bản làng bên sông Kỳ Cùng"
    assert first.author == "Nguyễn Thị Hạnh"
    assert second.text.split("\n\n")[2].startswith("Năm 1979 chợ bị phá hủy hoàn toàn.")


def test_blocks_are_paragraphs_and_scripts_pictures_and_note_marks_are_nothing() -> None:
    body = (
        f"<h2>Bến <i>đò</i>\n xưa</h2><script>alert(1)</script><style>p {{}}</style><p>{SENTENCE}"
        '<a epub:type="noteref" xmlns:epub="e" href="#n">1</a> Sau<sup><a href="#m">[2]</a></sup> đó<br/>hết, '
        "12 m<sup>2</sup>.</p><table><tr><td>Xã</td><td>12</td></tr></table>"
        "<div>Một<div>Hai</div>Ba</div><td>Lẻ</td><img src='http://x/'/>"
    )
    item = chapter(body)
    assert item.title == "Bến đò xưa"
    assert item.text.split("\n\n") == [
        "Bến đò xưa",
        f"{SENTENCE} Sau đó\nhết, 12 m2.",
        "Xã | 12",
        "Một",
        "Hai",
        "Ba",
        "Lẻ",
    ]


@pytest.mark.parametrize(
    "data",
    [
        page(f"<p>{SENTENCE}&nbsp;&#272;&ocirc; &amp; &lt;</p>").encode(),
        page(f"<p>{SENTENCE}&nbsp;&#272;&ocirc; &amp; &lt;<br></p>").encode(),
        ("<?xml version='1.0' encoding='utf-16'?>" + page(f"<p>{SENTENCE} Đô &amp; &lt;</p>")).encode("utf-16"),
    ],
    ids=["names of XHTML", "malformed", "UTF-16"],
)
def test_a_chapter_is_read_as_a_browser_would(data: bytes) -> None:
    assert chapter(data).text == f"{SENTENCE} Đô & <"


def test_entities_are_neither_fetched_nor_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mật khẩu", encoding="utf-8")
    before = f'<!DOCTYPE html [<!ENTITY b SYSTEM "{secret.as_uri()}">]>'
    item = chapter((before + page(f"<p>{SENTENCE}&b;</p>")).encode())
    assert "mật khẩu" not in item.text


def test_the_contents_name_a_chapter_without_a_heading() -> None:
    ncx = (
        "<ncx><navMap><navPoint><navLabel><text>Chương  một</text></navLabel>"
        '<content src="text/a%20b.xhtml#top"/></navPoint></navMap></ncx>'
    )
    file = book({"text/a%20b.xhtml": ""}, {"OEBPS/text/a b.xhtml": page(f"<p>{SENTENCE}</p>"), "OEBPS/toc.ncx": ncx})
    (item,) = read(file)
    assert isinstance(item, Extracted)
    assert (item.name, item.title) == ("OEBPS/text/a b.xhtml", "Chương một")


def test_covers_and_pages_without_a_sentence_are_left_out() -> None:
    file = book(
        {"cover.xhtml": page("<h1>Ký ức</h1><p>Nhà xuất bản Thanh Bình</p>"), "a.xhtml": page(f"<p>{SENTENCE}</p>")}
    )
    (item,) = read(file)
    assert item.name == "OEBPS/a.xhtml"


def test_a_missing_chapter_and_one_outside_do_not_take_the_others_with_them() -> None:
    file = book({"gone/../../../../etc/passwd": "", "http://example.vn/a": "", "a.xhtml": page(f"<p>{SENTENCE}</p>")})
    missing, item = read(file)
    assert missing == Unreadable("damaged: it lacks its part etc/passwd", name="etc/passwd")
    assert isinstance(item, Extracted)


def test_a_locked_book_is_refused_and_one_with_scrambled_fonts_is_not() -> None:
    def encryption(algorithm: str, address: str) -> dict[str, str]:
        return {
            "META-INF/encryption.xml": f'<encryption><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/>'
            f'<CipherData><CipherReference URI="{address}"/></CipherData></EncryptedData></encryption>'
        }

    chapters: dict[str, str | bytes] = {"a.xhtml": page(f"<p>{SENTENCE}</p>")}
    locked = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml")
    assert reason(book(chapters, locked)) == "locked by its seller (DRM)"
    scrambled = encryption("http://www.idpf.org/2008/embedding", "OEBPS/font.otf")
    assert isinstance(next(iter(read(book(chapters, scrambled)))), Extracted)


def test_each_kind_of_damage_has_a_reason() -> None:
    assert reason(io.BytesIO(b"xin chao")).startswith("not an EPUB book, or damaged")
    assert reason(book({"a.xhtml": page("<p>Trống</p>")})) == "empty: no chapter holds text"
    assert reason(book({})) == "empty: it names no chapters"
    deep = book({"a.xhtml": page("<div>Chữ" * 3000)})
    assert "depth" in reason(deep)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    assert reason(empty) == "not an EPUB book: it holds no META-INF/container.xml"


@given(st.binary(max_size=200), st.integers(0, 4100))
def test_damaged_bytes_never_raise(noise: bytes, at: int) -> None:
    data = (FILES / "book.epub").read_bytes()
    for item in read(io.BytesIO(data[:at] + noise + data[at + len(noise) :])):
        assert isinstance(item, Extracted | Unreadable)

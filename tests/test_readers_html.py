"""Web pages as Vietnamese newspapers and offices lay them out: no sentence of the article is lost, little is added."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.pages import read_page
from qa.readers import html
from qa.readers.values import Extracted, Unreadable

FILES = Path(__file__).parent / "files"
TITLE = "Khởi công cầu Bản Lỉm bắc qua sông Kỳ Cùng"
SENTENCES = (
    "Sáng 14/3, UBND huyện Cao Lộc khởi công cầu Bản Lỉm bắc qua sông Kỳ Cùng, với tổng mức đầu tư 45 tỷ đồng.",
    "Cầu dài 120 mét, rộng 8 mét, gồm bốn nhịp dầm bê tông cốt thép, do Công ty Xây dựng Xứ Lạng thi công.",
    "“Bà con hai bờ đợi cây cầu này đã mười năm”, ông Hoàng Văn Pảo, trưởng thôn, nói.",
    "Mùa mưa, học sinh phải đi bè qua sông.",
    "Theo kế hoạch, công trình hoàn thành trước Tết Nguyên đán năm sau, rút ngắn quãng đường đến huyện còn 4 km.",
    "Huyện cũng sẽ làm đường dẫn hai đầu cầu dài 600 mét trong quý III.",
    "Xin cảm ơn bà con!",
)
LINKS = "".join(f'<li><a href="/{i}.html">Hội nghị tổng kết năm của xã số {i}</a></li>' for i in range(12))
TEASERS = "".join(
    f'<h3><a href="/t{i}">Giá quýt tuần {i}</a></h3><p><a href="/t{i}">Giá quýt ở xã số {i} tăng hai nghìn.</a></p>'
    for i in range(6)
)


def read(page: str | bytes) -> Extracted | Unreadable:
    [found] = html.read(io.BytesIO(page.encode() if isinstance(page, str) else page))
    return found


def article(page: str | bytes) -> Extracted:
    found = read(page)
    assert isinstance(found, Extracted), found
    return found


def page(body: str, head: str = "") -> str:
    return f"<html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"


def test_a_newspapers_page_gives_the_article_and_what_the_page_says_of_it() -> None:
    found = article((FILES / "page.html").read_bytes())
    assert found.title == "Khởi công cầu Bản Lỉm bắc qua sông Kỳ Cùng"
    assert (found.author, found.source, found.published) == ("Hồng Vân", "Báo Xứ Lạng", "2021-03-14")
    assert found.url == "https://xulang.example.vn/cau-ban-lim-123.html"
    assert found.encoding is None
    assert found.text.split("\n\n") == [
        "Cây cầu 45 tỷ đồng sẽ thay chiếc bè mà học sinh xã Gia Cát vẫn đi mỗi mùa mưa.",
        "Sáng 14/3, UBND huyện Cao Lộc khởi công cầu Bản Lỉm. Cầu dài 120 mét, rộng 8 mét, gồm bốn nhịp dầm bê tông.",
        "Phối cảnh cầu Bản Lỉm. Ảnh: Hồng Vân",
        "“Bà con hai bờ đợi cây cầu này đã mười năm”, ông Hoàng Văn Pảo, trưởng thôn, nói.",
        "Mùa mưa, học sinh phải đi bè.",
        "Hạng mục | Kinh phí",
        "Cầu chính | 38 tỷ đồng",
        "Công trình hoàn thành trước Tết Nguyên đán năm sau, rút ngắn đường từ xã Gia Cát đến huyện còn 4 km.",
    ]


def test_an_offices_page_of_tables_in_windows_1258_is_read_too() -> None:
    found = article((FILES / "page.htm").read_bytes())
    assert found.encoding == "windows-1258"
    assert found.title == "Hội nghị tổng kết vụ xuân năm 2009"
    assert found.source == "Cổng thông tin điện tử huyện Bình Gia"
    assert found.published == "2009-06-22"  # and not the clock of the day it was saved
    assert unicodedata.is_normalized("NFC", found.text)
    body = [found.text[start:end] for start, end in read_page(found.text, found.title).paragraphs]
    assert body == [
        "Ngày 20/6, UBND huyện tổ chức hội nghị tổng kết sản xuất vụ xuân.",
        "Toàn huyện gieo cấy 1.240 ha lúa, đạt 103% kế hoạch. Năng suất bình quân 52 tạ/ha.",
        "Hội nghị biểu dương mười hộ nông dân ở xã Tô Hiệu.",
        "Cây trồng | Diện tích (ha)",
        "Lúa | 1.240",
        "Ngô | 860",
        "Nguồn: Phòng Nông nghiệp",
    ]


PARAGRAPHS = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
LAYOUTS = {
    "summary outside the article": f'<nav><ul>{LINKS}</ul></nav><div class="page"><h1>{TITLE}</h1>'
    f'<p class="description">{SENTENCES[0]}</p><article>'
    + "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[1:])
    + f'</article><div class="comments"><p>Mong làm nhanh, bà con chờ lâu rồi.</p></div></div><div>{TEASERS}</div>',
    "broken by br in a form of tables": '<form><table><tr><td><table><tr><td><a href="#">Văn bản</a></td></tr></table>'
    f'</td><td><div class="title">{TITLE}</div><div><font>{"<br><br>".join(SENTENCES)}</font></div>'
    f"<div><b>Các tin khác</b></div><ul>{LINKS}</ul></td></tr></table></form>",
    "spans in paragraphs": f'<div class="menu"><ul>{LINKS}</ul></div><div><h2>{TITLE}</h2><div>'
    + "".join(f"<p><span><span>{text[:15]}</span></span><span>{text[15:]}</span></p>" for text in SENTENCES)
    + f"</div></div><div>{TEASERS}</div><div class='footer'>Bản quyền thuộc UBND huyện.</div>",
    "nothing but div": f"<div><div><h1>{TITLE}</h1>"
    + "".join(f"<div>{sentence}</div><div>&nbsp;</div>" for sentence in SENTENCES[:4])
    + f'<div class="related-box"><b>Tin liên quan</b><ul>{LINKS}</ul></div>'
    + "".join(f"<div>{sentence}</div>" for sentence in SENTENCES[4:])
    + "</div><div>© 2021 Báo Xứ Lạng. Giữ bản quyền.</div></div>",
    "header within the article": f"<body class='has-sidebar'><article><header><h1>{TITLE}</h1><p><b>{SENTENCES[0]}</b>"
    f"</p></header><h2>Mười năm</h2><p>{SENTENCES[1]}<p>{SENTENCES[2]}<blockquote>{SENTENCES[3]}</blockquote><ul><li>"
    f"{SENTENCES[4]}<li>{SENTENCES[5]}</ul><aside>{SENTENCES[6]}</aside></article>",
    "paragraphs alone": f"<h1>{TITLE}</h1>{PARAGRAPHS}",
    "quoted lines": f"<h1>{TITLE}</h1><div>{'<br>'.join(SENTENCES)}</div>",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_sentence_survives_in_its_order(name: str) -> None:
    found = article(page(LAYOUTS[name], f"<title>{TITLE} - Báo Xứ Lạng</title>"))
    places = [found.text.find(sentence) for sentence in SENTENCES]
    assert -1 not in places
    assert places == sorted(places)
    assert found.title == TITLE
    for furniture in ("Hội nghị tổng kết", "Giá quýt", "Mong làm nhanh", "bản quyền", "Bản quyền", "Văn bản"):
        assert furniture not in found.text


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations(SENTENCES),
    count=st.integers(1, len(SENTENCES)),
    wrap=st.sampled_from(
        ["<p>{}</p>", "<div>{}</div>", "{}<br><br>", "<p><span>{}</span></p>", "<div><p>{}</p></div>"]
    ),
    menu=st.booleans(),
)
def test_short_articles_lose_nothing_either(order: list[str], count: int, wrap: str, menu: bool) -> None:
    body = "".join(wrap.format(sentence) for sentence in order[:count])
    found = article(page(f"{f'<ul>{LINKS}</ul>' * menu}<div>{body}</div>"))
    assert all(sentence in found.text for sentence in order[:count])


# --- markup -------------------------------------------------------------------------------------------------


def test_entities_that_a_page_declares_are_not_loaded_or_expanded() -> None:
    doctype = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "page.html"><!ENTITY y "nở ra">]>'
    assert article(f"{doctype}<html xmlns='x'><body><p>Một &x; &y;</p></body></html>").text == "Một &x; &y;"


@given(st.text(alphabet="<>/!-&;[]'\"= abđ\npiv?#", max_size=80))
def test_no_markup_breaks_the_reader(markup: str) -> None:
    found = read(markup)
    assert isinstance(found, Unreadable) or found.text.strip()


# --- title, date, source -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (f"<title>{TITLE} - Báo Xứ Lạng</title>", "", TITLE),
        (f"<title>{TITLE} | xulang.vn</title>", "", TITLE),
        ("<title>Cao Lộc - một năm nhìn lại</title>", "", "Cao Lộc - một năm nhìn lại"),
        ("<title>Báo cáo tổng kết năm</title>", "", "Báo cáo tổng kết năm"),
        (f"<title>Báo Xứ Lạng</title><meta property='og:title' content='{TITLE}'>", "", TITLE),
        (f"<title>{TITLE} - Thời sự - Xứ Lạng</title>", f"<h1>{TITLE}</h1>", TITLE),
        ("<title>Báo Xứ Lạng</title>", f"<h1>{TITLE}</h1>", TITLE),
        ("", "", None),
    ],
)
def test_the_title_is_the_articles_and_not_the_sites(head: str, body: str, title: str | None) -> None:
    found = article(page(f"{body}{PARAGRAPHS}", head))
    assert found.title == title
    assert TITLE not in found.text


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        ("<meta property='article:published_time' content='2021-03-14T23:30:00+07:00'>", "", "2021-03-14"),
        ("<meta name='pubdate' content='14/3/2021 08:00'>", "", "2021-03-14"),
        ('<script type=\'application/ld+json\'>[{"datePublished": "2021-03-14"}]</script>', "", "2021-03-14"),
        ("", "<time datetime='2021-03-14T08:00'>hôm nay</time>", "2021-03-14"),
        ("", f"<h1>{TITLE}</h1><div>Chủ nhật, 14/03/2021 08:30</div>", "2021-03-14"),
        ("", "<div>Ngày đăng: 14 tháng 3 năm 2021</div>", "2021-03-14"),
        ("", f"<div>Thứ tư, 5/6/2024</div><h1>{TITLE}</h1>", None),
        ("<link rel='canonical' href='https://example.vn/2021/03/14/cau'>", "<footer>© 2021</footer>", None),
        ("<meta property='article:modified_time' content='2022-01-01'>", "", None),
        ("<meta name='date' content='4/5/2021 8:30:00 AM'>", "", None),
        ("", "<p>Cầu cũ làm từ ngày 5/6/1987.</p>", None),
        ("<script type='application/ld+json'>{\"datePublished\": [{}], </script>", "", None),
    ],
)
def test_a_day_of_publication_is_one_that_the_page_states(head: str, body: str, published: str | None) -> None:
    assert article(page(f"{body}<div>{PARAGRAPHS}</div>", head)).published == published


def test_an_address_is_one_that_the_page_names_as_its_own() -> None:
    assert article(page(PARAGRAPHS + "<a href='https://example.vn/khac'>x</a>")).url is None
    assert article(page(PARAGRAPHS, "<link rel='canonical' href='/cau.html'>")).url is None
    address = "<meta property='og:url' content='https://example.vn/cau'>"
    assert article(page(PARAGRAPHS, address)).url == "https://example.vn/cau"


def test_the_site_is_not_its_own_author() -> None:
    head = "<meta property='og:site_name' content='Xứ Lạng'><meta name='author' content='Xứ Lạng'>"
    found = article(page(PARAGRAPHS, head))
    assert (found.author, found.source) == (None, "Xứ Lạng")


# --- encodings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_believed_before_the_page(codec: str) -> None:
    found = article(f"<html><head><meta charset='iso-8859-1'></head><body>{PARAGRAPHS}</body></html>".encode(codec))
    assert SENTENCES[0] in found.text


def test_utf_8_is_recognised_whatever_the_page_declares() -> None:
    found = article(f"<html><head><meta charset='windows-1252'></head><body>{PARAGRAPHS}</body></html>".encode())
    assert SENTENCES[0] in found.text
    assert found.encoding is None


def test_a_description_cut_within_a_letter_does_not_lose_the_page() -> None:
    found = article(page(PARAGRAPHS, "<meta name='description' content='Huyệ'>").encode().replace(b"\x87'", b"'"))
    assert SENTENCES[0] in found.text
    assert found.encoding == "UTF-8 with broken letters"


LINE_IN_TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam. §éc lËp, tù do, h¹nh phóc. ñy ban nh©n d©n huyÖn Cao Léc häp."


@pytest.mark.parametrize("declared", ["", "utf-8", "windows-1258", "koi8-r", "punycode"])
def test_clear_evidence_is_believed_before_the_page(declared: str) -> None:
    head = f"<html><head><meta charset='{declared}'></head><body><p>"
    found = article(head.encode() + LINE_IN_TCVN3.encode("latin-1") + b"</p></body></html>")
    assert "Cộng hòa xã hội chủ nghĩa Việt Nam." in found.text
    assert found.encoding == "TCVN3 (ABC)"


@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1", "windows-1252", "punycode", "undefined", "rot13"])
def test_a_page_in_letters_that_nobody_knows_is_refused(declared: str) -> None:
    head = f"<html><head><meta charset='{declared}'></head><body><p>".encode()
    found = read(head + bytes(range(0xA1, 0xFF)) + b"</p></body></html>")
    assert found == Unreadable(f"not UTF-8 text: byte 0xa1 at {len(head)}; convert it to UTF-8")


def test_a_page_in_letters_that_it_declares_itself_is_read() -> None:
    head = "<html><head><meta charset='koi8-r'></head><body>"
    found = article(f"{head}<p>Мост через реку.</p></body></html>".encode("koi8-r"))
    assert (found.text, found.encoding) == ("Мост через реку.", "koi8-r")


def test_what_is_no_text_is_no_page_whatever_it_declares() -> None:
    found = read(b"<meta charset='utf-8'><p>" + bytes(range(1, 9)) * 100)
    assert found == Unreadable("binary: it holds control characters")


def test_letters_of_old_fonts_written_as_entities_become_vietnamese() -> None:
    entities = "".join(letter if letter.isascii() else f"&#{ord(letter)};" for letter in LINE_IN_TCVN3)
    found = article(page(f"<p>{entities}</p>"))
    assert "Cộng hòa xã hội chủ nghĩa Việt Nam." in found.text
    assert found.encoding == "TCVN3 (ABC)"


# --- what is no page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "",
        " \n",
        page("<script>x</script>"),
        page("&nbsp;"),
        page("<p style='display:none'>ẩn</p>"),
        "<frameset><frame>",
    ],
)
def test_a_page_that_shows_nothing_is_empty(source: str) -> None:
    assert read(source) == Unreadable("empty: it holds no visible text")


def test_what_is_too_large_is_refused_unless_it_is_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "TEXT_MOST", 5000)
    found = read(page("<p>Một.</p>" * 1000))
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("too large")
    assert article(page(f"<p>Một.</p><img src='data:image/png;base64,{'A' * 10_000}'>")).text == "Một."


@pytest.mark.parametrize("tag", ["div", "b", "table"])
@pytest.mark.parametrize("depth", [300, 5_000])
def test_tags_nested_without_end_lose_no_text(tag: str, depth: int) -> None:
    found = article(page(f"<p>{SENTENCES[0]}</p>{f'<{tag}>' * depth}{SENTENCES[1]}{f'</{tag}>' * depth}{SENTENCES[4]}"))
    assert all(sentence in re.sub(r"\s+", " ", found.text) for sentence in (SENTENCES[0], SENTENCES[1], SENTENCES[4]))


def test_a_page_of_one_long_line_is_read_whole() -> None:
    line = "Huyện Cao Lộc họp. " * 100_000
    assert article(page(f"<p>{line}</p>")).text == line.strip()

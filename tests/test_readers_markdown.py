"""Markdown reads as a page does: its words without its signs, and the fields at its head."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers import markdown
from qa.readers.values import Extracted, Unreadable

FILE = Path(__file__).parent / "files" / "note.md"


def read(source: str | bytes) -> Extracted | Unreadable:
    [found] = markdown.read(io.BytesIO(source.encode() if isinstance(source, str) else source))
    return found


def article(source: str | bytes) -> Extracted:
    found = read(source)
    assert isinstance(found, Extracted), found
    return found


def test_a_note_with_front_matter_is_read() -> None:
    found = article(FILE.read_bytes())
    assert found.title == "Ghi chép ở bản Nà Pản"
    assert (found.published, found.source) == ("2021-11-20", "Sổ tay của trường")
    assert found.author == "Lý Thị Mai, Nông Văn Bảy"
    assert found.text.split("\n\n") == [
        "Trường tiểu học Nà Pản có 86 học sinh, trong đó 52 em ở lại trường cả tuần.",
        "Bữa ăn",
        "1. Buổi sáng có xôi hoặc cháo ngô.",
        "2. Buổi trưa có hai món, mỗi suất 17.000 đồng.",
        "Lớp | Số em",
        "1A | 18",
        "2A | 21",
        "Nhà ăn mới xây",
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**Cao** *Lộc* _có_ `cầu` ~~cũ~~ mới", "Cao Lộc có cầu cũ mới"),
        ("[cầu](https://example.vn 'tên') ![ảnh](a.png) <https://example.vn>", "cầu ảnh https://example.vn"),
        ("[cầu][1]\n\n[1]: https://example.vn", "cầu"),
        ("Một\nhai  \nba\\\nbốn", "Một hai\nba\nbốn"),
        ("- Một\n- Hai\n  - Ba\n\n    thêm\n3) Bốn", "Một\n\nHai\n\nBa\n\nthêm\n\n3) Bốn"),
        ("> Một\n> hai\n\n***\n\nBa", "Một hai\n\nBa"),
        ("```py\na = 1\n\n  b\n```\n\n    c", "a = 1\n\n  b\n\nc"),
        ("|a|b|\n|-|-|\n|**1**|2 \\| 3|\n||4|", "a | b\n\n1 | 2 | 3\n\n4"),
        ("<div>Một<script>x</script></div>\n\n<!-- ghi -->\n\nHai <b>ba</b><br>bốn", "Một\n\nHai ba\nbốn"),
        ("Một <script>x()</script> hai &lt; &#7897;&nbsp;\\*", "Một hai < ộ *"),
        ("Mục\n---\n\nMột", "Mục\n\nMột"),
        ("1. Một\n\n   # Hai\n2. Ba", "1. Một\n\nHai\n\n2. Ba"),
    ],
)
def test_the_text_is_what_is_read_without_the_signs(source: str, text: str) -> None:
    assert article(f"{source}\n").text == text


@pytest.mark.parametrize(
    ("source", "title", "text"),
    [
        ("# Cầu *mới*\n\nMột.", "Cầu mới", "Một."),
        ("Cầu mới\n===\n\nMột.", "Cầu mới", "Một."),
        ("Một.\n\n# Cầu mới\n\nHai.", "Cầu mới", "Một.\n\nCầu mới\n\nHai."),
        ("## Cầu mới\n\nMột.", None, "Cầu mới\n\nMột."),
        ("# Cầu mới", "Cầu mới", "Cầu mới"),
        ("---\ntitle: Cầu\n---\n# Cầu mới\n\nMột.", "Cầu", "Cầu mới\n\nMột."),
        ("<h1>Cầu mới</h1>\n\nMột.", "Cầu mới", "Một."),
    ],
)
def test_the_title_is_the_front_matters_or_the_first_heading(source: str, title: str | None, text: str) -> None:
    found = article(source)
    assert (found.title, found.text) == (title, text)


@pytest.mark.parametrize(
    "fields",
    [
        "title: Cầu mới\ndate: 2021-03-14T08:00:00\nsource: Báo A\nauthor: An, Bình\nurl: https://example.vn/a:b",
        "Tiêu đề: 'Cầu mới'\nNgày: 14/3/2021\nNguồn: \"Báo A\"\nTác giả: [An, 'Bình']\nĐường dẫn: https://example.vn/a:b",
        "tieu de: >-\n  Cầu\n  mới\nngay dang: 14-3-2021\nnguon: Báo A\ntac_gia:\n  - An\n  - Bình\nlink: https://example.vn/a:b",
        "# ghi\ntitle: Cầu mới\ntags:\n- x\ndate: 2021-03-14\nsource: Báo A\nauthor:\n- An\n- Bình\nurl: https://example.vn/a:b\n",
    ],
    ids=["English", "Vietnamese", "without diacritics", "with others"],
)
def test_fields_are_known_by_english_and_vietnamese_names(fields: str) -> None:
    for ends in ("\n", "\r\n"):
        found = article(f"---\n{fields}\n---\n\nMột.".replace("\n", ends))
        assert (found.title, found.published, found.source) == ("Cầu mới", "2021-03-14", "Báo A")
        assert (found.author, found.url, found.text) == ("An, Bình", "https://example.vn/a:b", "Một.")


def test_rules_around_text_are_no_front_matter() -> None:
    assert article("---\n\nMột hai.\n\n---\n\nBa.").text == "Một hai.\n\nBa."
    assert article("---\ntitle: Cầu\n\nMột.").text.endswith("Một.")


def test_anchors_in_front_matter_do_not_grow() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    found = article(f"---\n{bomb}title: *i\n---\n\nMột.")
    assert (found.title, found.text) == ("*i", "Một.")


def test_quotations_nested_without_end_lose_no_text() -> None:
    assert "sâu" in article(">" * 5000 + " sâu").text


@pytest.mark.parametrize("source", ["", "\n \n", "---\ntitle: Cầu\n---\n", "<!-- ghi -->", "***"])
def test_a_note_without_words_is_empty(source: str) -> None:
    assert read(source) == Unreadable("empty: it holds no visible character")


def test_what_is_no_text_or_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(read(b"\x00\x01\x02\x03\xff" * 50), Unreadable)
    monkeypatch.setattr(markdown, "TEXT_MOST", 10)
    assert read("Một hai ba bốn") == Unreadable("too large for an article: 0 MB, the limit is 20 MB")


def test_legacy_text_says_how_it_was_encoded() -> None:
    assert article("# Cầu\n\nMột.".encode("utf-16")).encoding == "UTF-16"


@given(st.lists(st.text(alphabet="abcđêộ ", min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=6))
def test_plain_paragraphs_stay_as_they_are(paragraphs: list[str]) -> None:
    lines = [" ".join(paragraph.split()) for paragraph in paragraphs]
    assert article("\n\n".join(lines)).text == "\n\n".join(lines)


@given(st.text(alphabet="#>*_`~[]()!<>|-+=\\\n\t 1.:&ab\"'", max_size=120))
def test_no_markup_breaks_the_reader(source: str) -> None:
    found = read(source)
    assert isinstance(found, Unreadable) or found.text.strip()

"""The panel of articles as HTML: whatever an article, a file or a reader says stays text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import SUFFIXES, Article, Held, ListedArticle, Size
from ui.adding import Arrival
from ui.reasons import fault_words, reason_words
from ui.render_corpus import (
    count_words,
    list_html,
    panel_html,
    progress_html,
    progress_words,
    removed_html,
    returned_html,
    sources_html,
)
from ui.shell import stock_html
from ui.uploads import Limits

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)


class Page(HTMLParser):
    """What a browser makes of HTML: its elements, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.values.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def listed(**facts: str | None) -> ListedArticle:
    given = {"id": "bài.txt", "title": "Tin", "source": None, "published": None, "path": "kho/bài.txt", **facts}
    return ListedArticle(**given, author=None, url=None, encoding=None, passages=1, sentences=1, also_in=())  # type: ignore[arg-type]


PLAIN = Page(list_html([listed()], {}))


@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_no_article_can_write_markup(name: str, title: str, source: str, published: str, path: str) -> None:
    article = listed(id=name, title=title, source=source, published=published, path=path)
    page = Page(list_html([article], {name: Size(1234, 3)}))
    assert page.tags == PLAIN.tags
    assert set(page.values) == set(PLAIN.values)
    for attribute in ("data-article", "data-open", "data-pick", "data-remove"):
        assert [value.replace("\r", "\n") for value in page.values[attribute]] == [name.replace("\r", "\n")]


@given(WORDS, WORDS, WORDS)
def test_no_file_can_write_markup(name: str, said: str, fault: str) -> None:
    held = Held(1, name, said, 2)
    arrival = Arrival(name, "done", "", (held,), (fault,), 1)
    plain = Page(progress_html([Arrival("a", "done", "", (Held(1, "a", "b", 2),), ("c",), 1)]))
    assert Page(progress_html([arrival])).tags == plain.tags
    refused = Page(progress_html([Arrival(name, "refused", said)]))
    assert refused.tags == ["li", "span", "span"]


@given(WORDS, WORDS)
def test_no_removed_article_or_source_can_write_markup(title: str, token: str) -> None:
    article = Article("bài", "kho/bài", title, "chữ", "0")
    assert Page(removed_html(article, token, True)).tags == ["p", "p", "button", "button"]
    assert Page(returned_html(article)).tags == ["p", "p", "button"]
    assert Page(sources_html([title])).tags == ["option", "option"]


def test_an_article_is_told_with_what_is_known_of_it() -> None:
    article = listed(title="Tin  huyện\n", source="LSO", published="2021-04-13")
    text = Page(list_html([article], {"bài.txt": Size(12345, 3)})).text
    assert "LSO · 13/04/2021 · 3 trang, 12.345 ký tự" in text
    assert "kho/bài.txt" in text
    assert "Xóa bài “Tin huyện” khỏi kho" in Page(list_html([article], {})).values["aria-label"]


def test_the_panel_says_what_may_be_added() -> None:
    page = Page(panel_html(Limits()))
    for suffix in SUFFIXES:
        assert suffix in page.text
    assert "nhiều nhất 100 MB" in page.text
    assert "200 tệp và 1 GB" in page.text
    assert page.values["data-file-bytes"] == ["100000000"]
    labels = set(page.values["for"])
    assert labels <= set(page.values["id"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, True, 5), "Không có bài nào phù hợp."),
        ((0, True, 0), ""),
        ((1234, True, 1234), "1.234 bài."),
        ((2, True, 1234), "Tìm thấy 2 bài trong 1.234 bài."),
        ((60, False, 1234), "Tìm thấy hơn 60 bài trong 1.234 bài."),
    ],
)
def test_counts_are_said(arguments: tuple[int, bool, int], said: str) -> None:
    assert count_words(*arguments) == said


def test_the_stock_is_said() -> None:
    assert stock_html(0, 0) == "Kho chưa có bài báo nào."
    assert stock_html(5, 1234) == "Trong kho có 5 bài báo, chia thành 1.234 đoạn."


def test_what_became_of_the_files_is_said_in_a_line() -> None:
    arrivals = [
        Arrival("a", "done"),
        Arrival("b", "done"),
        Arrival("c", "there"),
        Arrival("d", "refused"),
        Arrival("e", "stopped"),
    ]
    assert progress_words(arrivals) == "Đã thêm 2 tệp, 1 tệp đã có sẵn, 1 tệp không thêm được, 1 tệp chưa xong."
    assert progress_words([Arrival("a", "done"), Arrival("b", "reading")]) == "Đang đưa 1 tệp vào kho…"
    assert progress_words([]) == ""


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("protected by a password", "có mật khẩu"),
        ("no page holds text: scanned? It needs text recognition (OCR) first", "nhận dạng chữ"),
        ("pages 1 and 2 hold no text: scanned?", "nhận dạng chữ"),
        ("an old Word document (.doc): save it as .docx", "lưu lại thành .docx"),
        ("unpacks to 1000 times its size: a decompression bomb?", "lớn bất thường"),
        ("too large for an article: 300 MB, the limit is 200 MB", "quá lớn"),
        ("empty: its text holds no visible character", "không có chữ"),
        ("empty: it holds no file that can be read", "không có tệp nào đọc được"),
        ("not a PDF, or damaged", "bị hỏng"),
        ("not UTF-8 text: invalid start byte at byte 3; convert it to UTF-8", "UTF-8"),
        ("binary: it holds NUL bytes", "không phải là văn bản"),
        ("its reader broke down (SIGSEGV)", "bộ đọc gặp sự cố"),
        ("took longer than 60 s to read", "quá lâu"),
        ("something that no version says yet", "không đọc được"),
    ],
)
def test_the_readers_reasons_are_said_in_vietnamese(reason: str, words: str) -> None:
    assert words in reason_words(reason)


def test_a_fault_names_its_place() -> None:
    assert fault_words("protected by a password", "kho/tin.docx").startswith("kho/tin.docx: tệp có mật khẩu")
    assert fault_words("it has 2 columns where the header has 3", None, 6) == "dòng 6: dòng không đúng mẫu của bảng"

"""The words of a document: text, titles and authors."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.values import TEXT_MOST, Unfit
from qa.readers.wording import article, converted, plausible_author, plausible_title, tidy, whole

TITLE = "Xã Bình Trung tổng kết năm năm xây dựng nông thôn mới và công tác phát triển đảng viên"
OLD = "§¶ng bé x· ®· tæ chøc héi nghÞ tæng kÕt c«ng t¸c n¨m; nh©n d©n trong x· ®ãng gãp nhiÒu ngµy c«ng"


@given(st.text(max_size=60))
def test_tidy_text_is_nfc_stays_as_it_is_and_holds_nothing_that_cannot_be_stored(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\n\n" not in once
    once.encode("utf-8")


def test_ligatures_odd_blanks_and_invisible_characters_become_plain_text() -> None:
    assert tidy("ﬁle\u00a0\u2009chính\u00adthức\u200b\u2028 Đảng ủy\ufeff") == "file chínhthức\nĐảng ủy"
    assert tidy("\ud83d\ude00 vui \ud83d") == "\U0001f600 vui"


@pytest.mark.parametrize(
    ("title", "is_one"),
    [
        (TITLE, True),
        (TITLE.upper(), True),
        ("Microsoft Word - Xã Bình Trung", False),
        ("bao cao nam 2020.doc", False),
        ("Báo cáo", False),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", False),
        ("Kế hoạch của một năm khác", False),
        (None, False),
    ],
)
def test_only_a_title_that_the_text_begins_with_is_believed(title: str | None, is_one: bool) -> None:
    text = (
        f"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n\n{TITLE}\n\nBáo cáo. bao cao nam 2020.doc Microsoft Word - Xã Bình Trung"
    )
    assert plausible_title(title, text) == (title if is_one else None)


@pytest.mark.parametrize("author", ["HP", "Admin", "Windows User", "PC01 vp", "user@xa.vn", "python-docx", "", None])
def test_an_account_or_a_computer_is_no_author(author: str | None) -> None:
    assert plausible_author(author) is None
    assert plausible_author(" Lương Văn  Thuận ") == "Lương Văn Thuận"


@given(st.lists(st.text(max_size=20), max_size=6))
def test_a_text_is_its_paragraphs_with_a_blank_line_between_any_two(paragraphs: list[str]) -> None:
    expected = [text for text in map(tidy, paragraphs) if text]
    if expected:
        assert whole(paragraphs).split("\n\n") == expected
    else:
        with pytest.raises(Unfit, match="empty: it holds no text"):
            whole(paragraphs)


def test_a_text_too_large_is_refused() -> None:
    with pytest.raises(Unfit, match="too large for an article: 20 MB, the limit is 20 MB"):
        whole(["đ" * (TEXT_MOST // 2), "d"])


def test_pieces_are_converted_together_and_stay_apart() -> None:
    pieces, encoding = converted([OLD, "", "Hai\fba"])
    assert encoding == "TCVN3 (ABC)"
    assert pieces[0].startswith("Đảng bộ xã đã tổ chức hội nghị")
    assert pieces[1:] == ["", "Hai\nba"]
    assert converted([]) == ([], None)


def test_the_title_of_the_properties_comes_before_that_of_a_style_where_it_is_believed() -> None:
    paragraphs = ["Tỉnh ủy", "Báo cáo  năm", TITLE]
    assert article(paragraphs, None, TITLE, None, titled=1).title == TITLE
    assert article(paragraphs, None, "Document1", "Lương Văn Thuận", titled=1).title == "Báo cáo năm"
    assert article(paragraphs, None, "Document1", "Lương Văn Thuận").author == "Lương Văn Thuận"
    assert article(paragraphs, None, None, "Admin").title is None

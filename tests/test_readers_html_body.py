"""Where the article stands among the blocks of a page."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from qa.readers.html_body import article, below_title, ends_sentence, key, located, title_at
from qa.readers.html_tree import Block, parse, visible_blocks

TITLE = "Cây cầu mười năm mong đợi"
CAPTION = "Phối cảnh cầu Bản Lỉm. Ảnh: Hồng Vân"
PROSE = "Sáng 14/3, UBND huyện Cao Lộc khởi công cầu Bản Lỉm bắc qua sông Kỳ Cùng, với tổng vốn 45 tỷ đồng."
MORE = "Cầu dài 120 mét, rộng 8 mét, gồm bốn nhịp dầm bê tông cốt thép, do Công ty Xây dựng Xứ Lạng thi công."
PAGE = (
    "<ul><li><a href='/1'>Thời sự</a><li><a href='/2'>Kinh tế</a></ul>"
    f"<h1>{TITLE}</h1><p>{PROSE}</p><p>{CAPTION}</p><p>{MORE}</p>"
    "<div class='comments'><p>Mong làm nhanh, bà con chờ lâu rồi.</p></div>"
)


def blocks(source: str = PAGE) -> list[Block]:
    return list(visible_blocks(parse(f"<html><body>{source}</body></html>")))


def texts(found: list[Block]) -> list[str]:
    return [block.text for block in found]


def test_between_the_first_line_found_and_the_last_all_stays() -> None:
    assert texts(article(blocks(), [key(PROSE), key(MORE)])) == [PROSE, CAPTION, MORE]


def test_where_nothing_is_found_all_but_menus_and_comments_stays() -> None:
    assert texts(article(blocks(), [])) == [TITLE, PROSE, CAPTION, MORE]


def test_a_caption_taken_for_the_article_does_not_replace_it() -> None:
    assert texts(article(blocks(), [key(CAPTION)])) == [PROSE, CAPTION, MORE]
    body = f"<p>{PROSE}</p>" * 5
    found = blocks(f"<div>{body}</div><h2>{TITLE}</h2><div><h2>{CAPTION}</h2><a href='/1'>{MORE}</a></div>")
    assert texts(article(found, [key(CAPTION)])) == [*[PROSE] * 5, TITLE, CAPTION]


def test_the_title_and_the_clock_above_it_are_no_text_of_the_article() -> None:
    found = blocks(f"<div>Thứ hai, 1/1/2024</div><h1>{TITLE.upper()}</h1><p>{PROSE}</p>")
    assert title_at(found, TITLE) == 1
    assert texts(below_title(found, TITLE)) == [PROSE]
    assert below_title(found, None) == found


def test_a_title_repeated_below_prose_takes_nothing_with_it() -> None:
    found = blocks(f"<p>{PROSE}</p><p>{TITLE}</p><p>{MORE}</p>")
    assert below_title(found, TITLE) == found


def test_a_page_nested_as_nobody_writes_one_is_not_searched() -> None:
    assert key(PROSE) in located(parse(f"<html><body>{PAGE}</body></html>"))
    assert located(parse(f"<html><body>{'<table><tr><td>' * 300}{PROSE}{f'<p>{MORE}</p>' * 9_000}</body></html>")) == []


@given(st.text())
def test_a_key_is_the_same_however_the_text_is_typed(text: str) -> None:
    assert key(text) == key(unicodedata.normalize("NFC", text)) == key(f" {text}. ")


def test_a_sentence_may_end_within_quotation_marks() -> None:
    assert ends_sentence("Ông nói: “Xong.”")
    assert not ends_sentence(CAPTION)

"""What a page shows, tag by tag: every letter once, in its order, and what calls itself furniture."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.html_tree import Block, parse, visible_blocks

LETTERS = st.text(alphabet="abđạ<>&\"'/ .", min_size=1, max_size=12)


def blocks(source: str) -> list[Block]:
    tree = parse(source)
    return [] if tree is None else list(visible_blocks(tree))


def shown(source: str) -> list[str]:
    return [block.text for block in blocks(source)]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("Cao&nbsp;L&#7897;c &lt;tốt&gt; A&B", ["Cao Lộc <tốt> A&B"]),
        ("<b>Cao</b> <i>Lộc</i>\n  có <a href='/x'>cầu</a>.", ["Cao Lộc có cầu."]),
        ("Một<!-- ghi --> hai<!--[if IE]> ba<![endif]-->", ["Một hai"]),
        ("Một<script>hai()</script><style>p{}</style> ba<template>bốn</template>", ["Một ba"]),
        ("Một <span style='DISPLAY : none'>hai</span><span hidden>ba</span>bốn", ["Một bốn"]),
        ("<ul><li>Một<li>Hai<ol><li>Ba</ol></ul>", ["Một", "Hai", "Ba"]),
        ("Một<br>hai<br><br>ba", ["Một\nhai", "ba"]),
        ("<pre>Một\nhai</pre>", ["Một\nhai"]),
        ("<table><tr><td>Một<td>hai<br>ba<tr><td>bốn<td></table>", ["Một | hai ba", "bốn"]),
        ("<table><tr><td>Một<td>hai<tr hidden><td>x<td>y</table>ba", ["Một | hai", "ba"]),
        ("<tr><td>Một<td><div><tr><td>hai<td>ba</div></tr>bốn", ["Một", "hai | ba", "bốn"]),
        (f"<table><tr><td>{'dài ' * 200}<td>hai</table>", [("dài " * 200).strip(), "hai"]),
        ("Cao\u00ad Lộc\u200b", ["Cao Lộc"]),
        ("<span>Lạng Sơn</span>Sáng nay", ["Lạng Sơn Sáng nay"]),
        ("<p>Một <b>hai <i>ba</b> bốn</i><p>năm</div></table>", ["Một hai ba bốn", "năm"]),
        ("<base href='https://example.vn/'><a href='x'>Một</a>", ["Một"]),
        (unicodedata.normalize("NFD", "Cao Lộc"), [unicodedata.normalize("NFD", "Cao Lộc")]),
    ],
)
def test_the_text_is_what_the_page_shows(body: str, texts: list[str]) -> None:
    assert shown(f"<html><body>{body}</body></html>") == texts


@given(st.lists(st.tuples(st.sampled_from(["p", "li", "h2", "div", "td", "b", "section", "a", "pre"]), LETTERS)))
def test_every_letter_is_shown_once_and_in_its_order(pieces: list[tuple[str, str]]) -> None:
    source = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in pieces)
    expected = "".join(text for _, text in pieces)
    assert re.sub(r"\s", "", "".join(shown(source))) == re.sub(r"\s", "", expected)


@pytest.mark.parametrize(
    ("source", "furniture"),
    [
        ("<div class='relatedNews'>Một</div>", ["Một"]),
        ("<div id='tin-lien-quan'><p>Một<p>hai</div>", ["Một", "hai"]),
        ("<div class='tagline'>Một</div>", []),
        ("<header>Một</header>", ["Một"]),
        ("<article><header>Một</header></article>", []),
        ("<div class='menu'><h1>Một</h1></div>", []),
        (f"<form>{'<p>Cầu dài 120 mét, rộng 8 mét.</p>' * 9}</form>", []),
    ],
)
def test_furniture_is_what_calls_itself_so_and_does_not_hold_the_page(source: str, furniture: list[str]) -> None:
    found = blocks(f"<html><body><p>{'Huyện Cao Lộc họp. ' * 9}</p>{source}</body></html>")
    assert [block.text for block in found if block.is_furniture] == furniture


def test_links_are_weighed_by_their_letters() -> None:
    [block] = blocks("<p><a href='/x'>Cao</a> Lộc <a href='/y'>họp</a></p>")
    assert block.linked == pytest.approx(6 / 9)


@pytest.mark.parametrize("inner", ["<div class=menu>", "<table><tr><td>", "<tr><td><div>", "<header>", "<h1><div>"])
def test_elements_in_one_another_by_the_thousand_lose_no_text(inner: str) -> None:
    found = shown(f"{inner * 600}Một{'<b>hai </b>' * 20_000}")
    assert "".join(found).replace(" ", "") == f"Một{'hai' * 20_000}"


def test_of_a_page_nested_too_deeply_scripts_stay_out() -> None:
    source = f"<script>x()</script>{'<div>' * 3000}Một<br><br><p>hai</div><style>p{{}}</style>{'<script ' * 1000}"
    assert shown(source) == ["Một", "hai"]


def test_nothing_has_no_tree() -> None:
    assert parse("") is None
    assert shown(" \n") == []

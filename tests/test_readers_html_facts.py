"""What a page states of itself in its head, its JSON-LD and its marked elements."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.html_facts import Facts, headline
from qa.readers.html_tree import parse, visible_blocks

TITLE = "Khởi công cầu Bản Lỉm bắc qua sông Kỳ Cùng"


def facts(head: str = "", body: str = "<p>Một.</p>") -> Facts:
    return Facts(parse(f"<html><head>{head}</head><body>{body}</body></html>"))


def chosen(head: str, body: str) -> str | None:
    tree = parse(f"<html><head>{head}</head><body>{body}</body></html>")
    return headline(Facts(tree), list(visible_blocks(tree)), Facts(tree).site())


def linked_data(value: object) -> str:
    written = json.dumps(value).replace("</", "<\\/")
    return f"<script type='application/ld+json'>{written}</script>"


def test_linked_data_is_read_wherever_it_lies() -> None:
    record = {
        "headline": TITLE,
        "author": [{"name": "Hồng  Vân"}, "Minh Anh", 7],
        "publisher": {"name": "Báo Xứ Lạng"},
        "datePublished": "2021-03-14T08:00:00+07:00",
    }
    found = facts(linked_data({"@graph": [{"@type": "WebSite"}, {"mainEntity": record}]}))
    assert found.titles() == [TITLE]
    assert (found.author(None), found.site(), found.published()) == ("Hồng Vân, Minh Anh", "Báo Xứ Lạng", "2021-03-14")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["headline", "author", "publisher", "datePublished", "name"]), inner, max_size=3
            )
        ),
        max_leaves=12,
    )
)
def test_linked_data_of_any_shape_states_something_or_nothing(value: object) -> None:
    found = facts(linked_data(value))
    assert all("\n" not in (name or "") for name in [*found.titles(), found.author(None), found.site()])
    assert found.published() is None or len(found.published() or "") == 10


@pytest.mark.parametrize(
    ("body", "author"),
    [
        ("<b rel='author'>Tác giả: Hồng Vân</b>", "Hồng Vân"),
        ("<p class='tac-gia'>Bài, ảnh: Hồng Vân</p>", "Hồng Vân"),
        ("<p class='author'>https://xulang.example.vn</p>", None),
        ("<p class='author'>toasoan@xulang.example.vn</p>", None),
        (f"<p class='author'>{TITLE * 3}</p>", None),
    ],
)
def test_an_author_is_a_name(body: str, author: str | None) -> None:
    assert facts(body=body).author(None) == author


@pytest.mark.parametrize("value", ["14/3/2021, 08:30", "08:30 14/3/2021", "08:30, ngày 14-03-2021", "2021-03-14 08:30"])
def test_a_day_may_stand_beside_its_time(value: str) -> None:
    assert facts(body=f"<b itemprop='datePublished'>{value}</b>").published() == "2021-03-14"


def test_days_marked_one_within_another_are_not_all_unfolded() -> None:
    marked = "<b itemprop='datePublished'>" * 1500
    assert facts(body=f"{marked}{'dài ' * 500_000}").published() is None


def test_a_title_on_two_lines_is_one_line_and_no_author() -> None:
    assert chosen("", f"<div class='title'>{TITLE}<br>sau mười năm</div><p>Một.</p>") == f"{TITLE} sau mười năm"


def test_what_is_longer_than_a_title_is_none() -> None:
    assert chosen(f"<title>{TITLE * 100}</title>", f"<h1>{TITLE}</h1>") == TITLE
    assert chosen(f"<title>{' - x' * 50_000}</title>", "<p>Một.</p>") is None

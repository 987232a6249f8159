"""Searches of the list: paged through, and never called whole after they broke."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ui.searches
from qa import IndexUnusable, ListedArticle, holdings, list_articles
from ui.searches import Searches, Sought


def test_a_search_that_broke_begins_anew(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Iterator[ListedArticle]:
        yield next(list_articles(index))
        raise IndexUnusable("the disk went away")

    searches, held = Searches(index), holdings(index)
    with monkeypatch.context() as patched:
        patched.setattr(ui.searches, "list_articles", broken)
        for _ in range(2):
            with pytest.raises(IndexUnusable):
                searches.page(held, Sought(), 0, 50)
    articles, total, is_exact = searches.page(held, Sought(), 0, 50)
    assert ([article.id for article in articles], total, is_exact) == (["00.txt", "01.txt", "02.txt"], 3, True)


def test_the_next_page_goes_on_where_the_last_one_ended(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = list[None]()

    def counted(*given: Any, **named: Any) -> Iterator[ListedArticle]:
        begun.append(None)
        return list_articles(*given, **named)

    monkeypatch.setattr(ui.searches, "list_articles", counted)
    searches, held = Searches(index), holdings(index)
    found = [searches.page(held, Sought(text="Đảng bộ"), start, 1)[0][0].id for start in range(3)]
    assert (found, len(begun)) == (["00.txt", "01.txt", "02.txt"], 1)

"""Articles that are taken out and put back: what comes back is what went."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpora import PLACES, article_text
from encoders import HashEncoder
from filelock import FileLock

import qa.index
from qa import Assistant, IndexUnusable, put_back, take_out, update_index


def test_what_another_run_wrote_just_before_is_what_comes_back(
    index: Path, corpus: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = article_text(PLACES[1], 2)

    class LateLock(FileLock):
        """A lock that another run had first."""

        def __enter__(self) -> LateLock:
            monkeypatch.undo()
            (corpus / "01.txt").write_text(newer, encoding="utf-8")
            update_index(corpus, index, encoder=encoder)
            super().__enter__()
            return self

    monkeypatch.setattr(qa.index, "FileLock", LateLock)
    removed = take_out(["01.txt"], index)
    put_back(removed, index)
    article = Assistant.open(index, encoder=encoder).article("01.txt")
    assert article is not None
    assert article.text.strip() == newer.strip()


def test_where_there_is_no_index_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable):
        take_out(["01.txt"], tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_what_is_out_cannot_be_taken_out_again(index: Path) -> None:
    for name in ("00.txt", "01.txt", "02.txt"):
        take_out([name], index)
    with pytest.raises(qa.CorpusError, match="holds no article"):
        take_out(["00.txt"], index)

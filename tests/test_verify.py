"""Checking an index: nothing to say of a whole one, and of a damaged one what it is and the command that mends it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from corpora import PLACES, article_text, file_name, write_articles, write_jsonl
from encoders import HashEncoder, NoNewPassages

from qa import Assistant, IndexUnusable, UpdateOptions, Verification, update_index, verify
from qa.confidence import CONFIDENCE_NAME
from qa.index import STORE_NAME


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    corpus = write_articles(tmp_path / "bài", PLACES[:3])
    write_jsonl(corpus / "nhiều.jsonl", [{"id": place, "text": article_text(place)} for place in PLACES[3:5]])
    return corpus


@pytest.fixture
def index(corpus: Path, tmp_path: Path) -> Path:
    update_index(corpus, tmp_path / "index", encoder=HashEncoder())
    return tmp_path / "index"


def alter(index: Path, sql: str, *parameters: object) -> None:
    """Change a store behind Hoidap's back."""
    connection = sqlite3.connect(index / STORE_NAME)
    assert connection.execute(sql, parameters).rowcount > 0
    connection.commit()
    connection.close()


def only_problem(index: Path) -> tuple[str, str]:
    """Verify, expect exactly one problem, and give what it is and its remedy."""
    (problem,) = verify(index).problems
    assert "\n" not in problem.what + problem.mend
    return problem.what, problem.mend


def test_a_whole_index_has_no_problems(index: Path) -> None:
    verification = verify(index)
    assert (verification.problems, verification.missing) == ((), ())
    assert (verification.articles, verification.revision, verification.model) == (5, 1, "băm")
    assert verification.sentences > verification.passages > verification.articles


def test_an_updated_and_pruned_index_has_no_problems(corpus: Path, index: Path) -> None:
    write_articles(corpus, PLACES[:2], edition=2)
    (corpus / file_name(PLACES[2])).unlink()
    update_index(corpus, index, encoder=HashEncoder(), options=UpdateOptions(prune=True))
    assert verify(index).problems == ()
    assert verify(index).articles == 4


def test_verifying_changes_nothing(index: Path) -> None:
    (index / "vectors.faiss").unlink()
    before = sorted(path.name for path in index.iterdir() if not path.name.startswith(STORE_NAME))
    verify(index)
    assert sorted(path.name for path in index.iterdir() if not path.name.startswith(STORE_NAME)) == before


# --- the store -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE texts SET text = replace(text, 'đảng', 'Đảng') WHERE article = 1", "the stored text is not the one"),
        ("UPDATE articles SET title = 'khác' WHERE public_id = 'Vĩnh Linh'", "the stored text is not the one"),
        ("UPDATE articles SET sha256 = 'khác' WHERE id = 1", "the stored text is not the one"),
        ('UPDATE passages SET "end" = "end" + 1 WHERE id = 2', "passage 2 is not a place"),
        ("UPDATE passages SET start = start - 1 WHERE id = 2", "passage 2 is not a place"),
        ('UPDATE passages SET "end" = 1000000 WHERE id = 2', "passage 2 is not a place"),
        ("UPDATE sentences SET start = start + 1 WHERE id = 1", "passage 1 is not a place"),
        ('UPDATE sentences SET "end" = start WHERE id = 2', "passage 1 is not a place"),
        ('UPDATE sentences SET "end" = "end" + 5 WHERE id = 1', "passage 1 is not a place"),
        ("DELETE FROM sentences WHERE passage = 2", "passage 2 is not a place"),
        ("DELETE FROM sentences WHERE id = 2", "have 12 vectors"),
        ("DELETE FROM vectors WHERE article = 1", "12 sentences have 0 vectors"),
        (f"UPDATE vectors SET matrix = zeroblob({11 * 48 * 2}) WHERE article = 1", "12 sentences have 11 vectors"),
    ],
)
def test_a_damaged_row_is_told_with_the_command_that_mends_it(index: Path, sql: str, expected: str) -> None:
    alter(index, sql)
    problems = verify(index).problems
    assert any(expected in problem.what for problem in problems), problems
    # What was altered would be carried over: the article has to be read again.
    mend = "hoidap remove " if expected.startswith("the stored text") else f"hoidap index --rebuild --index {index}"
    assert any(problem.mend.startswith(mend) for problem in problems)


def test_a_matrix_of_a_wrong_length_is_told(index: Path) -> None:
    alter(index, "UPDATE vectors SET matrix = zeroblob(7) WHERE article = 1")
    assert any("vectors" in problem.what for problem in verify(index).problems)


def test_what_a_rebuild_mends_is_mended_by_it(corpus: Path, index: Path) -> None:
    alter(index, "UPDATE passages SET start = start + 1 WHERE id = 2")
    assert verify(index).problems != ()
    update_index(corpus, index, encoder=HashEncoder(), options=UpdateOptions(rebuild=True))
    assert verify(index).problems == ()


def test_damaged_pages_are_told(index: Path) -> None:
    """Each page of SQLite's file in turn: as a problem, or as the one line that the index cannot be read."""
    path = index / STORE_NAME
    whole = path.read_bytes()
    for start in range(0, len(whole), 4096):
        path.write_bytes(whole[:start] + b"\xa5" * 4096 + whole[start + 4096 :])
        try:
            assert verify(index).problems, f"the page at {start}"
        except IndexUnusable as error:
            assert "\n" not in str(error)  # noqa: PT017 - both are told
    path.write_bytes(whole)
    assert verify(index).problems == ()


def test_no_index_and_no_store_are_refused(tmp_path: Path, index: Path) -> None:
    with pytest.raises(IndexUnusable, match="there is no index"):
        verify(tmp_path / "không có")
    (index / STORE_NAME).write_bytes(b"garbage")
    with pytest.raises(IndexUnusable, match="cannot be read as an index"):
        verify(index)


# --- the sources -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", [" ", "Một câu nữa.\n"])
def test_a_source_that_changed_is_told_with_the_command_that_indexes_it(corpus: Path, index: Path, edit: str) -> None:
    path = corpus / file_name(PLACES[0])
    with path.open("a", encoding="utf-8") as file:
        file.write(edit)
    what, mend = only_problem(index)
    assert what == f"{path} has changed since {path.name} was indexed"
    assert mend == f"hoidap index {path} --index {index}"
    update_index(path, index, encoder=HashEncoder())
    assert verify(index).problems == ()


def test_a_line_that_changed_is_told(corpus: Path, index: Path) -> None:
    path = corpus / "nhiều.jsonl"
    write_jsonl(path, [{"id": PLACES[3], "text": article_text(PLACES[3])}, {"id": PLACES[4], "text": "Khác."}])
    assert only_problem(index)[0] == f"{path} has changed since {PLACES[4]} was indexed"


def test_a_source_that_is_no_text_any_more_is_told(corpus: Path, index: Path) -> None:
    (corpus / file_name(PLACES[0])).write_bytes(b"\xff\0")
    assert "has changed since" in only_problem(index)[0]


def test_a_source_that_is_gone_is_missing_and_no_problem(corpus: Path, index: Path) -> None:
    path = corpus / file_name(PLACES[0])
    path.unlink()
    verification: Verification = verify(index)
    assert (verification.problems, verification.missing) == ((), (str(path),))
    shutil.rmtree(corpus)
    assert len(verify(index).missing) == 4  # one of them held two articles


# --- the derived indexes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vectors.faiss", "vectors.faiss is missing or damaged"),
        ("vectors.seal.json", "vectors.faiss is missing or damaged"),
        ("lexical/meta.json", "lexical/ is missing or damaged"),
        ("lexical.seal.json", "lexical/ is missing or damaged"),
    ],
)
def test_a_damaged_derived_index_is_told_and_mended_by_the_next_opening(index: Path, name: str, expected: str) -> None:
    (index / name).write_bytes(b"garbage")
    what, mend = only_problem(index)
    assert what == expected
    assert mend.startswith(f"rm -r {index}/lexical {index}/vectors.faiss")
    Assistant.open(index, encoder=NoNewPassages())
    assert verify(index).problems == ()


def test_what_the_command_for_derived_indexes_removes_is_made_again(index: Path) -> None:
    (index / "vectors.seal.json").unlink()
    shutil.rmtree(index / "lexical")
    (index / "vectors.faiss").unlink()
    Assistant.open(index, encoder=NoNewPassages())
    assert verify(index).problems == ()


def test_vectors_that_are_not_the_store_s_are_told(index: Path) -> None:
    noise = np.random.default_rng(0).standard_normal((12, 48)).astype("<f2").tobytes()
    alter(index, "UPDATE vectors SET matrix = ? WHERE article = 2", noise)
    what, _ = only_problem(index)
    assert what == "the vector index differs from the store's vectors of article 2"


def test_an_empty_index_has_no_problems(tmp_path: Path) -> None:
    (tmp_path / "bài").mkdir()
    (tmp_path / "bài" / "trống.txt").write_text("\n", encoding="utf-8")
    update_index(tmp_path / "bài", tmp_path / "index", encoder=HashEncoder())
    verification = verify(tmp_path / "index")
    assert (verification.articles, verification.problems) == (0, ())


def test_a_damaged_confidence_is_told_and_mended_by_deleting_it(index: Path) -> None:
    (index / CONFIDENCE_NAME).write_text("{")
    what, mend = only_problem(index)
    assert CONFIDENCE_NAME in what
    assert mend == f"rm {index / CONFIDENCE_NAME}"

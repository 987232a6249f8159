"""A store, and what belongs to it: damage is found, and the command named does mend it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from sample_indexes import DAMAGES, local_encoder, notes, problems, shell, the_problem

from qa import (
    IndexUnusable,
    back_up,
    derived,
    mend,
    remove_articles,
    restore,
    store_checks,
    update_index,
    verify,
)
from qa.confidence import CONFIDENCE_NAME
from qa.index import STORE_NAME
from qa.store import Store


@pytest.fixture
def encoder(tmp_path: Path) -> HashEncoder:
    return local_encoder(tmp_path / "mô hình")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_found_and_a_backup_mends_it(
    index: Path, damage: str, tmp_path: Path, encoder: HashEncoder, corpus: Path
) -> None:
    back_up(tmp_path / "b", index)
    DAMAGES[damage](index / STORE_NAME)
    problem = the_problem(index)
    assert problem.name == "store"
    if damage == "deleted":
        assert problem.mend == f"hoidap index PATH --index {index}"
        update_index(corpus, index, encoder=encoder)
    else:
        assert problem.mend is not None
        assert problem.mend.startswith(f"hoidap restore FILE --index {index}; or, without a backup: mv ")
        with pytest.raises(IndexUnusable):
            mend(index)
        restore(tmp_path / "b", index)
    assert problems(index) == []
    assert verify(index).problems == ()


def test_a_store_of_another_version_is_a_problem(index: Path, encoder: HashEncoder, corpus: Path) -> None:
    with contextlib.closing(Store.open(index / STORE_NAME, write=True)) as store, store.transaction():
        store.set_meta("schema", 1)
    problem = the_problem(index)
    assert "schema 1" in problem.what
    assert problem.mend == f"mv {index} {index}.damaged && hoidap index PATH --index {index}"
    index.rename(f"{index}.damaged")
    update_index(corpus, index, encoder=encoder)
    assert problems(index) == []


def test_a_text_that_was_altered_is_found_and_its_file_read_again(index: Path, encoder: HashEncoder) -> None:
    connection = sqlite3.connect(index / STORE_NAME)
    connection.execute("UPDATE texts SET text = replace(text, 'hộ dân', 'hộ gia đình') WHERE article = 2")
    connection.commit()
    connection.close()
    problem = the_problem(index)
    path = next(article.path for _, article in Store.open(index / STORE_NAME).facts(1) if article.id == "01.txt")
    assert problem.mend == f"hoidap remove --index {index} -- 01.txt && hoidap index --index {index} -- {shell(path)}"
    remove_articles(["01.txt"], index)
    update_index(path, index, encoder=encoder)
    assert problems(index) == []
    assert verify(index).problems == ()


# --- what killed runs left -------------------------------------------------------------------------------


def test_a_long_log_is_a_problem_until_it_is_folded(
    index: Path, corpus: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_checks, "_LOG_MOST_BYTES", 50_000)
    reader = Store.open(index / STORE_NAME)
    assert reader.revision == 1
    update_index(write_articles(corpus, PLACES[3:9]), index, encoder=encoder)
    reader.close()
    assert the_problem(index).mend == f"hoidap doctor --mend --index {index}"
    mend(index)
    assert problems(index) == []


def test_what_a_killed_run_committed_is_a_problem_until_its_paths_are_indexed_again(
    index: Path, corpus: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_articles(corpus, PLACES[1:5], edition=2)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "publish", lambda store: store.revision)
        update_index(corpus, index, encoder=encoder)
    problem = the_problem(index)
    assert problem.what.startswith("a run was killed: 4 articles added and 2 gone")
    assert problem.mend == f"hoidap index PATH --index {index}"
    update_index(corpus, index, encoder=encoder)
    assert problems(index) == []


def test_an_index_into_which_nothing_came_yet_is_a_note(tmp_path: Path, encoder: HashEncoder) -> None:
    (tmp_path / "rỗng").mkdir()
    (tmp_path / "rỗng" / "trắng.txt").write_text(" ", encoding="utf-8")
    update_index(tmp_path / "rỗng", tmp_path / "index", encoder=encoder)
    assert "nothing was indexed" in notes(tmp_path / "index", "runs")[0].what
    assert problems(tmp_path / "index") == []


# --- what belongs to the store ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["vectors.faiss", "vectors.seal.json", "lexical.seal.json", "lexical/meta.json", "lexical/*.term", "lexical"],
)
def test_a_damaged_derived_file_is_found_and_made_again(index: Path, name: str) -> None:
    for damage in [shutil.rmtree] if name == "lexical" else DAMAGES.values():
        damage(next(index.glob(name)))
        problem = the_problem(index)
        assert problem.name == "derived indexes"
        assert problem.mend == f"hoidap doctor --mend --index {index}"
        mend(index)
        assert problems(index) == []
        assert verify(index).problems == ()


def test_a_derived_index_that_is_behind_is_a_problem(
    index: Path, corpus: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(derived, "refresh", lambda folder, store: None)
        update_index(write_articles(corpus, PLACES[3:5]), index, encoder=encoder)
    assert [problem.what for problem in problems(index)] == [
        "lexical/ reflects revision 1, the store is at 2",
        "vectors.faiss reflects revision 1, the store is at 2",
    ]
    mend(index)
    assert problems(index) == []


def test_damaged_confidence_is_found_and_removing_it_mends_it(index: Path) -> None:
    path = index / CONFIDENCE_NAME
    for content in ("", "{", '{"format": 1}', "[]"):
        path.write_text(content, encoding="utf-8")
        problem = the_problem(index)
        assert (problem.name, problem.mend) == ("confidence", f"rm -r {path}")
    path.unlink()
    assert problems(index) == []
    path.mkdir()
    assert the_problem(index).name == "confidence"


def test_sources_that_are_gone_or_changed_are_counted(index: Path, corpus: Path) -> None:
    (corpus / "00.txt").unlink()
    write_articles(corpus, PLACES[1:2], edition=2)
    gone, changed = notes(index, "sources")
    assert gone.what.startswith("1 of 3 source files are gone")
    assert changed.what.startswith("1 of 3 source files have changed")
    assert problems(index) == []

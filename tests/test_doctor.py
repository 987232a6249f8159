"""The doctor: whatever is wrong with an index is found and named, with a command that does mend it."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_indexes import DAMAGES, local_encoder, notes, problems, shell, the_problem

from qa import (
    Assistant,
    IndexUnusable,
    back_up,
    examine,
    mend,
    restore,
    update_index,
)
from qa.confidence import CONFIDENCE_NAME, save_confidence, shipped
from qa.index import LOCK_NAME, REBUILD_NAME, STORE_NAME, writing
from qa.store import Store


@pytest.fixture
def encoder(tmp_path: Path) -> HashEncoder:
    return local_encoder(tmp_path / "mô hình")


def test_a_sound_index_has_no_problem_and_every_part_was_looked_at(index: Path) -> None:
    checks = examine(index).checks
    assert [check for check in checks if check.status == "problem"] == []
    assert {check.name for check in checks} >= {
        "libraries", "folder", "disk", "store", "texts", "model", "derived indexes", "confidence", "sources",
    }  # fmt: skip
    said = "\n".join(check.what for check in checks)
    assert "3 articles" in said
    assert "SQLite 3" in said


def test_looking_changes_nothing(index: Path) -> None:
    (index / "vectors.faiss").unlink()
    (index / "rest.part").write_text("x", encoding="utf-8")
    before = sorted(path.name for path in index.iterdir() if not path.name.startswith(STORE_NAME))
    examine(index)
    assert sorted(path.name for path in index.iterdir() if not path.name.startswith(STORE_NAME)) == before


def test_an_index_that_is_not_there_is_a_problem_and_none_is_made(tmp_path: Path) -> None:
    problem = the_problem(tmp_path / "không")
    assert (problem.name, problem.mend) == ("store", f"hoidap index PATH --index {shell(tmp_path / 'không')}")
    with pytest.raises(IndexUnusable, match="there is no index"):
        mend(tmp_path / "không")
    assert not (tmp_path / "không").exists()


def test_without_a_backup_moving_the_index_away_and_indexing_again_mends_it(
    index: Path, encoder: HashEncoder, corpus: Path
) -> None:
    DAMAGES["cut"](index / STORE_NAME)
    assert f"mv {index} {index}.damaged && hoidap index PATH --index {index}" in (the_problem(index).mend or "")
    index.rename(f"{index}.damaged")
    update_index(corpus, index, encoder=encoder)
    assert problems(index) == []


def test_everything_damaged_at_once_is_reported_and_mended(index: Path, tmp_path: Path) -> None:
    save_confidence(index / CONFIDENCE_NAME, shipped(), "khác", {})
    back_up(tmp_path / "b", index)
    for damage in DAMAGES.values():
        for path in [path for path in sorted(index.rglob("*")) if path.is_file() and path.name != LOCK_NAME]:
            damage(path)
        assert problems(index)
        restore(tmp_path / "b", index, replace=True)
        assert problems(index) == []


@settings(max_examples=20)
@given(data=st.data())
def test_no_damage_is_too_much_to_be_reported(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    place = tmp_path_factory.getbasetemp() / "để hỏng"
    encoder = local_encoder(tmp_path_factory.getbasetemp() / "mô hình chung")
    if not place.exists():
        update_index(write_articles(place / "bài", PLACES[:2]), place / "index", encoder=encoder)
        save_confidence(place / "index" / CONFIDENCE_NAME, shipped(), encoder.fingerprint, {})
        back_up(place / "b", place / "index")
    folder = place / "hỏng"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(place / "index", folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith((".lock", "-shm")))
    for path in data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=3, unique=True)):
        whole = path.read_bytes()
        start = int(data.draw(st.floats(0, 0.999)) * len(whole))
        length, byte = data.draw(st.integers(1, 200)), data.draw(st.integers(0, 255))
        cut = data.draw(st.booleans())
        path.write_bytes(whole[:start] + (b"" if cut else bytes([byte]) * length + whole[start + length :]))
    found = problems(folder)
    with contextlib.suppress(IndexUnusable):
        mend(folder)
    left = problems(folder)
    assert len(left) <= len(found)
    if not left:  # a byte that nothing depends on
        assert Assistant.open(folder, encoder=encoder).retrieve("Đảng bộ Cao Lộc có bao nhiêu hộ dân?")
    restore(place / "b", folder, replace=True)
    assert problems(folder) == []


def test_a_writer_at_work_is_a_note_and_its_files_are_no_leftovers(index: Path) -> None:
    (index / REBUILD_NAME).mkdir()
    with writing(index):
        assert "another process is writing" in notes(index, "writer")[0].what
        assert notes(index, "runs") == []
    assert notes(index, "writer") == []
    assert len(notes(index, "runs")) == 1


def test_leftovers_of_killed_runs_are_named_and_cleared(index: Path) -> None:
    (index / REBUILD_NAME).mkdir()
    (index / REBUILD_NAME / STORE_NAME).write_bytes(b"half")
    (index / "lexical.old-123").mkdir()
    (index / "vectors.faiss.part").write_bytes(b"half")
    os.link(index / STORE_NAME, index / f"{STORE_NAME}.before-restore-20260101-000000")
    (note,) = notes(index, "runs")
    assert "4 leftovers" in note.what
    assert note.mend == f"hoidap doctor --mend --index {index}"
    mend(index)
    assert notes(index, "runs") == []
    assert problems(index) == []
    assert len(Assistant.open(index, encoder=HashEncoder(*built(index))).retrieve("Cao Lộc")) > 0


def built(index: Path) -> tuple[str, str]:
    with contextlib.closing(Store.open(index / STORE_NAME)) as store:
        return store.built.model, store.built.fingerprint


def test_stores_that_a_restore_put_aside_are_no_leftovers(index: Path, tmp_path: Path) -> None:
    back_up(tmp_path / "b", index)
    aside = restore(tmp_path / "b", index, replace=True).aside
    assert aside is not None
    assert notes(index, "runs") == []
    mend(index)
    assert aside.is_file()

"""What an index needs of the machine is looked for: what is missing is named, with what to do."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from encoders import HashEncoder
from sample_indexes import local_encoder, notes, problems, the_problem

from embeddings import models
from qa import (
    Check,
    IndexUnusable,
    UpdateOptions,
    machine_checks,
    mend,
    update_index,
)
from qa.passages import SplitterSettings


@pytest.fixture
def encoder(tmp_path: Path) -> HashEncoder:
    return local_encoder(tmp_path / "mô hình")


def test_an_index_that_may_only_be_read_is_no_problem(index: Path, read_only: Callable[[Path], Path]) -> None:
    copy = read_only(index)
    assert problems(copy) == [] or [problem.name for problem in problems(copy)] == ["model"]
    (note,) = notes(copy, "folder")
    assert "not written" in note.what
    with pytest.raises(IndexUnusable, match="cannot write"):
        mend(copy)


def test_a_file_in_the_place_of_an_index_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "tệp").write_text("x", encoding="utf-8")
    assert [problem.name for problem in problems(tmp_path / "tệp")] == ["folder", "store"]


def test_a_model_that_is_gone_or_another_is_a_problem(index: Path, tmp_path: Path) -> None:
    (tmp_path / "mô hình" / "config.json").write_text('{"khác": 1}', encoding="utf-8")
    problem = the_problem(index)
    assert problem.name == "model"
    assert "was built by the model" in problem.what
    rebuilt = f"hoidap index --rebuild --index {index} --model"
    assert (problem.mend or "").startswith(rebuilt)
    shutil.rmtree(tmp_path / "mô hình")
    problem = the_problem(index)
    assert problem.mend == f"{rebuilt} intfloat/multilingual-e5-small"
    update_index([], index, encoder=local_encoder(tmp_path / "mô hình"), options=UpdateOptions(rebuild=True))
    assert problems(index) == []


@pytest.mark.skipif(models.bundled.bundle_path() is None, reason="the model's package does not install here")
def test_the_bundled_model_is_looked_for_and_not_written_out(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint = models.BUNDLED_FINGERPRINT
    update_index(corpus, tmp_path / "e5", encoder=HashEncoder(models.DEFAULT_MODEL, fingerprint))
    monkeypatch.setenv("HOIDAP_CACHE", str(tmp_path / "cache"))
    (note,) = notes(tmp_path / "e5", "model")
    assert "not written out yet" in note.what
    assert not (tmp_path / "cache").exists()
    models.bundled_folder().mkdir(parents=True)
    (note,) = notes(tmp_path / "e5", "model")
    assert "is damaged" in note.what
    monkeypatch.setattr(machine_checks, "free_disk", lambda path: 300_000_000)
    assert the_problem(tmp_path / "e5").mend == "export HOIDAP_CACHE=FOLDER"


def test_an_index_of_another_splitter_is_a_problem_that_rebuilding_mends(
    index: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.updating.SETTINGS", SplitterSettings(passage=300))
    problem = the_problem(index)
    assert "split by other rules" in problem.what
    assert (problem.mend or "").startswith(f"hoidap index --rebuild --index {index}")
    update_index([], index, encoder=encoder, options=UpdateOptions(rebuild=True))
    assert problems(index) == []


def test_a_library_that_is_missing_is_a_problem(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "gradio" else find(name))
    assert the_problem(index) == Check("libraries", "problem", "gradio is not installed", "pip install gradio")


def test_too_little_room_is_a_problem_and_too_little_for_a_rebuild_a_note(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_checks, "free_disk", lambda path: 199_000_000)
    assert the_problem(index).name == "disk"
    monkeypatch.setattr(machine_checks, "free_disk", lambda path: 201_000_000)
    assert problems(index) == []
    monkeypatch.setattr(machine_checks, "_REBUILD_SHARE", 1e6)
    assert "--rebuild takes" in notes(index, "disk")[0].what


def test_little_memory_is_a_note(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "_free_memory", lambda: 100_000_000)
    assert "100 MB free" in notes(index, "memory")[0].what

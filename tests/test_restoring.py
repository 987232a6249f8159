"""Restoring: an index made of a backup without encoding, and nothing lost that stood in its place."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from corpora import PLACES, write_articles
from encoders import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_indexes import answers, beside, grow, grow_into_log, ids, kill

from qa import (
    Assistant,
    HoidapError,
    IndexBusy,
    IndexUnusable,
    UpdateOptions,
    remove_articles,
    restoring,
    unread_files,
    update_index,
    verify,
)
from qa.backup import BackupError, back_up
from qa.confidence import CONFIDENCE_NAME, load_confidence, save_confidence, shipped
from qa.database import Database
from qa.index import REBUILD_NAME, STORE_NAME, writing
from qa.restoring import restore
from qa.store import Store


def test_a_restored_index_answers_as_the_one_that_was_backed_up(index: Path, file: Path, tmp_path: Path) -> None:
    report = back_up(file, index)
    assert (report.summary.articles, report.summary.model, report.confidence) == (3, "băm", False)
    assert report.byte_count == file.stat().st_size
    restored = restore(file, tmp_path / "khác")
    assert restored.summary == report.summary
    assert restored.aside is None
    assert answers(tmp_path / "khác") == answers(index)
    assert verify(tmp_path / "khác").problems == ()
    assert beside(tmp_path / "khác") == []


@pytest.mark.parametrize("is_damaged", [False, True], ids=["whole", "damaged"])
def test_files_that_people_dropped_into_the_page_stay(index: Path, file: Path, is_damaged: bool) -> None:
    added = index / "added"
    added.mkdir()
    first, second = (write_articles(added, PLACES[3:5]) / name for name in ("03.txt", "04.txt"))
    second.rename(waiting := added / "mới.txt")
    update_index(first, index, encoder=HashEncoder())
    back_up(file, index)
    update_index(waiting, index, encoder=HashEncoder())
    before = {path.name: path.read_bytes() for path in added.iterdir()}
    if is_damaged:
        (index / STORE_NAME).write_bytes(b"not a database")
    restore(file, index, replace=True)
    assert {path.name: path.read_bytes() for path in added.iterdir()} == before
    # What came after the backup waits to be added again.
    assert unread_files([first, waiting], index) == [waiting]
    assert update_index(waiting, index, encoder=HashEncoder()).added == 1


def test_a_restored_index_goes_on_where_it_was(index: Path, corpus: Path, file: Path, tmp_path: Path) -> None:
    back_up(file, index)
    restore(file, tmp_path / "khác")
    encoder = HashEncoder()
    report = update_index(write_articles(corpus, PLACES[3:4]), tmp_path / "khác", encoder=encoder)
    assert (report.added, report.unchanged) == (1, 3)
    assert encoder.passages_encoded == report.sentences_encoded > 0
    assert verify(tmp_path / "khác").problems == ()


def test_what_a_person_removed_stays_away_after_restoring(
    index: Path, corpus: Path, file: Path, tmp_path: Path
) -> None:
    remove_articles(["01.txt"], index)
    back_up(file, index)
    restore(file, tmp_path / "khác")
    update_index(corpus, tmp_path / "khác", encoder=HashEncoder())
    assert ids(tmp_path / "khác") == ["00.txt", "02.txt"]


def test_pruned_and_purged_articles_do_not_come_back(index: Path, corpus: Path, file: Path, tmp_path: Path) -> None:
    (corpus / "00.txt").unlink()
    update_index(corpus, index, encoder=HashEncoder(), options=UpdateOptions(prune=True))
    back_up(file, index)
    restore(file, tmp_path / "khác")
    assert ids(tmp_path / "khác") == ["01.txt", "02.txt"]


# --- while others are at it ------------------------------------------------------------------------------


def test_restoring_waits_for_a_writer_and_then_says_so(index: Path, file: Path) -> None:
    back_up(file, index)
    with writing(index), pytest.raises(IndexBusy, match="another process is writing"):
        restore(file, index, replace=True, wait_seconds=0.1)
    assert beside(index) == []


def test_a_reader_goes_on_and_changes_over(index: Path, corpus: Path, file: Path) -> None:
    back_up(file, index)
    grow(corpus, index)
    assistant = Assistant.open(index, encoder=HashEncoder())
    assert assistant.summary().articles == 6
    restore(file, index, replace=True)
    assert assistant.retrieve("Đảng bộ Đông Hà")
    assert assistant.summary().articles == 3


def test_a_restore_that_is_killed_leaves_the_old_index_or_the_new_one(
    index: Path, corpus: Path, file: Path, tmp_path: Path
) -> None:
    back_up(file, index)
    grow_into_log(corpus, index)
    jobs = [(file, Path(shutil.copytree(index, tmp_path / f"lúc {at}")), at) for at in (3, *range(7, 15))]
    kill("restore", jobs)
    for _, folder, at in jobs:
        articles = len(ids(folder))
        assert articles in (3, 6), at
        assert len(answers(folder)) == 5
        assert verify(folder).problems == ()
        restore(file, folder, replace=True)
        assert len(ids(folder)) == 3
        assert len(beside(folder)) == (1 if articles == 6 else 2), at


def test_a_full_disk_is_one_line_and_leaves_what_was_there(
    index: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(store: Database, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(f"cannot write {path}: database or disk is full")

    back_up(file, index)
    monkeypatch.setattr(Database, "copy_to", full)
    with pytest.raises(IndexUnusable) as raised:
        restore(file, index, replace=True)
    assert str(raised.value).endswith("database or disk is full")
    assert "\n" not in str(raised.value)
    assert (len(ids(index)), beside(index)) == (3, [])


# --- what is no backup -----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\n", b"SQLite format 3\x00", b"SQLite format 3\x00" * 1000, b"{}"])
def test_what_is_no_backup_is_not_restored(index: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(BackupError) as raised:
        restore(file, index, replace=True)
    assert "\n" not in str(raised.value)
    assert (len(ids(index)), beside(index)) == (3, [])


def test_a_backup_that_is_not_there_makes_no_index(tmp_path: Path) -> None:
    for path in (tmp_path / "không", tmp_path):
        with pytest.raises(BackupError):
            restore(path, tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_the_indexs_own_store_is_no_backup_of_it(index: Path) -> None:
    with pytest.raises(BackupError, match="own store"):
        restore(index / STORE_NAME, index, replace=True)


def test_a_backup_of_another_schema_is_refused_as_an_index_of_one_is(index: Path, file: Path, tmp_path: Path) -> None:
    back_up(file, index)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
    connection.close()
    with pytest.raises(IndexUnusable, match="made by a newer Hoidap"):
        restore(file, tmp_path / "khác")


def test_a_backup_with_triggers_is_refused(index: Path, file: Path, tmp_path: Path) -> None:
    back_up(file, index)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TRIGGER t AFTER DELETE ON meta BEGIN DELETE FROM articles; END")
    connection.close()
    with pytest.raises(BackupError, match="no backup of Hoidap does"):
        restore(file, tmp_path / "khác")


@settings(max_examples=25)
@given(at=st.floats(0, 0.999), length=st.integers(0, 9000), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_backup_is_one_line_or_an_index(
    tmp_path_factory: pytest.TempPathFactory, at: float, length: int, byte: int, cut: bool
) -> None:
    place = tmp_path_factory.getbasetemp() / "bản hỏng"
    if not place.exists():
        update_index(write_articles(place / "bài", PLACES[:1]), place / "index", encoder=HashEncoder())
        back_up(place / "b", place / "index")
    whole = (place / "b").read_bytes()
    start = int(at * len(whole))
    rest = b"" if cut else bytes([byte]) * length + whole[start + length :]
    (place / "hỏng").write_bytes(whole[:start] + rest)
    shutil.rmtree(place / "khác", ignore_errors=True)
    try:
        restore(place / "hỏng", place / "khác")
    except HoidapError as error:
        message = str(error)
    else:
        message = ""
        assert ids(place / "khác") is not None
    assert "\n" not in message
    assert not (place / "khác" / REBUILD_NAME).exists()


# --- what was there before -------------------------------------------------------------------------------


def test_confidence_fitted_to_what_was_there_before_does_not_stay(index: Path, file: Path) -> None:
    back_up(file, index)
    save_confidence(index / CONFIDENCE_NAME, shipped().answering_from(0.9), HashEncoder().fingerprint, {})
    report = restore(file, index, replace=True)
    assert not report.confidence
    assert load_confidence(index, HashEncoder().fingerprint) == shipped()
    assert len(list(index.glob(f"{CONFIDENCE_NAME}.before-restore-*"))) == 1


def test_an_index_with_articles_is_replaced_only_when_told_to(index: Path, corpus: Path, file: Path) -> None:
    back_up(file, index)
    grow(corpus, index)
    with pytest.raises(IndexUnusable, match=r"holds 6 articles; .*--replace"):
        restore(file, index)
    report = restore(file, index, replace=True)
    assert len(ids(index)) == 3
    assert report.aside is not None
    assert beside(index) == [report.aside.name]
    assert restore(report.aside, index, replace=True).summary.articles == 6
    assert verify(index).problems == ()


def test_two_restores_within_a_second_keep_both_stores(index: Path, file: Path) -> None:
    back_up(file, index)
    asides = {restore(file, index, replace=True).aside for _ in range(3)}
    assert len(asides) == len(beside(index)) == 3


def test_what_was_derived_of_another_store_at_the_same_revision_is_not_taken_for_its_own(
    index: Path, corpus: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(file, index)
    grow(corpus, index)
    # Killed before the derived indexes are made again, and brought to the revision that they were of.
    monkeypatch.setattr(restoring.derived, "refresh", lambda folder, store: sys.exit("killed"))
    with pytest.raises(SystemExit):
        restore(file, index, replace=True)
    monkeypatch.undo()
    update_index(write_articles(corpus, PLACES[:1], edition=2) / "00.txt", index, encoder=HashEncoder())
    assert verify(index).revision == 2
    assert [problem for problem in verify(index).problems if "source" in problem.what] == []
    assert len(answers(index)) == 5


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6])
def test_a_damaged_store_is_replaced_without_being_told_to(index: Path, file: Path, share: float) -> None:
    back_up(file, index)
    path = index / STORE_NAME
    damaged = path.read_bytes()[: int(path.stat().st_size * share)]
    path.write_bytes(damaged)
    report = restore(file, index)
    assert report.aside is not None
    assert report.aside.read_bytes().startswith(damaged)
    assert verify(index).problems == ()


def test_an_index_of_another_version_is_replaced_only_when_told_to(index: Path, file: Path) -> None:
    back_up(file, index)
    with sqlite3.connect(index / STORE_NAME) as connection:
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'schema'")
    with pytest.raises(IndexUnusable, match=r"made by another version of Hoidap; .*--replace"):
        restore(file, index)
    connection.close()
    report = restore(file, index, replace=True)
    assert verify(index).problems == ()
    assert report.aside is not None
    with pytest.raises(IndexUnusable, match="schema 1"):
        Store.open(report.aside)


def test_a_store_that_was_deleted_leaves_no_log_to_be_replayed(index: Path, corpus: Path, file: Path) -> None:
    back_up(file, index)
    grow_into_log(corpus, index)
    (index / STORE_NAME).unlink()
    restore(file, index)
    assert verify(index).problems == ()
    assert len(ids(index)) == 3


def test_the_old_store_is_kept_whole_in_one_file(index: Path, corpus: Path, file: Path, tmp_path: Path) -> None:
    back_up(file, index)
    grow_into_log(corpus, index)
    aside = restore(file, index, replace=True).aside
    assert aside is not None
    assert beside(index) == [aside.name]
    assert restore(shutil.copy(aside, tmp_path / "b"), tmp_path / "khác").summary.articles == 6


def test_disks_without_second_names_get_a_copy(index: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, other: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    back_up(file, index)
    before = sorted(ids(index))
    monkeypatch.setattr(os, "link", refused)
    report = restore(file, index, replace=True)
    assert report.aside is not None
    restore(report.aside, index, replace=True)
    assert sorted(ids(index)) == before

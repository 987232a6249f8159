"""Backups: one file that holds a whole index, taken while it is used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import PLACES
from encoders import HashEncoder
from sample_indexes import beside, grow, ids, kill, named_as

from qa import (
    IndexBusy,
    IndexUnusable,
    remove_articles,
    verify,
)
from qa.backup import BackupError, back_up
from qa.confidence import CONFIDENCE_NAME, load_confidence, save_confidence, shipped
from qa.database import Database
from qa.index import STORE_NAME, writing
from qa.restoring import restore


def test_an_empty_index_can_be_backed_up_and_restored(index: Path, file: Path, tmp_path: Path) -> None:
    remove_articles(ids(index), index)
    back_up(file, index)
    assert restore(file, tmp_path / "khác").summary.articles == 0


def test_fitted_confidence_is_kept_and_put_back(index: Path, file: Path, tmp_path: Path) -> None:
    fitted = shipped().answering_from(0.123)
    save_confidence(index / CONFIDENCE_NAME, fitted, HashEncoder().fingerprint, {"vì": "thử"})
    text = (index / CONFIDENCE_NAME).read_text("utf-8")
    assert back_up(file, index).confidence
    assert restore(file, tmp_path / "khác").confidence
    assert load_confidence(tmp_path / "khác", HashEncoder().fingerprint) == fitted
    assert (tmp_path / "khác" / CONFIDENCE_NAME).read_text("utf-8") == text


def test_confidence_that_cannot_be_used_is_left_out_and_said(index: Path, file: Path, tmp_path: Path) -> None:
    (index / CONFIDENCE_NAME).write_text("{", encoding="utf-8")
    report = back_up(file, index)
    assert report.left_out is not None
    assert "cannot be used" in report.left_out
    assert not restore(file, tmp_path / "khác").confidence


# --- while others are at it ------------------------------------------------------------------------------


def test_every_backup_taken_while_a_writer_is_at_work_is_whole(corpus: Path, index: Path, tmp_path: Path) -> None:
    def write() -> None:
        for number in range(3, 6):
            grow(corpus, index, PLACES[number : number + 1])
            remove_articles([f"{number - 1:02d}.txt"], index)

    writer = threading.Thread(target=write)
    writer.start()
    taken = []
    while writer.is_alive():
        taken.append(tmp_path / f"{len(taken)}.hoidap")
        back_up(taken[-1], index)
    writer.join()
    for file in taken[:: max(1, len(taken) // 4)]:
        folder = tmp_path / file.stem
        restore(file, folder)
        assert verify(folder).problems == ()
        assert len(ids(folder)) in (3, 4)


def test_an_index_that_may_only_be_read_can_be_backed_up(
    index: Path, tmp_path: Path, read_only: Callable[[Path], Path]
) -> None:
    copy = read_only(index)
    file = Path(os.environ.get("TMPDIR", "/tmp")) / f"hoidap-{os.getpid()}.hoidap"
    try:
        assert back_up(file, copy).summary.articles == 3
    finally:
        file.unlink(missing_ok=True)


def test_a_backup_does_not_wait_for_a_writer(index: Path, file: Path) -> None:
    with writing(index):
        assert back_up(file, index).summary.articles == 3


def test_two_backups_to_one_file_do_not_mix(index: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def copy_and_try_again(store: Database, path: Path) -> None:
        copy_to(store, path)
        with pytest.raises(IndexBusy, match="another backup"):
            back_up(file, index)

    copy_to = Database.copy_to
    monkeypatch.setattr(Database, "copy_to", copy_and_try_again)
    back_up(file, index)
    monkeypatch.undo()
    assert restore(file, index, replace=True).summary.articles == 3
    assert named_as(file) == [file.name]


def test_a_backup_that_is_killed_leaves_the_older_one(index: Path, corpus: Path, file: Path, tmp_path: Path) -> None:
    back_up(file, index)
    grow(corpus, index)
    # Before anything, before and after the copy is made, before it gets the name, and before what is left is cleared.
    jobs = [(Path(shutil.copy(file, tmp_path / f"{at}.hoidap")), index, at) for at in (2, 8, 9, 14, 15)]
    kill("backup", jobs)
    for older, _, at in jobs:
        assert restore(older, tmp_path / f"khác {at}").summary.articles in (3, 6)
        back_up(older, index)
        assert named_as(older) == [older.name]


# --- what must not be overwritten ------------------------------------------------------------------------


def test_an_older_backup_is_replaced_and_its_leavings_cleared(index: Path, corpus: Path, file: Path) -> None:
    back_up(file, index)
    for suffix in (".part", ".part-journal", ".part-wal"):
        Path(f"{file}{suffix}").write_bytes(b"unfinished")
    grow(corpus, index)
    assert back_up(file, index).summary.articles == 6
    assert restore(file, index, replace=True).summary.articles == 6
    assert named_as(file) == [file.name]


def test_a_link_to_a_backup_is_followed(index: Path, file: Path, tmp_path: Path) -> None:
    back_up(file, index)
    (tmp_path / "mới nhất").symlink_to(file)
    back_up(tmp_path / "mới nhất", index)
    assert (tmp_path / "mới nhất").is_symlink()
    assert file.is_file()


def test_what_is_no_backup_is_left_alone(index: Path, file: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "thư mục", tmp_path / "của ai.sqlite"
    folder.mkdir()
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE meta(key, value)")
    file.write_text("một bài thơ", encoding="utf-8")
    restore_copy = tmp_path / "index khác"
    back_up(tmp_path / "b", index)
    restore(tmp_path / "b", restore_copy)
    for path in (folder, other, file, restore_copy / STORE_NAME):
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(BackupError, match="exists and is no backup of Hoidap"):
            back_up(path, index)
        assert (path.read_bytes() if path.is_file() else None) == before


def test_a_backup_does_not_go_into_the_index_itself(index: Path) -> None:
    for path in (index / "b", index / "lexical" / "b", index / STORE_NAME, index):
        with pytest.raises(BackupError, match="lies in the index itself"):
            back_up(path, index)
    assert beside(index) == []


def test_a_folder_that_is_not_there_is_one_line(index: Path, tmp_path: Path, file: Path) -> None:
    with pytest.raises(BackupError, match="there is no folder"):
        back_up(tmp_path / "không có" / "b", index)
    with pytest.raises(IndexUnusable, match="there is no index"):
        back_up(file, tmp_path / "không")
    with pytest.raises(BackupError, match="cannot write"):
        back_up(tmp_path / ("dài" * 100), index)


# --- what goes wrong -------------------------------------------------------------------------------------


def test_a_full_disk_is_one_line_and_leaves_the_older_backup(
    index: Path, corpus: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(file, index)
    before = file.read_bytes()
    grow(corpus, index)

    def full(store: Database, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(f"cannot write {path}: database or disk is full")

    monkeypatch.setattr(Database, "copy_to", full)
    with pytest.raises(BackupError) as raised:
        back_up(file, index)
    assert str(raised.value) == f"cannot write {file}: database or disk is full"
    assert file.read_bytes() == before
    assert named_as(file) == [file.name]


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from qa import HoidapError
from qa import back_up, restore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
for act in (lambda: back_up(sys.argv[1], sys.argv[2]), lambda: restore(sys.argv[3], sys.argv[2], True)):
    try:
        act()
    except HoidapError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
def test_sqlite_that_cannot_write_on_is_one_line_and_leaves_no_half_file(
    index: Path, file: Path, tmp_path: Path
) -> None:
    back_up(tmp_path / "b", index)
    ran = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(file), str(index), str(tmp_path / "b")],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    written, restored = ran.stdout.splitlines()
    assert written.startswith(f"cannot write {file}: ")
    assert restored.startswith("cannot ")
    assert not list(tmp_path.glob("kho*"))
    assert (len(ids(index)), beside(index)) == (3, [])
    assert verify(index).problems == ()


def test_a_damaged_store_is_not_backed_up_over_a_good_backup(index: Path, file: Path) -> None:
    back_up(file, index)
    before = file.read_bytes()
    path = index / STORE_NAME
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 8192 * 4096])
    with pytest.raises(IndexUnusable, match="cannot be read as an index"):
        back_up(file, index)
    assert file.read_bytes() == before

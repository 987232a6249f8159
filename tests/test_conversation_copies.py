"""Conversations in backups: carried along, checked, and merged into those that are there."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from sample_conversations import record
from sample_indexes import kill

from qa import Conversations, ConversationsUnusable, conversation_copies, verify
from qa.backup import back_up
from qa.conversation_file import CONVERSATIONS_NAME
from qa.index import STORE_NAME
from qa.restoring import restore


def ask(index: Path, *questions: str, owner: str = "") -> str:
    kept = Conversations.open(index)
    name = kept.start(owner, questions[0])
    for question in questions:
        kept.add_turn(owner, name, question, record())
    kept.close()
    return name


def titles(index: Path, owner: str = "") -> set[str]:
    return {entry.title for entry in Conversations.open(index).entries(owner)}


def test_conversations_go_with_the_index_to_another_place(index: Path, file: Path, tmp_path: Path) -> None:
    name = ask(index, "Một", "Hai", owner="an")
    Conversations.open(index).rate("an", name, 2, "down", "5.350")
    assert back_up(file, index).conversations == 1
    report = restore(file, tmp_path / "khác")
    assert report.conversations == 1
    there = Conversations.open(tmp_path / "khác").turns("an", name)
    assert there == Conversations.open(index).turns("an", name)
    assert there[1].right_answer == "5.350"
    assert verify(tmp_path / "khác").problems == ()
    with sqlite3.connect(tmp_path / "khác" / STORE_NAME) as store:
        assert not store.execute("SELECT 1 FROM sqlite_schema WHERE name LIKE 'kept%'").fetchall()


def test_parts_make_one_file_however_many_they_are(
    index: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation_copies, "_PART_BYTES", 1000)
    name = ask(index, *(f"Câu {i}" for i in range(30)))
    back_up(file, index)
    restore(file, tmp_path / "khác")
    assert len(Conversations.open(tmp_path / "khác").turns("", name)) == 30


def test_a_backup_without_conversations_leaves_those_that_are_there(index: Path, file: Path) -> None:
    assert back_up(file, index).conversations == 0
    ask(index, "Sau đó")
    assert restore(file, index, replace=True).conversations == 0
    assert titles(index) == {"Sau đó"}


def test_restoring_merges_and_the_later_state_stays(index: Path, file: Path) -> None:
    both, lost = ask(index, "Cả hai"), ask(index, "Đã mất")
    removed = ask(index, "Bị xóa")
    back_up(file, index)
    kept = Conversations.open(index)
    kept.add_turn("", both, "Nữa", record())
    for name in (lost, removed):
        kept.delete("", name)
    kept.purge(timedelta())
    ask(index, "Mới")
    restore(file, index, replace=True)
    assert titles(index) == {"Cả hai", "Đã mất", "Bị xóa", "Mới"}
    # The object that was open meanwhile sees it too.
    assert [turn.question for turn in kept.turns("", both)] == ["Cả hai", "Nữa"]
    restore(file, index, replace=True)
    assert len(kept.entries("")) == 4


def test_what_was_deleted_a_moment_ago_comes_back(index: Path, file: Path) -> None:
    name = ask(index, "Một")
    back_up(file, index)
    Conversations.open(index).delete("", name)
    restore(file, index, replace=True)
    assert titles(index) == {"Một"}


def test_damaged_conversations_do_not_keep_an_index_from_being_backed_up(index: Path, file: Path) -> None:
    (index / CONVERSATIONS_NAME).write_bytes(b"not a database")
    report = back_up(file, index)
    assert report.conversations == 0
    assert CONVERSATIONS_NAME in (report.left_out or "")
    assert "\n" not in (report.left_out or "")


def test_damaged_conversations_get_another_name_where_a_backup_has_whole_ones(index: Path, file: Path) -> None:
    ask(index, "Một")
    back_up(file, index)
    (index / CONVERSATIONS_NAME).write_bytes(b"not a database")
    restore(file, index, replace=True)
    assert titles(index) == {"Một"}
    aside = min(index.glob(f"{CONVERSATIONS_NAME}.before-restore-*"))  # its log has its name, and more
    assert aside.read_bytes() == b"not a database"


def test_a_backup_whose_conversations_are_damaged_changes_nothing(index: Path, file: Path) -> None:
    ask(index, "Một")
    back_up(file, index)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE kept_conversations SET bytes = zeroblob(length(bytes))")
    before = (index / STORE_NAME).read_bytes()
    with pytest.raises(ConversationsUnusable, match="nothing was restored"):
        restore(file, index, replace=True)
    assert (index / STORE_NAME).read_bytes() == before
    assert titles(index) == {"Một"}


def test_a_restore_that_is_killed_leaves_whole_conversations(index: Path, file: Path, tmp_path: Path) -> None:
    ask(index, "Cũ")
    back_up(file, index)
    folders = [Path(shutil.copytree(index, tmp_path / f"chỗ {at}")) for at in range(1, 13)]
    for folder in folders:
        ask(folder, "Mới")
    kill("restore", [(file, folder, at) for at, folder in enumerate(folders, start=1)])
    for folder in folders:
        assert titles(folder) == {"Cũ", "Mới"}
        restore(file, folder, replace=True)
        assert titles(folder) == {"Cũ", "Mới"}


def test_a_backup_that_is_killed_leaves_nothing_in_the_way(index: Path, file: Path, tmp_path: Path) -> None:
    ask(index, "Một")
    back_up(file, index)
    jobs = [(Path(shutil.copy(file, tmp_path / f"{at}.hoidap")), index, at) for at in range(1, 20, 3)]
    kill("backup", jobs)
    for older, _, _ in jobs:
        assert back_up(older, index).conversations == 1
        assert [path.name for path in tmp_path.iterdir() if older.name in path.name] == [older.name]


def test_cleaning_keeps_conversations(index: Path, tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("there is no make")
    ask(index, "Một")
    makefile = Path(__file__).parent.parent / "Makefile"
    if not makefile.is_file():
        pytest.skip("there is no Makefile")
    elsewhere = tmp_path / "nơi khác"
    elsewhere.mkdir()
    subprocess.run(["make", "-f", makefile, "clean", f"INDEX={index}"], cwd=elsewhere, check=True, capture_output=True)
    assert {path.name.split("-")[0] for path in index.iterdir()} == {CONVERSATIONS_NAME}
    assert titles(index) == {"Một"}

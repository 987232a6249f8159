"""Conversations in backups: carried along, checked, and merged into those that are there."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_conversations import record
from sample_indexes import kill

from qa import Conversations, ConversationsUnusable, Turn, conversation_copies, verify
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


def rated(index: Path, name: str) -> list[tuple[str, str | None]]:
    return [(turn.question, turn.rating) for turn in Conversations.open(index).turns("", name)]


def test_ratings_given_since_stay_and_those_of_the_backup_come_back(index: Path, file: Path) -> None:
    name = ask(index, "Một", "Hai", "Ba")
    kept = Conversations.open(index)
    kept.rate("", name, 2, "down", "5.350")
    kept.rate("", name, 3, "down")
    back_up(file, index)
    kept.rate("", name, 1, "up")
    kept.rate("", name, 3, "up")
    with sqlite3.connect(index / CONVERSATIONS_NAME) as connection:
        connection.execute("UPDATE turns SET rating = NULL, right_answer = NULL, rated = NULL WHERE number = 2")
    restore(file, index, replace=True)
    assert rated(index, name) == [("Một", "up"), ("Hai", "down"), ("Ba", "up")]
    assert Conversations.open(index).turns("", name)[1].right_answer == "5.350"


def test_the_longer_of_two_states_stays_with_the_ratings_of_both(index: Path, file: Path, tmp_path: Path) -> None:
    name = ask(index, "Một")
    older = Path(shutil.copytree(index, tmp_path / "cũ"))
    Conversations.open(index).add_turn("", name, "Hai", record())
    back_up(file, index)
    Conversations.open(older).rate("", name, 1, "up")
    restore(file, older, replace=True)
    assert rated(older, name) == [("Một", "up"), ("Hai", None)]


@pytest.mark.parametrize("later", ["the folder", "the backup"])
def test_a_conversation_that_went_on_differently_becomes_two(
    index: Path, file: Path, tmp_path: Path, later: str
) -> None:
    name = ask(index, "Một", "Hai")
    there = Path(shutil.copytree(index, tmp_path / "khác"))
    places = [index, there] if later == "the folder" else [there, index]
    for place in places:
        question = "Của bản sao" if place == index else "Của thư mục"
        Conversations.open(place).keep("", name, question, record(), replaced=2)
        Conversations.open(place).rate("", name, 2, "up")
    back_up(file, index)
    for _ in range(2):  # the second time nothing is added again
        restore(file, there, replace=True)
        kept = Conversations.open(there)
        assert titles(there) == {"Một", f"Một {conversation_copies.COPIED}"}
        assert rated(there, name) == [("Một", None), ("Của thư mục", "up")]
        (other,) = (entry.id for entry in kept.entries("") if entry.id != name)
        assert rated(there, other) == [("Một", None), ("Của bản sao", "up")]


def test_another_owners_conversation_of_the_same_id_is_left_alone(index: Path, file: Path, tmp_path: Path) -> None:
    name = ask(index, "Một", owner="an")
    there = Path(shutil.copytree(index, tmp_path / "khác"))
    back_up(file, index)
    with sqlite3.connect(there / CONVERSATIONS_NAME) as connection:
        connection.execute("UPDATE conversations SET owner = 'bình', deleted = '2021'")
    restore(file, there, replace=True)
    assert len(titles(there, "an")) == 1
    assert titles(there, "bình") == set()
    assert name not in {entry.id for entry in Conversations.open(there).entries("an")}


STEPS = st.lists(st.tuples(st.sampled_from(["ask", "edit", "rate"]), st.sampled_from("ABC")), max_size=4)


@settings(max_examples=25)
@given(STEPS, STEPS, STEPS)
def test_merging_loses_no_turn_and_no_rating_of_the_folder(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[str, str]],
    here: list[tuple[str, str]],
    there: list[tuple[str, str]],
) -> None:
    def go_on(folder: Path, steps: list[tuple[str, str]]) -> None:
        kept = Conversations.open(folder)
        for what, question in steps:
            if what == "ask":
                kept.add_turn("", name, question, {})
            elif turns := kept.turns("", name):
                if what == "edit":
                    kept.keep("", name, question, {}, replaced=turns[-1].number)
                else:
                    kept.rate("", name, turns[-1].number, "up")
        kept.close()

    def turns(folder: Path) -> list[list[Turn]]:
        kept = Conversations.open(folder)
        return [kept.turns("", entry.id) for entry in kept.entries("")]

    folder = tmp_path_factory.mktemp("gộp")
    (folder / "đây").mkdir()
    name = Conversations.open(folder / "đây").start("", "Chuyện")
    go_on(folder / "đây", before)
    shutil.copytree(folder / "đây", folder / "kia")
    go_on(folder / "đây", here)
    go_on(folder / "kia", there)
    mine, others = turns(folder / "đây"), turns(folder / "kia")
    for _ in range(2):
        conversation_copies.merge(folder / "kia" / CONVERSATIONS_NAME, folder / "đây")
        merged = turns(folder / "đây")
        assert all(any(_begins(found, told) for found in merged) for told in (*mine, *others))
        assert len(merged) <= 2


def _begins(found: list[Turn], told: list[Turn]) -> bool:
    """Tell whether a conversation begins with these turns, each rated where it was."""
    return len(found) >= len(told) and all(
        replace(a, rating=None) == replace(b, rating=None) and (b.rating is None or a.rating == b.rating)
        for a, b in zip(found, told, strict=False)
    )


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

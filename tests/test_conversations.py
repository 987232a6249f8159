"""Conversations that are kept: found again, one's own alone, and safe from damage, full disks and other processes."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_conversations import SENTENCE, record

from qa import Conversations, ConversationsUnusable, NoConversation, conversations
from qa.conversation_file import CONVERSATIONS_NAME
from qa.conversation_values import LONGEST_RECORD, TooLong


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations.open(tmp_path)


def asked(kept: Conversations, owner: str, *questions: str) -> str:
    name = kept.start(owner, questions[0])
    for question in questions:
        kept.add_turn(owner, name, question, record(), {"sources": ["Báo A"]})
    return name


def titles(kept: Conversations, owner: str = "", text: str = "") -> list[str]:
    return [entry.title for entry in kept.entries(owner, text)]


# --- keeping, finding ------------------------------------------------------------------------------------


def test_what_was_asked_is_there_after_a_restart(kept: Conversations, tmp_path: Path) -> None:
    name = asked(kept, "", "Cao Lộc có bao nhiêu đảng viên?", "Họp ngày nào?")
    kept.close()
    again = Conversations.open(tmp_path)
    first, second = again.turns("", name)
    assert (first.number, first.question, second.number) == (1, "Cao Lộc có bao nhiêu đảng viên?", 2)
    assert first.record == record()
    assert first.scope == {"sources": ["Báo A"]}
    (entry,) = again.entries("")
    assert (entry.id, entry.title, entry.turns) == (name, "Cao Lộc có bao nhiêu đảng viên?", 2)
    assert entry.started <= first.asked <= entry.changed


def test_they_are_there_once_one_was_begun(tmp_path: Path) -> None:
    asked(Conversations(tmp_path), "", "Một")
    assert Conversations(tmp_path, write=False).exist()


def test_the_one_that_was_asked_last_comes_first(kept: Conversations) -> None:
    first, _ = asked(kept, "", "Một"), asked(kept, "", "Hai")
    assert titles(kept) == ["Hai", "Một"]
    kept.add_turn("", first, "Nữa", record())
    kept.rename("", first, "  Tên\n mới ")
    assert titles(kept) == ["Tên mới", "Hai"]


@pytest.mark.parametrize("text", ["Hữu Lũng", "hữu  lũng", "huu lung", "HUU", "5.350", "dang vien", "lun", ""])
def test_titles_questions_and_answers_are_searched(kept: Conversations, text: str) -> None:
    name = kept.start("", "Chuyện ở Hữu Lũng")
    kept.add_turn("", name, "Có bao nhiêu?", record())
    assert titles(kept, text=text) == ["Chuyện ở Hữu Lũng"]


@pytest.mark.parametrize("text", ["nhiêu đảng", "hưu lũng", "Chi Lăng", "bao nhiều", "%", "' OR 1=1 --"])
def test_what_was_not_said_is_not_found(kept: Conversations, text: str) -> None:
    asked(kept, "", "Hữu Lũng có bao nhiêu?")
    assert titles(kept, text=text) == []


def test_an_edited_question_drops_the_turns_from_there_on(kept: Conversations) -> None:
    name = asked(kept, "", "Một", "Hai", "Ba")
    assert kept.keep("", name, "Hai khác", record(), replaced=2) == (name, 2)
    assert [turn.question for turn in kept.turns("", name)] == ["Một", "Hai khác"]


# --- deleting --------------------------------------------------------------------------------------------


def test_what_is_deleted_can_be_taken_back_for_a_day(kept: Conversations) -> None:
    name = asked(kept, "", "Một", "Hai")
    kept.delete("", name)
    assert titles(kept) == titles(kept, text="Một") == []
    with pytest.raises(NoConversation):
        kept.turns("", name)
    with pytest.raises(NoConversation):
        kept.add_turn("", name, "Ba", record())
    kept.undelete("", name)
    assert [turn.question for turn in kept.turns("", name)] == ["Một", "Hai"]
    kept.delete("", name)
    kept.purge(timedelta())
    with pytest.raises(NoConversation):
        kept.undelete("", name)


def test_asking_forgets_what_was_deleted_a_day_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "_PURGED_EVERY", 0)
    kept = Conversations.open(tmp_path)
    old, new = asked(kept, "", "Bí mật Zymurgy"), asked(kept, "", "Vừa xóa")
    for name in (old, new):
        kept.delete("", name)
    with sqlite3.connect(tmp_path / CONVERSATIONS_NAME) as file:
        file.execute("UPDATE conversations SET deleted = '2021-04-13' WHERE id = ?", (old,))
    asked(kept, "", "Một")
    kept.undelete("", new)
    with pytest.raises(NoConversation):
        kept.undelete("", old)


def test_nothing_of_what_is_gone_for_good_stays_in_the_file(kept: Conversations, tmp_path: Path) -> None:
    name = asked(kept, "", "Bí mật Zymurgy")
    kept.delete("", name)
    kept.purge(timedelta())
    kept.close()
    assert all(b"Zymurgy" not in path.read_bytes() for path in tmp_path.iterdir())


# --- whose it is -----------------------------------------------------------------------------------------


def test_nobody_sees_or_touches_what_is_anothers(kept: Conversations) -> None:
    name = asked(kept, "an", "Của An")
    assert titles(kept, "bình") == titles(kept, "") == titles(kept, "AN") == []
    attempts: list[Callable[[], object]] = [
        lambda: kept.entry("bình", name),
        lambda: kept.turns("bình", name),
        lambda: kept.rename("bình", name, "Lấy"),
        lambda: kept.delete("bình", name),
        lambda: kept.undelete("bình", name),
        lambda: kept.add_turn("bình", name, "Chen vào", record()),
        lambda: kept.keep("bình", name, "Thay", record(), replaced=1),
        lambda: kept.rate("bình", name, 1, "up"),
    ]
    for attempt in attempts:
        with pytest.raises(NoConversation):
            attempt()
    (turn,) = kept.turns("an", name)
    assert (turn.question, turn.rating, titles(kept, "an")) == ("Của An", None, ["Của An"])


def test_ids_are_long_and_never_the_same(kept: Conversations) -> None:
    names = {kept.start("", "Một") for _ in range(50)}
    assert len(names) == 50
    assert min(map(len, names)) >= 20


def test_the_file_is_for_its_owner_alone(kept: Conversations, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / CONVERSATIONS_NAME).stat().st_mode) == 0o600


# --- rating ----------------------------------------------------------------------------------------------


def test_the_last_rating_counts_and_can_be_taken_back(kept: Conversations) -> None:
    name = asked(kept, "an", "Một", "Hai")
    kept.rate("an", name, 2, "down", "  5.350  ")
    (rated,) = kept.ratings()
    assert (rated.turn.question, rated.turn.right_answer, rated.context) == ("Hai", "5.350", ("Một",))
    kept.rate("an", name, 2, "up", "không giữ")
    assert [(turn.rating, turn.right_answer) for turn in kept.turns("an", name)] == [(None, None), ("up", None)]
    kept.rate("an", name, 2, None)
    assert list(kept.ratings()) == []
    with pytest.raises(NoConversation):
        kept.rate("an", name, 9, "up")


def test_ratings_of_a_deleted_conversation_are_gone_with_it(kept: Conversations) -> None:
    name = asked(kept, "", "Một")
    kept.rate("", name, 1, "up")
    kept.delete("", name)
    assert list(kept.ratings()) == []


# --- how much --------------------------------------------------------------------------------------------


def test_long_texts_are_cut_and_a_record_without_end_is_refused(kept: Conversations) -> None:
    name = kept.start("", "dài " * 50_000)
    (entry,) = kept.entries("")
    assert len(entry.title) <= 200
    assert entry.title.endswith("…")
    kept.add_turn("", name, "dài " * 50_000, record())
    kept.rate("", name, 1, "down", "đúng " * 50_000)
    (turn,) = kept.turns("", name)
    assert len(turn.question) == len(turn.right_answer or "") == 2000
    with pytest.raises(TooLong):
        kept.add_turn("", name, "Hai", record() | {"answer": "x" * LONGEST_RECORD})
    assert len(kept.turns("", name)) == 1


@settings(max_examples=60)
@given(st.text(st.characters(), max_size=60), st.text(st.characters(), max_size=60))
def test_any_text_is_kept_as_it_is_but_for_half_pairs(
    tmp_path_factory: pytest.TempPathFactory, question: str, quote: str
) -> None:
    kept = Conversations.open(tmp_path_factory.mktemp("kept"))
    name = kept.start(question, question)
    kept.add_turn(question, name, question, {"answer": quote})
    (turn,) = kept.turns(question, name)
    whole = question.encode("utf-8", "replace").decode()
    assert turn.question == whole
    assert turn.record == {"answer": quote.encode("utf-8", "replace").decode()}
    kept.entries(question, quote)
    kept.close()


# --- threads, processes, damage --------------------------------------------------------------------------


def test_threads_and_processes_keep_at_once_and_lose_nothing(kept: Conversations, tmp_path: Path) -> None:
    name = asked(kept, "", "Một")
    script = (
        "import sys; from qa import Conversations\n"
        "kept = Conversations.open(sys.argv[1])\n"
        "for number in range(20): kept.add_turn('', sys.argv[2], f'khác {number}', {})"
    )
    others = [
        subprocess.Popen([sys.executable, "-c", script, tmp_path, name], cwd=Path(__file__).parent.parent)
        for _ in range(2)
    ]
    threads = [
        threading.Thread(target=lambda: [kept.add_turn("", name, "cùng lúc", {}) for _ in range(20)]) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    assert [turn.number for turn in kept.turns("", name)] == list(range(1, 102))


def test_many_that_begin_at_once_share_one_file(tmp_path: Path) -> None:
    opened: list[Conversations] = []
    threads = [threading.Thread(target=lambda: opened.append(Conversations.open(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [asked(kept, "", f"Câu {i}") for i, kept in enumerate(opened)]
    assert {entry.id for entry in opened[0].entries("")} == set(names)
    assert len(names) == 8
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_or_foreign_file_is_one_line_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / CONVERSATIONS_NAME
    path.write_bytes(content)
    with pytest.raises(ConversationsUnusable) as caught:
        Conversations.open(tmp_path)
    message = str(caught.value)
    assert str(path) in message
    assert "hoidap restore FILE" in message
    assert "\n" not in message
    assert path.read_bytes() == content, "what may be mended is left alone"


def test_once_the_damaged_file_is_moved_away_the_same_object_goes_on(tmp_path: Path) -> None:
    path = tmp_path / CONVERSATIONS_NAME
    path.write_bytes(b"not a database")
    kept = Conversations(tmp_path)
    with pytest.raises(ConversationsUnusable):
        kept.entries("")
    path.rename(tmp_path / "hỏng")
    assert titles(kept) == []
    asked(kept, "", "Một")
    assert titles(kept) == ["Một"]


def test_a_file_of_a_newer_version_is_refused(kept: Conversations, tmp_path: Path) -> None:
    kept.close()
    with sqlite3.connect(tmp_path / CONVERSATIONS_NAME) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    with pytest.raises(ConversationsUnusable, match="another version"):
        Conversations.open(tmp_path)


def test_a_full_disk_is_one_line_and_loses_nothing(kept: Conversations) -> None:
    name = asked(kept, "", "Một")
    file = kept._current()
    ((pages,),) = file.rows("PRAGMA page_count")
    file.rows(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(ConversationsUnusable, match="full") as caught:
        kept.add_turn("", name, "Nữa", record() | {"answer": SENTENCE * 5000})
    assert "\n" not in str(caught.value)
    before = len(kept.turns("", name))
    file.rows("PRAGMA max_page_count = 1000000")
    assert kept.turns("", name)[0].question == "Một"
    assert kept.add_turn("", name, "Hai", record()) == before + 1


def test_what_may_only_be_read_can_be_read(
    kept: Conversations, tmp_path: Path, read_only: Callable[[Path], Path]
) -> None:
    name = asked(kept, "", "Một")
    kept.rate("", name, 1, "up")
    kept.close()
    copy = tmp_path / "chỉ đọc"
    copy.mkdir()
    (copy / CONVERSATIONS_NAME).write_bytes((tmp_path / CONVERSATIONS_NAME).read_bytes())
    folder = read_only(copy)
    assert len(list(Conversations.open(folder, write=False).ratings())) == 1
    with pytest.raises(ConversationsUnusable, match="cannot use"):
        Conversations(folder).start("", "Hai")


def test_looking_begins_no_file(tmp_path: Path) -> None:
    assert not Conversations(tmp_path).exist()
    with pytest.raises(ConversationsUnusable):
        Conversations.open(tmp_path, write=False)
    assert list(tmp_path.iterdir()) == []

"""What changed in folders that are followed, and when it is taken to hold still."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import watchfiles
from hypothesis import given
from hypothesis import strategies as st

from qa import CorpusError
from qa.changes import BURST_SECONDS, Root, Settling, Stamp, signs, stamp_of

SETTLE = 1.0
PATHS = [Path(name) for name in ("a.txt", "b.txt", "c.txt")]
stamps = st.one_of(st.none(), st.integers(0, 2).map(lambda size: (size, size, size)))
looks = st.lists(
    st.tuples(st.floats(0.05, 3.0), st.dictionaries(st.sampled_from(PATHS), stamps)), min_size=1, max_size=30
)


@given(looks)
def test_only_what_held_still_for_long_enough_is_taken(looks: list[tuple[float, dict[Path, Stamp | None]]]) -> None:
    settling, now, since = Settling(SETTLE), 0.0, {}
    for after, differing in looks:
        now += after
        settling.note(differing, now)
        since = {
            path: (stamp, since[path][1] if path in since and since[path][0] == stamp else now)
            for path, stamp in differing.items()
        }
        for path, stamp in settling.settled(now).items():
            assert stamp == since[path][0]
            assert now - since[path][1] >= SETTLE


@given(st.lists(st.floats(0.05, 0.9), min_size=1, max_size=60))
def test_what_holds_still_is_taken_whatever_else_keeps_changing_or_coming(gaps: list[float]) -> None:
    settling, now, differing = Settling(SETTLE), 0.0, {PATHS[0]: (1, 1, 1)}
    settling.note(differing, now)
    for number, gap in enumerate(gaps):
        now += gap
        log = (number, number, number)
        settling.note({**differing, PATHS[1]: log, Path(f"{number}.txt"): (1, 1, 1)}, now)
        if now >= BURST_SECONDS:
            assert PATHS[0] in settling.settled(now)


def test_a_burst_is_taken_together() -> None:
    settling, differing = Settling(SETTLE), {}
    for number in range(90):
        differing[Path(f"{number}.txt")] = (1, 1, 1)
        settling.note(differing, number * 0.1)
        assert settling.settled(number * 0.1) == {}
    assert settling.settled(8.9 + SETTLE) == differing


def test_a_log_that_never_holds_still_keeps_nobody_waiting() -> None:
    settling = Settling(SETTLE)
    for number in range(30):
        settling.note({PATHS[0]: (number, 0, 0)}, number * 0.5)
    settling.note({PATHS[0]: (30, 0, 0), PATHS[1]: (1, 1, 1)}, 15.0)
    settling.note({PATHS[0]: (31, 0, 0), PATHS[1]: (1, 1, 1)}, 16.0)
    assert settling.settled(16.0) == {PATHS[1]: (1, 1, 1)}


def test_what_is_as_it_was_indexed_waits_no_more() -> None:
    settling = Settling(SETTLE)
    settling.note({PATHS[0]: None}, 0.0)
    settling.note({}, 1.0)
    assert settling.settled(2.0) == {}
    assert settling.paths == []


def test_a_root_lists_what_indexing_would_read(tmp_path: Path) -> None:
    for name in ("a.txt", ".hidden.txt", "b.exe", "draft.txt", "sub/c.md", ".git/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("bài")
    root = Root(tmp_path, ("draft*",))
    assert set(root.files) == {tmp_path / "a.txt", tmp_path / "sub" / "c.md"}


def test_an_empty_folder_is_a_root_and_what_is_not_there_is_not(tmp_path: Path) -> None:
    assert Root(tmp_path).files == {}
    for missing in ("nothing", "*.txt"):
        with pytest.raises(CorpusError):
            Root(tmp_path / missing)
    (tmp_path / "a.exe").write_text("")
    with pytest.raises(CorpusError, match="neither a folder nor one of"):
        Root(tmp_path / "a.exe")


def test_all_files_deleted_is_not_the_folder_gone(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("bài")
    root = Root(tmp_path)
    file.unlink()
    root.look()
    assert not root.is_away
    assert root.files == {}


def test_a_folder_gone_or_replaced_by_an_empty_one_keeps_its_files(tmp_path: Path) -> None:
    folder, away = tmp_path / "bài", tmp_path / "xa"
    folder.mkdir()
    (folder / "a.txt").write_text("bài")
    root = Root(folder)
    assert not root.calls_for_a_look()
    folder.rename(away)
    for replaced in (False, True):
        if replaced:
            folder.mkdir()
        assert root.calls_for_a_look()
        root.look()
        assert root.is_away
        assert list(root.files) == [folder / "a.txt"]
        assert not root.calls_for_a_look()
    folder.rmdir()
    away.rename(folder)
    assert root.calls_for_a_look()
    root.look()
    assert not root.is_away


def test_a_file_of_its_own_may_go_and_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("bài")
    root = Root(file)
    other = tmp_path / "a.txt.part"
    other.write_text("bài khác")
    os.replace(other, file)
    assert root.calls_for_a_look()
    root.look()
    assert root.files == {file: stamp_of(file)}
    file.unlink()
    assert root.calls_for_a_look()
    root.look()
    assert root.files == {}
    assert not root.is_away


def test_the_files_of_a_folder_that_cannot_be_read_are_there_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("bài")
    (tmp_path / "b.txt").write_text("bài")
    root = Root(tmp_path)
    before = dict(root.files)
    scandir = os.scandir

    def refused(path: str | Path) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    root.look()
    assert root.files == before
    assert [item.path for item in root.unreadable] == [str(tmp_path / "sub")]


@pytest.mark.parametrize(
    "error",
    [OSError("OS file watch limit reached"), RuntimeError("error in\nunderlying watcher")],
    ids=["limit", "broken"],
)
def test_where_the_system_cannot_tell_of_changes_there_are_ticks_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(watchfiles, "watch", refuses)
    reasons: list[str] = []
    told = signs([str(tmp_path)], tmp_path / "index", 0.01, threading.Event(), reasons.append)
    assert [next(told), next(told)] == [False, False]
    assert len(reasons) == 1
    assert "\n" not in reasons[0]

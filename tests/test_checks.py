"""A check: the commands it names are ones that a shell runs as they are, and nothing that it meets stops it."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.checks import DAMAGE, Check, Commands, free_disk, guarded, megabytes, named
from qa.files import bytes_of

COMMANDS = Commands.of(Path("kho"))


@given(name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_command_names_the_folder_as_a_shell_reads_it(name: str) -> None:
    folder = Path("/kho") / name
    commands = Commands.of(folder)
    assert shlex.split(commands.mend) == ["hoidap", "doctor", "--mend", "--index", str(folder)]
    assert shlex.split(commands.again)[:2] == ["mv", str(folder)]


def test_the_damaged_index_is_moved_beside_and_not_into_itself() -> None:
    assert shlex.split(Commands.of(Path("kho/")).again)[:3] == ["mv", "kho", "kho.damaged"]


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_check_that_fails_is_a_problem_and_what_it_found_before_counts(kind: type[Exception]) -> None:
    def look() -> Iterator[Check]:
        yield Check("thử", "ok", "một")
        raise kind("hai\nba")

    first, second = guarded("thử", look, COMMANDS)
    assert first.what == "một"
    assert (second.name, second.status, second.mend) == ("thử", "problem", COMMANDS.restore)
    assert second.what.startswith("cannot be looked at: ")
    assert "\n" not in second.what


def test_an_error_without_a_word_is_called_by_its_name() -> None:
    def look() -> Iterator[Check]:
        raise sqlite3.IntegrityError
        yield

    (problem,) = guarded("thử", look, COMMANDS)
    assert problem.what == "cannot be looked at: IntegrityError"


def test_of_many_names_the_first_are_given_and_the_others_counted() -> None:
    assert named([]) == ""
    assert named("abcde") == "a, b, c, d, e"
    assert named("abcdefg") == "a, b, c, d, e and 2 more"


def test_room_and_sizes_are_told_of_what_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "tệp").write_bytes(bytes(1_500_000))
    assert free_disk(tmp_path / "chưa" / "có") > 0
    assert (bytes_of(tmp_path / "tệp"), bytes_of(tmp_path / "không")) == (1_500_000, 0)
    assert megabytes(1_234_567_890) == "1,235 MB"

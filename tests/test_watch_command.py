"""`hoidap watch` as a person runs it."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpora import PLACES, article_text, file_name, write_articles

from qa import verify
from ui import watch_command

MOST_SECONDS = 60.0
BATCH = re.compile(r"\d\d:\d\d:\d\d \+(\d+) ~(\d+) -(\d+) articles(, \d+ skipped)?, revision (\d+), \d+\.\d s")
# The command with an encoder that needs no model.
COMMAND = """
import sys
import qa.watching
from encoders import HashEncoder
qa.watching.encoder_of = lambda *_: HashEncoder()
from ui.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Command:
    """`hoidap watch` in a process of its own, and what it has printed so far."""

    def __init__(self, *arguments: object) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "watch", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        pipes = [(self._process.stdout, self.out), (self._process.stderr, self.err)]
        self._readers = [
            threading.Thread(target=lambda p=pipe, s=said: s.extend(p), daemon=True) for pipe, said in pipes
        ]
        for reader in self._readers:
            reader.start()

    def until(self, said: list[str], words: str) -> None:
        """Wait until something is said."""
        deadline = time.monotonic() + MOST_SECONDS
        while words not in "".join(said):
            assert self._process.poll() is None, self.err
            assert time.monotonic() < deadline, (self.out, self.err)
            time.sleep(0.02)

    def ended_by(self, number: int | None = None) -> int:
        """Send a signal, if any; give the exit code, once all that was printed is here."""
        if number is not None:
            self._process.send_signal(number)
        code = self._process.wait(MOST_SECONDS)
        for reader in self._readers:
            reader.join(MOST_SECONDS)
        return code

    def kill(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self.ended_by()


@pytest.fixture
def commands() -> Iterator[list[Command]]:
    """Give a list of the commands to be ended with the test."""
    started: list[Command] = []
    yield started
    for command in started:
        command.kill()


def test_every_update_is_a_line_and_ctrl_c_ends_it_at_once(tmp_path: Path, commands: list[Command]) -> None:
    corpus, index = write_articles(tmp_path / "bài", PLACES[:3]), tmp_path / "index"
    command = Command(corpus, "--index", index, "--settle", "0.1", "--exclude", "nháp*")
    commands.append(command)
    command.until(command.err, "following")
    (corpus / "nháp.txt").write_text(article_text(PLACES[8]))
    (corpus / "hỏng.jsonl").write_text("{")
    write_articles(corpus, PLACES[3:5])
    (corpus / file_name(PLACES[0])).unlink()
    command.until(command.out, "revision 2")
    command.until(command.err, "skipped")
    assert command.ended_by(signal.SIGINT) == 130
    batches = [BATCH.fullmatch(line.rstrip("\n")) for line in command.out]
    assert all(batches), command.out
    found = [tuple(map(int, batch.group(1, 2, 3))) for batch in batches if batch is not None]
    assert found[0] == (3, 0, 0)
    assert [sum(column) for column in zip(*found[1:], strict=True)] == [2, 0, 1]
    assert "hỏng.jsonl" in "".join(command.err)
    assert "nháp" not in "".join(command.err)
    assert "Traceback" not in "".join(command.err)
    assert verify(index).problems == ()


def test_ctrl_c_in_the_first_update_ends_it_too(tmp_path: Path, commands: list[Command]) -> None:
    corpus, index = tmp_path / "bài", tmp_path / "index"
    corpus.mkdir()
    for number in range(400):
        (corpus / f"{number}.txt").write_text(f"Bài {number}\n\n" + f"Thôn {number} có nhiều hộ dân. " * 4)
    command = Command(corpus, "--index", index)
    commands.append(command)
    command.until(command.err, "Indexing")
    assert command.ended_by(signal.SIGINT) == 130
    assert "Traceback" not in "".join(command.err)


def test_what_is_wrong_at_first_is_one_line(tmp_path: Path, commands: list[Command]) -> None:
    command = Command(tmp_path / "nothing", "--index", tmp_path / "index")
    commands.append(command)
    assert command.ended_by() == 2
    assert command.out == []
    assert len(command.err) == 1
    assert "no such file or folder" in command.err[0]


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan", "inf"])
def test_settling_takes_a_number_of_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed("bài", f"--settle={seconds}")
    assert ended.value.code == 2
    assert f"must be a number of seconds from 0, found '{seconds}'" in capsys.readouterr().err


def test_articles_go_with_their_files_unless_they_are_to_be_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed("bài").prune
    assert parsed("bài", "--prune").prune
    assert not parsed("bài", "--keep").prune
    with pytest.raises(SystemExit):
        parsed("bài", "--keep", "--prune")
    assert "not allowed with" in capsys.readouterr().err


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    watch_command.add_parser(parser.add_subparsers())
    return parser.parse_args(["watch", *arguments])

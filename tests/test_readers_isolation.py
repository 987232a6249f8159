"""Reading in another process: what a reader may break, what it may not do, and that the next file is read."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa.readers import ISOLATED, SUFFIXES, isolation, suffix_of
from qa.readers.isolation import IsolatedReader
from qa.readers.values import TEXT_MOST, Extracted, Unreadable

# A reader that does what its file says: what a parser led astray by a document might do.
MISBEHAVING = r"""
import ctypes, faulthandler, os, resource, socket, subprocess, sys, threading, time
from qa.readers.values import Extracted, Unreadable

def read(file):
    command, _, rest = file.read().decode().partition(" ")
    if command == "all":
        yield Extracted("một", name="1", title="Tít", author="A", source="B", published="2021-04-13", url="u",
                        pages=(0, 1), encoding="windows-1258", line=4, byte_count=7)
        yield Unreadable("hai", name="2", line=5, byte_count=8)
    elif command == "pid":
        yield Extracted(str(os.getpid()))
    elif command == "many":
        for number in range(int(rest)):
            yield Extracted(str(number) * 1000)
    elif command == "crash":
        yield Extracted("trước")
        ctypes.string_at(0)
    elif command == "abort":
        os.abort()
    elif command == "exit":
        os._exit(3)
    elif command == "leave":
        sys.exit(3)
    elif command == "endless":
        yield Extracted("trước")
        while True:
            pass
    elif command == "memory":
        blocks = []
        while True:
            blocks.append(bytearray(50_000_000))
    elif command == "deep":
        def deeper(): deeper()
        deeper()
    elif command == "raise":
        raise KeyError("một\ndòng \x1b[31m" + "dài " * 1000)
    elif command == "base":
        raise type("PanicException", (BaseException,), {})("panicked")
    elif command == "print":
        print("in" * 10_000)
        print("in", file=sys.stderr)
        os.write(1, b"rubbish")
        os.write(2, b"rubbish")
        print(sys.stdin and sys.stdin.read())
        yield Extracted("in xong")
    elif command == "stdout":
        for number in range(3, 20):
            try:
                os.write(number, b"\xff\xff\xff\xff" + b"x" * 100)
            except OSError:
                pass
    elif command == "type":
        yield Extracted("ngày", published=object())
        yield Extracted("sau")
    elif command == "half":
        yield Extracted("nửa \ud800", name="3")
        yield Extracted("sau", title="\udfff")
        yield Extracted("sau cùng")
    elif command == "long":
        yield Extracted("ư" * int(rest))
    elif command == "lines":
        yield Unreadable("một\nhai\r\n\x1b[31mba " + "x" * 1000)
    elif command == "core":
        yield Extracted(repr((resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_FSIZE))))
    elif command == "do":
        try:
            eval(rest)
        except BaseException as error:
            yield Unreadable(f"{type(error).__name__}: {error}")
        else:
            yield Extracted("done")
"""


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], list[Extracted | Unreadable]]]:
    """Give what has the misbehaving reader read a file of the given command; its `.reader` is the IsolatedReader."""
    (tmp_path / "misbehaving.py").write_text(MISBEHAVING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    start = "import qa.readers; qa.readers._MODULES.update({'.txt': 'misbehaving', '.md': 'misbehaving'})\nmain()"
    monkeypatch.setattr(isolation, "_START", isolation._START.replace("main()", start))
    with IsolatedReader() as reader:

        def asked(command: str) -> list[Extracted | Unreadable]:
            path = tmp_path / "lệnh.txt"
            path.write_text(command)
            return list(reader.read(path, ".txt"))

        asked.reader = reader  # type: ignore[attr-defined]
        yield asked


Ask = Callable[[str], list[Extracted | Unreadable]]


def worker_id(ask: Ask) -> int:
    (item,) = ask("pid")
    assert isinstance(item, Extracted)
    return int(item.text)


def is_gone(process: int) -> bool:
    """Wait until a process has ended, or tell that it does not."""
    for _ in range(500):
        try:
            # A zombie has ended; who should reap it may have ended, too.
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            if not Path("/proc/self").exists():
                pytest.skip("no /proc here to see it by")
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.TXT", ".txt"),
        ("b.tar.zip", ".zip"),
        ("thư mục.d/c.HtMl", ".html"),
        ("d.doc", None),
        (".pdf", None),
        ("", None),
        ("e.pdf ", None),
    ],
)
def test_suffix_tells_what_can_be_read(name: str, suffix: str | None) -> None:
    assert suffix_of(name) == suffix


def test_only_what_needs_no_strangers_parser_is_read_in_this_process() -> None:
    assert set(SUFFIXES) - ISOLATED == {".txt", ".csv", ".jsonl"}


def test_items_arrive_as_they_were_made(ask: Ask) -> None:
    assert ask("all") == [
        Extracted("một", "1", "Tít", "A", "B", "2021-04-13", "u", (0, 1), "windows-1258", 4, 7),
        Unreadable("hai", "2", 5, 8),
    ]


def test_one_worker_serves_many_files_and_none_starts_before_the_first(ask: Ask) -> None:
    assert ask.reader._worker is None
    assert len({worker_id(ask) for _ in range(20)}) == 1


def test_many_items_stream_through(ask: Ask) -> None:
    assert [item.text[:3] for item in ask("many 1000")] == [(str(number) * 1000)[:3] for number in range(1000)]


def test_what_was_left_of_one_file_is_not_taken_for_the_next(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "dài.txt").write_text("many 100000")
    items = ask.reader.read(tmp_path / "dài.txt", ".txt")
    assert next(items) == Extracted("0" * 1000)
    items.close()
    assert ask("all")[1] == Unreadable("hai", "2", 5, 8)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("crash", "its reader broke down (SIGSEGV)"),
        ("abort", "its reader broke down (SIGABRT)"),
        ("exit", "its reader broke down (exit code 3)"),
        ("leave", "cannot be read: SystemExit: 3"),
        ("memory", "needs more than 1.5 GB of memory to read"),
        ("deep", "nested too deeply"),
        ("base", "cannot be read: PanicException: panicked"),
    ],
)
def test_a_breakdown_is_told_in_one_line_and_the_next_file_is_read(ask: Ask, command: str, reason: str) -> None:
    assert ask(command)[-1] == Unreadable(reason)
    assert ask("all")[0].name == "1"


def test_what_came_before_a_breakdown_is_kept(ask: Ask) -> None:
    assert ask("crash")[0] == Extracted("trước")


def test_a_reader_that_does_not_end_is_ended(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = worker_id(ask)
    monkeypatch.setattr(isolation, "SECONDS_MOST", 1)
    assert ask("endless") == [Extracted("trước"), Unreadable("took longer than 1 s to read")]
    monkeypatch.undo()
    assert is_gone(before)


def test_the_clock_stands_still_while_nobody_reads(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker_id(ask)
    monkeypatch.setattr(isolation, "SECONDS_MOST", 1)
    (tmp_path / "dài.txt").write_text("many 1000")
    items = ask.reader.read(tmp_path / "dài.txt", ".txt")
    next(items)
    time.sleep(1.3)
    assert len(list(items)) == 999


def test_a_long_error_becomes_a_line_that_no_terminal_obeys(ask: Ask) -> None:
    for command in ("raise", "lines"):
        (item,) = ask(command)
        assert isinstance(item, Unreadable)
        assert item.reason.isprintable()
        assert 0 < len(item.reason) < 200


def test_what_libraries_print_does_not_mix_with_the_answers(ask: Ask) -> None:
    assert ask("print") == [Extracted("in xong")]


def test_garbage_in_place_of_an_answer_is_a_breakdown(ask: Ask) -> None:
    (item,) = ask("stdout")
    assert isinstance(item, Unreadable)
    assert item.reason == "its reader broke down (a message of 4294967295 bytes)"
    assert ask("all")[0].name == "1"


def test_an_item_that_is_no_text_does_not_stop_the_others(ask: Ask) -> None:
    refused = "holds half of a surrogate pair, which is no character"
    first, second, third = ask("half")
    assert first == Unreadable(refused, "3")
    assert isinstance(second, Unreadable)
    assert third == Extracted("sau cùng")
    broken, after = ask("type")
    assert isinstance(broken, Unreadable)
    assert after == Extracted("sau")


def test_a_text_over_the_limit_is_refused(ask: Ask) -> None:
    half = TEXT_MOST // 2
    assert ask(f"long {half}") == [Extracted("ư" * half)]
    assert ask(f"long {half + 500_000}") == [Unreadable("too large for an article: 21 MB, the limit is 20 MB")]


def test_a_file_that_is_not_there_is_told(ask: Ask, tmp_path: Path) -> None:
    assert list(ask.reader.read(tmp_path / "không có", ".txt")) == [
        Unreadable("cannot be read: No such file or directory")
    ]
    assert list(ask.reader.read(tmp_path, ".txt")) == [Unreadable("cannot be read: Is a directory")]


def test_a_name_that_is_not_utf8_is_no_obstacle(ask: Ask, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xe1.txt"
    try:
        Path(os.fsdecode(path)).write_text("all")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert len(list(ask.reader.read(Path(os.fsdecode(path)), ".txt"))) == 2


# --- what a document may not cause --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [
        "open('{folder}/new', 'w')",
        "open('{folder}/lệnh.txt', 'a')",
        "open('{folder}/lệnh.txt', 'r+b')",
        "os.open('{folder}/new', os.O_CREAT | os.O_WRONLY)",
        "os.remove('{folder}/lệnh.txt')",
        "os.rename('{folder}/lệnh.txt', '{folder}/new')",
        "os.symlink('/', '{folder}/new')",
        "os.mkdir('{folder}/new')",
        "os.system('touch {folder}/new')",
        "subprocess.run(['touch', '{folder}/new'])",
        "os.execv('/bin/touch', ['touch', '{folder}/new'])",
        "os.fork()",
        "os.posix_spawn('/bin/touch', ['touch', '{folder}/new'], {{}})",
        "socket.getaddrinfo('127.0.0.1', {port})",
        "socket.create_connection(('127.0.0.1', {port}))",
        "socket.socket()",
        "__import__('urllib.request').request.urlopen('http://127.0.0.1:{port}/')",
    ],
)
def test_a_reader_can_neither_write_nor_run_nor_connect(ask: Ask, tmp_path: Path, action: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        command = "do " + action.format(folder=tmp_path, port=server.getsockname()[1])
        (item,) = ask(command)
        assert isinstance(item, Unreadable)
        assert "PermissionError: a document may not cause" in item.reason or "may not cause" in item.reason
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (tmp_path / "lệnh.txt").read_text() == command
    assert not os.path.lexists(tmp_path / "new")


def test_the_system_itself_keeps_a_reader_from_writing_files(ask: Ask) -> None:
    assert ask("core") == [Extracted("((0, 0), (0, 0))")]


def test_importing_what_reading_needs_does_not_load_the_search(tmp_path: Path, ask: Ask) -> None:
    heavy = "{'faiss', 'tantivy', 'torch', 'numpy', 'trafilatura', 'lxml'} & set(sys.modules)"
    assert ask(f"do [][len({heavy})]") == [Unreadable("IndexError: list index out of range")]
    assert ask(f"do len({heavy}) and 1 / 0") == [Extracted("done")]


# --- the ends of a worker -----------------------------------------------------------------------------------


def test_a_worker_ends_with_its_reader(ask: Ask) -> None:
    process = worker_id(ask)
    ask.reader.close()
    assert is_gone(process)
    assert worker_id(ask) != process


def test_a_worker_that_died_between_two_files_is_replaced_without_a_word(ask: Ask) -> None:
    process = worker_id(ask)
    os.kill(process, signal.SIGKILL)
    assert is_gone(process)
    assert worker_id(ask) != process


def test_a_worker_is_replaced_when_it_is_worn(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        isolation,
        "_START",
        isolation._START.replace("main()", "import qa.readers.worker as w; w._FILES_MOST = 3; main()", 1),
    )
    processes = [worker_id(ask) for _ in range(7)]
    assert [processes.index(process) for process in processes] == [0, 0, 0, 3, 3, 3, 6]


PARENT = """
import sys, time, types
from pathlib import Path
sys.modules["qa"] = types.ModuleType("qa")
sys.modules["qa"].__path__ = [sys.argv[1]]
from qa.readers import isolation
to_misbehaving = "import qa.readers; qa.readers._MODULES['.txt'] = 'misbehaving'; main()"
isolation._START = isolation._START.replace("main()", to_misbehaving)
with isolation.IsolatedReader() as reader:
    for path in sys.argv[2:]:
        for item in reader.read(Path(path), ".txt"):
            print(item.text, flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_a_worker_ends_with_the_process_that_started_it(
    ask: Ask, tmp_path: Path, way: signal.Signals, busy: bool
) -> None:
    (tmp_path / "pid.txt").write_text("pid")
    (tmp_path / "bận.txt").write_text("endless")
    files = [tmp_path / "pid.txt", *([tmp_path / "bận.txt"] if busy else [])]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, Path(isolation.__file__).parents[1], *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        if busy:
            assert parent.stdout.readline() == "trước\n"
        # As Ctrl-C in a terminal does it: to all that stand in the foreground.
        os.killpg(parent.pid, way)
        _, errors = parent.communicate(timeout=60)
    assert is_gone(worker)
    assert errors.count("Traceback") == (way == signal.SIGINT)

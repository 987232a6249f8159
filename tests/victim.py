"""Updates of an index, and other commands, in processes of their own, to be killed by a test.

`Victims` starts this file as a process that has everything imported and forks a child for every command, so that a
hundred of them cost little. A child dies by a signal from outside at any moment; or by its own hand at the nth line
that it runs of the index's modules, or before the nth file that it renames or removes. No timer hits those places.
It can also fill the disk on reaching a function, or have the clock run backwards.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from corpora import editions
from encoders import HashEncoder, NoNewPassages

import qa
import qa.assistant
import qa.evaluation
import qa.watching
import ui.cli
from qa import index, updating
from qa.confidence import shipped

BATCH_SENTENCES = 30
_ROOT = Path(index.__file__).parent.parent
_MODULES = frozenset(
    str(_ROOT / name)
    for name in (
        "qa/index.py", "qa/updating.py", "qa/batch.py", "qa/store.py", "qa/derived.py", "qa/database.py", "qa/seals.py",
        "qa/backup.py", "qa/restoring.py", "qa/watching.py", "qa/confidence.py", "ui/eval_command.py",
    )
)  # fmt: skip
_FILE_CHANGES = {"os.link", "os.mkdir", "os.remove", "os.rename", "shutil.rmtree", "sqlite3.connect"}
BALLAST = "ballast"
"""The file that fills a disk."""
_SECONDS_MOST = 120
"""For one command: what does not end by itself is killed, and found out so."""
TRACEBACK, NOT_REACHED = 70, 71
"""Exit codes: of a command that ended with a traceback, and where the disk was never filled."""


class Victims:
    """Starts updates, and kills them."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
        self._server = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def start(self, folder: Path, corpus: Path, **how: object) -> int:
        """Start an update, `how` as in `_update` below; return its process id."""
        return self._start(folder=str(folder), corpus=str(corpus), **how)

    def start_command(self, arguments: Sequence[str], said: Path, **how: object) -> int:
        """Start `hoidap`, `how` as in `_command` below; what it says goes to a file. Return its process id."""
        return self._start(arguments=list(arguments), said=str(said), **how)

    def run(self, arguments: Sequence[str], said: Path, **how: object) -> int:
        """Run `hoidap` to its end, as `start_command`; return its exit code, negative where a signal killed it."""
        self.start_command(arguments, said, **how)
        return self.ended()

    def start_reader(self, folder: Path, seen: Path, until: Path) -> None:
        """Start to ask an index again and again, as in `_read` below, until a file is there."""
        self._start(read=str(folder), seen=str(seen), until=str(until))

    def ended(self) -> int:
        """Wait for what was started; return its exit code, negative where a signal killed it."""
        return int(self._line())

    def kill_after(self, seconds: float, folder: Path, corpus: Path, **how: object) -> int:
        """Kill an update some time after it started; return its exit code, 0 where it was done before."""
        return self._killed(self.start(folder, corpus, **how), seconds)

    def run_killed(self, seconds: float, arguments: Sequence[str], said: Path, **how: object) -> int:
        """Run `hoidap`, and kill it some time after it started, as `kill_after`."""
        return self._killed(self.start_command(arguments, said, **how), seconds)

    def _start(self, **request: object) -> int:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._line())

    def _killed(self, child: int, seconds: float) -> int:
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        return self.ended()

    def close(self) -> None:
        """End the process that starts them."""
        self._server.communicate(timeout=30)

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline()


class Steps:
    """Notes the lines of the index's modules as they run, in `places`; calls `at_step` on reaching the nth."""

    def __init__(self, step: int = 0, at_step: Callable[[], None] = lambda: None) -> None:
        self.places: list[tuple[str, int]] = []
        self._step, self._at_step = step, at_step

    def __enter__(self) -> Steps:
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in _MODULES:
            return None
        if event == "line":
            self.places.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.places) == self._step:
                self._at_step()
        return self._trace


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _FileChanges:
    """Counts the files that are made, renamed and removed from here on; dies before the nth."""

    def __init__(self, die_before: int = 0) -> None:
        self.count, self._die_before = 0, die_before
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        within_rmtree = event == "os.remove" and arguments[1] != -1
        if event in _FILE_CHANGES and not within_rmtree:
            self.count += 1
            if self.count == self._die_before:
                _die()


def _update(
    folder: str,
    corpus: str,
    rebuild: bool = False,
    seconds_a_text: float = 0.0,
    die_at_step: int = 0,
    die_before_file_change: int = 0,
) -> None:
    """Bring an index up to date, in as many commits as `BATCH_SENTENCES` makes of it."""
    updating.BATCH_SENTENCES = BATCH_SENTENCES
    encoder, options = HashEncoder(seconds_a_text=seconds_a_text), qa.UpdateOptions(prune=True, rebuild=rebuild)
    if die_before_file_change:
        _FileChanges(die_before_file_change)
    with Steps(die_at_step, _die) if die_at_step else contextlib.nullcontext():
        qa.update_index(corpus, folder, encoder=encoder, options=options)


def _read(read: str, seen: str, until: str) -> None:
    """Write down every state that an index is seen in: the editions and ids of all articles that are found.

    One assistant stays open all the time, and now and then another is opened.
    """
    follower, states = qa.Assistant.open(read, encoder=NoNewPassages()), []
    for number in itertools.count():
        ends = Path(until).exists()
        assistants = [follower, qa.Assistant.open(read, encoder=NoNewPassages())] if number % 5 == 0 else [follower]
        for assistant in assistants:
            hits = assistant.retrieve("đảng bộ", k=100)
            state = [sorted(editions(hits)), sorted({hit.article.id for hit in hits}), assistant is follower]
            if state not in states[-2:]:
                states.append(state)
        if ends:
            break
    Path(seen).write_text(json.dumps({"states": states, "looks": number}), "utf-8")


# --- commands --------------------------------------------------------------------------------------------


def _command(
    arguments: list[str],
    said: str,
    seconds_a_text: float = 0.0,
    die_at_step: int = 0,
    die_before_file_change: int = 0,
    count_to: str = "",
    fill: dict[str, Any] | None = None,
    clock_goes_back: bool = False,
    later: str = "",
) -> int:
    """Run `hoidap` with an encoder that needs no model; return its exit code.

    `count_to` is a file to write the steps and the changes of files to that could be died at; `fill` fills a disk, as
    in `_Filling`; `later` is a folder that is copied over the one that `hoidap watch` follows, which then ends.
    """
    _redirect(said)
    signal.alarm(_SECONDS_MOST)
    updating.BATCH_SENTENCES = BATCH_SENTENCES
    _without_model(seconds_a_text)
    if clock_goes_back:
        time.time = functools.partial(next, map(float, itertools.count(time.time(), -3600)))
    if later:
        qa.watch = qa.watching.watch = functools.partial(_watch, qa.watching.watch, Path(later))
    changes = _FileChanges(die_before_file_change) if die_before_file_change or count_to else None
    with contextlib.ExitStack() as stack:
        steps = stack.enter_context(Steps(die_at_step, _die)) if die_at_step or count_to else None
        filling = _Filling(**fill) if fill else None
        if filling is not None:
            sys.settrace(filling.trace)
        code = ui.cli.main(arguments)
    if steps is not None and changes is not None:
        last_reached = {place: step for step, place in enumerate(steps.places, start=1)}
        counts = {"steps": sorted(last_reached.values()), "file_changes": changes.count}
        Path(count_to).write_text(json.dumps(counts), "utf-8")
    return NOT_REACHED if filling is not None and filling.nth > 0 else code


def _redirect(said: str) -> None:
    """Send what is said to a file; the server's own output is for those who asked it to run something."""
    sys.stdout.flush()
    to = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(to, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _without_model(seconds_a_text: float) -> None:
    def encoder(*_: object) -> HashEncoder:
        return HashEncoder(seconds_a_text=seconds_a_text)

    for module in (qa.assistant, qa.watching):
        module.encoder_of = encoder
    qa.assistant.LazyEncoder = encoder
    qa.assistant.find_model = lambda *_: None
    # Of calibration it is the storing that can go wrong; fitting takes hundreds of questions.
    qa.evaluation.examples = lambda *_, **__: []
    qa.evaluation.calibrate = lambda _, fitted_on, *__: qa.evaluation.Calibration(
        replace(shipped(), fitted_on=fitted_on), {}
    )


def _watch(watch: Callable[..., None], later: Path, paths: list[Path], *rest: Any, **options: Any) -> None:
    """Follow a folder until another has been copied over it and one update has taken that in."""
    stop, tell = threading.Event(), options.pop("on_batch")
    batches = itertools.count(1)

    def on_batch(batch: qa.watching.Batch) -> None:
        tell(batch)
        if next(batches) > 1 or not mirror(later, paths[0]):
            stop.set()

    watch(paths, *rest, on_batch=on_batch, stop=stop, **options)


def mirror(source: Path, target: Path) -> bool:
    """Make a folder of files hold what another one does; tell whether anything had to be changed."""
    target.mkdir(exist_ok=True)
    wanted = {path.name: path.read_bytes() for path in source.iterdir()}
    there = {path.name: path.read_bytes() for path in target.iterdir()}
    for name in there.keys() - wanted.keys():
        (target / name).unlink()
    for name, content in wanted.items():
        if there.get(name) != content:
            (target / name).write_bytes(content)
    return there != wanted


@dataclass
class _Filling:
    """Leaves a disk so many bytes when a function is reached for the nth time."""

    function: str
    """Its module's file and its name, "qa/store.py:add"."""
    leave: int
    """Where negative, there is room, but for no further file."""
    disk: str | None
    """A small file system to fill; without one, no file may grow beyond `leave` bytes from then on."""
    nth: int = 1

    def trace(self, frame: FrameType, event: str, _: Any) -> None:
        file, _, name = self.function.rpartition(":")
        code = frame.f_code
        if code.co_name == name and code.co_filename == str(_ROOT / file):
            self.nth -= 1
            if self.nth == 0:
                sys.settrace(None)
                fill_disk(self.leave, None if self.disk is None else Path(self.disk))


def fill_disk(leave: int, disk: Path | None) -> None:
    """Leave a disk so many bytes, or no further file; without a disk, let no file of this process grow beyond that."""
    if disk is None:
        most = max(leave, 8192)  # what is said goes to a file as well
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    elif leave < 0:
        with contextlib.suppress(OSError):
            for number in itertools.count():
                (disk / f"{BALLAST}{number}").touch()
    else:
        found = os.statvfs(disk)
        size = found.f_bavail * found.f_frsize - leave
        if size > 0:
            with (disk / BALLAST).open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(json.loads(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(request: dict[str, Any]) -> None:
    """Do what was asked for, and end this process."""
    code = TRACEBACK
    try:
        if "arguments" in request:
            code = _command(**request)
        else:
            (_read if "read" in request else _update)(**request)
            code = 0
    except SystemExit as end:  # argparse
        code = int(end.code or 0)
    except Exception:  # noqa: BLE001 - a traceback is what this is to find
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()

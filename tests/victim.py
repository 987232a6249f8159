"""Updates of an index in processes of their own, to be killed by a test.

`Victims` starts this file as a process that has everything imported and forks a child for every update, so that a
hundred of them cost little. A child dies by a signal from outside at any moment; or by its own hand at the nth line
that it runs of the index's modules, or before the nth file that it renames or removes. No timer hits those places.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from encoders import HashEncoder

import qa
from qa import index, updating

BATCH_SENTENCES = 30
_MODULES = tuple(
    str(Path(index.__file__).with_name(name)) for name in ("index.py", "updating.py", "store.py", "derived.py")
)
_FILE_CHANGES = {"os.mkdir", "os.remove", "os.rename", "shutil.rmtree", "sqlite3.connect"}


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
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps({"folder": str(folder), "corpus": str(corpus), **how}) + "\n")
        self._server.stdin.flush()
        return int(self._line())

    def ended(self) -> int:
        """Wait for the update that was started; return its exit code, negative where a signal killed it."""
        return int(self._line())

    def kill_after(self, seconds: float, folder: Path, corpus: Path, **how: object) -> int:
        """Kill an update some time after it started; return its exit code, 0 where it was done before."""
        child = self.start(folder, corpus, **how)
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


def _die_before_file_change(number: int) -> None:
    changes = itertools.count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        within_rmtree = event == "os.remove" and arguments[1] != -1
        if event in _FILE_CHANGES and not within_rmtree and next(changes) == number:
            _die()

    sys.addaudithook(hook)


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
        _die_before_file_change(die_before_file_change)
    with Steps(die_at_step, _die) if die_at_step else contextlib.nullcontext():
        qa.update_index(corpus, folder, encoder=encoder, options=options)


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _update(**json.loads(line))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()

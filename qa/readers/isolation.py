"""Reading in a process of its own, so that no document breaks, fills or holds up the one that indexes."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from qa.files import bytes_of
from qa.readers.values import Extracted, Unreadable
from qa.readers.worker import Message, one_line, receive, send

SECONDS_MOST = 60
"""Between two items of one file, or two members of an archive."""
SECONDS_A_MEGABYTE = 2
"""Of the file, beside those: a PDF of thousands of pages takes minutes."""
_TICK_SECONDS = 0.25
_BREAKDOWNS_MOST = 10
_PACKAGE = Path(__file__).parent.parent
# `import qa` would load FAISS, tantivy and NumPy (0.5 s, 400 MB of address space): the worker gets the package
# without its __init__, and starts in 0.1 s. With -P, as qa/readers/html.py must not hide Python's html.
_START = """
import importlib.util, sys
sys.path.append(sys.argv[2])
sys.modules["qa"] = importlib.util.module_from_spec(importlib.util.spec_from_file_location("qa", sys.argv[1]))
from qa.readers.worker import main
main()
"""


class IsolatedReader:
    """Read files one after another in a worker process, which starts with the first one and is kept for the next.

    A context manager, for one thread: on Linux, a worker dies with the thread that started it.
    """

    def __init__(self) -> None:
        self._worker: _Worker | None = None

    def __enter__(self) -> IsolatedReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; the next file starts another."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def read(self, path: Path, suffix: str) -> Iterator[Extracted | Unreadable]:
        """Yield what a file holds, as it is found; whatever is wrong with it comes as Unreadable.

        What breaks its reader ends a file, and of an archive only the member at which that happened. Raises
        OSError where no worker can be started.
        """
        first = breakdowns = 0
        while breakdowns < _BREAKDOWNS_MOST:
            member: Message | None = None
            try:
                with contextlib.closing(self._answers(path, suffix, first)) as messages:
                    for message in messages:
                        if message["kind"] != "member":
                            yield _item(message)
                            continue
                        member = message
                        if member["worn"]:
                            break
                    else:
                        return
                first = member["number"]
            except _Breakdown as breakdown:
                yield Unreadable(str(breakdown), member["name"] if member else None)
                if member is None:
                    return
                first = member["number"] + 1
                breakdowns += 1
        yield Unreadable(f"its reader broke down {_BREAKDOWNS_MOST} times: the rest is not read")

    def _answers(self, path: Path, suffix: str, first: int) -> Generator[Message, None, None]:
        """Yield the worker's messages about a file; raises _Breakdown where it does not come to an end of it."""
        ended = False
        try:
            seconds = SECONDS_MOST + SECONDS_A_MEGABYTE * bytes_of(path) // 10**6
            worker = self._asked({"path": os.fsencode(path).decode("latin-1"), "suffix": suffix, "first": first})
            while (message := worker.answer(seconds))["kind"] != "end":
                yield message
            ended = not message["worn"]
        finally:
            # Also when whoever reads has lost interest: what is left of this file must not be taken for the next.
            if not ended:
                self.close()

    def _asked(self, request: Message) -> _Worker:
        if self._worker is not None:
            # It may have died since the last file.
            with contextlib.suppress(OSError):
                self._worker.ask(request)
                return self._worker
            self.close()
        self._worker = _Worker()
        with contextlib.suppress(OSError):
            self._worker.ask(request)
        return self._worker


class _Breakdown(Exception):
    """The worker has gone, and why, in words for a person."""


class _Worker:
    """A process that reads, and the pipes to it."""

    def __init__(self) -> None:
        # A session of its own, so that Ctrl-C in the terminal is this process's alone. No preexec_fn: there are
        # PyTorch's threads here, and Python code between fork and exec could wait for a lock of theirs for ever.
        self._process = subprocess.Popen(  # noqa: S603 - Python itself, by its own path
            [sys.executable, "-P", "-c", _START, str(_PACKAGE / "__init__.py"), str(_PACKAGE.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        self._deadline, self._overdue, self._stopped = math.inf, False, threading.Event()
        # A thread and not select: it ends a message that stops half way, too, and Windows has none for pipes.
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def ask(self, request: Message) -> None:
        send(self._pipes[0], request)  # type: ignore[arg-type]

    def answer(self, seconds: float) -> Message:
        """Give the next message; raises _Breakdown where none comes in time."""
        self._deadline = time.monotonic() + seconds
        try:
            message = receive(self._pipes[1])  # type: ignore[arg-type]
        except ValueError as error:
            raise _Breakdown(one_line(f"its reader broke down ({error})")) from error
        finally:
            self._deadline = math.inf
        if message is not None:
            return message
        if self._overdue:
            raise _Breakdown(f"took longer than {seconds:.0f} s to read")
        self._process.kill()
        raise _Breakdown(f"its reader broke down ({_cause(self._process.wait())})")

    def _watch(self) -> None:
        while not self._stopped.wait(_TICK_SECONDS):
            if time.monotonic() > self._deadline:
                self._overdue = True
                self._process.kill()
                return

    def stop(self) -> None:
        """End the process, whatever it is at."""
        self._stopped.set()
        self._process.kill()
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()


def _cause(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def _item(message: dict[str, Any]) -> Extracted | Unreadable:
    kind = message.pop("kind")
    if kind == "unreadable":
        return Unreadable(**message)
    return Extracted(**message | {"pages": tuple(message["pages"])})

"""Steps in processes of their own, which end in time whatever happens: by themselves, by a limit, or with this one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

STEP_SECONDS_MOST = 600
ARTICLE_SECONDS_MOST = 5
"""Of each article that a step indexes, beside those of the step: ten times what a laptop takes."""
_END_SECONDS_MOST = 60
_HERE = Path(__file__).parent


class StepFailed(Exception):
    """A process broke down or took too long; the message is one line."""


class Step:
    """A function of a module in a process of its own; what it is given must be JSON.

    A context manager: leaving it ends the process, by force where something was raised.
    """

    def __init__(self, module: str, function: str, articles: int = 0, **given: Any) -> None:
        """Start it; `articles` is how many it will index, for its limit of time."""
        self._name = f"{module}.{function}"
        self._seconds_most = STEP_SECONDS_MOST + ARTICLE_SECONDS_MOST * articles
        self._overdue = False
        self._request: Any = {"module": module, "function": function, "given": given}
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_HERE.parent), os.environ.get("PYTHONPATH")])),
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "LANGSMITH_TRACING": "false",
        }
        # A file and not a pipe, which nobody would empty. A session of its own: whatever the step starts ends with it.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed where the process ends
        self._process = subprocess.Popen(
            [sys.executable, str(_HERE / "bench_child.py"), str(time.monotonic())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,
        )

    def __enter__(self) -> Step:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:  # SQLite tidies up when a process ends by itself
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_SECONDS_MOST)
        finally:
            self._kill()
            self._process.wait()
            self._process.stdout.close()
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._errors.close()

    def answer(self) -> dict[str, Any]:
        """Give what the function returned, or yielded first, and the process's peak memory in bytes, as "peak".

        Raises StepFailed where the function failed or took longer than its limit.
        """
        return self.send(self._request)

    def send(self, sent: Any) -> dict[str, Any]:
        """Send something to the generator that the function is, and give what it yields, as `answer` does."""
        timer = threading.Timer(self._seconds_most, self._end_overdue)
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(sent).encode() + b"\n")
                self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            raise StepFailed(f"{self._name} {self._failure()}")
        return json.loads(line)

    def _failure(self) -> str:
        if self._overdue:
            return f"was ended: it took more than {self._seconds_most / 60:.0f} minutes"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS_MOST)
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        if self._process.returncode is not None and self._process.returncode < 0:
            return f"failed: ended by {signal.Signals(-self._process.returncode).name}"
        return f"failed: {lines[-1] if lines else 'no message'}"

    def _end_overdue(self) -> None:
        self._overdue = True
        self._kill()

    def _kill(self) -> None:
        # Its id is not given to another process before it has been waited for; afterwards its group may still be there.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def run(module: str, function: str, articles: int = 0, **given: Any) -> dict[str, Any]:
    """Run a function of a module in a process of its own until it returns or yields; give what `Step.answer` does."""
    with Step(module, function, articles, **given) as step:
        return step.answer()

"""Steps that are measured: what they say comes back, and none outlives the measuring or holds it up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bench_processes
import pytest
from bench_processes import Step, StepFailed, run

TESTS = Path(__file__).parent
PATIENCE_SECONDS = 60

_STEPS = """
import os, signal, subprocess, sys, time
from pathlib import Path

def add(spawned, left, right):
    print("chatter that is no answer")
    os.system("echo more of it")
    return {"sum": left + right, "waited": time.monotonic() - spawned}

def count(spawned, first):
    given = yield {"total": first}
    while True:
        first += len(given)
        given = yield {"total": first}

def fail(spawned):
    raise ValueError("first line\\nno such index")

def die(spawned):
    os.kill(os.getpid(), signal.SIGKILL)

def hang(spawned, told):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path(told + ".part").write_text(f"{os.getpid()} {other.pid}")
    os.rename(told + ".part", told)
    time.sleep(1000)
"""


@pytest.fixture(autouse=True)
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "measured.py").write_text(_STEPS, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def awaited(holds: Callable[[], bool]) -> bool:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not holds() and time.monotonic() < patience:
        time.sleep(0.02)
    return holds()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")  # one that has ended may still wait for its parent to notice
    return not status.is_file() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Path]:
    """Give the file in which a step that hangs names itself and the process that it started."""
    path = tmp_path / "told"
    yield path
    for process in processes(path) if path.is_file() else []:
        if alive(process):
            os.kill(process, signal.SIGKILL)


def processes(told: Path) -> list[int]:
    return [int(number) for number in told.read_text().split()]


def test_a_step_tells_its_result_and_memory_whatever_it_prints() -> None:
    found = run("measured", "add", left=2, right=40)
    assert found["sum"] == 42
    assert found["waited"] > 0
    assert 1e6 < found["peak"] < 1e9


def test_a_generator_goes_on_in_the_same_process() -> None:
    with Step("measured", "count", first=1) as step:
        assert [step.answer()["total"], step.send(["a", "Đ"])["total"], step.send(["ô"])["total"]] == [1, 3, 4]


def test_a_failure_is_one_line() -> None:
    with pytest.raises(StepFailed, match=r"^measured\.fail failed: no such index$"):
        run("measured", "fail")


def test_a_missing_module_is_one_line() -> None:
    with pytest.raises(StepFailed, match=r"^nowhere\.index failed: ModuleNotFoundError: .*nowhere'$"):
        run("nowhere", "index")


def test_a_step_killed_from_outside_is_named() -> None:
    with pytest.raises(StepFailed, match=r"^measured\.die failed: ended by SIGKILL$"):
        run("measured", "die")


def test_sending_to_a_step_that_has_ended_fails() -> None:
    with Step("measured", "die") as step:
        with pytest.raises(StepFailed):
            step.answer()
        with pytest.raises(StepFailed, match="SIGKILL"):
            step.send(["more"])


def test_a_step_that_hangs_is_ended_with_what_it_started(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_processes, "STEP_SECONDS_MOST", 3)
    with pytest.raises(StepFailed, match=r"^measured\.hang was ended: it took more than"):
        run("measured", "hang", told=str(told))
    assert awaited(lambda: not any(map(alive, processes(told))))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_step_ends_with_the_one_who_waits_for_it(told: Path, ending: signal.Signals) -> None:
    waiting = f"""
import benchmark, bench_processes
benchmark._run = lambda *given: bench_processes.run("measured", "hang", told={str(told)!r})
raise SystemExit(benchmark.main(["retrieval"]))
"""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ["PYTHONPATH"]])
    parent = subprocess.Popen(
        [sys.executable, "-c", waiting], stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    assert awaited(told.is_file)
    parent.send_signal(ending)
    _, said = parent.communicate(timeout=PATIENCE_SECONDS)
    assert parent.returncode == 128 + ending
    assert "Traceback" not in said
    assert awaited(lambda: not any(map(alive, processes(told))))

"""Ask the real chat as many people do: `make load`.

A hundred distinct questions one at a time, then a hundred others ten at a time, of a server in a process of its own
over the seed articles, through the endpoint that programs call and the function that the page calls. Prints the median
and 95th percentile of each, in milliseconds, and how many times slower ten at once are; ends with 1 where that is more
than four times, or a question was not answered.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
QUESTIONS = 100
AT_ONCE = 10
MOST_TIMES_SLOWER = 4.0
_START_SECONDS_MOST = 120

Ask = Callable[[str], bool]
"""Asks a question; tells whether it was answered or refused as it should be, not with an error."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long questions took."""

    median_ms: float
    p95_ms: float
    seconds: float
    errors: int


def main() -> int:
    """Start the chat, ask it, tell the times; 1 where they are worse than they may be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="of a chat that runs already, instead of starting one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = None if options.address else _started(Path(folder) / "index")
        try:
            return _measured(options.address or _address_of(server))
        finally:
            if server is not None:
                if server.poll() is not None:
                    print(f"the chat ended by itself, with {server.returncode}")
                server.terminate()
                server.wait(20)


class Chat:
    """A connection for every thread, with as little work on this side as can be: it has the same cores."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._own = threading.local()

    def get(self, path: str) -> Any:
        """Ask for JSON."""
        return self._json("GET", path, None)

    def post(self, path: str, value: object) -> Any:
        """Send JSON and read some."""
        return self._json("POST", path, json.dumps(value))

    def _json(self, method: str, path: str, body: str | None) -> Any:
        if not hasattr(self._own, "line"):
            self._own.line = http.client.HTTPConnection(self._host, timeout=60)
        line = self._own.line
        try:
            line.request(method, path, body, {"Content-Type": "application/json"})
            reply = line.getresponse()
            text = reply.read()
        except (http.client.HTTPException, OSError):
            line.close()  # else whatever follows fails, too
            raise
        if reply.status != http.client.OK:
            raise ValueError(f"{reply.status} {text[:200]!r}")
        return json.loads(text)


def questions(seed: int) -> list[str]:
    """Give a hundred questions that no other seed gives: those of the seeds, each with a year that makes it new."""
    lines = (ROOT / "seeds" / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    return [
        f"{question} năm {1900 + seed * QUESTIONS + i}" for i, question in enumerate(islice(cycle(asked), QUESTIONS))
    ]


def timed(ask: Ask, asked: Sequence[str], at_once: int) -> Timing:
    """Ask everything, so many at a time."""

    def one(question: str) -> tuple[float, bool]:
        start = time.perf_counter()
        try:
            answered = ask(question)
        except (http.client.HTTPException, OSError, ValueError, KeyError):
            answered = False
        return 1000 * (time.perf_counter() - start), answered

    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as people:
        done = list(people.map(one, asked))
    seconds = time.perf_counter() - start
    times = sorted(milliseconds for milliseconds, _ in done)
    errors = sum(not answered for _, answered in done)
    return Timing(statistics.median(times), times[int(0.95 * len(times))], seconds, errors)


def _started(index: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ui.cli"]
    articles = ROOT / "seeds" / "articles"
    subprocess.run([*command, "index", articles, "--index", index], cwd=ROOT, check=True, capture_output=True)
    return subprocess.Popen(
        [*command, "chat", "--index", str(index), "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def _address_of(server: subprocess.Popen[str] | None) -> str:
    assert server is not None
    assert server.stdout is not None
    with ThreadPoolExecutor(1) as waiting:
        line = waiting.submit(server.stdout.readline).result(_START_SECONDS_MOST)
    found = re.search(r"http://\S+", line)
    if found is None:
        raise SystemExit("the chat did not start")
    return found.group()


def _measured(address: str) -> int:
    chat = Chat(address)
    failed = False
    print(f"{'':<10} {'median ms':>20} {'p95 ms':>20} {'questions/s':>20} {'times slower':>14} {'errors':>7}")
    for turn, (name, ask) in enumerate(_ways(chat).items()):
        timed(ask, questions(1000 + turn)[: 2 * AT_ONCE], AT_ONCE)  # a server that has been asked before
        alone = timed(ask, questions(2 * turn), 1)
        together = timed(ask, questions(2 * turn + 1), AT_ONCE)
        ratio, errors = together.median_ms / alone.median_ms, alone.errors + together.errors
        failed |= ratio > MOST_TIMES_SLOWER or errors > 0
        columns = [
            f"{alone.median_ms:.1f} / {together.median_ms:.1f}",
            f"{alone.p95_ms:.1f} / {together.p95_ms:.1f}",
            f"{QUESTIONS / alone.seconds:.1f} / {QUESTIONS / together.seconds:.1f}",
        ]
        print(f"{name:<10} {columns[0]:>20} {columns[1]:>20} {columns[2]:>20} {ratio:>14.2f} {errors:>7}", flush=True)
    print(f"each: one at a time / {AT_ONCE} at once; {QUESTIONS} questions each")
    return int(failed)


def _ways(chat: Chat) -> dict[str, Ask]:
    """Give the ways to ask that this chat has."""

    def by_endpoint(question: str) -> bool:
        call = {"data": [question], "session_hash": "load"}  # as gradio_client sends one, which saves making a session
        return "answered" in chat.post("/gradio_api/run/ask", call)["data"][0]

    ways: dict[str, Ask] = {"endpoint": by_endpoint}
    for component in chat.get("/config")["components"]:
        if "ask" in component["props"].get("server_fns", []):
            call = {"component_id": component["id"], "fn_name": "ask", "session_hash": "load"}

            def by_page(question: str, call: dict[str, object] = call) -> bool:
                return "html" in chat.post("/gradio_api/component_server/", {**call, "data": {"question": question}})

            ways["page"] = by_page
    return ways


if __name__ == "__main__":
    sys.exit(main())

"""Where the time goes from `hoidap chat` to the page: `python tests/bench_start.py [INDEX]`.

Each phase in a fresh process, in seconds by the clock and of the processor, and the whole as a person meets it. The
second run of each is printed: files are in the system's cache by then.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
_TIMED = """
import sys, time
start, used = time.perf_counter(), time.process_time()
{}
print(f"{{time.perf_counter() - start:.2f}} {{time.process_time() - used:.2f}}", flush=True)
"""
PHASES = {
    "import sentence_transformers": "import sentence_transformers",
    "import gradio": "import ui.chat",
    "open the index": "from qa import Assistant; Assistant.open(sys.argv[1]).summary()",
    "open it, load and warm the model": "from qa import Assistant; Assistant.open(sys.argv[1]).warm_up()",
}


def main() -> None:
    """Time every phase, then the whole."""
    index = sys.argv[1] if len(sys.argv) > 1 else "index"
    print(f"{'':<34} {'seconds':>8} {'of CPU':>8}")
    for name, code in PHASES.items():
        for _ in range(2):
            command = [sys.executable, "-c", _TIMED.format(code), index]
            told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        print(f"{name:<34} {told[0]:>8} {told[1]:>8}", flush=True)
    for _ in range(2):
        seconds = _until_the_page(index)
    print(f"{'hoidap index and chat, to the page':<34} {seconds:>8.2f}")


def _until_the_page(index: str) -> float:
    """Do what `make chat` does where nothing changed, until the page is there."""
    start = time.perf_counter()
    hoidap = [sys.executable, "-m", "ui.cli"]
    subprocess.run([*hoidap, "index", "seeds/articles", "--index", index], cwd=ROOT, check=True, capture_output=True)
    chat = [*hoidap, "chat", "--index", index, "--port", "0"]
    with subprocess.Popen(chat, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://\S+", server.stdout.readline())
            assert address is not None, "the chat did not start"
            httpx.get(address.group(), trust_env=False, timeout=60).raise_for_status()
            return time.perf_counter() - start
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

"""A process that measures: it runs one function, and says what that returns. Started by `bench_processes`.

It reads lines of JSON: the module, the function and what the function is given; then what the function is sent, where
it is a generator. It answers each with a line of JSON, what the function returned or yielded and this process's peak
memory in bytes, and ends where nothing more is sent.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import GeneratorType


def main() -> None:
    """Serve one function; the only argument is when this process was spawned, by the clock that all processes share."""
    # What a library prints goes to standard error: the pipes belong to the conversation.
    asked, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    request = json.loads(asked.readline())
    function = getattr(importlib.import_module(request["module"]), request["function"])
    result = function(float(sys.argv[1]), **request["given"])
    told = next(result) if isinstance(result, GeneratorType) else result
    while True:
        print(json.dumps({**told, "peak": _peak_bytes()}), file=answers, flush=True)
        line = asked.readline()
        if not line:
            return
        told = result.send(json.loads(line))


def _peak_bytes() -> int:
    """Tell this process's largest resident size. Linux's own figure: getrusage counts in the parent's before exec."""
    status = Path("/proc/self/status")
    if status.is_file():
        return next(1024 * int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    main()

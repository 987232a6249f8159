"""Speed and cost, as ratios between things measured in one run: `make bench`. It prints; it asserts nothing.

    benchmark.py                                encoding, retrieval and comparison
    benchmark.py comparison --articles 1000     Hoidap beside LangChain, over more articles
    benchmark.py scale 1000 5000                what an index costs by its size (default: 1000 5000 20000 80000)

Each part says in its own module, `bench_*.py`, what it measures. What is measured in a process of its own imports what
it uses itself: opening times and memory are those of a user's process.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bench_processes import StepFailed

from embeddings.errors import HoidapError

PARTS = ("encoding", "retrieval", "comparison", "scale")
_LANGCHAIN = ("langchain_community", "langchain_huggingface", "langchain_text_splitters")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts asked for; return the exit code, 130 where Ctrl-C stopped them."""
    options = _parser().parse_args(arguments)
    sizes = [int(part) for part in options.parts if part.isdecimal()]
    parts = [part for part in options.parts if not part.isdecimal()] or (["scale"] if sizes else list(PARTS[:3]))
    if problem := _problem(parts, sizes, options):
        print(f"benchmark: {problem}", file=sys.stderr)
        return 2
    for ending in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C does: no process and no folder stays behind
        signal.signal(ending, _end)
    try:
        _run(parts, sizes, options)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except (StepFailed, HoidapError) as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"of: {', '.join(PARTS)}; behind scale, numbers of articles")
    parser.add_argument("--sentences", type=int, default=600, help="how many to encode (default 600)")
    parser.add_argument("--passages", type=int, default=10_000, help="how many to retrieve from (default 10,000)")
    parser.add_argument("--articles", type=int, default=300, help="how many to compare over (default 300)")
    parser.add_argument("--rounds", type=int, default=3, help="how often to index and open to compare (default 3)")
    parser.add_argument("--questions", type=int, default=200, help="how many to ask an archive (default 200)")
    parser.add_argument("--xquad", default=os.environ.get("XQUAD_VI", ""), help="XQuAD's JSON, to compare hits as well")
    return parser


def _problem(parts: Sequence[str], sizes: Sequence[int], options: argparse.Namespace) -> str | None:
    """Say in a line why the parts cannot be run as asked for."""
    if unknown := set(parts) - set(PARTS):
        return f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
    if sizes and "scale" not in parts:
        return "numbers of articles stand behind scale; comparison takes --articles"
    if options.xquad and not Path(options.xquad).is_file():
        return f"no such file: {options.xquad}"
    if min(options.sentences, options.passages, options.articles, options.rounds, options.questions, *sizes) < 1:
        return "numbers must be positive"
    missing = [name for name in _LANGCHAIN if importlib.util.find_spec(name) is None]
    if "comparison" in parts and missing:
        return (
            f"LangChain is not installed here ({missing[0]} is missing): `make bench` installs it; "
            "encoding, retrieval and scale run without"
        )
    return None


def _run(parts: Sequence[str], sizes: Sequence[int], options: argparse.Namespace) -> None:
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    # Here, as they take a second: Ctrl-C is heard meanwhile, and help and misuse do not wait for them.
    from bench_comparison import comparison, hits
    from bench_encoding import encoding
    from bench_retrieval import retrieval
    from bench_scale import ENCODED_MOST, SCALE, scale

    from embeddings.models import find_model

    sizes = sizes or SCALE
    if {"encoding", "comparison"} & set(parts) or ("scale" in parts and min(sizes) <= ENCODED_MOST):
        find_model(report=lambda line: print(line, file=sys.stderr))  # written out before anything is timed
    if "encoding" in parts:
        encoding(options.sentences)
    if "retrieval" in parts:
        retrieval(options.passages)
    if "comparison" in parts:
        comparison(options.articles, options.rounds, options.questions)
        if options.xquad:
            hits(Path(options.xquad))
    if "scale" in parts:
        scale(sizes, options.questions)


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())

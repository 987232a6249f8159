"""`hoidap watch`: an index that follows its folders.

Like `ui.cli`, it imports only argparse; the command loads what it needs itself.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.arguments import add_exclude, add_index, add_model

if TYPE_CHECKING:
    from qa.watching import Batch


def add_parser(subparsers: Any) -> None:
    """Add `watch` to what `add_subparsers` returned; `options.run(options)` gives the exit code."""
    parser = subparsers.add_parser(
        "watch",
        help="bring an index up to date with its articles, and go on with whatever changes there",
        description="Bring an index up to date with its articles, and go on with whatever changes there, until Ctrl-C. "
        "A line is printed for every update. Where a folder is gone as a whole, as when a drive is pulled out, its "
        "articles stay.",
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a folder, a file, or a pattern such as 'news/**/*.pdf'"
    )
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument(
        "--prune", action="store_true", default=True, help="remove articles whose files go (this is the default)"
    )
    kept.add_argument("--keep", dest="prune", action="store_false", help="keep articles whose files go")
    add_exclude(parser)
    parser.add_argument(
        "--settle",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="take a file once it has not changed for so long (default 1)",
    )
    parser.add_argument(
        "--poll", action="store_true", help="look for changes every second; for network drives, which do not tell"
    )
    add_index(parser)
    add_model(parser)
    parser.set_defaults(run=_watch)


def _watch(options: argparse.Namespace) -> int:
    from qa import UpdateOptions
    from qa.watching import watch
    from ui.progress import IndexingBar

    # Only the first update is long enough for a bar.
    with contextlib.ExitStack() as bars:
        bar = bars.enter_context(IndexingBar())
        first = True

        def show(batch: Batch) -> None:
            nonlocal first
            bars.close()
            first = False
            print(batch_line(batch, time.strftime("%H:%M:%S")), flush=True)

        watch(
            options.paths,
            options.index,
            model=options.model,
            options=UpdateOptions(prune=options.prune, exclude=tuple(options.exclude)),
            settle_seconds=options.settle,
            poll=options.poll,
            on_batch=show,
            progress=lambda progress: bar.show(progress) if first else None,
            skipped=lambda skipped: _say(f"skipped {skipped}"),
            converted=lambda converted: _say(str(converted)),
            report=_say,
        )
    return 0


def batch_line(batch: Batch, at: str) -> str:
    """Say in one line what an update did, and when."""
    report = batch.report
    counts = f"+{report.added} ~{report.changed} -{report.removed} articles"
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    return f"{at} {counts}{skipped}, revision {report.revision}, {batch.seconds:.1f} s"


def _say(line: str) -> None:
    from tqdm import tqdm

    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 0, found {text!r}")
    return number

"""The bar that shows how far indexing is."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from tqdm import tqdm

from qa import Progress


class IndexingBar:
    """A bar over the corpus's bytes, with articles and the encoding rate; lines written pass above it."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._start: float | None = None

    def __enter__(self) -> IndexingBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        if self._bar is None:
            # Only now: a path that does not exist is to give one line, and no empty bar above it.
            self._bar = _bar(progress.bytes_total)
        if progress.sentences and self._start is None:
            self._start = time.perf_counter()
        rate = progress.sentences / (time.perf_counter() - self._start + 1e-3) if self._start else 0
        self._bar.n = min(progress.bytes_done, self._bar.total)
        encoded = f", {progress.sentences} sentences" + (f" ({rate:.0f}/s)" if progress.sentences > 200 else "")
        self._bar.set_postfix_str(f"{progress.articles} articles{encoded}", refresh=False)
        self._bar.update(0)

    def write(self, line: str) -> None:
        """Write a line above the bar."""
        tqdm.write(line, file=sys.stderr)


def _bar(byte_count: int) -> tqdm:
    return tqdm(
        total=max(1, byte_count),
        desc="Indexing",
        unit="B",
        unit_scale=True,
        # On a terminal, twice a second; in a log, a line now and then.
        mininterval=0.5 if sys.stderr.isatty() else 10.0,
        file=sys.stderr,
        bar_format="{desc} {percentage:3.0f}%|{bar:30}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}",
    )

"""An evaluation in lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qa.evaluation.bootstrap import Estimate
from qa.evaluation.comparison import Change, Comparison, Moved
from qa.evaluation.metrics import METRICS
from qa.evaluation.runs import Run

BY_TAG = ("article_recall@1", "passage_hit@1", "passage_hit@5", "answer_hit", "answered_rate", "refusal_recall")
"""What is told for each tag; the JSON has everything."""

_NONE = "–"
_MOVED_MOST = 20


def run_lines(run: Run) -> Iterator[str]:
    """Tell the metrics with their intervals, a column a variant; then the plain run by tag."""
    measured = {variant: run.metrics(variant) for variant in run.outcomes}
    rows = [["", *measured]]
    rows += [[name, *(interval(estimates[name]) for estimates in measured.values())] for name in METRICS]
    yield from aligned(rows)
    by_tag = run.metrics_by_tag("plain")
    if by_tag:
        yield ""
        rows = [["by tag", "questions", *BY_TAG]]
        for tag, estimates in by_tag.items():
            count = sum(tag in outcome.question.tags for outcome in run.plain)
            rows.append([tag, str(count), *(figure(estimates[name].value) for name in BY_TAG)])
        yield from aligned(rows)


def comparison_lines(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """Tell what changed since an earlier run, and the questions that moved."""
    for comparison in comparisons.values():
        left_out = f" ({comparison.left_out} in one run only or changed: left out)" if comparison.left_out else ""
        yield ""
        yield f"{comparison.variant}: {comparison.questions} questions compared{left_out}"
        rows = [["", "before", "now", "difference", "better", "worse"]]
        rows += [_change_row(change) for change in comparison.defined]
        yield from aligned(rows)
        better = [pair for pair in comparison.moved if pair.change > 0]
        worse = [pair for pair in reversed(comparison.moved) if pair.change < 0]
        yield from _moved_lines("better", better)
        yield from _moved_lines("worse", worse)


def interval(estimate: Estimate) -> str:
    """Write an estimate as ``0.951 [0.920, 0.978]``."""
    if estimate.value is None:
        return _NONE
    return f"{figure(estimate.value)} [{figure(estimate.low)}, {figure(estimate.high)}]"


def signed_interval(estimate: Estimate) -> str:
    """Write a difference as ``+0.012 [-0.003, +0.027]``."""
    if estimate.value is None:
        return _NONE
    return f"{figure(estimate.value, True)} [{figure(estimate.low, True)}, {figure(estimate.high, True)}]"


def figure(value: float | None, signed: bool = False) -> str:
    """Write a figure with as many digits as it bears: three decimals, milliseconds one."""
    if value is None:
        return _NONE
    return f"{value:{'+' if signed else ''}.{1 if abs(value) > 1 else 3}f}"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay out rows in columns, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def _flat(text: str) -> str:
    """Put text on one line, without characters that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text).split())


def _change_row(change: Change) -> list[str]:
    counts = [str(change.better or ""), str(change.worse or "")]
    return [change.metric, figure(change.old), figure(change.new), signed_interval(change.difference), *counts]


def _moved_lines(direction: str, pairs: Sequence[Moved]) -> Iterator[str]:
    if pairs:
        yield f"{len(pairs)} questions served {direction}:"
    for pair in pairs[:_MOVED_MOST]:
        yield f"  {pair.change:+.2f}  {pair.new.question.id}  {_flat(pair.new.question.question)}"
    if len(pairs) > _MOVED_MOST:
        yield f"  … and {len(pairs) - _MOVED_MOST} more"

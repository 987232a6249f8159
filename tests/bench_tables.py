"""Figures as they are printed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that so many percent of the others do not exceed, between two of them where none does."""
    return float(np.percentile(values, percent))


def spread(milliseconds: Sequence[float]) -> str:
    """Write the median and the 95th percentile."""
    return f"median {percentile(milliseconds, 50):.2f} ms, p95 {percentile(milliseconds, 95):.2f} ms"


def readable(figure: float) -> str:
    """Write about three digits that count of a figure that is not negative."""
    decimals = next(count for count, least in enumerate((100, 10, 0.1, 0)) if figure >= least)
    return f"{figure:,.{decimals}f}"


def print_table(lines: Sequence[Sequence[str]]) -> None:
    """Print lines of cells below each other: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for name, *cells in lines:
        figures = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        print("  ".join([name.ljust(widths[0]), *figures]))

"""How far a figure would move with other questions of the same kind: percentile bootstrap intervals.

Questions are resampled with replacement (Efron, "Bootstrap methods: another look at the jackknife", Annals of
Statistics 7, 1979; the percentile interval in Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
chapter 13). A resample is a row of weights: how often each question was drawn. A figure is computed for all rows
at once, whatever its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
CONFIDENCE = 0.95
_SEED = 20210413
_CHUNK_ENTRIES = 2_000_000

Statistic = Callable[[np.ndarray], np.ndarray]
"""From weights of shape (rows, questions) to a figure a row; NaN where it is not defined."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the bounds of its 95 % interval; None where the questions do not define it."""

    value: float | None
    low: float | None
    high: float | None


UNDEFINED = Estimate(None, None, None)


def estimate(statistics: Mapping[str, Statistic], count: int) -> dict[str, Estimate]:
    """Compute each statistic of `count` questions, with its interval over the same resamples of them."""
    if count == 0:
        return dict.fromkeys(statistics, UNDEFINED)
    values = {name: float(statistic(np.ones((1, count)))[0]) for name, statistic in statistics.items()}
    defined = {name: statistic for name, statistic in statistics.items() if not np.isnan(values[name])}
    rows: dict[str, list[np.ndarray]] = {name: [] for name in defined}
    for weights in resamples(count):
        for name, statistic in defined.items():
            rows[name].append(statistic(weights))
    return {name: _estimate(values[name], rows[name]) if name in defined else UNDEFINED for name in statistics}


def resamples(count: int) -> Iterator[np.ndarray]:
    """Yield the weights of RESAMPLES resamples of `count` questions in a few blocks of rows; always the same ones."""
    random = np.random.default_rng(_SEED)
    block = max(1, min(RESAMPLES, _CHUNK_ENTRIES // count))
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        drawn = random.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count).astype(float)


def _estimate(value: float, rows: list[np.ndarray]) -> Estimate:
    # A resample without, say, any unanswerable question does not define the figure, and is left out.
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(np.concatenate(rows), [tail, 1 - tail])
    return Estimate(value, float(low), float(high))

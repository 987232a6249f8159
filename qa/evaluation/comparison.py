"""Two runs of the same questions: what got better, what worse, and whether that could be chance.

Differences are paired: each resample draws the same questions from both runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.errors import HoidapError
from qa.evaluation.bootstrap import Estimate, estimate
from qa.evaluation.metrics import METRICS, Columns, Metric, columns
from qa.evaluation.outcomes import Outcome
from qa.evaluation.runs import Run

_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """A metric in both runs; `difference` is new minus old."""

    metric: str
    old: float | None
    new: float | None
    difference: Estimate
    better: int
    """Questions whose own score rose; 0 for metrics that single questions have no score in."""
    worse: int

    @property
    def is_worse(self) -> bool:
        """Whether the whole interval of the difference lies on the worse side of zero, or there is no figure now."""
        return self._side() < 0 or (self.old is not None and self.new is None)

    @property
    def is_better(self) -> bool:
        """Whether the whole interval of the difference lies on the better side of zero."""
        return self._side() > 0

    def _side(self) -> int:
        low, high = self.difference.low, self.difference.high
        if low is None or high is None or low <= 0 <= high:
            return 0
        return 1 if (low > 0) == METRICS[self.metric].higher_is_better else -1


@dataclass(frozen=True, slots=True)
class Moved:
    """A question that was served better or worse than before."""

    old: Outcome
    new: Outcome

    @property
    def change(self) -> float:
        """The difference of `service`: positive is better."""
        return service(self.new) - service(self.old)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two runs of one variant."""

    variant: str
    questions: int
    """Compared: in both runs, with the same id, wording, article and answers."""
    left_out: int
    changes: dict[str, Change]
    moved: tuple[Moved, ...]
    """Best improvement first, worst decline last."""

    @property
    def defined(self) -> list[Change]:
        """The changes of metrics that either run has a figure for."""
        return [change for change in self.changes.values() if change.old is not None or change.new is not None]


def compare(old: Run, new: Run) -> dict[str, Comparison]:
    """Compare the variants that both runs have, over the questions that both asked.

    Raises HoidapError where they have no question in common.
    """
    found = {variant: _compare(variant, old, new) for variant in new.outcomes if variant in old.outcomes}
    if not any(comparison.questions for comparison in found.values()):
        raise HoidapError("the run to compare with asked none of these questions: there is nothing to compare")
    return found


def service(outcome: Outcome) -> float:
    """Score how well a question was served, 0 to 3: being right, the right sentence, and the ranking's nDCG."""
    found = outcome.scores.get("passage_ndcg@10", outcome.scores.get("article_ndcg@10", 0.0))
    return float(outcome.is_right) + outcome.scores.get("answer_hit", 0.0) + found


def _compare(variant: str, old: Run, new: Run) -> Comparison:
    before = {outcome.question.id: i for i, outcome in enumerate(old.outcomes[variant])}
    pairs = [
        (before[outcome.question.id], i)
        for i, outcome in enumerate(new.outcomes[variant])
        if outcome.question.id in before and _same(old.outcomes[variant][before[outcome.question.id]], outcome)
    ]
    first, then = _columns(old, variant, [i for i, _ in pairs]), _columns(new, variant, [i for _, i in pairs])
    differences = estimate({name: _difference(metric, first, then) for name, metric in METRICS.items()}, len(pairs))
    everything = np.ones((1, len(pairs)))
    both = [Moved(old.outcomes[variant][i], new.outcomes[variant][j]) for i, j in pairs]
    return Comparison(
        variant,
        questions=len(pairs),
        left_out=len(new.outcomes[variant]) + len(old.outcomes[variant]) - 2 * len(pairs),
        changes={
            name: Change(
                name,
                _figure(metric, first, everything),
                _figure(metric, then, everything),
                differences[name],
                *_counts(name, first, then),
            )
            for name, metric in METRICS.items()
        },
        moved=tuple(sorted((pair for pair in both if abs(pair.change) > _EQUAL), key=lambda pair: -pair.change)),
    )


def _same(old: Outcome, new: Outcome) -> bool:
    first, then = old.question, new.question
    return (first.question, first.article, set(first.answers), first.answerable) == (
        then.question,
        then.article,
        set(then.answers),
        then.answerable,
    )


def _columns(run: Run, variant: str, places: Sequence[int]) -> Columns:
    reference = run.reference(variant)
    return columns(
        [run.outcomes[variant][i] for i in places], None if reference is None else [reference[i] for i in places]
    )


def _difference(metric: Metric, old: Columns, new: Columns) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: metric.statistic(new, weights) - metric.statistic(old, weights)


def _figure(metric: Metric, table: Columns, weights: np.ndarray) -> float | None:
    value = float(metric.statistic(table, weights)[0]) if len(table) else float("nan")
    return None if np.isnan(value) else value


def _counts(name: str, old: Columns, new: Columns) -> tuple[int, int]:
    if name not in old.scores:
        return 0, 0
    gain = new.scores[name] - old.scores[name]
    return int((gain > _EQUAL).sum()), int((gain < -_EQUAL).sum())

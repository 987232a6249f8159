"""The metrics of an evaluation: every figure over the outcomes of one variant, overall and by tag.

Retrieval is judged on answerable questions: `article_*` on all of them, `passage_*` and `answer_hit` on those with
accepted answers. Refusing is judged on all: the positive class of `refusal_precision` and `refusal_recall` is
refusing, of `refusal_auroc` it is being answerable, by confidence. `confidence_ece` compares confidence with how
often the first citation was correct. A question that failed to run counts as zero in each; it has no latency.

Where a variant removes every question's article, nothing is left to be answered, so its refusing is judged
together with the plain run: `refusal_precision` over both runs' refusals, `refusal_auroc` as the plain run's
answerable questions against the same questions without their article, `confidence_ece` over both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation import formulas
from qa.evaluation.bootstrap import Estimate, estimate
from qa.evaluation.outcomes import Outcome

SCORES = (
    "article_recall@1",
    "article_recall@5",
    "article_recall@10",
    "article_mrr@10",
    "article_ndcg@10",
    "passage_hit@1",
    "passage_hit@3",
    "passage_hit@5",
    "passage_ndcg@10",
    "answer_hit",
)
"""Metrics that each question has a score of its own in."""

CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """A variant's outcomes, an array entry a question; NaN where there is nothing."""

    scores: Mapping[str, np.ndarray]
    answerable: np.ndarray
    answered: np.ndarray
    refused: np.ndarray
    correct: np.ndarray
    confidence: np.ndarray
    latency_ms: np.ndarray
    reference: Columns | None = None
    """The same questions in the plain run, where this variant removed their articles."""

    def __len__(self) -> int:
        return len(self.answerable)


Statistic = Callable[[Columns, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with a name, and which way it gets better."""

    name: str
    statistic: Statistic
    higher_is_better: bool = True


def columns(outcomes: Sequence[Outcome], reference: Sequence[Outcome] | None = None) -> Columns:
    """Arrange outcomes for the metrics; `reference` are the plain run's, in the same order, for removed articles."""
    return Columns(
        scores={name: _numbers([outcome.scores.get(name) for outcome in outcomes]) for name in SCORES},
        answerable=np.array([outcome.question.answerable for outcome in outcomes], bool),
        answered=np.array([outcome.answered is True for outcome in outcomes], bool),
        refused=np.array([outcome.answered is False for outcome in outcomes], bool),
        correct=np.array([outcome.is_correct for outcome in outcomes], bool),
        confidence=_numbers([outcome.confidence for outcome in outcomes]),
        latency_ms=_numbers([outcome.latency_ms for outcome in outcomes]),
        reference=None if reference is None else columns(reference),
    )


def measure(outcomes: Sequence[Outcome], reference: Sequence[Outcome] | None = None) -> dict[str, Estimate]:
    """Compute every metric with its interval; see `columns` for `reference`."""
    table = columns(outcomes, reference)
    return estimate({metric.name: _bound(metric.statistic, table) for metric in METRICS.values()}, len(table))


def measure_by_tag(
    outcomes: Sequence[Outcome], reference: Sequence[Outcome] | None = None
) -> dict[str, dict[str, Estimate]]:
    """Compute every metric for the questions of each tag, tags in alphabetical order."""
    found = {}
    for tag in sorted({tag for outcome in outcomes for tag in outcome.question.tags}):
        tagged = [i for i, outcome in enumerate(outcomes) if tag in outcome.question.tags]
        beside = None if reference is None else [reference[i] for i in tagged]
        found[tag] = measure([outcomes[i] for i in tagged], beside)
    return found


def _bound(statistic: Statistic, table: Columns) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: statistic(table, weights)


def _numbers(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], float)


def _score(name: str) -> Metric:
    return Metric(name, lambda table, weights: formulas.mean(weights, table.scores[name]))


def _answered_rate(table: Columns, weights: np.ndarray) -> np.ndarray:
    return formulas.ratio(weights, table.answered, np.ones(len(table)))


def _refusal_precision(table: Columns, weights: np.ndarray) -> np.ndarray:
    refused = table.refused.astype(float)
    if table.reference is not None:
        refused = refused + (table.reference.refused & table.reference.answerable)
    precision = formulas.ratio(weights, table.refused & ~table.answerable, refused)
    return np.where(weights @ ~table.answerable > 0, precision, np.nan)  # no refusal can be right: nothing to judge


def _refusal_recall(table: Columns, weights: np.ndarray) -> np.ndarray:
    return formulas.ratio(weights, table.refused & ~table.answerable, ~table.answerable)


def _refusal_auroc(table: Columns, weights: np.ndarray) -> np.ndarray:
    answerable, unanswerable = sides(table)
    # One that failed to run counts as ranked worst.
    return formulas.auroc(
        np.nan_to_num(answerable.confidence, nan=-np.inf),
        weights[:, answerable.places],
        np.nan_to_num(unanswerable.confidence, nan=np.inf),
        weights[:, unanswerable.places],
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers that confidence is judged on, an array entry each."""

    places: np.ndarray
    """The question of each, by its place in the table."""
    confidence: np.ndarray
    correct: np.ndarray
    answered: np.ndarray


def sides(table: Columns) -> tuple[Judged, Judged]:
    """Give the answerable and the unanswerable questions: where articles were removed, the same ones twice."""
    if table.reference is None:
        return _judged(table, table.answerable), _judged(table, ~table.answerable)
    answerable = table.reference.answerable
    return _judged(table.reference, answerable), _judged(table, answerable)


def judged(table: Columns) -> Judged:
    """Give everything that confidence is judged on; where articles were removed, the plain run's as well."""
    if table.reference is None:
        return _judged(table, ~np.isnan(table.confidence))
    plain = judged(table.reference)
    removed = _judged(table, table.reference.answerable & ~np.isnan(table.confidence))
    return Judged(
        np.concatenate([plain.places, removed.places]),
        np.concatenate([plain.confidence, removed.confidence]),
        np.concatenate([plain.correct, removed.correct]),
        np.concatenate([plain.answered, removed.answered]),
    )


def _judged(table: Columns, which: np.ndarray) -> Judged:
    return Judged(np.flatnonzero(which), table.confidence[which], table.correct[which], table.answered[which])


def _confidence_ece(table: Columns, weights: np.ndarray) -> np.ndarray:
    found = judged(table)
    return formulas.calibration_error(weights[:, found.places], found.confidence, found.correct, CALIBRATION_BINS)


def _latency(share: float) -> Statistic:
    return lambda table, weights: formulas.quantile(weights, table.latency_ms, share)


METRICS = {
    metric.name: metric
    for metric in (
        *map(_score, SCORES),
        Metric("answered_rate", _answered_rate),
        Metric("refusal_precision", _refusal_precision),
        Metric("refusal_recall", _refusal_recall),
        Metric("refusal_auroc", _refusal_auroc),
        Metric("confidence_ece", _confidence_ece, higher_is_better=False),
        Metric("latency_p50_ms", _latency(0.50), higher_is_better=False),
        Metric("latency_p95_ms", _latency(0.95), higher_is_better=False),
    )
}

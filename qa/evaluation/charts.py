"""The charts of the report: recall at k, reliability, what refusing trades, and metrics by tag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation import formulas
from qa.evaluation.bootstrap import Estimate, Statistic, estimate
from qa.evaluation.metrics import CALIBRATION_BINS, Columns, judged, sides
from qa.evaluation.plots import Axis, Plot, Point, Series, dot, share_axis, stroke, text
from qa.evaluation.runs import Run


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence falls in one bin."""

    count: int
    confidence: float
    """Their mean confidence."""
    correct: float
    """The share of them that was correct."""

    @property
    def interval(self) -> tuple[float, float]:
        """The share's 95 % score interval (Wilson, Journal of the American Statistical Association 22, 1927)."""
        z, n = 1.96, self.count
        middle = self.correct + z * z / (2 * n)
        spread = z * math.sqrt(self.correct * (1 - self.correct) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def recall_at_k(run: Run) -> Plot | None:
    """Draw the share of questions whose article, and whose passage, is among the first k retrieved."""
    k = int(run.about["k"])
    series = []
    for variant, outcomes in run.outcomes.items():
        articles = [outcome.article_rank for outcome in outcomes if outcome.question.answerable]
        passages = [o.passage_rank for o in outcomes if o.question.answerable and o.question.answers]
        for color, name, ranks in ((0, "article", articles), (1, "passage", passages)):
            if ranks:
                series.append(_recall_series(f"{name}, {variant}", color, ranks, k, dashed=variant != "plain"))
    if not series:
        return None
    lowest = min(y for one in series for _, y in one.points) - 0.02
    ticks = [(float(rank), str(rank)) for rank in range(1, k + 1) if k <= 12 or rank == 1 or rank % 5 == 0]
    return Plot(
        "Share of questions found among the first k",
        Axis("k", 1.0, float(k), ticks),
        share_axis("found", max(0.0, math.floor(lowest * 10) / 10)),
        series,
    )


def _recall_series(name: str, color: int, ranks: Sequence[int | None], k: int, dashed: bool) -> Series:
    found = np.array([math.inf if rank is None else rank for rank in ranks])
    statistics: dict[str, Statistic] = {
        str(rank): lambda weights, rank=rank: formulas.mean(weights, (found <= rank).astype(float))  # type: ignore[misc]
        for rank in range(1, k + 1)
    }
    at = estimate(statistics, len(ranks))
    points = [(float(rank), _value(at[str(rank)].value)) for rank in range(1, k + 1)]
    band = [(_value(at[str(rank)].low), _value(at[str(rank)].high)) for rank in range(1, k + 1)]
    return Series(
        name,
        color,
        points,
        () if dashed else band,
        titles=[f"{name}, k = {x:.0f}: {y:.3f}" for x, y in points],
        dashed=dashed,
    )


def reliability_bins(table: Columns) -> list[Bin]:
    """Group answers into bins of confidence of equal width; empty ones are left out."""
    answers = judged(table)
    place = formulas.bin_of(answers.confidence, CALIBRATION_BINS)
    return [
        Bin(int(inside.sum()), float(answers.confidence[inside].mean()), float(answers.correct[inside].mean()))
        for number in range(CALIBRATION_BINS)
        if (inside := place == number).any()
    ]


def reliability(table: Columns) -> Plot | None:
    """Draw how often answers of a confidence were correct; on the diagonal, confidence means what it says."""
    bins = reliability_bins(table)
    if not bins:
        return None
    most = max(one.count for one in bins)
    dots = Series(
        "answers, by confidence; the larger, the more",
        0,
        [(one.confidence, one.correct) for one in bins],
        [one.interval for one in bins],
        [3 + 7 * math.sqrt(one.count / most) for one in bins],
        [f"{one.count} answers: confidence {one.confidence:.2f}, correct {one.correct:.2f}" for one in bins],
    )
    return Plot(
        "Confidence against the share that was correct",
        share_axis("mean confidence of the bin"),
        share_axis("share correct"),
        [dots],
        diagonal=True,
    )


def precision_by_coverage(table: Columns) -> Plot | None:
    """Draw how many answers are correct, against how many questions are answered, as the threshold moves.

    The risk-coverage curve of El-Yaniv and Wiener (JMLR 11, 2010), upside down. The mark is the threshold in use.
    """
    answers = judged(table)
    if not len(answers.places):
        return None
    order = np.argsort(-answers.confidence, kind="stable")
    count = np.arange(1, len(order) + 1)
    precision = np.cumsum(answers.correct[order]) / count
    last = np.append(np.diff(answers.confidence[order]) != 0, True)  # what ties is answered together
    points = list(zip((count / len(order))[last].tolist(), precision[last].tolist(), strict=True))
    marks = []
    if answers.answered.any():
        now = (float(answers.answered.mean()), float(answers.correct[answers.answered].mean()))
        marks = [(now, f"the threshold in use: {now[0]:.3f} answered, {now[1]:.3f} of them correct")]
    low = min(0.9, math.floor(min(y for _, y in points) * 10) / 10)
    return Plot(
        "Share of the answers that are correct, by the share of questions answered",
        share_axis("share of questions answered"),
        share_axis("share of answers correct", low),
        [Series("answers, by falling confidence", 2, thinned(points))],
        marks=marks,
    )


def false_answers(table: Columns) -> Plot | None:
    """Draw how many answerable questions are answered, against how many of the others, as the threshold moves."""
    answerable, unanswerable = sides(table)
    if not len(answerable.places) or not len(unanswerable.places):
        return None
    cuts = np.unique(np.concatenate([answerable.confidence, unanswerable.confidence]))
    cuts = cuts[~np.isnan(cuts)][::-1]
    points = [(0.0, 0.0)] + [
        (float((unanswerable.confidence >= cut).mean()), float((answerable.confidence >= cut).mean())) for cut in cuts
    ]
    now = (float(unanswerable.answered.mean()), float(answerable.answered.mean()))
    return Plot(
        "Answerable questions answered, by unanswerable questions answered",
        share_axis("share of unanswerable questions answered"),
        share_axis("share of answerable questions answered"),
        [Series("questions, by falling confidence", 2, thinned(points))],
        diagonal=True,
        marks=[(now, f"the threshold in use: {now[1]:.3f} of the answerable, {now[0]:.3f} of the others")],
    )


def thinned(points: Sequence[Point], most: int = 200) -> list[Point]:
    """Leave out points that a curve does not need for the eye, never an end."""
    step = max(1, math.ceil(len(points) / most))
    return [*points[:-1:step], points[-1]]


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag, how many questions have it, and its metrics in the order of the panels."""

    tag: str
    count: int
    estimates: Sequence[Estimate]


def by_tag(panels: Sequence[str], rows: Sequence[TagRow]) -> str:
    """Draw a panel a metric and a line a tag, with error bars; a tag that does not define a metric has none."""
    left, gap, panel, line = 150, 18, 190, 22
    width, height = left + len(panels) * (panel + gap), 30 + line * len(rows) + 24
    parts = []
    for y, row in ((34 + line * i, row) for i, row in enumerate(rows)):
        parts.append(text(left - 12, y + 4, f"{row.tag} ({row.count})", "end"))
        for number, at in enumerate(row.estimates):
            start = left + number * (panel + gap)
            parts.append(stroke(start, y, start + panel, y, "grid"))
            if at.value is not None and at.low is not None and at.high is not None:
                color, title = f"series-{number % 4}", f"{row.tag}: {panels[number]} {at.value:.3f}"
                parts.append(stroke(start + panel * at.low, y, start + panel * at.high, y, f"error {color}"))
                parts.append(dot(start + panel * at.value, y, 4.5, color, title))
    for number, name in enumerate(panels):
        start = left + number * (panel + gap)
        parts.append(text(start + panel / 2, 14, name, "middle"))
        parts += [text(start + panel * share, height - 6, f"{share:g}", "middle") for share in (0, 0.5, 1)]
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Metrics by tag">{"".join(parts)}</svg>'


def _value(value: float | None) -> float:
    return 0.0 if value is None else value

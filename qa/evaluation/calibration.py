"""Fitting confidence to questions whose answers are known, and telling how far it can be believed.

Every question is asked as it is and without diacritics, with its own article and with that hidden. The logistic models
are fitted on what came back; every figure reported is of questions that the model judged was not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from qa.confidence import Confidence, Model, Signals, shipped, signals
from qa.errors import HoidapError
from qa.evaluation import formulas
from qa.evaluation.asking import BATCH, Answering, ask_batch
from qa.evaluation.bootstrap import Estimate, estimate
from qa.evaluation.matching import holds
from qa.evaluation.metrics import CALIBRATION_BINS
from qa.evaluation.questions import LabelledQuestion
from qa.evaluation.runs import absent_articles
from qa.evaluation.sources import open_sources
from qa.evaluation.variants import PLAIN, VARIANTS
from qa.types import Hit

KEEP = 0.9
"""Of the answers that are right, the share that the threshold lets through."""
FOLDS = 5
LEAST = 30
"""Right answers, and others, that a model needs at least."""
_DEPTH = 10
# Whether more of each signal makes surer, in the order of `Signals`.
_DIRECTIONS = np.array([1, 1, 1, -1])
_GROUPS = ("vietnamese", "other")


@dataclass(frozen=True, slots=True)
class Example:
    """A question as it was asked, and whether its first citation answers it."""

    question: str
    """The question's id: what is asked of it in several ways stays in one fold."""
    group: str
    """``vietnamese``, or ``other`` for another language."""
    signals: Signals
    right: bool
    answerable: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    low: float
    high: float
    answers: int
    confidence: float
    """Their mean confidence."""
    right: float
    """The share of them that is right."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One language's model, and what it is worth by cross-validation."""

    model: Model
    questions: int
    right: int
    wrong: int
    auroc: Estimate
    """Of telling questions that the articles answer from those they do not."""
    calibration_error: Estimate
    reliability: tuple[Bin, ...]
    kept: float
    """The share of right answers given."""
    refused: float
    """The share of the others refused."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Models fitted to questions; a language without enough of them keeps the shipped model."""

    confidence: Confidence
    fits: dict[str, Fit]

    def report(self) -> dict[str, Any]:
        """Give the figures, for JSON."""
        return {group: {key: value for key, value in asdict(fit).items() if key != "model"}
                for group, fit in self.fits.items()}  # fmt: skip


def examples(
    assistant: Answering, questions: Sequence[LabelledQuestion], progress: Callable[[int], None] = lambda done: None
) -> list[Example]:
    """Ask every question in every way, and judge the first citation. A question that fails to run is left out.

    Raises HoidapError where the index has none of the articles that the questions are about.
    """
    with open_sources(assistant.folder) as sources:
        absent_articles(questions, sources)
    found = []
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        for posed, hidden in _ways(batch):
            replies = ask_batch(assistant, posed, _DEPTH, hidden)
            for question, away, reply in zip(posed, hidden, replies, strict=True):
                if reply.answer is not None and reply.hits:
                    found.append(_example(question, away is not None, reply.answer.question.language, reply.hits))
        progress(len(batch))
    return found


def _ways(batch: Sequence[LabelledQuestion]) -> Iterator[tuple[list[LabelledQuestion], list[str | None]]]:
    unaccented = VARIANTS["unaccented"]
    for variant in (PLAIN, unaccented):
        posed = [variant.of(question) for question in batch]
        if variant is unaccented:
            posed = [other for other, plain in zip(posed, batch, strict=True) if other.question != plain.question]
        yield posed, [None] * len(posed)
        answerable = [question for question in posed if question.answerable]
        yield answerable, [question.article for question in answerable]


def _example(question: LabelledQuestion, is_hidden: bool, language: str, hits: Sequence[Hit]) -> Example:
    first = hits[0]
    right = question.answerable and not is_hidden and first.article.id == question.article
    if right and question.answers:
        right = holds(first.quote, question.answers)
    group = "other" if language == "other" else "vietnamese"
    return Example(question.id, group, signals(hits), right, question.answerable and not is_hidden)


def calibrate(found: Sequence[Example], fitted_on: str, keep: float = KEEP) -> Calibration:
    """Fit a model for each language that there are enough examples of.

    Raises HoidapError where there are not enough of any, ValueError where `keep` is no share.
    """
    if not 0 < keep < 1:
        raise ValueError(f"keep must be between 0 and 1, found {keep}")
    fits = {}
    counts = []
    for group in _GROUPS:
        own = [example for example in found if example.group == group]
        right = sum(example.right for example in own)
        if min(right, len(own) - right) >= LEAST and len({example.question for example in own}) >= FOLDS:
            fits[group] = _fit(own, keep)
        counts.append(f"{right} right and {len(own) - right} others in {group}")
    if not fits:
        raise HoidapError(
            f"too few questions to fit confidence to: it takes {LEAST} answered rightly and {LEAST} not, of one "
            f"language; found {', '.join(counts)}"
        )
    default = shipped()
    models = {group: fits[group].model if group in fits else getattr(default, group) for group in _GROUPS}
    return Calibration(Confidence(**models, fitted_on=fitted_on), fits)


def _fit(found: Sequence[Example], keep: float) -> Fit:
    from sklearn.model_selection import GroupKFold

    x = np.array([example.signals.values for example in found])
    right = np.array([example.right for example in found])
    answerable = np.array([example.answerable for example in found])
    _, question = np.unique([example.question for example in found], return_inverse=True)
    judged = np.zeros(len(found))
    for fitted, held_out in GroupKFold(FOLDS).split(x, right, question):
        judged[held_out] = _probabilities(*_logistic(x[fitted], right[fitted]), x[held_out])
    # The threshold is chosen on probabilities of questions that were held out, as those of new questions will be.
    threshold = float(np.floor(100 * np.quantile(judged[right], 1 - keep, method="lower")) / 100)
    weights, intercept = _logistic(x, right)
    figures = estimate(
        {
            "auroc": partial(_auroc, question=question, judged=judged, answerable=answerable),
            "calibration_error": lambda drawn: formulas.calibration_error(
                drawn[:, question], judged, right, CALIBRATION_BINS
            ),
        },
        int(question.max()) + 1,
    )
    return Fit(
        model=Model(intercept, Signals(*weights.tolist()), threshold),
        questions=int(question.max()) + 1,
        right=int(right.sum()),
        wrong=int((~right).sum()),
        auroc=figures["auroc"],
        calibration_error=figures["calibration_error"],
        reliability=tuple(_bins(judged, right)),
        kept=float((judged[right] >= threshold).mean()),
        refused=float((judged[~right] < threshold).mean()),
    )


def _logistic(x: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit a logistic regression with a light ridge on standardised signals; weights of the signals themselves.

    A signal that would count the wrong way, for a nearer hit to make less sure, say, is left out.
    """
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(axis=0), x.std(axis=0)
    used = scale > 1e-9  # what never varies tells nothing
    while True:
        weights, intercept = np.zeros(len(used)), 0.0
        standardised = (x[:, used] - mean[used]) / scale[used]
        fitted = LogisticRegression(C=1.0, max_iter=1000).fit(standardised if used.any() else x[:, :1] * 0, right)
        if used.any():
            weights[used] = fitted.coef_[0] / scale[used]
        intercept = float(fitted.intercept_[0] - weights @ mean)
        wrong = weights * _DIRECTIONS < 0
        if not wrong.any():
            return weights, intercept
        used &= ~wrong


def _probabilities(weights: np.ndarray, intercept: float, x: np.ndarray) -> np.ndarray:
    model = Model(intercept, Signals(*weights.tolist()), 0.0)
    return np.array([model.probability(Signals(*row)) for row in x.tolist()])


def _auroc(drawn: np.ndarray, question: np.ndarray, judged: np.ndarray, answerable: np.ndarray) -> np.ndarray:
    return formulas.auroc(
        judged[answerable], drawn[:, question[answerable]], judged[~answerable], drawn[:, question[~answerable]]
    )


def _bins(judged: np.ndarray, right: np.ndarray) -> Iterator[Bin]:
    place = formulas.bin_of(judged, CALIBRATION_BINS)
    for number in range(CALIBRATION_BINS):
        inside = place == number
        if inside.any():
            yield Bin(
                low=number / CALIBRATION_BINS,
                high=(number + 1) / CALIBRATION_BINS,
                answers=int(inside.sum()),
                confidence=float(judged[inside].mean()),
                right=float(right[inside].mean()),
            )

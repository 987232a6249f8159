"""How sure an answer is: the probability that the first citation answers, by a logistic model over what was found.

A cut-off on one raw score is the worst choice (AUROC 0.76 to 0.83 each, 0.88 together, on 2,497 questions over 2,000
articles). The shipped model was fitted on XQuAD by `make fit`; `hoidap calibrate` fits one to an index's own questions.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from qa.errors import IndexUnusable
from qa.types import Hit, Question

CONFIDENCE_NAME = "confidence.json"
_FORMAT = 1
# A lead of more than this says nothing more, and would make a small index look surer than a large one.
_LEAD_MOST = 0.15
_OFFERED_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answer from a near miss."""

    cosine: float
    """Of the question and the first hit's nearest sentence."""
    coverage: float
    """Share of the question's idf weight that stands in the first hit or its title."""
    lead: float
    """How far its score is ahead of the best hit from another article, at most 0.15."""
    unmet: float
    """1 where the question asks for a number, date or name, and the highlight offers none; else 0."""

    @property
    def values(self) -> tuple[float, ...]:
        """The signals in the order of their fields."""
        return self.cosine, self.coverage, self.lead, self.unmet


SIGNALS = tuple(field.name for field in fields(Signals))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over the signals, and from which probability on an answer is given."""

    intercept: float
    weights: Signals
    answered_from: float

    def probability(self, signals: Signals) -> float:
        """Give the probability that the first citation answers."""
        pairs = zip(self.weights.values, signals.values, strict=True)
        logit = self.intercept + sum(weight * signal for weight, signal in pairs)
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, logit))))


@dataclass(frozen=True, slots=True)
class Confidence:
    """The models in use: one for Vietnamese questions, one for those in another language than the articles'."""

    vietnamese: Model
    other: Model
    fitted_on: str
    """For a person: which questions the models were fitted on."""

    def model(self, question: Question) -> Model:
        """Give the model for a question's language."""
        return self.other if question.language == "other" else self.vietnamese

    def answering_from(self, probability: float) -> Confidence:
        """Give the same models with another threshold for both languages."""
        return replace(
            self,
            vietnamese=replace(self.vietnamese, answered_from=probability),
            other=replace(self.other, answered_from=probability),
        )


def signals(hits: Sequence[Hit]) -> Signals:
    """Read the signals off a question's hits, best first; there must be one."""
    first = hits[0]
    others = [hit.score for hit in hits if hit.article.id != first.article.id]
    lead = first.score - (others[0] if others else min(hit.score for hit in hits))
    unmet = first.offers is not None and first.offers < _OFFERED_FROM
    return Signals(first.cosine, first.coverage, min(_LEAD_MOST, lead), float(unmet))


@cache
def shipped() -> Confidence:
    """Give the models that Hoidap comes with."""
    return _confidence(json.loads(resources.files("qa").joinpath(CONFIDENCE_NAME).read_text("utf-8")))


def load_confidence(folder: Path, fingerprint: str) -> Confidence:
    """Give the models that were fitted to an index; the shipped ones where none were, or for another model's vectors.

    Raises IndexUnusable where the file is there and cannot be read.
    """
    path = folder / CONFIDENCE_NAME
    try:
        record = json.loads(path.read_text("utf-8"))
        if record["format"] != _FORMAT:
            raise ValueError(f"its format is {record['format']!r}, expected {_FORMAT}")
        return _confidence(record) if record["fingerprint"] == fingerprint else shipped()
    except FileNotFoundError:
        return shipped()
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        raise IndexUnusable(
            f"{path} cannot be used ({what}); delete it to answer with the shipped model, "
            "or make it again with `hoidap calibrate`"
        ) from error


class FollowedConfidence:
    """The models fitted to an index, read again when `hoidap calibrate` has written others."""

    def __init__(self, folder: Path, fingerprint: str | None, answer_from: float | None = None) -> None:
        """Read them, with another threshold where one is given; without a fingerprint, keep to the shipped ones.

        Raises as `load_confidence`.
        """
        self._folder, self._fingerprint, self._answer_from = folder, fingerprint, answer_from
        self._seen = self._stamp()
        self._current = self._load()

    def current(self) -> Confidence:
        """Give the models as they are now; the last good ones where the file has been damaged since."""
        seen = self._stamp()
        if seen != self._seen:
            self._seen = seen
            with contextlib.suppress(IndexUnusable):
                self._current = self._load()
        return self._current

    def _load(self) -> Confidence:
        confidence = shipped() if self._fingerprint is None else load_confidence(self._folder, self._fingerprint)
        return confidence if self._answer_from is None else confidence.answering_from(self._answer_from)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = (self._folder / CONFIDENCE_NAME).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


def save_confidence(path: Path, confidence: Confidence, fingerprint: str, report: Mapping[str, Any]) -> None:
    """Write models through a temporary file beside `path`. Raises OSError where that cannot be done."""
    record = {
        "format": _FORMAT,
        "fingerprint": fingerprint,
        "fitted_on": confidence.fitted_on,
        "vietnamese": asdict(confidence.vietnamese),
        "other": asdict(confidence.other),
        "report": report,
    }
    temporary = path.with_name(path.name + ".part")
    try:
        # A question set's file name need not be UTF-8.
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        temporary.write_text(text, "utf-8", errors="backslashreplace")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _confidence(record: Mapping[str, Any]) -> Confidence:
    return Confidence(_model(record["vietnamese"]), _model(record["other"]), str(record["fitted_on"]))


def _model(record: Mapping[str, Any]) -> Model:
    weights = Signals(**{name: _number(record["weights"][name]) for name in SIGNALS})
    answered_from = _number(record["answered_from"])
    if not 0 <= answered_from <= 1:
        raise ValueError(f"answered_from is {answered_from}, expected 0 to 1")
    return Model(_number(record["intercept"]), weights, answered_from)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:20]!r} is no finite number")
    return float(value)

"""What came of asking a question: what was found and said, and how it scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.evaluation.questions import LabelledQuestion, question_from_record, question_record


@dataclass(frozen=True, slots=True)
class Place:
    """A passage and the sentence highlighted in it, as offsets into the text of an article."""

    article: str
    start: int
    end: int
    sentence: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question as it was asked, and what came of it; nothing where it failed to run."""

    question: LabelledQuestion
    answered: bool | None = None
    """Whether an answer was given, not refused."""
    confidence: float | None = None
    latency_ms: float | None = None
    article_rank: int | None = None
    """The right article's rank among the articles found."""
    passage_rank: int | None = None
    """The rank of the first passage of the right article that holds an accepted answer."""
    given: Place | None = None
    """The first citation."""
    expected: Place | None = None
    """The right article's first passage that holds an accepted answer."""
    error: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_correct(self) -> bool:
        """Whether the first citation answers: the right article, and an accepted answer where any is known."""
        return self.question.answerable and self.scores.get("passage_hit@1", self.scores.get("article_recall@1")) == 1

    @property
    def is_right(self) -> bool:
        """Whether a person was served: a correct citation given as the answer, or no answer where there is none."""
        return bool(self.answered and self.is_correct) if self.question.answerable else self.answered is False


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Turn an outcome into its JSON object."""
    return {
        **question_record(outcome.question),
        "answered": outcome.answered,
        "confidence": outcome.confidence,
        "latency_ms": outcome.latency_ms,
        "article_rank": outcome.article_rank,
        "passage_rank": outcome.passage_rank,
        "given": _place_record(outcome.given),
        "expected": _place_record(outcome.expected),
        "error": outcome.error,
        "metrics": dict(outcome.scores),
    }


def outcome_from_record(record: Mapping[str, Any]) -> Outcome:
    """Make an outcome of its JSON object. Raises KeyError, TypeError or ValueError where it is none."""
    return Outcome(
        question=question_from_record(record),
        answered=record["answered"],
        confidence=_number(record["confidence"]),
        latency_ms=_number(record["latency_ms"]),
        article_rank=record["article_rank"],
        passage_rank=record["passage_rank"],
        given=_place(record["given"]),
        expected=_place(record["expected"]),
        error=record["error"],
        scores={name: float(value) for name, value in record["metrics"].items()},
    )


def _place_record(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    sentence = None if place.sentence is None else {"start": place.sentence[0], "end": place.sentence[1]}
    return {"article": place.article, "start": place.start, "end": place.end, "sentence": sentence}


def _place(record: Mapping[str, Any] | None) -> Place | None:
    if record is None:
        return None
    sentence = record["sentence"] and (record["sentence"]["start"], record["sentence"]["end"])
    return Place(record["article"], record["start"], record["end"], sentence)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)

"""Asking an index many questions: batched, timed, and not stopped by one that fails."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from qa.errors import HoidapError
from qa.evaluation.questions import LabelledQuestion
from qa.types import Answer, Hit

BATCH = 128
"""Questions encoded together: enough to fill the encoder's batches of tokens, few enough for a progress bar."""


class Answering(Protocol):
    """What can be evaluated: an `Assistant`, or another thing that answers from an index."""

    @property
    def folder(self) -> Path:
        """The index's folder."""

    def ask_all(
        self,
        questions: Sequence[str],
        *,
        k: int,
        hidden: Sequence[str | None] | None,
        histories: Sequence[Sequence[str]] | None,
    ) -> Iterator[tuple[Answer, list[Hit]]]:
        """Answer many questions; see `Assistant.ask_all`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a question: an answer with its hits, or what went wrong."""

    answer: Answer | None = None
    hits: tuple[Hit, ...] = ()
    latency_ms: float | None = None
    error: str | None = None


def ask_batch(
    assistant: Answering, questions: Sequence[LabelledQuestion], k: int, hidden: Sequence[str | None]
) -> list[Reply]:
    """Ask questions together; where one fails, ask those after it one by one.

    A HoidapError is not one question's: it is raised.
    """
    replies: list[Reply] = []
    try:
        _ask_together(assistant, questions, k, hidden, replies)
    except HoidapError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the question broke: it is named, and counts as zero
        if len(questions) == 1:
            return [Reply(error=": ".join([type(error).__name__, *str(error).splitlines()[:1]]))]
        for i in range(len(replies), len(questions)):
            replies += ask_batch(assistant, questions[i : i + 1], k, hidden[i : i + 1])
    return replies


def _ask_together(
    assistant: Answering, questions: Sequence[LabelledQuestion], k: int, hidden: Sequence[str | None], into: list[Reply]
) -> None:
    """Append a reply a question, timed.

    A question's latency is its own retrieval and answering, and its share of what was done for all of them
    together, above all encoding: what the first took longer than is usual. It is less than asking alone takes.
    """
    found: list[tuple[Answer, list[Hit]]] = []
    seconds: list[float] = []
    answers = assistant.ask_all(
        [question.question for question in questions],
        k=k,
        hidden=hidden,
        histories=[question.context for question in questions],
    )
    try:
        start = time.perf_counter()
        for answer in answers:
            seconds.append(time.perf_counter() - start)
            found.append(answer)
            start = time.perf_counter()
    finally:
        if found:
            usual = median(seconds[1:]) if len(seconds) > 1 else 0.0
            share = max(0.0, seconds[0] - usual) / len(questions)
            own = [min(usual, seconds[0]), *seconds[1:]]
            into += [
                Reply(answer, tuple(hits), 1000 * (took + share))
                for (answer, hits), took in zip(found, own, strict=True)
            ]

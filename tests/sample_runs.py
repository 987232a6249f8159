"""Outcomes and runs made by hand, and an assistant that answers them, for the tests of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from qa import Answer, Assistant, Hit
from qa.evaluation import LabelledQuestion, Outcome, Run
from qa.evaluation.ranking import Ranking, article_scores, passage_scores


def question(
    name: str, *, answerable: bool = True, answers: Sequence[str] = ("đúng",), tags: Sequence[str] = ()
) -> LabelledQuestion:
    """Make a question about the article "bài"."""
    if not answerable:
        return LabelledQuestion(name, f"Câu {name}?", None, (), False, tuple(tags))
    return LabelledQuestion(name, f"Câu {name}?", "bài", tuple(answers), True, tuple(tags))


def outcome(
    asked: LabelledQuestion,
    *,
    article: int | None = None,
    passage: int | None = None,
    hit: bool = False,
    answered: bool | None = True,
    confidence: float | None = 0.8,
    latency_ms: float | None = 5.0,
    error: str | None = None,
) -> Outcome:
    """Make an outcome with the right article and passage at these ranks."""
    scores: dict[str, float] = {}
    if asked.answerable:
        scores |= article_scores([_ranking(article)])[0]
        if asked.answers:
            scores |= passage_scores([_ranking(passage)])[0] | {"answer_hit": float(hit)}
    return Outcome(asked, answered, confidence, latency_ms, article, passage, error=error, scores=scores)


def _ranking(rank: int | None) -> Ranking:
    return Ranking(tuple(range(1, 11)), frozenset([0 if rank is None else rank]))


def run(**outcomes: Sequence[Outcome]) -> Run:
    """Make a run of these variants' outcomes."""
    return Run({name: tuple(found) for name, found in outcomes.items()}, {"k": 10, "absent_articles": []})


class Stumbling:
    """An assistant that breaks on questions that hold a word, and notes what it was asked."""

    def __init__(self, assistant: Assistant, word: str, error: Callable[[str], Exception] = RuntimeError) -> None:
        self.folder: Path = assistant.folder
        self.asked: list[str] = []
        self._assistant, self._word, self._error = assistant, word, error

    def ask_all(
        self,
        questions: Sequence[str],
        *,
        k: int,
        hidden: Sequence[str | None] | None,
        histories: Sequence[Sequence[str]] | None,
    ) -> Iterator[tuple[Answer, list[Hit]]]:
        """Answer the questions up to the first that holds the word, as `Assistant.ask_all`."""
        self.asked += questions
        answers = self._assistant.ask_all(questions, k=k, hidden=hidden, histories=histories)
        for text, answer in zip(questions, answers, strict=True):
            if self._word in text:
                raise self._error("vấp\nhai dòng")
            yield answer


def values(estimates: Mapping[str, object]) -> dict[str, float | None]:
    """Keep the values of estimates, without their intervals."""
    return {name: estimate.value for name, estimate in estimates.items()}

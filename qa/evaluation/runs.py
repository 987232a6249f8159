"""Running an evaluation: every question in every variant, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa.errors import HoidapError
from qa.evaluation.asking import BATCH, Answering, Reply, ask_batch
from qa.evaluation.bootstrap import Estimate
from qa.evaluation.matching import holds
from qa.evaluation.metrics import measure, measure_by_tag
from qa.evaluation.outcomes import Outcome, Place
from qa.evaluation.questions import LabelledQuestion
from qa.evaluation.ranking import DEPTH, Ranking, article_scores, passage_scores
from qa.evaluation.sources import Sources, open_sources
from qa.evaluation.variants import PLAIN, VARIANTS, Variant
from qa.types import Citation, Hit, Passage


@dataclass(frozen=True, slots=True)
class Run:
    """An evaluation: the outcomes of each variant, the same questions in the same order."""

    outcomes: Mapping[str, tuple[Outcome, ...]]
    """By variant's name, "plain" first."""
    about: Mapping[str, Any]
    """What was evaluated, for people to read: the index, its model, k."""

    @property
    def plain(self) -> tuple[Outcome, ...]:
        """The outcomes of the questions as the set has them."""
        return self.outcomes[PLAIN.name]

    def reference(self, variant: str) -> tuple[Outcome, ...] | None:
        """Give what a variant's refusing is judged against: the plain run, where it removes the articles."""
        return self.plain if variant in VARIANTS and VARIANTS[variant].removes_article else None

    def metrics(self, variant: str) -> dict[str, Estimate]:
        """Compute a variant's metrics."""
        return measure(self.outcomes[variant], self.reference(variant))

    def metrics_by_tag(self, variant: str) -> dict[str, dict[str, Estimate]]:
        """Compute a variant's metrics for each tag."""
        return measure_by_tag(self.outcomes[variant], self.reference(variant))


@dataclass(frozen=True, slots=True)
class _Judged:
    """An outcome and what its ranking scores are computed from; no ranking where a kind is not judged."""

    outcome: Outcome
    articles: Ranking | None = None
    passages: Ranking | None = None


def evaluate(
    assistant: Answering,
    questions: Sequence[LabelledQuestion],
    *,
    variants: Iterable[Variant] = (),
    k: int = DEPTH,
    about: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Run:
    """Ask every question plainly and in each variant, and judge what comes back.

    `k` passages are retrieved a question; articles are ranked by their first passage among them. `progress` is
    told how many questions were asked since the last call. Raises ValueError where k is below the 10 ranks that
    the metrics look at; HoidapError where the index has none of the articles that the questions are about.
    """
    if k < DEPTH:
        raise ValueError(f"k must be at least {DEPTH}, the ranks that the metrics look at; found {k}")
    asked = {variant.name: variant for variant in (PLAIN, *variants)}
    judged: dict[str, list[_Judged]] = {name: [] for name in asked}
    with open_sources(assistant.folder) as sources:
        absent = absent_articles(questions, sources)
        expected = _expected(questions, sources)
        for start in range(0, len(questions), BATCH):
            batch = questions[start : start + BATCH]
            for name, variant in asked.items():
                posed = [variant.of(question) for question in batch]
                hidden = [question.article if variant.removes_article else None for question in batch]
                replies = ask_batch(assistant, posed, k, hidden)
                judged[name] += [
                    _judge(question, reply, expected) for question, reply in zip(posed, replies, strict=True)
                ]
                progress(len(batch))
    outcomes = {name: _scored(found) for name, found in judged.items()}
    return Run(outcomes, {**(about or {}), "k": k, "absent_articles": absent})


def absent_articles(questions: Sequence[LabelledQuestion], sources: Sources) -> list[str]:
    """List the articles that questions are about and the index lacks. Raises HoidapError where it lacks them all."""
    about = dict.fromkeys(question.article for question in questions if question.article is not None)
    absent = [article for article in about if sources.article(article) is None]
    if absent and len(absent) == len(about):
        raise HoidapError(
            f"the index has none of the articles that the questions are about: they are about {absent[0]!r}"
            f"{' and others' * (len(absent) > 1)}, it has {', '.join(map(repr, sources.article_ids(3))) or 'none'}"
        )
    return absent


def _expected(questions: Sequence[LabelledQuestion], sources: Sources) -> dict[str, list[Passage]]:
    """Read, by question id, the right article's passages that hold an accepted answer."""
    passages: dict[str, list[Passage]] = {}
    expected = {}
    for question in questions:
        if question.article is None or not question.answers:
            continue
        if question.article not in passages:
            passages = {question.article: sources.passages(question.article)}  # sets come article by article
        expected[question.id] = [
            passage for passage in passages[question.article] if holds(passage.quote, question.answers)
        ]
    return expected


def _judge(question: LabelledQuestion, reply: Reply, expected: Mapping[str, list[Passage]]) -> _Judged:
    """Judge a reply; the ranking scores follow for all replies together, in `_scored`."""
    right = expected.get(question.id, [])
    answer = reply.answer
    first = answer.citations[0] if answer is not None and answer.citations else None
    outcome = Outcome(
        question,
        answered=None if answer is None else answer.answered,
        confidence=None if answer is None else answer.confidence,
        latency_ms=reply.latency_ms,
        given=None if first is None else _cited(first),
        expected=Place(right[0].article.id, right[0].start, right[0].end) if right else None,
        error=reply.error,
    )
    if not question.answerable:
        return _Judged(outcome)
    article = question.article or ""
    found = tuple(dict.fromkeys(article if _tells(hit, article) else hit.article.id for hit in reply.hits))
    articles = Ranking(found, frozenset([question.article]))
    if not question.answers:
        return _Judged(replace(outcome, article_rank=articles.rank), articles)
    passages = Ranking(
        tuple(_passage(hit, question, right) for hit in reply.hits),
        frozenset((passage.article.id, passage.start) for passage in right),
    )
    hit = first is not None and _tells(first, article) and holds(first.sentence_text, question.answers)
    outcome = replace(
        outcome, article_rank=articles.rank, passage_rank=passages.rank, scores={"answer_hit": float(hit)}
    )
    return _Judged(outcome, articles, passages)


def _tells(place: Hit | Citation, article: str) -> bool:
    """Tell whether a place is in an article, or in another copy of its story."""
    return place.article.id == article or any(twin.id == article for twin in place.also_in)


def _passage(hit: Hit, question: LabelledQuestion, right: Sequence[Passage]) -> tuple[str, int]:
    """Give the passage that a hit counts as: where it is another copy of a right one's story, that one."""
    if hit.article.id != question.article and _tells(hit, question.article or ""):
        same = [passage for passage in right if holds(passage.quote, [hit.sentence_text])]
        if same:
            return same[0].article.id, same[0].start
    return hit.article.id, hit.passage.start


def _cited(citation: Citation) -> Place:
    sentence = citation.sentence.start, citation.sentence.end
    return Place(citation.article.id, citation.start, citation.end, sentence)


def _scored(judged: Sequence[_Judged]) -> tuple[Outcome, ...]:
    """Add the ranking scores to outcomes."""
    by_article = [i for i, one in enumerate(judged) if one.articles is not None]
    by_passage = [i for i, one in enumerate(judged) if one.passages is not None]
    scores: list[dict[str, float]] = [{} for _ in judged]
    for i, found in zip(by_article, article_scores([one.articles for one in judged if one.articles]), strict=True):
        scores[i] |= found
    for i, found in zip(by_passage, passage_scores([one.passages for one in judged if one.passages]), strict=True):
        scores[i] |= found
    return tuple(
        replace(one.outcome, scores={**score, **one.outcome.scores}) for one, score in zip(judged, scores, strict=True)
    )

"""From hits to an answer: the sentence to quote, how sure it is, or that the articles do not say."""

from __future__ import annotations

from collections.abc import Sequence

from qa.confidence import Confidence, shipped, signals
from qa.types import Answer, Citation, Hit, Question

CITATIONS_MOST = 3


def answer(question: Question, hits: Sequence[Hit], confidence: Confidence | None = None) -> Answer:
    """Answer with the first hit's best sentence, or say that the articles do not, the nearest passages at hand."""
    if not hits:
        return Answer(question, answered=False, text="", confidence=0.0)
    model = (confidence or shipped()).model(question)
    probability = model.probability(signals(hits))
    citations = tuple(_citation(number, hit) for number, hit in enumerate(hits[:CITATIONS_MOST], start=1))
    answered = probability >= model.answered_from
    return Answer(question, answered, hits[0].sentence_text if answered else "", probability, citations)


def _citation(number: int, hit: Hit) -> Citation:
    passage = hit.passage
    return Citation(
        number, passage.article, passage.start, passage.end, passage.quote, hit.sentence, hit.score, hit.also_in
    )

"""From hits to an answer: the sentence to quote, how sure it is, or that the articles do not say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa.confidence import Confidence, shipped, signals
from qa.explanation import explain
from qa.short_answers import short_answer
from qa.types import Answer, Citation, Hit, Question, Sentence

CITATIONS_MOST = 3


def answer(
    question: Question,
    hits: Sequence[Hit],
    confidence: Confidence | None = None,
    frequency: Callable[[str], int] = lambda term: 0,
) -> Answer:
    """Answer with the first hit's best sentence, or say that the articles do not, the nearest passages at hand.

    `frequency` counts the passages that hold a syllable or a pair of syllables: what tells words of the question.
    """
    if not hits:
        return Answer(question, answered=False, text="", confidence=0.0)
    model = (confidence or shipped()).model(question)
    probability = model.probability(signals(hits))
    citations = tuple(_citation(number, hit) for number, hit in enumerate(hits[:CITATIONS_MOST], start=1))
    answered = probability >= model.answered_from
    text = hits[0].sentence_text if answered else ""
    short = _short(question, hits[0]) if answered else None
    return Answer(question, answered, text, probability, citations, short, explain(question, hits, frequency))


def _short(question: Question, hit: Hit) -> Sentence | None:
    span = short_answer(question, hit.sentence_text)
    return Sentence(hit.sentence.start + span[0], hit.sentence.start + span[1]) if span else None


def _citation(number: int, hit: Hit) -> Citation:
    passage = hit.passage
    return Citation(
        number, passage.article, passage.start, passage.end, passage.quote, hit.sentence, hit.score, hit.also_in
    )

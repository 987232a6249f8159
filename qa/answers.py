"""From hits to an answer: the sentence to quote, how sure it is, or that the articles do not say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa.types import Answer, Citation, Hit, Question

CITATIONS_MOST = 3


@dataclass(frozen=True, slots=True)
class _Logistic:
    """Coefficients of a logistic model of "the first passage answers", over the signals of `_signals`."""

    answered_from: float
    """Confidence below this is no answer."""
    cosine: float
    coverage: float
    margin: float
    lead: float
    intercept: float

    def probability(self, signals: Sequence[float]) -> float:
        weights = (self.cosine, self.coverage, self.margin, self.lead)
        logit = self.intercept + sum(weight * signal for weight, signal in zip(weights, signals, strict=True))
        return 1 / (1 + math.exp(-logit))


# Several signals together: a cut-off on one raw score is the worst choice (AUROC 0.76 to 0.83 each, 0.88
# together, on 2,497 questions over 2,000 articles). Fitted on the 1,190 questions of XQuAD over its 240
# Vietnamese paragraphs, each with and without its own paragraph: asked in Vietnamese, accented and not (AUROC
# 0.956), and in English (0.863).
_VIETNAMESE = _Logistic(answered_from=0.3, cosine=24.88, coverage=5.22, margin=14.11, lead=4.05, intercept=-26.47)
_OTHER_LANGUAGE = _Logistic(answered_from=0.15, cosine=42.22, coverage=-3.95, margin=24.09, lead=3.96, intercept=-34.82)


def answer(question: Question, hits: Sequence[Hit]) -> Answer:
    """Answer with the first hit's best sentence, or say that the articles do not, the nearest passages at hand."""
    if not hits:
        return Answer(question, answered=False, text="", confidence=0.0)
    model = _OTHER_LANGUAGE if question.language == "other" else _VIETNAMESE
    confidence = model.probability(_signals(hits))
    citations = tuple(_citation(number, hit) for number, hit in enumerate(hits[:CITATIONS_MOST], start=1))
    answered = confidence >= model.answered_from
    return Answer(question, answered, hits[0].sentence_text if answered else "", confidence, citations)


def _signals(hits: Sequence[Hit]) -> tuple[float, float, float, float]:
    """Give the first hit's cosine and coverage, how far it is ahead of the second, and of the next four's mean."""
    first, following = hits[0], [hit.score for hit in hits[1:5]]
    if not following:
        return first.cosine, first.coverage, 0.0, 0.0
    return first.cosine, first.coverage, first.score - following[0], first.score - sum(following) / len(following)


def _citation(number: int, hit: Hit) -> Citation:
    passage = hit.passage
    return Citation(number, passage.article, passage.start, passage.end, passage.quote, hit.sentence, hit.score)

"""Ranking measures of each question, computed by ir_measures (MacAvaney et al., ECIR 2022) over trec_eval.

One article is right, so recall at k is 1 or 0. nDCG is that of Järvelin and Kekäläinen (ACM TOIS 20, 2002) with
gain 1 and discount log2(rank + 1), the reciprocal rank that of Voorhees (TREC-8, 1999).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

DEPTH = 10
"""Ranks that the measures look at."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for a question, best first, and what is right."""

    found: tuple[Hashable, ...]
    relevant: frozenset[Hashable]

    @property
    def rank(self) -> int | None:
        """The first rank, from 1, of something right; None where nothing is."""
        return next((rank for rank, item in enumerate(self.found, start=1) if item in self.relevant), None)


def article_scores(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """Score each question's ranking of articles."""
    from ir_measures import RR, R, nDCG

    return _scores(
        rankings,
        {
            "article_recall@1": R @ 1,
            "article_recall@5": R @ 5,
            "article_recall@10": R @ 10,
            "article_mrr@10": RR @ 10,
            "article_ndcg@10": nDCG @ 10,
        },
    )


def passage_scores(rankings: Sequence[Ranking]) -> list[dict[str, float]]:
    """Score each question's ranking of passages."""
    from ir_measures import Success, nDCG

    return _scores(
        rankings,
        {
            "passage_hit@1": Success @ 1,
            "passage_hit@3": Success @ 3,
            "passage_hit@5": Success @ 5,
            "passage_ndcg@10": nDCG @ 10,
        },
    )


def _scores(rankings: Sequence[Ranking], measures: dict[str, object]) -> list[dict[str, float]]:
    """Compute measures question by question; one with nothing found, or nothing right, scores zero."""
    import ir_measures

    qrels, run = [], []
    for number, ranking in enumerate(rankings):
        names = _names([*ranking.found, *ranking.relevant])
        qrels += [ir_measures.Qrel(str(number), names[item], 1) for item in ranking.relevant]
        run += [ir_measures.ScoredDoc(str(number), names[item], -rank) for rank, item in enumerate(ranking.found)]
    scores = [dict.fromkeys(measures, 0.0) for _ in rankings]
    if qrels and run:
        name_of = {measure: name for name, measure in measures.items()}
        for metric in ir_measures.iter_calc(list(name_of), qrels, run):
            scores[int(metric.query_id)][name_of[metric.measure]] = float(metric.value)
    return scores


def _names(items: Iterable[Hashable]) -> dict[Hashable, str]:
    """Name things as trec_eval wants them: distinct strings."""
    return {item: str(number) for number, item in enumerate(dict.fromkeys(items))}

"""The JSON that other programs read. Its keys are a promise: drop none, rename none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qa import Answer, Article, Citation, Hit, IndexReport, Verification


def answer_json(answer: Answer) -> dict[str, Any]:
    """Give what `hoidap ask --json` prints."""
    return {
        "question": answer.question.typed,
        "answered": answer.answered,
        "answer": answer.text,
        "confidence": answer.confidence,
        "citations": [
            {"number": citation.number, **_place_json(citation, citation.start, citation.end)}
            for citation in answer.citations
        ],
    }


def hits_json(question: str, hits: Sequence[Hit]) -> dict[str, Any]:
    """Give what `hoidap search --json` prints."""
    return {"question": question, "hits": [_place_json(hit, hit.passage.start, hit.passage.end) for hit in hits]}


def _place_json(place: Citation | Hit, start: int, end: int) -> dict[str, Any]:
    return {
        "article": place.article.id,
        "title": place.article.title,
        "path": place.article.path,
        "start": start,
        "end": end,
        "quote": place.quote,
        "sentence": {"start": place.sentence.start, "end": place.sentence.end, "text": place.sentence_text},
        "score": place.score,
        # Only where there is something to say: what reads these formats may know them without.
        **({"page": place.page} if place.page is not None else {}),
        **({"also_in": [_article_json(article) for article in place.also_in]} if place.also_in else {}),
    }


def _article_json(article: Article) -> dict[str, Any]:
    return {"article": article.id, "title": article.title, "path": article.path, "source": article.source}


def report_json(report: IndexReport) -> dict[str, Any]:
    """Give what `hoidap index --json` prints."""
    return {
        **asdict(report),
        "skipped": [str(skipped) for skipped in report.skipped],
        "converted": [str(converted) for converted in report.converted],
    }


def verification_json(verification: Verification) -> dict[str, Any]:
    """Give what `hoidap verify --json` prints."""
    return asdict(verification)

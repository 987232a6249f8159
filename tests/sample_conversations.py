"""Records of answers, made by hand as `ui.records` makes them, for the tests of what is kept."""

from __future__ import annotations

from typing import Any

from sample_answers import article

from qa import Article

TEXT = "Đại hội đảng bộ\n\nĐảng bộ huyện Cao Lộc có 5.350 đảng viên. Huyện ủy đã họp ngày 13/4/2021."
SENTENCE = "Đảng bộ huyện Cao Lộc có 5.350 đảng viên."


def record(
    source: Article | None = None,
    sentence: str = SENTENCE,
    *,
    answered: bool = True,
    short: str | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """Give the record of an answer that cites one place, its passage all of the text."""
    source = source or article(TEXT)
    start = source.text.index(sentence)
    at = source.text.index(short, start) if short else 0
    citation = {
        "number": 1,
        "article": source.id,
        "title": source.title,
        "path": source.path,
        "start": 0,
        "end": len(source.text),
        "quote": source.text,
        "sentence": {"start": start, "end": start + len(sentence), "text": sentence},
        "score": 0.9,
        "source": source.source,
        "published": source.published,
        "author": None,
        "url": source.url,
        "sha256": source.sha256,
        "page": None,
        "also_in": [],
    } | facts
    return {
        "question": "?",
        "answered": answered,
        "answer": sentence if answered else "",
        "confidence": 0.87,
        "citations": [citation],
        "searched": "?",
        "language": "vi",
        "notes": [],
        "short": {"start": at, "end": at + len(short)} if short else None,
        "reason": None,
    }

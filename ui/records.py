"""An answer as the page shows, keeps and exports it: JSON that says later what was answered then."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from qa import Answer, Citation
from ui.formats import answer_json

Record = dict[str, Any]
"""What `hoidap ask --json` prints, and besides: of the answer "searched", "language", "notes", "short" and "reason"; of
each citation "source", "published", "author", "url", "sha256" and "page", null where there is none."""


def answer_record(answer: Answer) -> Record:
    """Give all that showing an answer takes, spans as code points of the article whose hash the citation names."""
    record = answer_json(answer)
    for shown, citation in zip(record["citations"], answer.citations, strict=True):
        shown.update(_facts(citation))
    return record | {
        "searched": answer.question.searched,
        "language": answer.question.language,
        "notes": list(answer.question.notes),
        "short": asdict(answer.short) if answer.short else None,
        "reason": asdict(answer.reason) if answer.reason else None,
    }


def _facts(citation: Citation) -> Record:
    article = citation.article
    return {
        "source": article.source,
        "published": article.published,
        "author": article.author,
        "url": article.url,
        "sha256": article.sha256,
        "page": citation.page,
    }

"""What people thought of answers, as a question set for `hoidap eval`; what cannot be judged is left out, and counted.

- "Right" on an answer: the cited article, and the answering words (the sentence where they are not known).
- "Right" on a refusal: a question that the articles do not answer.
- "Wrong" with the right answer: the article that says it, word for word: cited for the question, or else the only one
  in the index (one story in several articles is one). A right answer that nowhere stands so cannot be judged.
- Left out: "wrong" alone, what was asked of a chosen part of the corpus, and where the cited article has gone or says
  something else now.

A question that leans on those before it takes them along. Of one rated several times, the last time counts.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.conversations import Rated
from qa.database import damaged
from qa.evaluation.matching import holds, normal_form
from qa.evaluation.questions import LabelledQuestion
from qa.followups import HISTORY_MOST, Standing, standing
from qa.index import STORE_NAME
from qa.listing import list_articles
from qa.store import Store

NO_RIGHT_ANSWER = "wrong, and no right answer given"
NOT_FOUND = "the right answer stands in no article word for word"
SEVERAL = "the right answer stands in several articles, none of them cited"
SCOPED = "asked of a chosen part of the corpus"
CHANGED = "the cited article is gone, or no longer says this"
NO_PLACE = "rated right, but it cites nothing"
NO_WORDS = "the question has no word"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rated question, and what it is as a test; where it cannot be one, why."""

    rated: Rated
    question: LabelledQuestion | None
    left_out: str | None
    """Why there is no test; one of this module's reasons."""


def read_feedback(ratings: Iterable[Rated], index: Path) -> list[Feedback]:
    """Judge what was rated by what the index holds now, in the order in which it was rated.

    Raises IndexUnusable where there is no index that can be read.
    """
    last: dict[tuple[str, ...], Rated] = {}
    for rated in ratings:
        key = (normal_form(_question(rated)), *map(normal_form, _context(rated)), str(sorted(rated.turn.scope.items())))
        last.pop(key, None)  # so that it stands where it was rated last
        last[key] = rated
    with contextlib.closing(_Articles(index)) as articles:
        return [_feedback(rated, articles) for rated in last.values()]


def _feedback(rated: Rated, articles: _Articles) -> Feedback:
    found = _answer(rated, articles)
    if isinstance(found, str):
        return Feedback(rated, None, found)
    article, answers = found
    context = _context(rated)
    name = hashlib.sha256("\n".join((_question(rated), *context)).encode()).hexdigest()[:12]
    tags = ("feedback", "right" if rated.turn.rating == "up" else "corrected")
    question = LabelledQuestion(
        f"feedback-{name}", _question(rated), article, answers, article is not None, tags, context
    )
    return Feedback(rated, question, None)


def _answer(rated: Rated, articles: _Articles) -> tuple[str | None, tuple[str, ...]] | str:
    """Give the article that answers, None where none does, and its answers; or why that cannot be told."""
    turn, citations = rated.turn, list(_citations(rated.turn.record))
    if not _is_text(_question(rated)):
        return NO_WORDS
    if any(turn.scope.values()):
        return SCOPED
    if turn.rating == "down":
        right = turn.right_answer
        if right is None or not _is_text(right):
            return NO_RIGHT_ANSWER
        article = _holding(right, citations, articles)
        return article if article in (NOT_FOUND, SEVERAL) else (article, (right,))
    if not turn.record.get("answered"):
        return None, ()
    if not citations:
        return NO_PLACE
    answer = _short(turn.record, citations[0]) or str(citations[0]["sentence"]["text"])
    if not _is_text(answer):
        return NO_PLACE
    article = str(citations[0]["article"])
    text = articles.text(article)
    return CHANGED if text is None or not holds(text, [answer]) else (article, (answer,))


def _holding(right: str, citations: Iterable[Mapping[str, Any]], articles: _Articles) -> str:
    """Find the article that says the right answer: passages cited come first, then the articles cited, then all."""
    cited = dict.fromkeys(str(citation["article"]) for citation in citations)
    texts = {article: text for article in cited if (text := articles.text(article)) is not None}
    for citation in citations:
        article = str(citation["article"])
        if holds(str(citation["quote"]), [right]) and holds(texts.get(article, ""), [right]):
            return article
    for article, text in texts.items():
        if holds(text, [right]):
            return article
    return articles.only_one_that_holds(right)


def _citations(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the citations that are whole: a record may come from another version of Hoidap."""
    citations = record.get("citations")
    for citation in citations if isinstance(citations, list) else ():
        with contextlib.suppress(KeyError, TypeError):
            if citation["article"] and isinstance(citation["quote"], str) and citation["sentence"]["text"]:
                yield citation


def _short(record: Mapping[str, Any], citation: Mapping[str, Any]) -> str | None:
    """Give the answering words, where they are known and lie within the first citation."""
    with contextlib.suppress(KeyError, TypeError):
        span, first = record["short"], int(citation["start"])
        start, end = int(span["start"]) - first, int(span["end"]) - first
        if 0 <= start < end <= len(citation["quote"]):
            return str(citation["quote"][start:end])
    return None


def _question(rated: Rated) -> str:
    """Give a question as typed; one too long to be kept beside its record stands in that."""
    typed = rated.turn.record.get("question")
    kept = rated.turn.question
    return typed if kept.endswith("…") and isinstance(typed, str) and typed.startswith(kept[:-1]) else kept


def _context(rated: Rated) -> tuple[str, ...]:
    """Give the earlier questions that a question leans on, or may."""
    if standing(_question(rated)) is Standing.ALONE:
        return ()
    return tuple(filter(_is_text, rated.context))[-HISTORY_MOST:]


def _is_text(text: str) -> bool:
    return any(sign.isprintable() and not sign.isspace() for sign in text) and bool(normal_form(text))


class _Articles:
    """The texts of an index's articles."""

    def __init__(self, index: Path) -> None:
        self._index, self._store = index, Store.open(index / STORE_NAME)
        self._revision = self._store.revision

    def close(self) -> None:
        self._store.close()

    def text(self, public_id: str) -> str | None:
        """Give an article's text, None where the index has none of that id."""
        try:
            row = self._store.article_row(public_id, self._revision)
            article = None if row is None else self._store.article(row)
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise damaged(self._store.path, error) from error
        return None if article is None else article.text

    def only_one_that_holds(self, answer: str) -> str:
        """Give the id of the only story that holds an answer; NOT_FOUND or SEVERAL where there is no such one."""
        found: list[str] = []
        for article in list_articles(self._index, text=answer):
            if found and found[0] in article.also_in:
                continue
            if holds(self.text(article.id) or "", [answer]):
                found.append(article.id)
            if len(found) > 1:
                return SEVERAL
        return found[0] if found else NOT_FOUND

"""The questions that were not served, sorted by what went wrong, expected and given side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise

from qa.evaluation.matching import Span, occurrences
from qa.evaluation.outcomes import Outcome, Place
from qa.types import Article

Articles = Callable[[str], Article | None]

_BLANK_LINES = re.compile(r"[^\S\n]*\n\s*")

KINDS = (
    "Failed to run",
    "Answered, though no article answers",
    "Another article came first",
    "The right article, another passage first",
    "The right passage, another sentence highlighted",
    "Found, but refused",
)


def kind_of(outcome: Outcome) -> str | None:
    """Tell what went wrong with a question: one of KINDS, or None where nothing did."""
    if outcome.error is not None:
        return KINDS[0]
    if not outcome.question.answerable:
        return KINDS[1] if outcome.answered else None
    if outcome.article_rank != 1:
        return KINDS[2]
    if not outcome.is_correct:
        return KINDS[3]
    if outcome.scores.get("answer_hit") == 0:
        return KINDS[4]
    return None if outcome.answered else KINDS[5]


def failures_html(outcomes: Sequence[Outcome], articles: Articles) -> str:
    """Show every failed question under what went wrong with it."""
    parts = []
    for kind in KINDS:
        failed = [outcome for outcome in outcomes if kind_of(outcome) == kind]
        if failed:
            cards = "".join(_card(outcome, articles) for outcome in failed)
            parts.append(f"<details><summary>{escape(kind)} <b>{len(failed)}</b></summary>{cards}</details>")
    return "".join(parts) or "<p>None.</p>"


def _card(outcome: Outcome, articles: Articles) -> str:
    question = outcome.question
    context = "".join(f'<p class="context" lang="vi">{escape(earlier)}</p>' for earlier in question.context)
    return (
        f'<article><header>{context}<h4 lang="vi">{escape(question.question)}</h4>'
        f'<p class="facts">{" · ".join(_facts(outcome))}</p></header>'
        f'<div class="sides"><section><h5>Expected</h5>{_expected(outcome, articles)}</section>'
        f"<section><h5>Given</h5>{_given(outcome, articles)}</section></div></article>"
    )


def _facts(outcome: Outcome) -> Iterator[str]:
    question = outcome.question
    yield f"<code>{escape(question.id)}</code>"
    if question.tags:
        yield escape(", ".join(question.tags))
    if outcome.confidence is not None:
        yield f"{'answered' if outcome.answered else 'refused'}, confidence {outcome.confidence:.2f}"
    if question.answerable and outcome.error is None:
        yield f"article at rank {outcome.article_rank or '–'}"
        if question.answers:
            yield f"passage at rank {outcome.passage_rank or '–'}"


def _expected(outcome: Outcome, articles: Articles) -> str:
    question = outcome.question
    if not question.answerable:
        hidden = f", since its article {escape(question.article)} is hidden" if question.article is not None else ""
        return f'<p class="note">No answer{hidden}.</p>'
    answers = "".join(f'<li lang="vi">{escape(answer)}</li>' for answer in question.answers)
    answers = f'<ul class="answers">{answers}</ul>' if answers else ""
    if outcome.expected is not None:
        return answers + _passage(outcome.expected, question.answers, articles)
    article = articles(question.article or "")
    if article is None:
        note = f"The index lacks the article {escape(question.article or '')}."
    elif question.answers:
        note = f"No single passage of “{escape(article.title)}” holds an accepted answer."
    else:
        note = f"Any passage of “{escape(article.title)}”."
    return f'{answers}<p class="note">{note}</p>'


def _given(outcome: Outcome, articles: Articles) -> str:
    if outcome.error is not None:
        return f'<p class="note error">{escape(outcome.error)}</p>'
    if outcome.given is None:
        return '<p class="note">Nothing found.</p>'
    is_right_article = outcome.given.article == outcome.question.article
    return _passage(outcome.given, outcome.question.answers if is_right_article else (), articles)


def _passage(place: Place, answers: Sequence[str], articles: Articles) -> str:
    article = articles(place.article)
    if article is None:
        return f'<p class="note">The article {escape(place.article)} is no longer in the index.</p>'
    quote = article.text[place.start : place.end]
    sentence = None if place.sentence is None else (place.sentence[0] - place.start, place.sentence[1] - place.start)
    found = [span for answer in answers for span in occurrences(quote, answer)]
    where = f"{escape(place.article)} {place.start}–{place.end}"
    title = f'<cite lang="vi">{escape(article.title)}</cite> <small>{where}</small>'
    return f'<p class="where">{title}</p><blockquote lang="vi">{marked(quote, sentence, found)}</blockquote>'


def marked(text: str, sentence: Span | None, answers: Sequence[Span]) -> str:
    """Write text as HTML without blank lines, the highlighted sentence and the answers marked; they may overlap."""
    cuts = {0, len(text), *(edge for span in answers for edge in span), *(sentence or ())}
    edges = sorted(cuts)
    parts = []
    for start, end in pairwise(edges):
        piece = escape(_BLANK_LINES.sub("\n", text[start:end]))
        if any(first <= start and end <= last for first, last in answers):
            piece = f"<mark>{piece}</mark>"
        if sentence is not None and sentence[0] <= start and end <= sentence[1]:
            piece = f'<span class="sentence">{piece}</span>'
        parts.append(piece)
    return "".join(parts)

"""The values that pass through Hoidap, one a stage.

Offsets are code points into `Article.text`, half open: ``article.text[start:end]`` is the text meant, always.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was found: `text` is the whole original, menus and all; spans point into it."""

    id: str
    path: str
    title: str
    text: str
    sha256: str
    source: str | None = None
    published: str | None = None
    """ISO date, ``2021-04-13``, where the page states one."""
    url: str | None = None
    author: str | None = None
    pages: tuple[int, ...] = ()
    """Where each page begins in `text`, for a document that has pages."""
    encoding: str | None = None
    """How the file's letters were encoded, where that was not UTF-8."""

    def page(self, offset: int) -> int | None:
        """Give the number of the page that a place in `text` stands on, from 1; None where there are no pages."""
        return bisect_right(self.pages, offset) or None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading, caption or list item: the unit that is encoded and highlighted."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive sentences of about 600 characters: the unit that is retrieved and cited."""

    article: Article
    start: int
    end: int
    sentences: tuple[Sentence, ...]

    @property
    def quote(self) -> str:
        """The passage's text, to the character."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a person typed it, and as it is searched."""

    typed: str
    searched: str
    """What is encoded: one spelling, diacritics restored where they were missing."""
    language: str
    """``vi``; ``vi-unaccented``, typed without diacritics; or ``other``."""
    notes: tuple[str, ...] = ()
    """What was done to the question, each a sentence in Vietnamese for the person who typed it."""
    dates: tuple[tuple[str, ...], ...] = ()
    """Dates that it names by words ("hôm qua"), as runs of tokens to look for."""
    asking: str = ""
    """The last part of `searched`, which asks, where earlier questions stand before it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the parts that its score was made of."""

    passage: Passage
    sentence: Sentence
    """The passage's sentence that fits the question best: the highlight."""
    score: float
    """The weighted sum of `cosine`, `passage_cosine`, `context`, `bm25` and `wording`: comparable between questions."""
    cosine: float
    """Of the question and the passage's nearest sentence."""
    passage_cosine: float
    """Of the question and the passage's mean sentence."""
    context: float
    """Of the question and the article's mean sentence."""
    bm25: float
    wording: float
    """How far the highlight's fit, with its words and the kind of answer it offers, is above `cosine`; 0 from the
    11th candidate on."""
    coverage: float
    """Share of the question's idf weight whose syllables stand in the passage or its title, 0 to 1."""
    sentence_coverage: float
    """The same share for the highlight alone."""
    offers: float | None
    """How well the highlight offers the kind of answer that is asked for, 0 to 1; None where it names none."""
    also_in: tuple[Article, ...] = ()
    """Other articles that tell the same story and hold the highlight too, the words the same."""

    @property
    def article(self) -> Article:
        """The article that the passage stands in."""
        return self.passage.article

    @property
    def quote(self) -> str:
        """The passage's text, to the character."""
        return self.passage.quote

    @property
    def sentence_text(self) -> str:
        """The highlighted sentence's text, to the character."""
        return self.article.text[self.sentence.start : self.sentence.end]

    @property
    def page(self) -> int | None:
        """The number of the page that the highlight begins on, from 1, where the article has pages."""
        return self.article.page(self.sentence.start)


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered place in an article: ``article.text[start:end] == quote``, and `sentence` lies within it."""

    number: int
    article: Article
    start: int
    end: int
    quote: str
    sentence: Sentence
    score: float
    also_in: tuple[Article, ...] = ()
    """Other articles that tell the same story and hold the sentence too, the words the same."""

    @property
    def sentence_text(self) -> str:
        """The highlighted sentence's text, to the character."""
        return self.article.text[self.sentence.start : self.sentence.end]

    @property
    def page(self) -> int | None:
        """The number of the page that the highlight begins on, from 1, where the article has pages."""
        return self.article.page(self.sentence.start)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer's confidence is what it is: what the first citation has of the question, and what not."""

    met: tuple[str, ...]
    """The question's words, as searched and in its order, that stand in the cited passage or its article's title."""
    missing: tuple[str, ...]
    """Those that do not, side by side where they are one word or name."""
    cosine: float
    """Of the question and the passage's nearest sentence: how near they are in meaning."""
    ahead: float
    """By how much its score is above the next passage's; 0 where there is none."""
    offers: float | None
    """How well the highlight offers the kind of answer that is asked for, 0 to 1; None where that is not said."""
    kind: str | None
    """What is asked for: ``count``, ``percentage``, ``number``, ``time``, ``person``, ``place``, ``reason`` or
    ``author``; None where the question does not say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Hoidap says to a question: a quoted sentence, or that the articles do not say.

    Where `answered` is false, `text` is empty and `citations` are the nearest passages, offered as such.
    """

    question: Question
    answered: bool
    text: str
    confidence: float
    """0 to 1: that the first citation answers the question."""
    citations: tuple[Citation, ...] = field(default=())
    short: Sentence | None = None
    """The words that answer, within the first citation's sentence, where they can be told."""
    reason: Reason | None = None
    """Why the confidence is what it is; None where there are no citations."""

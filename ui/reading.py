"""The reader's side of the page: the article that a citation points into, opened at the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from qa import Article, Sentence
from ui.render import reference
from ui.render_article import article_html, carried, cut_after, cut_before, part_html, quoted_html, reader_html
from ui.served import MISUSED, Data, Refused, number_of

GONE = "Bài này không còn trong kho."
CHANGED = "Bài này đã thay đổi từ khi trả lời."
STILL_HELD = "Đoạn trích vẫn còn nguyên văn trong bài."
NOT_HELD = "Đoạn trích không còn nguyên văn trong bài."
HELD_TWICE = "Đoạn trích có ở nhiều chỗ trong bài nên không được đánh dấu."
COPY_DIFFERS = "Bản này viết khác đôi chỗ nên đoạn trích không được đánh dấu."
CHANGED_MEANWHILE = "Bài này vừa thay đổi: bạn hãy đóng lại rồi mở lại."

AROUND = 20_000
"""How much of a long text is shown on either side of the place at first, in characters."""
MORE = 60_000
"""How much more of it is shown at a time."""

_LONGEST_ID = 10_000
_LONGEST_QUOTE = 100_000
_MOST_COPIES = 100


class Assistant(Protocol):
    """The part of `qa.Assistant` that the reader uses."""

    def article(self, article_id: str, /) -> Article | None:
        """Give an article of the index by its id."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A citation as the script sends it: where an answer found its quotation, and what that was."""

    article: str
    title: str
    quote: str
    """Empty where the article itself is opened, and no place in it."""
    start: int
    sentence: Sentence
    """Within the article, as it was."""
    sha256: str
    """Of the article as it was; empty where another copy of it is opened."""
    number: int
    count: int
    also_in: tuple[str, ...]

    @property
    def sentence_text(self) -> str:
        """The sentence's text, to the character."""
        return self.quote[self.sentence.start - self.start : self.sentence.end - self.start]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the quotation stands in the text as it is, if it does, and what is to be said of it."""

    passage: Sentence | None = None
    sentence: Sentence | None = None
    notice: str = ""


class Reading:
    """Opens articles of the index for the page."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def functions(self) -> dict[str, Callable[[Data, str], dict[str, Any]]]:
        """Give what the script may call, by name."""
        return {"article": self.article, "article_part": self.article_part}

    def article(self, data: Data, owner: str) -> dict[str, Any]:
        """Open an article at a citation; give the reader's HTML, and as plain text what it says and what it copies."""
        asked = asked_of(data)
        article = self._assistant.article(asked.article)
        if article is None:
            return _gone(asked)
        place = place_of(article, asked)
        steps = (asked.number, asked.count) if asked.count else None
        marked = place.sentence or place.passage
        page = article.page(marked.start) if marked else None
        quoted = quoted_html(asked.quote) if asked.quote and place.passage is None else ""
        start, end = _window(article.text, place.passage or Sentence(0, 0))
        body = part_html(article, article_html(article, place.passage, place.sentence, start, end), start, end)
        title = article.title.strip() or article.id
        html = reader_html(
            title,
            quoted + body,
            article=article,
            page=page,
            copies=self._copies(asked),
            notice=place.notice,
            steps=steps,
            can_copy=bool(asked.quote),
        )
        copied = _reference(article, page, place, asked)
        return _reply(title, html, copied, asked, place.notice) | {
            "changed": bool(asked.sha256) and asked.sha256 != article.sha256,
            "path": carried(article.path),
            "sha256": article.sha256,
        }

    def article_part(self, data: Data, owner: str) -> dict[str, Any]:
        """Give more of a long text: what stands before the place "before", or after "after"; then the new edge."""
        article = self._assistant.article(_text(data, "article", _LONGEST_ID))
        if article is None:
            raise Refused(GONE)
        if article.sha256 != _text(data, "sha256", 200):
            raise Refused(CHANGED_MEANWHILE)
        text, before, after = article.text, number_of(data, "before"), number_of(data, "after")
        if before is not None and 0 < before <= len(text):
            start, end = cut_after(text, before - MORE), before
            edge = start or None
        elif after is not None and after < len(text):
            start, end = after, cut_before(text, after + MORE)
            edge = end if end < len(text) else None
        else:
            raise Refused(MISUSED)
        return {"html": article_html(article, start=start, end=end), "edge": edge}

    def _copies(self, asked: Asked) -> list[Article]:
        found = map(self._assistant.article, dict.fromkeys(asked.also_in))
        return [copy for copy in found if copy is not None and copy.id != asked.article]


def asked_of(data: Data) -> Asked:
    """Read a citation that the script sent. Raises Refused for anything else."""
    quote = _text(data, "quote", _LONGEST_QUOTE)
    start, span = number_of(data, "start") or 0, data.get("sentence") or {}
    if not isinstance(span, Mapping):
        raise Refused(MISUSED)
    first, last = number_of(span, "start"), number_of(span, "end")
    sentence = Sentence(start if first is None else first, start + len(quote) if last is None else last)
    if not start <= sentence.start <= sentence.end <= start + len(quote):
        raise Refused(MISUSED)
    others = data.get("also_in") or []
    if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
        raise Refused(MISUSED)
    number, count = number_of(data, "number") or 0, number_of(data, "count") or 0
    return Asked(
        article=_text(data, "article", _LONGEST_ID),
        title=_text(data, "title", _LONGEST_QUOTE),
        quote=quote,
        start=start,
        sentence=sentence,
        sha256=_text(data, "sha256", 200),
        number=number,
        count=count if 1 <= number <= count else 0,
        also_in=tuple(others[:_MOST_COPIES]),
    )


def place_of(article: Article, asked: Asked) -> Place:
    """Find what was quoted in the text as it is; where that is another text, only if it stands there exactly once."""
    text, quote = article.text, asked.quote
    if not quote:
        return Place()
    if asked.sha256 == article.sha256 and text.startswith(quote, asked.start):
        return _placed(asked, asked.start)
    is_copy = not asked.sha256
    found, is_only = _find(text, quote)
    if found is not None and is_only:
        return _placed(asked, found, "" if is_copy else f"{CHANGED} {STILL_HELD}")
    if not is_copy:
        return Place(notice=f"{CHANGED} {NOT_HELD if found is None else HELD_TWICE}")
    # Copies of a story break their lines elsewhere, and add to their passages: the sentence is what they share.
    found, is_only = _find(text, asked.sentence_text)
    if found is None or not is_only:
        return Place(notice=COPY_DIFFERS)
    sentence = Sentence(found, found + len(asked.sentence_text))
    return Place(sentence, sentence)


def _placed(asked: Asked, start: int, notice: str = "") -> Place:
    moved = start - asked.start
    sentence = Sentence(asked.sentence.start + moved, asked.sentence.end + moved)
    return Place(Sentence(start, start + len(asked.quote)), sentence, notice)


def _find(text: str, part: str) -> tuple[int | None, bool]:
    """Tell where a part begins in a text, None where nowhere, and whether it stands there only once."""
    found = text.find(part) if part else -1
    return (None, False) if found < 0 else (found, text.find(part, found + 1) < 0)


def _window(text: str, place: Sentence) -> tuple[int, int]:
    return cut_after(text, place.start - AROUND), cut_before(text, place.end + AROUND)


def _reference(article: Article, page: int | None, place: Place, asked: Asked) -> str:
    sentence = place.sentence or asked.sentence
    said = reference(
        {
            "article": article.id,
            "title": article.title,
            "path": article.path,
            "url": article.url,
            "published": article.published,
            "source": article.source,
            "page": page,
            "sentence": {"start": sentence.start, "end": sentence.end, "text": asked.sentence_text},
        }
    )
    # Its span is of the text as it was then.
    return said if place.sentence else f"{said} {place.notice}"


def _gone(asked: Asked) -> dict[str, Any]:
    title = asked.title.strip() or asked.article
    body = quoted_html(asked.quote) if asked.quote else ""
    steps = (asked.number, asked.count) if asked.count else None
    html = reader_html(title, body, notice=GONE, steps=steps, can_copy=bool(asked.quote))
    span = {"start": asked.sentence.start, "end": asked.sentence.end, "text": asked.sentence_text}
    copied = reference({"article": asked.article, "title": title, "path": asked.article, "sentence": span})
    return _reply(title, html, f"{copied} {GONE}", asked, GONE) | {"changed": True, "path": "", "sha256": ""}


def _reply(title: str, html: str, copied: str, asked: Asked, notice: str) -> dict[str, Any]:
    shown = carried(" ".join(title.split()))
    where = f"Đoạn trích {asked.number} trên {asked.count}, bài “{shown}”." if asked.count else f"Bài “{shown}”."
    return {
        "html": html,
        "title": shown,
        "said": f"{where} {notice}".strip(),
        "reference": carried(copied) if asked.quote else "",
    }


def _text(data: Data, name: str, longest: int) -> str:
    """Give a text that the script sent, to the character; raise Refused where it is none, or too long."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise Refused(MISUSED)
    return value

"""Answers made by hand, and an assistant that gives them, for the tests of the page."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from encoders import HashEncoder

from qa import Answer, Article, Citation, Question, Sentence
from ui.chat import Assistant, serve


def article(text: str, title: str = "Bài thử", **facts: str | None) -> Article:
    """Return an article of `text`."""
    return Article(id="thu.txt", path="bai/thu.txt", title=title, text=text, sha256="0" * 64, **facts)


def citation(source: Article, quote: str, sentence: str, number: int = 1) -> Citation:
    """Cite the place in `source` that reads `quote`, with `sentence` marked."""
    start = source.text.index(quote)
    marked = source.text.index(sentence, start)
    place = Sentence(marked, marked + len(sentence))
    return Citation(number, source, start, start + len(quote), quote, place, score=0.9)


def answer(*citations: Citation, answered: bool = True, notes: tuple[str, ...] = (), confidence: float = 0.9) -> Answer:
    """Answer with the first citation's sentence, or refuse and offer `citations` as the nearest passages."""
    text = citations[0].sentence_text if answered else ""
    return Answer(Question("?", "?", "vi", notes), answered, text, confidence, citations)


@dataclass(frozen=True)
class Stock:
    """What the fake assistant says that it holds."""

    articles: int = 5
    passages: int = 1234


@dataclass
class FakeAssistant:
    """An assistant that answers with `respond`."""

    respond: Callable[[str], Answer]
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hoidap-")))
    articles: dict[str, Article] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 1
    encoder: HashEncoder = field(default_factory=HashEncoder)

    def ask(self, question: str, **limits: Any) -> Answer:
        self.asked.append({"question": question, **limits})
        return self.respond(question)

    def article(self, article_id: str) -> Article | None:
        return self.articles.get(article_id)

    def sources(self) -> list[tuple[str, int]]:
        return []

    def summary(self) -> Stock:
        return Stock()


def serve_in_background(assistant: Assistant) -> str:
    """Serve the real page on a free port for as long as the tests run; return its address."""
    ready = threading.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    threading.Thread(target=serve, args=(assistant,), kwargs={"port": 0, "on_ready": on_ready}, daemon=True).start()
    assert ready.wait(60), "the chat did not start"
    return addresses[0]

"""What is kept of a conversation, a value each, and how long its texts may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qa.errors import HoidapError
from qa.questions import QUESTION_CHARACTERS_MOST

LONGEST_TITLE = 200
LONGEST_QUESTION = QUESTION_CHARACTERS_MOST
LONGEST_RIGHT_ANSWER = 2_000
LONGEST_RECORD = 1_000_000

Rating = Literal["up", "down"]


class NoConversation(HoidapError):
    """A conversation, or a turn of one, that is not there for whoever asks for it."""


class TooLong(HoidapError):
    """A record that is too long to be kept."""


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation's line of the list. `started` and `changed` are moments in UTC, ISO; `turns` counts questions."""

    id: str
    title: str
    started: str
    changed: str
    turns: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and the record of what was answered then. `asked` is a moment in UTC, ISO."""

    number: int
    question: str
    """As typed; of one longer than 2,000 characters the first 1,999, and "…"."""
    record: Mapping[str, Any]
    scope: Mapping[str, Any]
    """What the question was limited to: articles, sources, since, until; empty where it was not."""
    asked: str
    rating: Rating | None = None
    right_answer: str | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """A turn that somebody rated, and the questions before it, oldest first."""

    conversation: str
    turn: Turn
    context: tuple[str, ...]
    rated: str


def shortened(text: str, most: int) -> str:
    """Put a text on one line of at most so many characters."""
    return cut(" ".join(sound(text[: 4 * most]).split()), most)


def cut(text: str, most: int) -> str:
    """Cut a text to at most so many characters; the last is "…" where it was longer."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def sound(text: str) -> str:
    """Give a text that can be stored and sent."""
    # Half a surrogate pair can come from a program, and SQLite holds none.
    return text.encode("utf-8", "replace").decode("utf-8")


def as_json(value: Mapping[str, Any]) -> str:
    """Write a record as JSON that can be stored and sent."""
    return sound(json.dumps(value, ensure_ascii=False))

"""What a program gives with a call, checked: values of the right types and sizes, or one line on what is wrong."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from qa import QUESTION_CHARACTERS_MOST
from ui.arguments import day

LONGEST_QUESTION = QUESTION_CHARACTERS_MOST
HITS, MOST_HITS = 5, 100
LISTED, MOST_LISTED = 100, 1000
"""Articles that one call lists."""
_MOST_EARLIER = 30
_MOST_NAMED = 1000
_LONGEST_DAY = 20


def _day(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return day(given[:_LONGEST_DAY])
    except argparse.ArgumentTypeError as error:
        raise ValueError(str(error)) from None


def _searchable(question: str) -> str:
    if not any(character.isalnum() for character in question):
        raise ValueError("must have a letter or digit to search for")
    return question


def _or(default: object) -> BeforeValidator:
    """Take null for the default: values that go by their place cannot be left out in the middle."""
    return BeforeValidator(lambda given: default if given is None else given)


_Text = Annotated[str, Field(max_length=LONGEST_QUESTION)]
_Question = Annotated[_Text, AfterValidator(_searchable)]
_Names = Annotated[list[_Text], Field(max_length=_MOST_NAMED), _or([])]


class _Call(BaseModel):
    """The days that every call may name, both included."""

    model_config = ConfigDict(strict=True, frozen=True)

    since: Annotated[date | None, BeforeValidator(_day)] = None
    until: Annotated[date | None, BeforeValidator(_day)] = None


class Searched(_Call):
    """A question, and the articles to search."""

    question: _Question
    articles: _Names = []
    sources: _Names = []

    def scope(self) -> dict[str, Any]:
        """Give the limits that were set, as `Assistant.ask` takes them."""
        limits = {"articles": self.articles, "sources": self.sources, "since": self.since, "until": self.until}
        return {name: value for name, value in limits.items() if value}


class Asked(Searched):
    """A question to answer, and those before it."""

    history: Annotated[list[_Text], Field(max_length=_MOST_EARLIER), _or([])] = []


class Retrieved(Searched):
    """A question to find passages for."""

    k: Annotated[int, Field(ge=1, le=MOST_HITS), _or(HITS)] = HITS


class Listed(_Call):
    """Articles to list."""

    text: Annotated[_Text, _or("")] = ""
    source: Annotated[_Text, _or("")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED), _or(LISTED)] = LISTED
    offset: Annotated[int, Field(ge=0, le=sys.maxsize), _or(0)] = 0


def one_line(error: ValidationError) -> str:
    """Tell the first of what is wrong: "k: Input should be less than or equal to 100"."""
    first = error.errors(include_url=False)[0]
    name, *places = first["loc"]
    where = f"{name}[{places[0]}]" if places and isinstance(places[0], int) else name
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"

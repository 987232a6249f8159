"""What an update tells while it runs, and in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from qa.corpus import Skipped


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an update is; bytes are of the corpus dealt with so far, of how many in all."""

    bytes_done: int
    bytes_total: int
    articles: int
    sentences: int
    """Encoded so far."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An article whose letters were not in Unicode, and the encoding that they were found to be in."""

    path: str
    article: str
    encoding: str

    def __str__(self) -> str:
        return f"{self.path}: read as {self.encoding}"


@dataclass(slots=True)
class IndexReport:
    """What an update did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    converted: list[Converted] = field(default_factory=list)
    """Articles whose letters were not in Unicode."""
    retold: int = 0
    """Articles added or changed that tell the same story as one that was there."""
    sentences_encoded: int = 0
    encoding_seconds: float = 0.0
    articles: int = 0
    passages: int = 0
    sentences: int = 0
    revision: int = 0


def told_apart(
    skipped: Callable[[Skipped], None], converted: Callable[[Converted], None]
) -> Callable[[Skipped | Converted], None]:
    """Make one listener of two: what an update says goes to the one that it is for."""

    def said(what: Skipped | Converted) -> None:
        if isinstance(what, Skipped):
            skipped(what)
        else:
            converted(what)

    return said

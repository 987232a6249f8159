"""Limiting a question to some of the articles: what is asked for.

What is best within the limits is looked for within them (`VectorIndex.within`, `LexicalIndex.within`): of a whole
archive's best passages none need lie there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that a question is limited to: those that are of all that is named here; of all where nothing is."""

    articles: frozenset[str] = frozenset()
    """Public ids, any of which counts."""
    sources: frozenset[str] = frozenset()
    """In NFC, any of which counts."""
    since: date | None = None
    until: date | None = None
    """Both days are included; articles without a date are left out where either is named."""

    @classmethod
    def of(
        cls, articles: Iterable[str] = (), sources: Iterable[str] = (), since: date | None = None,
        until: date | None = None,
    ) -> Scope:  # fmt: skip
        """Take what somebody typed, in whatever normal form. Raises TypeError for a lone string."""
        for given in (articles, sources):
            if isinstance(given, str):  # whose letters would be taken for ids
                raise TypeError(f"articles and sources are lists of names, found the string {given!r}")
        return cls(frozenset(map(nfc, articles)), frozenset(map(nfc, sources)), since, until)

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing limits the question."""
        return not (self.articles or self.sources or self.since or self.until)

    def holds_day(self, published: str | None) -> bool:
        """Tell whether an article published at this ISO date, or at no known one, is within the days."""
        first, last = (self.since or date.min).isoformat(), (self.until or date.max).isoformat()
        return published is not None and first <= published[:10] <= last


def nfc(text: str) -> str:
    """Give the form in which ids and sources are compared."""
    return unicodedata.normalize("NFC", text)

"""Variants of a question set: the same questions, asked in another way or of a poorer index."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from qa.evaluation.questions import LabelledQuestion
from qa.text import fold


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to change every question of a set."""

    name: str
    description: str
    rewrite: Callable[[str], str] = lambda text: text
    """Called with each question, and each question before it; must give the same result every time."""
    removes_article: bool = False
    """Whether a question's own article is hidden from it, so that refusing is right."""

    def of(self, question: LabelledQuestion) -> LabelledQuestion:
        """Give a question as this variant asks it; `article` stays, to tell which one is hidden."""
        return replace(
            question,
            question=self.rewrite(question.question),
            context=tuple(map(self.rewrite, question.context)),
            answerable=question.answerable and not self.removes_article,
        )


PLAIN = Variant("plain", "as the set has them")

VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("unaccented", "typed without diacritics", rewrite=fold),
        Variant("nfd", "in decomposed Unicode", rewrite=lambda text: unicodedata.normalize("NFD", text)),
        Variant("removed", "each question's own article hidden, so that refusing is right", removes_article=True),
    )
}

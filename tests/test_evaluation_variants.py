"""Variants change how a question is asked, and nothing else about it."""

import unicodedata

import pytest

from qa.evaluation import PLAIN, VARIANTS, LabelledQuestion

ASKED = LabelledQuestion("a", "Đảng bộ ở đâu?", "1.txt", ("Cao Lộc",), True, ("where",), ("Ai là bí thư?",))


@pytest.mark.parametrize(
    ("name", "question", "context"),
    [
        ("unaccented", "Dang bo o dau?", "Ai la bi thu?"),
        ("nfd", unicodedata.normalize("NFD", ASKED.question), unicodedata.normalize("NFD", ASKED.context[0])),
        ("removed", ASKED.question, ASKED.context[0]),
    ],
)
def test_a_variant_rewrites_the_question_and_those_before_it(name: str, question: str, context: str) -> None:
    posed = VARIANTS[name].of(ASKED)
    assert posed.question == question
    assert posed.context == (context,)
    assert (posed.id, posed.article, posed.answers, posed.tags) == (ASKED.id, ASKED.article, ASKED.answers, ASKED.tags)
    assert posed.answerable == (name != "removed")


def test_the_plain_run_changes_nothing() -> None:
    assert PLAIN.of(ASKED) == ASKED
    assert PLAIN.name not in VARIANTS


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda variant: variant.name)
def test_a_variant_asks_the_same_every_time(variant: object) -> None:
    again = variant.of
    assert again(ASKED) == again(ASKED)

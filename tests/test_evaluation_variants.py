"""Variants change how a question is asked, and nothing else about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evaluation import PLAIN, VARIANTS, LabelledQuestion, Variant, read_questions
from qa.text import fold, spelling, tokens

ROOT = Path(__file__).parent.parent
SEEDS = read_questions(ROOT / "seeds" / "questions.jsonl")
ASKED = LabelledQuestion("a", "Đảng bộ ở đâu?", "1.txt", ("Cao Lộc",), True, ("where",), ("Ai là bí thư?",))
EVERY = pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))


@pytest.mark.parametrize(
    ("name", "question", "context"),
    [
        ("unaccented", "Dang bo o dau?", "Ai la bi thu?"),
        ("nfd", unicodedata.normalize("NFD", ASKED.question), unicodedata.normalize("NFD", ASKED.context[0])),
        ("tones", ASKED.question, ASKED.context[0]),
        ("i-y", ASKED.question, ASKED.context[0]),
        ("signs", ASKED.question, ASKED.context[0]),
        ("lower-case", "đảng bộ ở đâu?", "ai là bí thư?"),
        ("telex", "Ddangr booj owr ddaau?", "Ai laf bis thuw?"),
        ("vni", "D9ang3 bo65 o73 d9a6u?", "Ai la2 bi1 thu7?"),
        ("removed", ASKED.question, ASKED.context[0]),
    ],
)
def test_a_variant_rewrites_the_question_and_those_before_it(name: str, question: str, context: str) -> None:
    posed = VARIANTS[name].of(ASKED)
    assert posed.question == question
    assert posed.context == (context,)
    assert (posed.id, posed.article, posed.answers, posed.tags) == (ASKED.id, ASKED.article, ASKED.answers, ASKED.tags)
    assert posed.answerable == (name != "removed")


@pytest.mark.parametrize(
    ("name", "text", "rewritten"),
    [
        ("tones", "Huyện ủy Tuy Hòa khỏe", "Huyện uỷ Tuy Hoà khoẻ"),
        ("tones", "uỷ hoà", "ủy hòa"),
        ("tones", "quý quà, hoàn toàn, ngoài", "quý quà, hoàn toàn, ngoài"),
        ("i-y", "kỹ sư, bác sĩ, Quý, LÝ, tỉ lệ", "kĩ sư, bác sỹ, Quí, LÍ, tỷ lệ"),
        ("i-y", "khi nào, ý kiến, suy nghĩ", "khi nào, ý kiến, suy nghĩ"),
        ("signs", '"họp" 2015-2020, d\'Or', "”họp” 2015–2020, d’Or"),
        ("signs", "“họp” 2015–2020", '"họp" 2015-2020'),
    ],
)
def test_a_variant_writes_what_is_in_use_side_by_side_the_other_way(name: str, text: str, rewritten: str) -> None:
    assert VARIANTS[name].rewrite(text) == rewritten
    assert VARIANTS[name].rewrite(unicodedata.normalize("NFD", text)) in (
        rewritten,
        unicodedata.normalize("NFD", rewritten),
    )


def test_half_of_the_words_lose_their_diacritics() -> None:
    marked = lost = 0
    for asked in SEEDS:
        rewritten = VARIANTS["half-unaccented"].rewrite(asked.question)
        assert fold(rewritten) == fold(asked.question)
        for before, after in zip(asked.question.split(), rewritten.split(), strict=True):
            assert after in (before, fold(before)) or "/" in before or "-" in before
            marked += before != fold(before)
            lost += before != after
    assert 0.4 < lost / marked < 0.6


def test_one_word_is_mistyped_by_one_letter() -> None:
    changed = 0
    for asked in SEEDS:
        before, after = asked.question.split(), VARIANTS["typo"].rewrite(asked.question).split()
        assert len(before) == len(after)
        different = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
        assert len(different) <= 1
        changed += len(different)
        assert all(abs(len(one) - len(other)) <= 1 for one, other in different)
    assert changed > 0.9 * len(SEEDS)
    assert VARIANTS["typo"].rewrite("Ai là bí?") == "Ai là bí?", "no word is long enough"


@pytest.mark.parametrize("name", ["nfd", "tones", "i-y", "signs"])
def test_a_question_spelt_otherwise_is_searched_as_the_plain_one(name: str) -> None:
    changed = 0
    for asked in SEEDS:
        for text in () if "english" in asked.tags else (asked.question, *asked.context):
            rewritten = VARIANTS[name].rewrite(text)
            changed += rewritten != text
            assert spelling(rewritten) == spelling(text)
            assert tokens(rewritten) == tokens(text)
    assert changed >= 15


def test_the_plain_run_changes_nothing() -> None:
    assert PLAIN.of(ASKED) == ASKED
    assert PLAIN.name not in VARIANTS


@EVERY
def test_a_variant_asks_the_same_every_time(variant: Variant) -> None:
    for asked in (ASKED, *SEEDS[:50]):
        assert variant.of(asked) == variant.of(asked)


def test_a_variant_asks_the_same_in_another_process() -> None:
    asked = [question.question for question in SEEDS[:50]]
    script = (
        "import json, sys; from qa.evaluation import VARIANTS\n"
        "print(json.dumps({n: [v.rewrite(q) for q in json.loads(sys.argv[1])] for n, v in VARIANTS.items()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(asked)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {
        name: [variant.rewrite(question) for question in asked] for name, variant in VARIANTS.items()
    }


@EVERY
@settings(max_examples=50)
@given(text=st.text(st.characters(codec=None), max_size=60))
def test_no_text_fails(text: str, variant: Variant) -> None:
    assert variant.rewrite(text) == variant.rewrite(text)

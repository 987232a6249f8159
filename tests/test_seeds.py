"""The test question set holds what it claims: every answer stands in its article, and every kind is there."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"
KINDS = {"who", "what", "when", "where", "how-many", "which", "why", "how", "list", "yes-no"}
TAGS = KINDS | {"abbreviation", "full-name", "english", "follow-up", "near-miss", "off-topic", "unanswerable"}
KEYS = {"id", "question", "article", "answers", "answerable", "tags"}


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_answer_stands_in_its_article(questions: list[dict[str, Any]]) -> None:
    texts = {path.name: path.read_bytes().decode() for path in (SEEDS / "articles").iterdir()}
    for question in questions:
        assert set(question) - {"context"} == KEYS, question["id"]
        if question["answerable"]:
            assert question["answers"], question["id"]
            assert all(answer in texts[question["article"]] for answer in question["answers"]), question["id"]
        else:
            assert (question["article"], question["answers"]) == (None, []), question["id"]


def test_ids_and_questions_are_unique_and_tags_are_known(questions: list[dict[str, Any]]) -> None:
    assert len({question["id"] for question in questions}) == len(questions)
    assert len({(question["question"], *question.get("context", ())) for question in questions}) == len(questions)
    for question in questions:
        tags = set(question["tags"])
        assert tags <= TAGS, question["id"]
        assert len(tags & KINDS) == 1, question["id"]
        assert ("unanswerable" in tags) is not question["answerable"], question["id"]
        assert ("follow-up" in tags) is bool(question.get("context")), question["id"]


def test_the_set_is_as_broad_as_it_claims(questions: list[dict[str, Any]]) -> None:
    tags = Counter(tag for question in questions for tag in question["tags"])
    articles = Counter(question["article"] for question in questions if question["answerable"])
    print(f"{len(questions)} questions", dict(tags), dict(articles))
    assert len(questions) >= 150
    assert len(articles) == 5
    assert min(articles.values()) >= 20
    assert all(tags[kind] for kind in KINDS)
    assert tags["unanswerable"] >= 30
    assert tags["near-miss"] > tags["unanswerable"] / 2
    assert tags["english"] >= 12
    assert tags["follow-up"] >= 15
    assert tags["abbreviation"] + tags["full-name"] >= 15

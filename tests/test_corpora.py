"""Archives made of the seeds, and the faked vectors they are indexed with where a model would take hours."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from corpora import TRADES, archive, archive_article, archive_question
from encoders import DriftedEncoder
from hypothesis import given
from hypothesis import strategies as st

from qa import Assistant, update_index
from qa.evaluation.matching import holds
from qa.pages import read_page
from qa.passages import split
from qa.sentences import sentence_spans
from qa.text import tokens
from qa.types import Article

NUMBERS = st.integers(0, 2_000_000)


def sentences(text: str) -> list[str]:
    return [text[a:b] for start, end in read_page(text, "—").paragraphs for a, b in sentence_spans(text, start, end)]


def shingles(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


@pytest.fixture(scope="module")
def drifted() -> DriftedEncoder:
    return DriftedEncoder()


def named_in(question: str) -> tuple[str, ...]:
    """Give what a question asks about: village, commune, trade."""
    village, commune = re.findall(r"(?:[Ll]àng|xã) (\w+ \w+)", question)
    (trade,) = [trade for trade in TRADES if trade in question]
    return village, commune, trade


# --- archives --------------------------------------------------------------------------------------------


def test_the_same_seed_writes_the_same_archive_and_another_seed_another(tmp_path: Path) -> None:
    one, again, other = (archive(tmp_path / f"{i}.jsonl", 30, seed) for i, seed in enumerate((3, 3, 4)))
    assert one.read_bytes() == again.read_bytes() != other.read_bytes()
    facts = [{archive_question(i, seed).question for i in range(30)} for seed in (3, 4)]
    assert facts[0].isdisjoint(facts[1])


def test_an_archive_grows_without_changing_what_it_has(tmp_path: Path) -> None:
    small, more = archive(tmp_path / "small.jsonl", 10), archive(tmp_path / "more.jsonl", 5, first=10)
    assert archive(tmp_path / "all.jsonl", 15).read_text("utf-8") == small.read_text("utf-8") + more.read_text("utf-8")


def test_articles_are_of_the_usual_length() -> None:
    passages = found = 0
    for i in range(500):
        record = archive_article(i)
        article = Article(record["id"], "", record["title"], record["text"], "")
        cut = list(split(article, read_page(article.text, article.title).paragraphs))
        passages, found = passages + len(cut), found + sum(len(passage.sentences) for passage in cut)
    assert passages / 500 == pytest.approx(4.25, abs=0.2)
    assert found / 500 == pytest.approx(20, abs=0.7)


def test_no_article_is_nearly_another() -> None:
    sets = [shingles(archive_article(i)["text"]) for i in range(250)]
    nearest = max(len(one & two) / len(one | two) for i, one in enumerate(sets) for two in sets[:i])
    assert nearest < 0.3


def test_a_tree_of_text_files_says_what_the_lines_say(tmp_path: Path) -> None:
    lines = archive(tmp_path / "archive.jsonl", 12, seed=2).read_text("utf-8").splitlines()
    folder = archive(tmp_path / "archive", 12, seed=2)
    files = {path.name: path for path in folder.rglob("*.txt")}
    assert len(files) == len(lines) == 12
    for record in map(json.loads, lines):
        path, page = files[record["id"]], read_page(files[record["id"]].read_text("utf-8"))
        assert list(path.parent.relative_to(folder).parts) == record["published"].split("-")[:2]
        assert (page.title, page.published) == (record["title"], record["published"])
        assert record["text"] in path.read_text("utf-8")


@given(NUMBERS, st.integers(0, 1000))
def test_a_question_is_answered_by_one_sentence_of_its_article(i: int, seed: int) -> None:
    question, article = archive_question(i, seed), archive_article(i, seed)
    assert question.article == article["id"]
    (said,) = [sentence for sentence in sentences(article["text"]) if holds(sentence, question.answers)]
    assert all(name in said for name in named_in(question.question))


@given(st.lists(NUMBERS, min_size=2, max_size=200, unique=True), st.integers(0, 1000))
def test_no_two_articles_are_asked_the_same(numbers: list[int], seed: int) -> None:
    assert len({named_in(archive_question(i, seed).question) for i in numbers}) == len(numbers)


def test_retrieval_finds_the_article_that_a_question_is_about(tmp_path: Path, drifted: DriftedEncoder) -> None:
    update_index(archive(tmp_path / "archive.jsonl", 300), tmp_path / "index", encoder=drifted)
    assistant = Assistant.open(tmp_path / "index", encoder=drifted)
    for i in random.Random(1).sample(range(300), 40):
        asked = archive_question(i)
        (hit,) = assistant.retrieve(asked.question, k=1)
        assert hit.article.id == asked.article
        assert holds(hit.quote, asked.answers)


# --- faked vectors ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [sentence for i in range(40) for sentence in sentences(archive_article(i)["text"])]


def test_faked_vectors_lie_as_the_models_do(drifted: DriftedEncoder, texts: list[str]) -> None:
    vectors = drifted.encode_passages(texts)
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    low, middle, high = np.percentile(cosines, [1, 50, 99])
    assert 0.75 < low < 0.86 < middle < 0.89 < high < 0.95
    questions = drifted.encode_queries([archive_question(i).question for i in range(40)])
    assert 0.74 < np.median(questions @ vectors.T) < 0.84


def test_faked_vectors_of_texts_that_share_words_are_near(drifted: DriftedEncoder, texts: list[str]) -> None:
    changed = [f"{text.rsplit(' ', 2)[0]} năm ngoái" for text in texts[:200]]
    nearest = (drifted.encode_passages(changed) @ drifted.encode_passages(texts).T).argmax(axis=1)
    assert np.mean(nearest == np.arange(200)) > 0.95


@given(texts=st.lists(st.text(), max_size=20))
def test_faked_vectors_are_unit_vectors_and_the_same_in_any_company(drifted: DriftedEncoder, texts: list[str]) -> None:
    vectors = drifted.encode_passages(texts)
    assert vectors.shape == (len(texts), drifted.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(drifted.encode_passages([text])[0], vector, atol=1e-6)


def test_progress_counts_every_text_once(drifted: DriftedEncoder) -> None:
    told: list[int] = []
    drifted.encode_passages(["đảng bộ"] * 3000, told.append)
    assert sum(told) == 3000

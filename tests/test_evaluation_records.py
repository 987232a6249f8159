"""A run as JSON: the shape that the design promises, and read back what was written."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_runs import outcome, question, run, values

from qa import HoidapError
from qa.evaluation import METRICS, LabelledQuestion, Outcome, Place, Run, read_run, run_json
from qa.evaluation.records import run_from_record, run_record

A, U = question("a", tags=["x"]), question("u", answerable=False)
PLAIN = [outcome(A, article=1, passage=2, hit=True), outcome(U, answered=False, confidence=0.1)]


def test_the_shape_is_that_of_the_design() -> None:
    record = json.loads(run_json(run(plain=PLAIN, unaccented=PLAIN)))
    assert set(record) == {
        "about", "questions", "answerable", "unanswerable", "metrics", "by_tag", "per_question", "variants",
    }  # fmt: skip
    assert (record["questions"], record["answerable"], record["unanswerable"]) == (2, 1, 1)
    assert set(record["metrics"]) == set(METRICS)
    assert record["metrics"]["article_recall@1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert set(record["by_tag"]["x"]) == set(METRICS)
    assert [one["id"] for one in record["per_question"]] == ["a", "u"]
    assert record["per_question"][0]["metrics"]["passage_hit@3"] == 1
    assert set(record["variants"]) == {"unaccented"}
    assert set(record["variants"]["unaccented"]) == set(record) - {"about", "variants"}


def test_what_has_no_figure_is_null() -> None:
    record = json.loads(run_json(run(plain=PLAIN[:1])))
    assert record["metrics"]["refusal_auroc"] == {"value": None, "low": None, "high": None}


SHARES = st.none() | st.floats(0, 1)
PLACES = st.none() | st.builds(
    Place, st.text("abc", min_size=1), st.integers(0, 99), st.integers(100, 200), st.none() | st.just((10, 20))
)
OUTCOMES = st.builds(
    Outcome,
    st.builds(
        LabelledQuestion, st.uuids().map(str), st.text(min_size=1), st.just("bài"), st.tuples(st.text(min_size=1))
    ),
    answered=st.none() | st.booleans(),
    confidence=SHARES,
    latency_ms=SHARES,
    article_rank=st.none() | st.integers(1, 10),
    passage_rank=st.none() | st.integers(1, 10),
    given=PLACES,
    expected=PLACES,
    error=st.none() | st.text(),
    scores=st.dictionaries(st.sampled_from(["passage_hit@1", "answer_hit"]), st.floats(0, 1)),
)


@given(st.lists(OUTCOMES, max_size=3))
def test_a_run_is_read_back_as_it_was_written(outcomes: list[Outcome]) -> None:
    made = Run({"plain": tuple(outcomes), "removed": tuple(outcomes)}, {"k": 10})
    assert run_from_record(json.loads(json.dumps(run_record(made)))) == made


def test_metrics_of_a_run_read_back_are_the_same(tmp_path: Path) -> None:
    made = run(plain=PLAIN, removed=PLAIN)
    path = tmp_path / "run.json"
    path.write_text(run_json(made), "utf-8")
    again = read_run(path)
    for variant in made.outcomes:
        assert again.metrics(variant) == made.metrics(variant)
        assert not any(value is not None and math.isnan(value) for value in values(again.metrics(variant)).values())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"variants": {}, "about": {}}',
        "[" * 99_999,
        '{"per_question": [1], "variants": {}, "about": {}}',
    ],
)
def test_a_file_that_is_no_run_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(HoidapError, match=r"^[^\n]*is not a run that `hoidap eval --json` wrote[^\n]*$"):
        read_run(path)


def test_variants_with_other_questions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(run_record(run(plain=PLAIN)) | {"variants": {"removed": {"per_question": []}}}))
    with pytest.raises(HoidapError, match="other questions than the plain run"):
        read_run(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HoidapError, match="cannot read the run"):
        read_run(tmp_path / "none.json")

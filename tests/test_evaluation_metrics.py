"""The metrics over hand-made outcomes, each figure worked out by hand."""

import pytest
from sample_runs import outcome, question, values

from qa.evaluation import METRICS, LabelledQuestion
from qa.evaluation.metrics import columns, judged, measure, measure_by_tag

NAMES_OF_THE_DESIGN = (
    "article_recall@1 article_recall@5 article_recall@10 article_mrr@10 article_ndcg@10 passage_hit@1 passage_hit@3 "
    "passage_hit@5 passage_ndcg@10 answer_hit answered_rate refusal_precision refusal_recall refusal_auroc "
    "latency_p50_ms latency_p95_ms"
)

A, B, C, D = question("a", tags=["x"]), question("b", tags=["x", "y"]), question("c", answers=()), question("d")
U, V = question("u", answerable=False, tags=["y"]), question("v", answerable=False)


def test_every_metric_of_the_design_is_there() -> None:
    assert set(NAMES_OF_THE_DESIGN.split()) <= set(METRICS)


def test_retrieval_is_judged_on_answerable_questions_and_passages_on_those_with_answers() -> None:
    found = values(
        measure(
            [
                outcome(A, article=1, passage=1, hit=True),
                outcome(B, article=2, passage=None),
                outcome(C, article=1),  # no accepted answers: only the article is judged
                outcome(U),
            ]
        )
    )
    assert found["article_recall@1"] == pytest.approx(2 / 3)
    assert found["article_recall@5"] == 1
    assert found["article_mrr@10"] == pytest.approx((1 + 0.5 + 1) / 3)
    assert found["article_ndcg@10"] == pytest.approx((1 + 0.6309298 + 1) / 3)
    assert found["passage_hit@1"] == 0.5
    assert found["answer_hit"] == 0.5


def test_refusing_is_the_positive_class_over_unanswerable_questions() -> None:
    found = values(
        measure(
            [
                outcome(A, article=1, passage=1, answered=True, confidence=0.9),
                outcome(B, article=1, passage=1, answered=False, confidence=0.2),
                outcome(U, answered=False, confidence=0.1),
                outcome(V, answered=True, confidence=0.5),
            ]
        )
    )
    assert found["answered_rate"] == 0.5
    assert found["refusal_precision"] == 0.5  # two refused, one rightly
    assert found["refusal_recall"] == 0.5  # two to refuse, one was
    assert found["refusal_auroc"] == 0.75  # of four pairs, b against v is the wrong way round


def test_refusing_is_not_judged_where_everything_has_an_answer() -> None:
    found = values(measure([outcome(A, article=1, passage=1, answered=False)]))
    assert found["refusal_precision"] is found["refusal_recall"] is found["refusal_auroc"] is None


def test_a_question_that_failed_to_run_counts_as_zero() -> None:
    broken = {"answered": None, "confidence": None, "latency_ms": None, "error": "RuntimeError: vấp"}
    found = values(
        measure(
            [
                outcome(A, article=1, passage=1, hit=True),
                outcome(B, **broken),
                outcome(U, answered=False, confidence=0.1),
                outcome(V, **broken),
            ]
        )
    )
    assert found["article_recall@10"] == found["passage_hit@5"] == found["answer_hit"] == 0.5
    assert found["answered_rate"] == 0.25
    assert found["refusal_recall"] == 0.5
    # a above u is the only pair of four that is right: what broke is ranked worst.
    assert found["refusal_auroc"] == 0.25
    assert found["latency_p95_ms"] == 5


def test_removed_articles_are_judged_together_with_the_plain_run() -> None:
    plain = [
        outcome(A, article=1, passage=1, answered=True, confidence=0.9),
        outcome(B, article=1, passage=2, answered=False, confidence=0.4),
        outcome(U, answered=True, confidence=0.95),
    ]
    hidden = [LabelledQuestion(q.id, q.question, q.article, q.answers, False, q.tags) for q in (A, B, U)]
    removed = [
        outcome(hidden[0], answered=False, confidence=0.1),
        outcome(hidden[1], answered=True, confidence=0.6),
        outcome(hidden[2], answered=True, confidence=0.95),
    ]
    found = values(measure(removed, plain))
    assert found["article_recall@1"] is None
    assert found["answered_rate"] == pytest.approx(2 / 3)
    assert found["refusal_recall"] == pytest.approx(1 / 3)
    assert found["refusal_precision"] == 0.5  # a without its article, rightly; b with it, wrongly
    assert found["refusal_auroc"] == 0.75  # 0.9 and 0.4 against 0.1 and 0.6
    # u has no article to remove: it is judged once.
    assert sorted(judged(columns(removed, plain)).confidence) == [0.1, 0.4, 0.6, 0.9, 0.95]


def test_correct_means_the_passage_or_where_no_answer_is_known_the_article() -> None:
    found = columns(
        [outcome(A, article=1, passage=2), outcome(D, article=1, passage=1), outcome(C, article=1), outcome(U)]
    )
    assert found.correct.tolist() == [False, True, True, False]


def test_calibration_error_compares_confidence_with_correct_citations() -> None:
    found = values(
        measure([outcome(A, article=1, passage=1, confidence=0.85), outcome(B, article=1, passage=2, confidence=0.25)])
    )
    assert found["confidence_ece"] == pytest.approx((0.15 + 0.25) / 2)


def test_latency_is_told_at_half_and_at_nearly_all() -> None:
    found = values(measure([outcome(question(str(i)), latency_ms=float(i)) for i in range(1, 101)]))
    assert (found["latency_p50_ms"], found["latency_p95_ms"]) == (50, 95)


def test_intervals_lie_around_the_figures() -> None:
    mixed = [outcome(question(str(i)), article=1 + i % 3, passage=1 + i % 2, confidence=i / 90) for i in range(90)]
    for name, found in measure(mixed).items():
        if found.value is not None and name != "confidence_ece":
            assert found.low is not None
            assert found.high is not None
            assert found.low <= found.value <= found.high, name


def test_tags_are_measured_apart() -> None:
    by_tag = measure_by_tag(
        [outcome(A, article=1, passage=1), outcome(B, article=2), outcome(U, answered=False), outcome(D)]
    )
    assert list(by_tag) == ["x", "y"]
    assert by_tag["x"]["article_recall@1"].value == 0.5
    assert by_tag["y"]["article_recall@1"].value == 0
    assert by_tag["y"]["refusal_recall"].value == 1
    assert by_tag["x"]["refusal_recall"].value is None


def test_no_outcomes_have_no_figures() -> None:
    assert {found.value for found in measure([]).values()} == {None}

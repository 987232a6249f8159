"""Ranking measures by ir_measures, against figures worked out by hand."""

import math

import pytest

from qa.evaluation.ranking import Ranking, article_scores, passage_scores


def ranking(found: str, relevant: str) -> Ranking:
    return Ranking(tuple(found), frozenset(relevant))


@pytest.mark.parametrize(
    ("found", "recall", "mrr", "ndcg"),
    [
        ("xabc", (1, 1, 1), 1, 1),
        ("axbc", (0, 1, 1), 1 / 2, 1 / math.log2(3)),
        ("abcdex", (0, 0, 1), 1 / 6, 1 / math.log2(7)),
        ("abcdefghix", (0, 0, 1), 1 / 10, 1 / math.log2(11)),
        ("abcdefghijx", (0, 0, 0), 0, 0),
        ("abc", (0, 0, 0), 0, 0),
        ("", (0, 0, 0), 0, 0),
    ],
)
def test_one_article_is_right(found: str, recall: tuple[int, int, int], mrr: float, ndcg: float) -> None:
    # A second question keeps the run from being empty, and must not disturb.
    scores, other = article_scores([ranking(found, "x"), ranking("y", "y")])
    assert (scores["article_recall@1"], scores["article_recall@5"], scores["article_recall@10"]) == recall
    assert scores["article_mrr@10"] == pytest.approx(mrr)
    assert scores["article_ndcg@10"] == pytest.approx(ndcg)
    assert set(other.values()) == {1.0}


def test_several_passages_may_be_right() -> None:
    (scores,) = passage_scores([ranking("axbyc", "xyz")])
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert scores["passage_ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert (scores["passage_hit@1"], scores["passage_hit@3"], scores["passage_hit@5"]) == (0, 1, 1)


def test_a_question_that_no_passage_answers_counts_as_zero() -> None:
    assert set(passage_scores([ranking("abc", "")])[0].values()) == {0.0}
    assert [set(scores.values()) for scores in passage_scores([ranking("abc", ""), ranking("a", "a")])] == [
        {0.0},
        {1.0},
    ]


def test_order_is_what_was_given_however_long() -> None:
    # trec_eval sorts by score and breaks ties by name: neither may reorder what was found.
    (scores,) = article_scores([Ranking(tuple(f"bài {i}" for i in range(100)), frozenset(["bài 9"]))])
    assert scores["article_mrr@10"] == pytest.approx(1 / 10)


def test_no_questions_have_no_scores() -> None:
    assert article_scores([]) == []


def test_a_rank_counts_from_one() -> None:
    assert ranking("abc", "c").rank == 3
    assert ranking("abc", "x").rank is None

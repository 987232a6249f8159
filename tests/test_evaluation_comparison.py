"""Comparing runs: paired differences, what moved, and when it is worse for sure."""

from dataclasses import replace

import pytest
from sample_runs import outcome, question, run

from qa import HoidapError
from qa.evaluation import Outcome, Run, compare
from qa.evaluation.comparison import Comparison

QUESTIONS = [question(str(i)) for i in range(100)]


def with_right(count: int, latency_ms: float = 5.0) -> Run:
    """Make a run where the first questions find their passage first, and the others second."""
    found = [
        outcome(q, article=1, passage=1 if i < count else 2, latency_ms=latency_ms) for i, q in enumerate(QUESTIONS)
    ]
    return run(plain=found)


def plain(old: Run, new: Run) -> Comparison:
    return compare(old, new)["plain"]


def test_a_run_is_neither_better_nor_worse_than_itself() -> None:
    comparison = plain(with_right(50), with_right(50))
    assert comparison.questions == 100
    assert comparison.left_out == 0
    assert comparison.moved == ()
    for change in comparison.changes.values():
        assert not change.is_worse
        assert not change.is_better
        assert change.difference.value in (0, None)


def test_a_sure_difference_is_told_from_chance() -> None:
    much = plain(with_right(80), with_right(50)).changes["passage_hit@1"]
    assert (much.old, much.new, much.better, much.worse) == (0.8, 0.5, 0, 30)
    assert much.difference.value == pytest.approx(-0.3)
    assert much.difference.high is not None
    assert much.difference.high < 0
    assert much.is_worse
    little = plain(with_right(51), with_right(50)).changes["passage_hit@1"]
    assert little.difference.low is not None
    assert little.difference.high is not None
    assert little.difference.low < 0 <= little.difference.high
    assert not little.is_worse


def test_the_same_difference_the_other_way_round_is_better() -> None:
    change = plain(with_right(50), with_right(80)).changes["passage_hit@1"]
    assert change.is_better
    assert not change.is_worse


def test_more_time_is_worse() -> None:
    change = plain(with_right(50, 5.0), with_right(50, 9.0)).changes["latency_p50_ms"]
    assert change.difference.value == 4
    assert change.is_worse
    assert plain(with_right(50, 9.0), with_right(50, 5.0)).changes["latency_p50_ms"].is_better


def test_pairing_sees_what_two_separate_intervals_would_not() -> None:
    # 6 of 100 questions lost, none won: each run's own interval is ten points wide to either side.
    change = plain(with_right(53), with_right(47)).changes["passage_hit@1"]
    assert change.is_worse


def test_questions_that_moved_are_listed_best_first() -> None:
    old = [outcome(q, article=1, passage=2) for q in QUESTIONS[:4]]
    new = [
        outcome(QUESTIONS[0], article=1, passage=3),
        outcome(QUESTIONS[1], article=1, passage=1, hit=True),
        outcome(QUESTIONS[2], article=1, passage=2),
        outcome(QUESTIONS[3], article=1, passage=1),
    ]
    moved = plain(run(plain=old), run(plain=new)).moved
    assert [pair.new.question.id for pair in moved] == ["1", "3", "0"]
    assert [pair.change > 0 for pair in moved] == [True, True, False]


def test_only_questions_that_both_asked_the_same_way_are_compared() -> None:
    old = list(with_right(50).plain)
    reworded = replace(old[0], question=replace(old[0].question, question="Câu khác?"))
    judged_otherwise = replace(old[1], question=replace(old[1].question, answers=("khác",)))
    new: list[Outcome] = [reworded, judged_otherwise, *old[2:90], outcome(question("mới"))]
    comparison = plain(run(plain=old), run(plain=new))
    assert comparison.questions == 88
    assert comparison.left_out == 12 + 3


def test_the_order_of_the_questions_does_not_matter() -> None:
    old = with_right(50)
    shuffled = Run({"plain": tuple(reversed(old.plain))}, old.about)
    assert plain(old, shuffled).changes["passage_ndcg@10"].difference.value == 0
    assert plain(old, shuffled).moved == ()


def test_runs_without_a_common_question_are_refused() -> None:
    with pytest.raises(HoidapError, match="nothing to compare"):
        compare(with_right(5), run(plain=[outcome(question("mới"))]))


def test_variants_that_both_have_are_compared() -> None:
    both = run(plain=with_right(5).plain, nfd=with_right(5).plain)
    assert list(compare(both, both)) == ["plain", "nfd"]
    assert list(compare(with_right(5), both)) == ["plain"]


def test_a_figure_that_was_lost_is_worse() -> None:
    unanswerable = question("u", answerable=False)
    old = run(
        plain=[outcome(QUESTIONS[0], article=1, passage=1), outcome(unanswerable, answered=False, confidence=0.1)]
    )
    new = run(plain=[replace(one, latency_ms=None) for one in old.plain])
    change = plain(old, new).changes["latency_p50_ms"]
    assert (change.old, change.new) == (5.0, None)
    assert change.is_worse

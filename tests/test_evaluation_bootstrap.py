"""Intervals: reproducible, around the figure, as wide as theory says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation import formulas
from qa.evaluation.bootstrap import RESAMPLES, UNDEFINED, Estimate, estimate, resamples


def mean_of(values: list[float]) -> Estimate:
    array = np.array(values)
    return estimate({"mean": lambda weights: formulas.mean(weights, array)}, len(values))["mean"]


@pytest.mark.parametrize("count", [1, 7, 1190, 3_000])
def test_every_resample_draws_as_many_questions_as_there_are(count: int) -> None:
    weights = np.concatenate(list(resamples(count)))
    assert weights.shape == (RESAMPLES, count)
    assert (weights.sum(axis=1) == count).all()
    assert (weights >= 0).all()
    # A question is drawn once on average, and left out by a share of about 1/e.
    assert weights.mean() == 1
    if count > 1000:
        assert (weights == 0).mean() == pytest.approx(np.exp(-1), abs=0.01)


def test_the_same_questions_give_the_same_interval() -> None:
    values = [float(i % 3 == 0) for i in range(200)]
    assert mean_of(values) == mean_of(values)


def test_the_interval_of_a_share_is_as_wide_as_the_normal_one() -> None:
    found = mean_of([1.0] * 300 + [0.0] * 100)
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert found.value == 0.75
    assert found.low == pytest.approx(0.75 - half, abs=0.008)
    assert found.high == pytest.approx(0.75 + half, abs=0.008)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_an_interval_lies_within_the_values_and_around_the_mean(values: list[float]) -> None:
    found = mean_of(values)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(np.mean(values))
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_equal_values_have_no_width() -> None:
    assert mean_of([0.5] * 20) == Estimate(0.5, 0.5, 0.5)


def test_what_no_question_defines_has_no_figure() -> None:
    assert mean_of([float("nan")] * 3) == UNDEFINED
    assert mean_of([]) == UNDEFINED


def test_resamples_that_leave_a_figure_undefined_are_left_out() -> None:
    found = mean_of([1.0, *[float("nan")] * 9])
    assert found == Estimate(1.0, 1.0, 1.0)

"""Each formula against a figure worked out by hand, and against an independent computation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation import formulas

NAN = math.nan


def ones(count: int) -> np.ndarray:
    return np.ones((1, count))


def auroc(positive: list[float], negative: list[float]) -> float:
    return float(formulas.auroc(np.array(positive), ones(len(positive)), np.array(negative), ones(len(negative)))[0])


def test_a_mean_leaves_out_what_is_not_there() -> None:
    weights = np.array([[1.0, 1, 1], [2, 0, 5], [0, 3, 0]])
    found = formulas.mean(weights, np.array([1.0, 0.0, NAN]))
    assert found.tolist() == [0.5, 1.0, 0.0]


def test_a_ratio_without_a_denominator_is_undefined() -> None:
    assert np.isnan(formulas.ratio(ones(2), np.array([1, 1]), np.array([0, 0]))[0])


def test_auroc_counts_pairs_and_ties_half() -> None:
    # Pairs: 0.9 beats all three; 0.5 beats 0.2, ties 0.5, loses to 0.7: (3 + 1.5) / 6.
    assert auroc([0.9, 0.5], [0.2, 0.5, 0.7]) == pytest.approx(4.5 / 6)
    assert auroc([1.0], [0.0]) == 1
    assert auroc([0.3], [0.3]) == 0.5
    assert auroc([-math.inf], [0.0]) == 0
    assert math.isnan(auroc([], [0.1]))
    assert math.isnan(auroc([0.1], []))


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=12)


@given(SCORES, SCORES, st.randoms())
def test_weighted_auroc_is_that_of_the_repeated_questions(
    positive: list[float], negative: list[float], random: object
) -> None:
    draw = random.randint
    w_pos = np.array([[draw(0, 3) for _ in positive]], float)
    w_neg = np.array([[draw(0, 3) for _ in negative]], float)
    found = formulas.auroc(np.array(positive), w_pos, np.array(negative), w_neg)[0]
    first = np.repeat(positive, w_pos[0].astype(int))
    second = np.repeat(negative, w_neg[0].astype(int))
    if not len(first) or not len(second):
        assert math.isnan(found)
    else:
        wins = (first[:, None] > second).sum() + 0.5 * (first[:, None] == second).sum()
        assert found == pytest.approx(wins / (len(first) * len(second)))


def test_a_quantile_is_the_least_value_that_enough_do_not_exceed() -> None:
    values = np.array([30.0, 10, NAN, 20, 40])
    assert formulas.quantile(ones(5), values, 0.5)[0] == 20
    assert formulas.quantile(ones(5), values, 0.95)[0] == 40
    assert formulas.quantile(np.array([[0.0, 1, 1, 0, 3]]), values, 0.5)[0] == 40
    assert np.isnan(formulas.quantile(ones(2), np.array([NAN, NAN]), 0.5)[0])
    assert np.isnan(formulas.quantile(np.array([[0.0, 1]]), np.array([1.0, NAN]), 0.5)[0])


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=40), st.floats(0.01, 1))
def test_a_quantile_is_numpy_s_inverted_distribution(values: list[float], share: float) -> None:
    found = formulas.quantile(ones(len(values)), np.array(values), share)[0]
    assert (np.array(values) <= found).mean() >= share - 1e-9
    assert found in values
    assert (np.array(values) < found).mean() <= share + 1e-9


def test_calibration_error_by_hand() -> None:
    # Two answers at 0.85 and 0.95 in different bins: one right, one wrong; two at 0.1 in one bin, one right.
    confidence, correct = np.array([0.85, 0.95, 0.1, 0.1]), np.array([True, False, True, False])
    expected = (abs(0.85 - 1) + abs(0.95 - 0) + abs(0.2 - 1)) / 4
    assert formulas.calibration_error(ones(4), confidence, correct, 10)[0] == pytest.approx(expected)


def test_a_confidence_that_means_what_it_says_has_no_error() -> None:
    confidence, correct = np.full(4, 0.75), np.array([True, True, True, False])
    assert formulas.calibration_error(ones(4), confidence, correct, 10)[0] == pytest.approx(0)


def test_bins_hold_their_lower_end_and_the_last_one_holds_1() -> None:
    assert formulas.bin_of(np.array([0.0, 0.0999, 0.1, 0.5, 0.99, 1.0]), 10).tolist() == [0, 0, 1, 5, 9, 9]

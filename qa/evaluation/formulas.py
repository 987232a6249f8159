"""Figures of weighted questions, all resamples at once: weights have shape (rows, questions), results (rows,).

The result is NaN where a row's weights do not define the figure.
"""

from __future__ import annotations

import numpy as np


def ratio(weights: np.ndarray, numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide two weighted sums; a mean, where the denominator tells which questions count."""
    return _divided(weights @ np.asarray(numerator, float), weights @ np.asarray(denominator, float))


def mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Average the values that are not NaN."""
    return ratio(weights, np.nan_to_num(values), ~np.isnan(values))


def quantile(weights: np.ndarray, values: np.ndarray, share: float) -> np.ndarray:
    """Give the least of the values, NaN left out, that at least this share of them does not exceed."""
    order = np.argsort(values)[: np.count_nonzero(~np.isnan(values))]
    if not len(order):
        return np.full(len(weights), np.nan)
    total = np.cumsum(weights[:, order], axis=1)
    reached = total >= np.maximum(share * total[:, -1:], 1e-9)
    return np.where(total[:, -1] > 0, values[order][reached.argmax(axis=1)], np.nan)


def auroc(
    positive: np.ndarray, positive_weights: np.ndarray, negative: np.ndarray, negative_weights: np.ndarray
) -> np.ndarray:
    """Give the area under the ROC curve: how often a positive's score is above a negative's, ties counting half.

    It is the Mann-Whitney statistic (Hanley and McNeil, Radiology 143, 1982).
    """
    order = np.argsort(negative)
    below = np.pad(np.cumsum(negative_weights[:, order], axis=1), ((0, 0), (1, 0)))
    under = below[:, np.searchsorted(negative[order], positive, side="left")]
    up_to = below[:, np.searchsorted(negative[order], positive, side="right")]
    wins = (positive_weights * (under + up_to) / 2).sum(axis=1)
    return _divided(wins, positive_weights.sum(axis=1) * below[:, -1])


def calibration_error(weights: np.ndarray, confidences: np.ndarray, correct: np.ndarray, bins: int) -> np.ndarray:
    """Give the expected calibration error over bins of equal width.

    It is the mean over answers of |confidence - correct| between their bins' means (Naeini, Cooper and Hauskrecht,
    AAAI 2015; Guo et al., ICML 2017). Few answers a bin make it larger than it is, resamples larger still.
    """
    gaps = np.zeros(len(weights))
    place = bin_of(confidences, bins)
    for number in range(bins):
        inside = place == number
        gaps += np.abs(weights[:, inside] @ (confidences[inside] - correct[inside]))
    return _divided(gaps, weights.sum(axis=1))


def bin_of(confidences: np.ndarray, bins: int) -> np.ndarray:
    """Number the bin of equal width that each confidence falls in; 1 falls in the last."""
    place: np.ndarray = np.clip((np.asarray(confidences) * bins).astype(int), 0, bins - 1)
    return place


def _divided(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    out = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=out, where=np.asarray(denominator) > 0)
    return out

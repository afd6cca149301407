"""How good a classifier of several classes is as a whole, and how well it knows how confident to be.

As in :mod:`convoscope.evaluation.metrics`, every metric is computed for many weightings of the examples at once:
``(resamples, n)`` weights give ``(resamples,)`` values.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from convoscope.evaluation.bootstrap import CHUNK
from convoscope.evaluation.compare import bounded
from convoscope.evaluation.metrics import ratio

BINS = 15  # of confidence, as in Guo et al. 2017 (arXiv:1706.04599)
LEAST = 1e-12  # probability
Judge = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def accuracy(truth: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of examples whose most probable class is the true one.

    Parameters
    ----------
    truth
        ``(n,)`` class numbers.
    probabilities
        ``(n, classes)`` probabilities.
    weights
        ``(resamples, n)``.
    """
    return ratio(weights @ (probabilities.argmax(axis=1) == truth), weights.sum(axis=1))


def macro_recall(truth: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean share found of the classes that have at least half of their examples in a resample."""
    right = probabilities.argmax(axis=1) == truth
    members = np.eye(probabilities.shape[1])[truth]
    drawn, size = weights @ members, members.sum(axis=0)
    told = (drawn >= size / 2) & (size > 0)
    recalls = np.where(told, ratio(weights @ (members * right[:, None]), drawn), 0.0)
    return ratio(recalls.sum(axis=1), told.sum(axis=1).astype(float))


def calibration_error(truth: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the expected calibration error: the mean gap between confidence and accuracy over equal bins.

    Naeini et al. 2015; Guo et al. 2017, equation 3.
    """
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == truth) - confidence
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return ratio(np.abs(weights @ (np.eye(BINS)[bins] * gap[:, None])).sum(axis=1), weights.sum(axis=1))


def log_loss(truth: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean negative logarithm of the true class's probability."""
    cost = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], LEAST))
    return ratio(weights @ cost, weights.sum(axis=1))


OVERALL: dict[str, Judge] = {
    "accuracy": accuracy,
    "macro_recall": macro_recall,
    "ece": calibration_error,
    "log_loss": log_loss,
}


def sharpen(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities ``(n, classes)`` whose logits are divided by a temperature.

    >>> sharpen(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    logits = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the temperature with the least log loss (Guo et al. 2017); 1 without examples.

    Parameters
    ----------
    truth
        ``(n,)`` class numbers of the validation split.
    probabilities
        ``(n, classes)`` probabilities.
    """
    from scipy.optimize import minimize_scalar  # half a second, and most experiments have no classes

    if not len(truth):
        return 1.0
    ones = np.ones((1, len(truth)))
    found = minimize_scalar(
        lambda power: log_loss(truth, sharpen(probabilities, np.exp(power)), ones)[0], bounds=(-3, 3), method="bounded"
    )
    return float(np.exp(found.x))


def draw(
    judge: Judge, truth: np.ndarray, probabilities: np.ndarray, groups: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Compute one metric on every draw of groups ``(draws, groups)``: row 0 is the sample itself."""
    step = max(1, CHUNK // max(1, len(truth)))
    parts = [
        judge(truth, probabilities, counts[first : first + step, groups].astype(np.float64))
        for first in range(0, len(counts), step)
    ]
    return np.concatenate(parts)


def judge_methods(
    truth: np.ndarray, methods: Mapping[str, np.ndarray], groups: np.ndarray, counts: np.ndarray, confidence: float
) -> dict[str, dict[str, Any]]:
    """Return method to metric to ``value``, ``low``, ``high``, ``n``; the model comes first.

    Of every other method, ``<metric>_difference`` is the model minus it, paired by resample.

    Parameters
    ----------
    truth
        ``(n,)`` class numbers.
    methods
        Name to probabilities ``(n, classes)``.
    groups
        ``(n,)`` column of ``counts``.
    counts
        ``(draws, groups)`` of :func:`convoscope.evaluation.bootstrap.draw_groups`.
    confidence
        Coverage of the intervals.
    """
    several, size = len(np.unique(groups)), len(truth)
    draws = {
        name: {metric: draw(judge, truth, probabilities, groups, counts) for metric, judge in OVERALL.items()}
        for name, probabilities in methods.items()
    }
    first = next(iter(draws.values()))
    result: dict[str, dict[str, Any]] = {}
    for name, metrics in draws.items():
        own = {metric: bounded(values, several, confidence) | {"n": size} for metric, values in metrics.items()}
        gains = {
            f"{metric}_difference": bounded(first[metric] - values, several, confidence) | {"n": size}
            for metric, values in metrics.items()
            if metrics is not first
        }
        result[name] = own | gains
    return result

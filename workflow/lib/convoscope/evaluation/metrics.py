"""Metrics, each computed for many weightings of the same examples at once.

A metric maps an outcome of ``n`` examples and weights ``(resamples, n)`` to values ``(resamples,)``. A bootstrap
resample is a row of integer weights (how often each example was drawn), a row of ones is the plain sample; so the
value and its interval come from one code path. Where a metric is not defined (AUROC with one class) it is NaN.
"""

from collections.abc import Callable
from functools import wraps
from typing import NamedTuple, TypeVar

import numpy as np

from convoscope.config.tasks import TASKS

DECIDED = 0.5  # a label above it is positive
TINY = np.finfo(float).tiny  # what a weight of nothing is divided by
T = TypeVar("T")


class Outcome(NamedTuple):
    """What was true, what was predicted, and which examples were called positive at the chosen threshold."""

    truth: np.ndarray  # (n,) float
    score: np.ndarray  # (n,) float
    called: np.ndarray  # (n,) bool


Metric = Callable[[Outcome, np.ndarray], np.ndarray]


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with NaN where the denominator is not positive."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def _runs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort values ``(n,)`` ascending and find where each run of equal ones starts.

    >>> order, starts = _runs(np.array([2.0, 1.0, 2.0]))
    >>> order.tolist(), starts.tolist()
    ([1, 0, 2], [0, 1])
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    return order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])


def _kept(function: Callable[[Outcome, np.ndarray], T]) -> Callable[[Outcome, np.ndarray], T]:
    """Keep what a function gave last: several metrics ask the same of one outcome and its weights."""
    last: list[tuple[Outcome, np.ndarray, T]] = []

    @wraps(function)
    def keeping(outcome: Outcome, weights: np.ndarray) -> T:
        if not (last and last[0][0] is outcome and last[0][1] is weights):
            last[:] = [(outcome, weights, function(outcome, weights))]
        return last[0][2]

    return keeping


@_kept
def classes_by_score(outcome: Outcome, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of positives and of negatives at each distinct score, from high to low.

    Both are ``(resamples, distinct scores)``; equal scores are one threshold.
    """
    order, starts = _runs(-outcome.score)
    everything = weights.take(order, axis=1)
    positives = everything * (outcome.truth[order] > DECIDED)
    if len(starts) < len(order):  # sums of one each take a third of the time of the metrics
        everything, positives = (np.add.reduceat(one, starts, axis=1) for one in (everything, positives))
    return positives, everything - positives


@_kept
def _found(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the weights of positives at each distinct score and above it, ``(resamples, distinct scores)``."""
    return np.cumsum(classes_by_score(outcome, weights)[0], axis=1)


def auroc(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the probability that a positive scores above a negative, ties counting half (Mann-Whitney)."""
    positives, negatives = classes_by_score(outcome, weights)
    above = _found(outcome, weights) - positives / 2
    return ratio((negatives * above).sum(axis=1), positives.sum(axis=1) * negatives.sum(axis=1))


def auprc(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the average precision: precision at each threshold weighted by the gain in recall, no interpolation."""
    positives, negatives = classes_by_score(outcome, weights)
    found = _found(outcome, weights)
    precision = found / np.maximum(found + np.cumsum(negatives, axis=1), TINY)
    return ratio((positives * precision).sum(axis=1), positives.sum(axis=1))


class Confusion(NamedTuple):
    """Weights of the four kinds of calls, each ``(resamples,)``."""

    hits: np.ndarray
    false_alarms: np.ndarray
    misses: np.ndarray
    rejections: np.ndarray


@_kept
def _confusion(outcome: Outcome, weights: np.ndarray) -> Confusion:
    """Count true positives, false positives, false negatives and true negatives."""
    positive, called = outcome.truth > DECIDED, outcome.called
    kinds = np.stack([positive & called, ~positive & called, positive & ~called, ~positive & ~called], axis=1)
    return Confusion(*(weights @ kinds.astype(np.float64)).T)


def _accuracy(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the share of right calls."""
    table = _confusion(outcome, weights)
    return ratio(table.hits + table.rejections, weights.sum(axis=1))


def sensitivity(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the share of positives that are called."""
    table = _confusion(outcome, weights)
    return ratio(table.hits, table.hits + table.misses)


def specificity(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the share of negatives that are not called."""
    table = _confusion(outcome, weights)
    return ratio(table.rejections, table.rejections + table.false_alarms)


def precision(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the share of calls that are right; NaN when nothing is called."""
    table = _confusion(outcome, weights)
    return ratio(table.hits, table.hits + table.false_alarms)


def f1(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the harmonic mean of precision and sensitivity."""
    table = _confusion(outcome, weights)
    return ratio(2 * table.hits, 2 * table.hits + table.false_alarms + table.misses)


def correlation_of_calls(table: Confusion) -> np.ndarray:
    """Return Matthews' correlation coefficient of a confusion table: 0 when all calls are equal, NaN for one class."""
    positives, negatives = table.hits + table.misses, table.false_alarms + table.rejections
    called, refused = table.hits + table.false_alarms, table.misses + table.rejections
    covariance = table.hits * table.rejections - table.false_alarms * table.misses
    informed = np.nan_to_num(ratio(covariance, np.sqrt(positives * negatives * called * refused)))
    return np.where(positives * negatives > 0, informed, np.nan)


def mcc(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return Matthews' correlation coefficient, which the promoter literature calls CC."""
    return correlation_of_calls(_confusion(outcome, weights))


def mse(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return the mean squared error; of probabilities against 0/1 this is the Brier score."""
    return ratio(weights @ np.square(outcome.score - outcome.truth), weights.sum(axis=1))


def _weighted_correlation(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation per row of weights.

    Parameters
    ----------
    first, second
        Values, ``(n,)`` or one row per resample ``(resamples, n)``.
    weights
        ``(resamples, n)``.

    Returns
    -------
    ``(resamples,)``; NaN where one of the two is constant.
    """
    total = weights.sum(axis=1, keepdims=True)
    centred = []
    for values in (first, second):
        deviation = values - ratio((weights * values).sum(axis=1, keepdims=True), total)
        # The mean of equal numbers is off by rounding; what is left must not pass for variation.
        deviation[np.abs(deviation) < 1e-12 * np.abs(values).max()] = 0.0
        centred.append(deviation)
    covariance = (weights * centred[0] * centred[1]).sum(axis=1)
    variances = [(weights * np.square(deviation)).sum(axis=1) for deviation in centred]
    return ratio(covariance, np.sqrt(variances[0]) * np.sqrt(variances[1]))


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the ranks that values ``(n,)`` have when each stands as often as its integer weight says.

    Equal values share the mean of their ranks, as in ``scipy.stats.rankdata``; shape ``(resamples, n)``.
    """
    order, starts = _runs(values)
    copies = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(copies, axis=1) - copies / 2 + 0.5
    ranks = np.empty(weights.shape)
    ranks[:, order] = np.repeat(middle, np.diff(np.r_[starts, len(values)]), axis=1)
    return ranks


def pearson(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of truth and prediction."""
    return _weighted_correlation(outcome.truth, outcome.score, weights)


def spearman(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation: Pearson's of the ranks within each resample."""
    truth, score = weighted_ranks(outcome.truth, weights), weighted_ranks(outcome.score, weights)
    return _weighted_correlation(truth, score, weights)


# By the names in a row of `convoscope.config.tasks.TASKS`. Classes are judged one against the rest.
METRICS: dict[str, Metric] = {
    "auroc": auroc,
    "auprc": auprc,
    "binary_accuracy": _accuracy,  # of calls of one label; that of classes is of `overall`
    "sensitivity": sensitivity,
    "specificity": specificity,
    "precision": precision,
    "f1": f1,
    "mcc": mcc,
    "brier": mse,
    "pearson": pearson,
    "spearman": spearman,
    "mse": mse,
}


def metrics_of(task: str) -> dict[str, Metric]:
    """Return the metrics of a task, its headline first."""
    return {name: METRICS[name] for name in TASKS[task].metrics}

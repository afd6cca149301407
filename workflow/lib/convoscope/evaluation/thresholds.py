"""Where a score becomes a call: chosen on the validation split of a fold, applied to its test split."""

from collections.abc import Sequence

import numpy as np

from convoscope.evaluation.metrics import Confusion, Outcome, classes_by_score, correlation_of_calls

UNDECIDED = 0.5  # used when the validation split has one class only


def best_threshold(truth: np.ndarray, score: np.ndarray) -> float:
    """Choose the threshold with the highest Matthews correlation; a score at or above it is a positive call.

    A threshold is the midpoint between neighbouring distinct scores, so that it does not lean on either example.
    Of equally good ones the one in the widest gap is taken, and of equal gaps the highest.

    Parameters
    ----------
    truth
        ``(n,)`` labels, NaN where unknown.
    score
        ``(n,)`` predictions, NaN where there is none; examples without label or prediction are left out.

    Examples
    --------
    >>> best_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.9]))
    0.4
    """
    known = np.isfinite(truth) & np.isfinite(score)
    outcome = Outcome(truth[known], score[known], np.zeros(known.sum(), dtype=bool))
    distinct = np.unique(outcome.score)[::-1]
    if len(distinct) < 2 or len(np.unique(outcome.truth)) < 2:
        return UNDECIDED
    positives, negatives = (kind[0] for kind in classes_by_score(outcome, np.ones((1, known.sum()))))
    hits, alarms = np.cumsum(positives)[:-1], np.cumsum(negatives)[:-1]
    quality = correlation_of_calls(Confusion(hits, alarms, positives.sum() - hits, negatives.sum() - alarms))
    gap = distinct[:-1] - distinct[1:]
    # Rounded, so that equal counts reached in another order stay equal; lexsort's last key counts most.
    best = np.lexsort([-np.arange(len(gap)), gap, np.round(quality, 12)])[-1]
    middle = (distinct[best] + distinct[best + 1]) / 2
    return float(middle if middle > distinct[best + 1] else distinct[best])


def fold_thresholds(
    truth: np.ndarray, validation: dict[str, np.ndarray], labels: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Choose a threshold for every label in every fold.

    Parameters
    ----------
    truth
        ``(n, labels)``, NaN where unknown.
    validation
        Fold name to the predictions ``(n, labels)`` for its validation split, NaN for all other examples.
    labels
        Names of the columns.

    Returns
    -------
    Label to fold to threshold.
    """
    return {
        label: {fold: best_threshold(truth[:, column], score[:, column]) for fold, score in validation.items()}
        for column, label in enumerate(labels)
    }


def call_by_fold(score: np.ndarray, folds: np.ndarray, thresholds: dict[str, dict[str, float]]) -> np.ndarray:
    """Call scores ``(n, labels)`` positive by the threshold of each row's fold ``(n,)``; False where NaN.

    Columns are in the order of ``thresholds``; with no thresholds at all (regression) nothing is called.
    """
    called = np.zeros(score.shape, dtype=bool)
    for column, by_fold in enumerate(thresholds.values()):
        called[:, column] = score[:, column] >= np.array([by_fold[fold] for fold in folds])
    return called

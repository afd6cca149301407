"""Points of the curves that the report draws: ROC and precision against recall."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from convoscope.evaluation.metrics import DECIDED, Outcome, classes_by_score

POINTS = 500


def thin(*axes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Keep at most ``POINTS`` points, evenly chosen, the first and the last always."""
    kept = np.unique(np.linspace(0, len(axes[0]) - 1, POINTS).round().astype(int))
    return tuple(axis[kept] for axis in axes)


def called(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many positives and negatives score at least each distinct score, from the highest on, as floats."""
    counted = classes_by_score(Outcome(truth, score, truth > DECIDED), np.ones((1, len(truth))))
    positives, negatives = (np.cumsum(numbers[0]) for numbers in counted)
    return positives, negatives


def roc(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return false positive rate and true positive rate, from (0, 0) to (1, 1), without points on a straight line."""
    hits, alarms = called(truth, score)
    corners = (np.diff(alarms, 2) != 0) | (np.diff(hits, 2) != 0)
    kept = np.r_[True, corners, True][: len(hits)]
    return tuple(np.r_[0.0, numbers[kept]] / numbers[-1] for numbers in (alarms, hits))


def precision_recall(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return recall and precision, from all called to (0, 1)."""
    hits, alarms = called(truth, score)
    return np.r_[(hits / hits[-1])[::-1], 0.0], np.r_[(hits / (hits + alarms))[::-1], 1.0]


# Those of scikit-learn, which takes a second to import.
CURVES: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "roc": roc,
    "pr": precision_recall,
}


def curve_points(truth: np.ndarray, scores: Mapping[str, np.ndarray], labels: Sequence[str]) -> pd.DataFrame:
    """Return all curves of all methods and labels.

    Parameters
    ----------
    truth
        ``(n, labels)``, NaN where unknown.
    scores
        Method to predictions ``(n, labels)``.
    labels
        Names of the columns.

    Returns
    -------
    Columns ``method label curve x y``; no rows for labels with one class.
    """
    parts = [pd.DataFrame(columns=["method", "label", "curve", "x", "y"])]
    for column, label in enumerate(labels):
        known = np.isfinite(truth[:, column])
        positive = (truth[known, column] > DECIDED).astype(int)
        if len(np.unique(positive)) < 2:
            continue
        for (method, score), (name, curve) in product(scores.items(), CURVES.items()):
            x, y = thin(*curve(positive, score[known, column]))
            parts.append(pd.DataFrame({"method": method, "label": label, "curve": name, "x": x, "y": y}))
    return pd.concat(parts[1:] or parts, ignore_index=True)

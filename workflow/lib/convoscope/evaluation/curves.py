"""Points of the curves that the report draws: ROC and precision against recall.

They are those of scikit-learn, which takes a second to import.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from convoscope.evaluation.metrics import DECIDED

POINTS = 500


def thin(*axes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Keep at most ``POINTS`` points, evenly chosen, the first and the last always."""
    kept = np.unique(np.linspace(0, len(axes[0]) - 1, POINTS).round().astype(int))
    return tuple(axis[kept] for axis in axes)


def _called(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many negatives and positives are called at each distinct score, from the highest on."""
    order = np.argsort(score, kind="stable")[::-1]
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    positives = np.cumsum(truth[order], dtype=np.float64)[last]
    return 1 + last - positives, positives


def _roc(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return false positive rate and true positive rate, from (0, 0) to (1, 1), without points on a straight line."""
    called = _called(truth, score)
    if len(called[0]) > 2:
        turns = np.any([np.diff(counts, 2) != 0 for counts in called], axis=0)
        called = tuple(counts[np.concatenate([[True], turns, [True]])] for counts in called)
    return thin(*(np.append(0.0, counts) / counts[-1] for counts in called))


def _precision_recall(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return recall and precision, from all called to (0, 1)."""
    negatives, positives = _called(truth, score)
    recall, precision = positives / positives[-1], positives / (positives + negatives)
    return thin(np.append(recall[::-1], 0.0), np.append(precision[::-1], 1.0))


CURVES: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]] = {
    "roc": _roc,
    "pr": _precision_recall,
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
            x, y = curve(positive, score[known, column])
            parts.append(pd.DataFrame({"method": method, "label": label, "curve": name, "x": x, "y": y}))
    return pd.concat(parts[1:] or parts, ignore_index=True)

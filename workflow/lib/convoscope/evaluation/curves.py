"""Points of the curves that the report draws: ROC and precision against recall."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from convoscope.evaluation.metrics import DECIDED

POINTS = 500


def thin(*axes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Keep at most ``POINTS`` points, evenly chosen, the first and the last always."""
    kept = np.unique(np.linspace(0, len(axes[0]) - 1, POINTS).round().astype(int))
    return tuple(axis[kept] for axis in axes)


def _roc(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return false positive rate and true positive rate, from (0, 0) to (1, 1)."""
    return thin(*roc_curve(truth, score)[:2])


def _precision_recall(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return recall and precision, from all called to (0, 1)."""
    precision, recall, _ = precision_recall_curve(truth, score)
    return thin(recall, precision)


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

"""Something simple to beat: linear models on composition and on word counts.

Each label gets its own model, fitted on the training split; the validation split chooses the penalty (and, for words of
data of two strands, whether these are counted together). The test split is only predicted.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import pearsonr
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score

from convoscope.config.tasks import TASKS
from convoscope.evaluation.sequence_features import Features, composition_features, word_features
from convoscope.sequence.alphabet import Alphabet

Predictor = Callable[[Features], np.ndarray]

# Baseline to its features: (codes (n, L), word length, alphabet, strands) → alternative tables, among which validation
# takes one.
BASELINES: dict[str, Callable[[np.ndarray, int, Alphabet, str], list[Features]]] = {
    "gc": composition_features,
    "kmer": word_features,
}


class Learner(NamedTuple):
    """A way to fit one label, the penalties to try, and the figure that chooses among them (higher is better)."""

    fit: Callable[[Features, np.ndarray, float], Predictor]
    penalties: tuple[float, ...]
    quality: Callable[[np.ndarray, np.ndarray], float]


def _fit_logistic(features: Features, target: np.ndarray, penalty: float) -> Predictor:
    """Fit an L2-penalised logistic regression (penalty: weight of half the squared norm against the summed loss).

    With one class only, the predictor is a constant.
    """
    classes = target > 0.5
    if classes.all() or not classes.any():
        return lambda table: np.full(table.shape[0], float(classes.mean()))
    model = LogisticRegression(C=1 / penalty, tol=1e-3, max_iter=2000).fit(features, classes)
    return lambda table: model.predict_proba(table)[:, 1]


def _fit_ridge(features: Features, target: np.ndarray, penalty: float) -> Predictor:
    """Fit an L2-penalised linear regression."""
    return Ridge(alpha=penalty).fit(features, target).predict


def separation(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the AUROC, or minus infinity where there is one class."""
    classes = truth > 0.5
    return float(roc_auc_score(classes, prediction)) if len(np.unique(classes)) == 2 else -np.inf


def correlation_quality(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return Pearson's correlation, or minus infinity where truth or prediction is constant."""
    varied = len(truth) and min(np.ptp(truth), np.ptp(prediction)) > 0
    return float(pearsonr(truth, prediction)[0]) if varied else -np.inf


LOGISTIC = Learner(_fit_logistic, (300.0, 100.0, 30.0, 10.0, 3.0, 1.0), separation)
RIDGE = Learner(_fit_ridge, (10_000.0, 1000.0, 100.0, 10.0, 1.0), correlation_quality)
LEARNERS = {"logistic": LOGISTIC, "ridge": RIDGE}


def fit_best(
    tables: Sequence[Features], target: np.ndarray, train: np.ndarray, validation: np.ndarray, learner: Learner
) -> np.ndarray:
    """Fit every table with every penalty and predict all rows with the best.

    Parameters
    ----------
    tables
        Alternative features of the same ``n`` examples.
    target
        ``(n,)`` labels, NaN where unknown; those of rows outside ``train`` and ``validation`` are not looked at.
    train, validation
        Row numbers. Of fits that validation judges equal (as when it has one class) the first table and the
        strongest penalty win.
    learner
        A row of ``LEARNERS``.

    Returns
    -------
    ``(n,)`` predictions; all 0 when no training example has a label.
    """
    train, validation = (rows[np.isfinite(target[rows])] for rows in (train, validation))
    best, prediction = None, np.zeros(len(target))
    if not len(train):
        return prediction
    for table in tables:
        fitted = table[train]
        for penalty in learner.penalties:
            predict = learner.fit(fitted, target[train], penalty)
            quality = learner.quality(target[validation], predict(table[validation])) if len(validation) else -np.inf
            if best is None or quality > best:
                best, prediction = quality, predict(table)
    return prediction


def predict_baseline(
    tables: Sequence[Features], labels: np.ndarray, train: np.ndarray, validation: np.ndarray, task: str
) -> np.ndarray:
    """Fit one model per column of labels ``(n, labels)`` and predict all rows, in the same shape: :func:`fit_best`."""
    columns = [fit_best(tables, column, train, validation, LEARNERS[TASKS[task].baseline]) for column in labels.T]
    return np.stack(columns, axis=1)

"""Something simple to beat on images: classic filters, and shortcuts that a network should not need.

``filters`` is the honest rival. ``intensity`` and ``position`` know nothing of what a cell looks like: where they do
well, the labels go with the plate or the place, and a network may have learned just that.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from convoscope.config.tasks import TASKS
from convoscope.evaluation.image_features import energies, in_chunks, intensities, places

PENALTIES = (100.0, 10.0, 1.0)
TREES = 300
Describe = Callable[[pd.DataFrame, np.ndarray, np.ndarray], np.ndarray | None]

# Baseline to its features: (table, codes, rows) → (rows, features), or None where there is nothing to know.
CELL_BASELINES: dict[str, Describe] = {
    "filters": lambda table, codes, rows: in_chunks(energies, codes, rows),
    "intensity": lambda table, codes, rows: in_chunks(intensities, codes, rows),
    "position": lambda table, codes, rows: places(table.iloc[rows]),
}


def _learners(seed: int) -> list[ClassifierMixin]:
    """Return what is tried: logistic regressions from the strongest penalty on, and a random forest."""
    linear = [
        make_pipeline(StandardScaler(), LogisticRegression(C=1 / penalty, max_iter=1000, tol=1e-3))
        for penalty in PENALTIES
    ]
    return [*linear, RandomForestClassifier(TREES, min_samples_leaf=2, max_features="sqrt", random_state=seed)]


def _fit_classes(
    features: np.ndarray, classes: np.ndarray, train: np.ndarray, validation: np.ndarray, seed: int
) -> np.ndarray:
    """Fit every learner and predict all rows with the one of least log loss on the validation split.

    Parameters
    ----------
    features
        ``(n, features)``.
    classes
        ``(n,)`` class numbers; those of rows outside train and validation are not looked at.
    train, validation
        Row numbers.
    seed
        Of the forest.

    Returns
    -------
    ``(n, classes)`` probabilities, of the classes that train has.
    """
    best, prediction = np.inf, None
    with config_context(skip_parameter_validation=True):  # of every tree, a tenth of the time
        for learner in _learners(seed):
            learner.fit(features[train], classes[train])
            known = validation[np.isin(classes[validation], learner.classes_)]
            loss = log_loss(classes[known], learner.predict_proba(features[known]), labels=learner.classes_)
            if prediction is None or loss < best:
                best, prediction = loss, learner.predict_proba(features)
    assert prediction is not None
    return prediction


def predict_cell_baseline(
    features: np.ndarray, labels: np.ndarray, train: np.ndarray, validation: np.ndarray, task: str, seed: int
) -> np.ndarray:
    """Predict all rows ``(n, labels)``: all classes at once for multiclass, each label alone otherwise.

    Parameters
    ----------
    features
        ``(n, features)``.
    labels
        ``(n, labels)``, NaN where unknown.
    train, validation
        Row numbers.
    task
        ``multiclass`` or ``multilabel``.
    seed
        Of the forest.
    """
    if TASKS[task].exclusive:
        return _fit_classes(features, labels.argmax(axis=1), train, validation, seed)
    columns = []
    for column in labels.T:
        fitted, held = (rows[np.isfinite(column[rows])] for rows in (train, validation))
        classes = column > 0.5
        if len(np.unique(classes[fitted])) < 2 or len(np.unique(classes[held])) < 2:
            columns.append(np.full(len(labels), float(classes[fitted].mean()) if len(fitted) else 0.0))
            continue
        columns.append(_fit_classes(features, classes.astype(int), fitted, held, seed)[:, 1])
    return np.stack(columns, axis=1)

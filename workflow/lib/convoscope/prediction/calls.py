"""What cells are called: the most probable class, or all labels that reach their threshold."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.evaluation.multiclass import sharpen

UNDECIDED = 0.5  # threshold of a label without one of its own


class Calling(NamedTuple):
    """How predictions become calls: a temperature, 1 for none, and a threshold per label."""

    temperature: float
    thresholds: np.ndarray


def calling(metrics: Mapping[str, Any], facts: Sequence[Mapping[str, Any]], where: str) -> Calling:
    """Return the means over the networks' folds of what was fitted on their validation splits.

    Parameters
    ----------
    metrics
        Content of ``metrics.json``; empty for no temperature and thresholds of one half.
    facts
        Metadata of every network.
    where
        What errors call the metrics.

    Raises
    ------
    InputError
        If they are those of other folds or labels.
    """
    labels = facts[0]["labels"]
    temperatures = metrics.get("temperatures", {}).get("model", {})
    thresholds = metrics.get("thresholds", {}).get("model", {})
    if not metrics:
        return Calling(1.0, np.full(len(labels), UNDECIDED))
    exclusive = TASKS[facts[0]["task"]].exclusive
    if not temperatures if exclusive else set(labels) - set(thresholds):
        raise InputError(f"{where}: not the metrics of these networks; give the metrics.json of their experiment")
    folds = [str(one.get("fold")) for one in facts]
    for known in [temperatures] if exclusive else [thresholds[label] for label in labels]:
        missing = [fold for fold in folds if fold not in known]
        if missing:
            raise InputError(f"{where}: no fold {missing[0]!r}; it has {', '.join(known)}")
    if exclusive:
        return Calling(float(np.mean([known[fold] for fold in folds])), np.full(len(labels), UNDECIDED))
    return Calling(1.0, np.array([np.mean([thresholds[label][fold] for fold in folds]) for label in labels]))


def call(mean: np.ndarray, task: str, labels: Sequence[str], way: Calling) -> pd.DataFrame:
    """Return what cells are called: the class and its probability, or all labels that reach their threshold.

    Parameters
    ----------
    mean
        Predictions ``(n, labels)``.
    task
        ``multiclass`` or ``multilabel``.
    labels
        Their names.
    way
        Temperature and thresholds.

    Examples
    --------
    >>> way = Calling(1.0, np.array([0.5, 0.5]))
    >>> call(np.array([[0.9, 0.5]]), "multilabel", ["a", "b"], way).to_dict("list")
    {'called': ['a+b']}
    """
    names = np.array(labels, dtype=object)
    if TASKS[task].exclusive:
        probabilities = sharpen(mean.astype(np.float64), way.temperature)
        best = probabilities.argmax(axis=1)
        return pd.DataFrame({"called": names[best], "confidence": probabilities[np.arange(len(best)), best]})
    reached = mean >= way.thresholds
    return pd.DataFrame({"called": np.array(["+".join(names[row]) or "none" for row in reached], dtype=object)})

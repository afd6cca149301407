"""One answer per group of cells: what a protein or a well is, from all of its cells, or no answer."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.evaluation.bootstrap import draw_groups
from convoscope.evaluation.compare import bounded

OWN = 0.6  # share of a group's cells that makes it one of the class, some labels being wrong
WANTED = 0.95  # share of answered validation groups that must be right


class Votes(NamedTuple):
    """Groups with their class and the mean of their cells' probabilities."""

    names: np.ndarray  # (groups,)
    truth: np.ndarray  # (groups,) class numbers
    probabilities: np.ndarray  # (groups, classes)
    cells: np.ndarray  # (groups,)


def vote(groups: np.ndarray, truth: np.ndarray, probabilities: np.ndarray) -> Votes | None:
    """Average the probabilities of the cells of each group; nothing where groups hold several classes.

    A group's class is that of nearly all of its cells: a few wrong labels do not make a protein two.

    Parameters
    ----------
    groups
        ``(n,)`` names.
    truth
        ``(n,)`` class numbers.
    probabilities
        ``(n, classes)``.
    """
    numbers, names = pd.factorize(groups)
    cells = np.bincount(numbers, minlength=len(names))
    sums = np.zeros((len(names), probabilities.shape[1]))
    np.add.at(sums, numbers, probabilities)
    counts = np.zeros_like(sums)
    np.add.at(counts, (numbers, truth), 1)
    if cells.max(initial=0) < 2 or (counts.max(axis=1) < OWN * cells).any():
        return None
    return Votes(np.asarray(names, dtype=object), counts.argmax(axis=1), sums / cells[:, None], cells)


def least_confidence(votes: Votes | None) -> float:
    """Choose, on validation groups, the least confidence of an answer.

    It is the lowest at which the groups that are answered are right often enough (``WANTED``); 0 when all groups
    together are, the highest confidence there is when no choice would do.
    """
    if votes is None or not len(votes.names):
        return 0.0
    confidence, right = votes.probabilities.max(axis=1), votes.probabilities.argmax(axis=1) == votes.truth
    if right.mean() >= WANTED:
        return 0.0
    for least in np.unique(confidence):
        if right[confidence >= least].mean() >= WANTED:
            return float(least)
    return float(confidence.max())


def judge_votes(votes: Votes, least: float, resamples: int, confidence: float, seed: int) -> dict[str, Any]:
    """Return the accuracy of the votes: of all groups, of those answered, and the share that is answered.

    Parameters
    ----------
    votes
        Test groups.
    least
        Least confidence of an answer, from the validation groups.
    resamples, confidence, seed
        Of the bootstrap of groups.
    """
    right = votes.probabilities.argmax(axis=1) == votes.truth
    answered = votes.probabilities.max(axis=1) >= least
    counts = draw_groups(len(right), resamples, seed).astype(np.float64)
    total, told = counts.sum(axis=1), counts @ answered
    with np.errstate(invalid="ignore"):
        draws = {
            "accuracy": counts @ right / total,
            "answered_accuracy": counts @ (right & answered) / told,
            "answered": told / total,
        }
    estimates = {name: bounded(values, len(right), confidence) for name, values in draws.items()}
    return {**estimates, "groups": len(right), "least_confidence": least}

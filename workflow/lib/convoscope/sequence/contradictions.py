"""The same sequence as an example of a class and of its opposite: nothing can learn it, and it caps every figure."""

import logging

import numpy as np

from convoscope.config.sequence import Contradictions
from convoscope.errors import InputError

CONTRADICTORY = "contradictory"
log = logging.getLogger(__name__)


def contradictory(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the first label in which an example contradicts another of its group, ``(N,)``, -1 where there is none.

    Parameters
    ----------
    groups
        ``(N,)`` name of each example's group, which are of one sequence.
    labels
        ``(N, labels)``, NaN where unknown; only labels that are 0 and 1 throughout can contradict each other, measured
        values of one sequence may differ.
    """
    _, group = np.unique(groups, return_inverse=True)
    found = np.full(len(groups), -1)
    for column in range(labels.shape[1] - 1, -1, -1):
        values = labels[:, column]
        known = ~np.isnan(values)
        if np.isin(values[known], (0, 1)).all():
            positive = np.bincount(group[known & (values == 1)], minlength=len(groups))
            negative = np.bincount(group[known & (values == 0)], minlength=len(groups))
            found[known & (np.minimum(positive, negative)[group] > 0)] = column
    return found


def judge_contradictions(
    groups: np.ndarray, labels: np.ndarray, names: list[str], ids: np.ndarray, policy: Contradictions,
    droppable: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Return why examples are dropped, ``(N,)`` text, empty where they stay, and say how many contradict each other.

    Parameters
    ----------
    groups, labels
        As in :func:`contradictory`.
    names, ids
        Of the labels, and of the examples ``(N,)``.
    policy
        What to do.
    droppable
        ``(N,)`` which examples may be dropped; all when absent.

    Raises
    ------
    InputError
        Where there are contradictions and the policy is ``refuse``.
    """
    found = contradictory(groups, labels)
    reasons = np.full(len(groups), "", dtype=object)
    rows = np.flatnonzero(found >= 0)
    if not len(rows):
        return reasons
    first = rows[0]
    said = (
        f"contradictions: {len(rows)} examples of {len(np.unique(groups[rows]))} sequences are 1 and 0 of the same "
        f"label, such as {ids[first]} of {names[found[first]]}"
    )
    if policy == "refuse":
        raise InputError(f"{said}; remove them, or set contradictions: drop or keep")
    out = rows if policy == "drop" else rows[:0]
    out = out if droppable is None else out[droppable[out]]
    log.warning("%s: %d dropped, %d kept", said, len(out), len(rows) - len(out))
    reasons[out] = [f"{CONTRADICTORY}: {names[found[row]]} is 1 and 0 for this sequence" for row in out]
    return reasons

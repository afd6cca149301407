"""Where to look for the sites of a filter: in the examples that it speaks for."""

from typing import NamedTuple

import numpy as np
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.motifs.influence import influences
from convoscope.interpretation.motifs.pwm import Rule
from convoscope.interpretation.motifs.strongest_sites import Examples, Scan, scan_filters

OTHERS = -1


class Alignment(NamedTuple):
    """All filters of a network: their sites, influences ``(filters, labels)`` and whose examples were aligned.

    ``groups (filters,)`` holds the number of a label, for its positive examples, or -1, for those of no label.
    """

    scan: Scan
    influences: np.ndarray
    groups: np.ndarray


def group_filters(effects: np.ndarray) -> np.ndarray:
    """Return for every filter of influences ``(filters, labels)`` the label that it raises most, or -1.

    What counts is the strongest influence of either sign: a filter that above all lowers a score has found
    something in the examples without a label.

    >>> group_filters(np.array([[0.5, 0.1], [0.2, -0.3], [0.0, np.nan]])).tolist()
    [0, -1, -1]
    """
    known = np.nan_to_num(effects)
    strongest = np.abs(known).argmax(axis=1)
    return np.where(np.take_along_axis(known, strongest[:, None], axis=1)[:, 0] > 0, strongest, OTHERS)


def align(model: nn.Module, examples: Examples, positive: np.ndarray, rule: Rule) -> Alignment:
    """Align the sites of every filter of the first layer in the examples that the filter speaks for.

    A filter that raises a label's score is aligned over the positive examples of that label, one that lowers scores
    over the examples without a label. Basset and DeepBind align over active sequences alone, all that they have;
    in negatives every sequence has a best position too, which blurs the matrix (on Reb1 the best match went from
    q = 1e-3 to 1e-7 without them). Where a group has no example, all are aligned.

    Parameters
    ----------
    model
        A trained network; it is given back unchanged.
    examples
        Windows to scan, at least one.
    positive
        Boolean ``(rows, labels)``, labels in the order of the outputs.
    rule
        A value of ``motifs.RULES``.

    Raises
    ------
    InputError
        If there is nothing to scan, or the first layer is not over the letters of a sequence.
    """
    if not len(examples.rows):
        raise InputError("motifs.splits: no example in them; scan at least one split that has examples")
    effects = influences(model, examples, positive)
    groups = group_filters(effects)
    members = {label: positive[:, label] for label in range(positive.shape[1])} | {OTHERS: ~positive.any(axis=1)}
    scans = {}
    for group in np.unique(groups).tolist():
        chosen = members[group] if members[group].any() else np.ones(len(examples.rows), dtype=bool)
        scans[group] = scan_filters(model, examples._replace(rows=examples.rows[chosen]), rule)
    parts = zip(*(scans[group] for group in groups.tolist()), strict=True)
    merged = Scan(*(np.stack([part[index] for index, part in enumerate(field)]) for field in parts))
    return Alignment(merged, effects, groups)

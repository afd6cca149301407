"""Whether every split has examples of every class, and its share of them."""

import logging

import numpy as np
import pandas as pd

from convoscope.config import Split
from convoscope.config.strategies import SPLIT_STRATEGIES
from convoscope.errors import InputError
from convoscope.sequence.splits import TWOFOLD, fold_map

SHOWN = 8  # labels
CHANCE = 3.0  # standard errors of a difference of shares that chance may make
log = logging.getLogger(__name__)


def check_folds(folds: np.ndarray, labels: np.ndarray, names: list[str], split: Split) -> None:
    """Refuse a split without examples, or in which a label has one known value or none.

    ``folds`` is ``(N,)``, ``labels`` ``(N, labels)`` with NaN where unknown.
    """
    expected = sorted({value for parts in fold_map(split).values() for values in parts.values() for value in values})
    for fold in expected:
        rows = labels[folds == fold]
        if not len(rows):
            raise InputError(f"split.strategy {split.strategy}: no example is in {fold}; each split needs some")
        for column, name in enumerate(names):
            classes = np.unique(rows[:, column][~np.isnan(rows[:, column])])
            every = np.unique(labels[:, column][~np.isnan(labels[:, column])])
            binary = np.isin(every, (0, 1)).all()
            if len(classes) == len(every) == 1 and not binary:
                log.warning("split: %s is %g in every example: there is nothing to learn", name, every[0])
            elif len(classes) < 2:
                raise InputError(_one_value(fold, name, classes, len(rows), bool(binary)))


def _one_value(fold: str, name: str, values: np.ndarray, examples: int, binary: bool) -> str:
    """Say that a split cannot be learned from or measured."""
    found = f"only {values[0]:g}" if len(values) else "nothing"
    needed = "both classes: change split or negatives" if binary else "two different values: change split or the label"
    return f"split: {name} is {found} in all {examples} examples of {fold}; each split needs {needed}"


def binary_labels(labels: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Return the columns of ``labels (N, labels)`` that are 0 and 1 wherever they are known, by name."""
    columns = dict(zip(names, labels.T, strict=True))
    return {name: column for name, column in columns.items() if np.isin(column[~np.isnan(column)], (0, 1)).all()}


def count_shares(folds: np.ndarray | pd.Series, column: np.ndarray) -> dict[str, tuple[float, int]]:
    """Return for each fold the share of 1 among the known values ``(N,)``, and their number."""
    found = {}
    numbers, names = pd.factorize(folds, sort=True)
    for number, fold in enumerate(names):
        known = column[(numbers == number) & ~np.isnan(column)]
        found[str(fold)] = (float(known.mean()) if len(known) else float("nan"), len(known))
    return found


def all_shares(folds: np.ndarray | pd.Series, labels: np.ndarray, names: list[str]) -> dict[str, dict[str, float]]:
    """Return for each label of 0 and 1, for the card, the share of 1 in each fold where any is known."""
    counted = {name: count_shares(folds, column) for name, column in binary_labels(labels, names).items()}
    return {name: {fold: share for fold, (share, known) in found.items() if known} for name, found in counted.items()}


def differ_twofold(shares: dict[str, tuple[float, int]]) -> bool:
    """Tell whether the shares of two folds differ twofold or more, and by more than chance would have it."""
    (low, few), (high, many) = min(shares.values()), max(shares.values())
    if not high >= TWOFOLD * low:
        return False
    mean = (low * few + high * many) / (few + many)
    return bool(high - low > CHANCE * np.sqrt(mean * (1 - mean) * (1 / few + 1 / many)))


def report_shares(folds: np.ndarray, labels: np.ndarray, names: list[str], split: Split) -> None:
    """Say the share of every class in every split, and refuse a split by the program in which it differs twofold.

    ``folds`` is ``(N,)``, ``labels`` ``(N, labels)`` with NaN where unknown. Splits that the user names are kept,
    with a warning: a test set may be meant to have other shares.

    Raises
    ------
    InputError
        With the shares, and what to change.
    """
    for number, (name, column) in enumerate(binary_labels(labels, names).items()):
        shares = count_shares(folds, column)
        counted = ", ".join(f"{fold} {share:.3g} of {known}" for fold, (share, known) in shares.items())
        said = f"share of {name}: {counted}"
        if not differ_twofold(shares):
            log.log(logging.INFO if number < SHOWN else logging.DEBUG, "split: %s", said)
        elif SPLIT_STRATEGIES[split.strategy].seeded:
            raise InputError(
                f"split.strategy {split.strategy}: {said}; shares that differ less than twofold are needed: change "
                "split.seed, use smaller blocks, or name the split"
            )
        else:
            log.warning("split: %s; they differ twofold or more, which metrics of the test split will show", said)

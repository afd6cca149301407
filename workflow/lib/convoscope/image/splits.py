"""Which cells train, validate, test, so that no group is on two sides and no class is missing on any."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import CellSplit
from convoscope.config.strategies import CELL_SPLIT_STRATEGIES
from convoscope.errors import InputError

SPLITS = ("train", "validation", "test")
UNEVEN = 2  # times that a class's share may differ between splits before it is said
CELL = "cell"  # the rung of the ladder on which every cell is its own group


class Rung(NamedTuple):
    """One way to split: the columns whose groups stay together (none: each cell alone)."""

    name: str  # of the trainings: ``holdout``, or ``by.<column>``
    column: str  # of crops.tsv that holds the fold
    by: list[str]
    split: CellSplit

    def groups(self, table: pd.DataFrame) -> pd.Series:
        """Name the group of each cell: its values in the columns, or its own name where there are none."""
        return table[self.by].agg("|".join, axis=1) if self.by else table["id"]

    def folds(self) -> dict[str, dict[str, Any]]:
        """Return for each training which values of the column train, validate and test, as the card keeps them."""
        group = "group" if self.name == "holdout" else (self.by[0] if self.by else "id")
        own = {"column": self.column, "group": group}
        if not CELL_SPLIT_STRATEGIES[self.split.strategy].folds:
            return {self.name: own | {side: [side] for side in SPLITS}}
        values = [str(number) for number in range(self.split.folds)]
        return {test: own | _rotation(values, int(test)) for test in values}


def _rotation(values: list[str], test: int) -> dict[str, list[str]]:
    """Return the sides of one of several folds: it is tested, the next one validates, all others train."""
    validation = (test + 1) % len(values)
    train = [value for number, value in enumerate(values) if number not in (test, validation)]
    return {"train": train, "validation": [values[validation]], "test": [values[test]]}


def rungs(split: CellSplit, ladder: Sequence[str]) -> list[Rung]:
    """Return the experiment's own split and one more for each rung of the ladder."""
    one = split.model_copy(update={"strategy": "grouped"})
    others = [Rung(f"by.{name}", f"fold.{name}", [] if name == CELL else [name], one) for name in ladder]
    return [Rung("holdout", "fold", split.by, split), *others]


def assign_rung(table: pd.DataFrame, classes: np.ndarray, rung: Rung) -> np.ndarray:
    """Return the fold of each cell under one rung, checked: no group on two sides, every class on each.

    Parameters
    ----------
    table
        One row per cell.
    classes
        ``(n,)`` class of each cell.
    rung
        How to split.
    """
    where = f"{'split.by' if rung.name == 'holdout' else 'ladder'} {', '.join(rung.by) or CELL}"
    groups, column = rung.groups(table).to_numpy(object), np.empty(0, dtype=object)
    if CELL_SPLIT_STRATEGIES[rung.split.strategy].given:
        where, column = f"split.column {rung.split.column}", table[rung.split.column].to_numpy(object)
    folds = ASSIGNMENTS[rung.split.strategy](classes, groups, column, rung.split, where)
    check_split(folds, groups, classes, where)
    _say_uneven(folds, classes, where)
    return folds


def _hold_out(classes: np.ndarray, groups: np.ndarray, given: np.ndarray, split: CellSplit, where: str) -> np.ndarray:
    """Deal groups to splits so that every class is spread as evenly as its groups allow.

    Parameters
    ----------
    classes
        ``(n,)`` class of each cell (of several labels, their combination).
    groups
        ``(n,)`` group of each cell.
    given
        ``(n,)`` split that the table names, of strategies that read it.
    split
        Shares, number of folds, seed.
    where
        The key and columns, for messages.

    Returns
    -------
    ``(n,)`` ``train``/``validation``/``test``.

    Raises
    ------
    InputError
        If a class has too few groups to be on every side.
    """
    _refuse_rare(classes, groups, len(SPLITS), where)
    result = np.full(len(classes), "train", dtype=object)
    parts = min(round(1 / split.test_share), int(own_groups(classes, groups).min()))
    tested = _nearest(deal_groups(classes, groups, parts, split.seed), split.test_share * len(classes))
    result[tested] = "test"
    rest = np.flatnonzero(~tested)
    parts = round((1 - split.test_share) / split.validation_share)
    parts = max(2, min(parts, int(own_groups(classes[rest], groups[rest]).min())))
    dealt = deal_groups(classes[rest], groups[rest], parts, split.seed)
    result[rest[_nearest(dealt, split.validation_share * len(classes))]] = "validation"
    return result


def _hold_out_each(
    classes: np.ndarray, groups: np.ndarray, given: np.ndarray, split: CellSplit, where: str
) -> np.ndarray:
    """Deal groups to folds; return the number of each cell's as text. As `_hold_out` otherwise."""
    _refuse_rare(classes, groups, split.folds, where)
    return deal_groups(classes, groups, split.folds, split.seed).astype(str)


def _keep_given(classes: np.ndarray, groups: np.ndarray, given: np.ndarray, split: CellSplit, where: str) -> np.ndarray:
    """Keep the split that the table names; it has to name all three."""
    wrong = sorted(set(given) - set(SPLITS))
    if wrong or set(given) != set(SPLITS):
        found = f"{wrong[0]!r}" if wrong else f"only {', '.join(sorted(set(given)))}"
        raise InputError(f"{where}: {found}; train, validation and test, each at least once")
    return given


# The functions of `convoscope.config.strategies.CELL_SPLIT_STRATEGIES`.
ASSIGNMENTS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, CellSplit, str], np.ndarray]] = {
    "grouped": _hold_out,
    "grouped_folds": _hold_out_each,
    "given": _keep_given,
}


def _nearest(dealt: np.ndarray, wanted: float) -> np.ndarray:
    """Tell which cells ``(n,)`` are in the part whose number of cells is nearest to a wanted one."""
    return dealt == np.abs(np.bincount(dealt) - wanted).argmin()


def deal_groups(classes: np.ndarray, groups: np.ndarray, parts: int, seed: int) -> np.ndarray:
    """Return the part ``(n,)`` of each cell: groups are kept whole, every class is spread over the parts.

    Groups are taken from the largest down, those of one size in random order; each goes to the part that has the
    smallest share of its classes so far, and of several such parts to the one with the fewest cells.
    """
    counts = pd.crosstab(groups, classes)
    shuffled = counts.iloc[np.random.default_rng(seed).permutation(len(counts))]
    ordered = shuffled.iloc[np.argsort(-shuffled.sum(axis=1).to_numpy(), kind="stable")]
    shares = (ordered / ordered.sum()).to_numpy()
    load, cells, chosen = np.zeros((parts, shares.shape[1])), np.zeros(parts), {}
    for name, share, size in zip(ordered.index, shares, ordered.sum(axis=1), strict=True):
        best = int(np.lexsort([cells, (load @ share).round(12)])[0])
        load[best] += share
        cells[best] += size
        chosen[name] = best
    return np.array([chosen[name] for name in groups])


def own_groups(classes: np.ndarray, groups: np.ndarray) -> pd.Series:
    """Return the number of groups of each class: those in which it is half as frequent as about its cells, or more.

    A cell with a wrong label does not make its protein one of another class; plates are groups of all that they mix.
    """
    counts = pd.crosstab(groups, classes)
    frequency = counts.div(counts.sum(axis=1), axis="index")
    usual = (counts * frequency).sum() / counts.sum()  # mean over the cells of the class
    return (frequency >= usual / 2).sum()


def _refuse_rare(classes: np.ndarray, groups: np.ndarray, sides: int, where: str) -> None:
    """Refuse classes with fewer groups than there are sides to be on."""
    counts = own_groups(classes, groups)
    rare = counts[counts < sides]
    if len(rare):
        named = ", ".join(f"{name!r} ({count})" for name, count in rare.head(5).items())
        needed = "train, validation and test" if sides == 3 else f"{sides} folds"
        raise InputError(
            f"{where}: {needed} need {sides} groups of every class, but too few have: {named}; choose columns "
            "with smaller groups, leave the class out, or take fewer folds"
        )


def check_split(folds: np.ndarray, groups: np.ndarray, classes: np.ndarray, where: str) -> None:
    """Refuse a split in which a group is on two sides, or a side lacks a class.

    Parameters
    ----------
    folds, groups, classes
        ``(n,)`` each.
    where
        The key and columns, for messages.
    """
    sides = pd.Series(folds).groupby(groups).nunique()
    spanning = sides[sides > 1]
    if len(spanning):
        raise InputError(
            f"{where}: group {spanning.index[0]!r} is in {int(spanning.iloc[0])} splits, and "
            f"{len(spanning) - 1} others are in several; a group has one split"
        )
    for side in dict.fromkeys(folds):
        missing = sorted(set(classes) - set(classes[folds == side]))
        if missing:
            raise InputError(
                f"{where}: no cell of class {missing[0]!r} in {side}; choose another seed or column, columns with "
                "smaller groups, or leave the class out"
            )


def _say_uneven(folds: np.ndarray, classes: np.ndarray, where: str) -> None:
    """Log the class whose share differs most between two sides, where it is more than twofold; see `check_split`."""
    shares = pd.crosstab(classes, folds, normalize="columns")
    ratio = shares.max(axis=1) / shares.min(axis=1)
    if ratio.max() > UNEVEN:
        own = shares.iloc[int(ratio.to_numpy().argmax())]
        logging.info(
            "%s: class %r is %.1f%% of %s and %.1f%% of %s; %d of %d classes differ more than %d-fold between splits",
            where, ratio.idxmax(), 100 * own.min(), own.idxmin(), 100 * own.max(), own.idxmax(),
            int((ratio > UNEVEN).sum()), len(ratio), UNEVEN,
        )  # fmt: skip

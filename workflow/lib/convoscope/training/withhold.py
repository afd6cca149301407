"""The examples of one fold without those that it tests, for whatever chooses between networks."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from convoscope.config.tasks import TASKS
from convoscope.dataset import Dataset, split_names
from convoscope.errors import InputError
from convoscope.image import normalise
from convoscope.sequence.tables import count_folds

SPLITS = ("train", "validation")
# Keys of a card that are facts of all examples, those that are tested included.
WHOLE = ("counts", "inputs", "shares")


def without_test(dataset: Dataset, fold: str, parts: int | None, seed: int) -> tuple[np.ndarray, pd.DataFrame, dict]:
    """Return what is left of a dataset without the examples that one fold tests.

    Parameters
    ----------
    dataset
        All examples.
    fold
        The fold whose training and validation examples are kept.
    parts
        Number of parts to deal them to, groups together: each validates once, the others train. None for the split
        that they have.
    seed
        Seed of the deal.

    Returns
    -------
    The kept rows ``(n,)``, in order; their table, whose ``fold`` says split or part; their card, in which statistics
    of intensities are fitted again, on the kept rows alone.

    Raises
    ------
    InputError
        If there are fewer groups than parts.
    """
    names = split_names(dataset.table, dataset.card, fold)
    kept = np.flatnonzero(np.isin(names, SPLITS))
    given = dataset.card["folds"][fold]
    group = given.get("group", "group")
    table = dataset.table.iloc[kept].reset_index(drop=True)
    if parts is None:
        table["fold"], folds = names[kept], {"holdout": _fold([SPLITS[0]], [SPLITS[1]], group)}
    else:
        table["fold"] = deal(table[group].to_numpy(), dataset.labels[kept], dataset.card["task"], parts, seed)
        values = [str(number) for number in range(parts)]
        folds = {one: _fold([other for other in values if other != one], [one], group) for one in values}
    others = [name for name in table if str(name).startswith("fold.")]  # other splits of the same cells
    table = table.drop(columns=others)
    card = {key: value for key, value in dataset.card.items() if key not in WHOLE} | {"folds": folds}
    if "normalise" in card:
        own = normalise.of_fold(card["normalise"], fold)
        card["normalise"] = _fitted(dataset.codes, kept, table, folds, own["strategy"], own["scope"])
    return kept, table, card | {"counts": count_folds(table, card["labels"])}


def _fold(train: list[str], validation: list[str], group: str) -> dict[str, Any]:
    """Return a fold of a card that tests nothing."""
    return {"column": "fold", "group": group, "train": train, "validation": validation, "test": []}


def deal(groups: np.ndarray, labels: np.ndarray, task: str, parts: int, seed: int) -> np.ndarray:
    """Deal examples to parts of about equal size and classes, groups together; return the number of each as text.

    Parameters
    ----------
    groups
        Group of each example ``(n,)``.
    labels
        ``(n, labels)``; the first that is positive is the class that is balanced, nothing is for measured values.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    several = len(np.unique(groups.astype(str)))
    if several < parts:
        raise InputError(
            f"search.folds: {parts} with {several} groups of training and validation examples; fewer folds"
        )
    positive = np.nan_to_num(labels) > 0.5 if TASKS[task].binary else np.zeros_like(labels, dtype=bool)
    classes = np.where(positive.any(axis=1), 1 + positive.argmax(axis=1), 0)
    dealer = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    found = np.empty(len(groups), dtype=object)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for number, (_, held) in enumerate(dealer.split(classes, classes, groups)):
            found[held] = str(number)
    return found


def _fitted(
    codes: np.ndarray, kept: np.ndarray, table: pd.DataFrame, folds: Mapping[str, Any], strategy: str, scope: str
) -> dict[str, Any]:
    """Return a normalisation that is fitted again: on the kept rows that train a fold, or on those of groups."""
    training = {name: np.flatnonzero(table["fold"].isin(one["train"])) for name, one in folds.items()}
    figures = {
        name: normalise.fit_crops(codes, kept[rows], strategy)
        for name, rows in normalise.fitted_rows(scope, table, training).items()
    }
    return {"strategy": strategy, "scope": scope, "figures": figures}

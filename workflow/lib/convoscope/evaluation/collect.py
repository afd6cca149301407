"""From long tables of predictions to matrices that are aligned with the examples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.tables import find_rows, read_table

JUDGED = ["validation", "test"]
NEEDED = ("id", "split", "label", "prediction")


class Collected(NamedTuple):
    """All out-of-sample predictions of one method; rows are the examples of ``windows.tsv``."""

    test: np.ndarray  # (n, labels), NaN where the example is in no test split
    folds: np.ndarray  # (n,) name of the fold that tests the example, "" for none
    validation: dict[str, np.ndarray]  # fold to (n, labels), NaN outside its validation split


def read_predictions(path: Path, **constants: str | int) -> pd.DataFrame:
    """Read the validation and test rows of one table of predictions and add constant columns."""
    table = read_table(path, "predictions", NEEDED)
    return table[table["split"].isin(JUDGED)].assign(**constants)


def average_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Average the predictions of the seeds.

    Parameters
    ----------
    table
        Columns ``fold seed id split label prediction``.

    Returns
    -------
    Columns ``id fold split label prediction spread``; the spread is the standard deviation over the seeds at hand
    (divided by their number, so 0 for one seed).

    Raises
    ------
    InputError
        If a seed of a fold misses examples that another one has.
    """
    grouped = table.groupby(["id", "fold", "split", "label"], sort=False)["prediction"]
    columns = {"prediction": grouped.mean(), "spread": grouped.std(ddof=0), "seeds": grouped.size()}
    result = pd.DataFrame(columns).reset_index()
    seeds = table.groupby("fold")["seed"].nunique()
    short = result[result["seeds"] != result["fold"].map(seeds)]
    if len(short):
        row = short.iloc[0]
        raise InputError(
            f"predictions of fold {row['fold']}: {row['id']!r}, label {row['label']!r}: {row['seeds']} predictions; "
            f"each of the {seeds[row['fold']]} seeds must give one"
        )
    return result.drop(columns="seeds")


def to_matrix(table: pd.DataFrame, ids: pd.Index, labels: Sequence[str]) -> np.ndarray:
    """Spread columns ``id label prediction`` over a matrix ``(ids, labels)``, NaN where there is no row.

    Raises
    ------
    InputError
        If an id or a label is not known.
    """
    matrix = np.full((len(ids), len(labels)), np.nan)
    places = []
    for name, known in (("id", ids), ("label", pd.Index(labels))):
        places.append(find_rows(table[name], known.to_series(), "predictions"))
    matrix[tuple(places)] = table["prediction"]
    return matrix


def collect(table: pd.DataFrame, ids: pd.Index, labels: Sequence[str]) -> Collected:
    """Arrange one method's predictions by example.

    Parameters
    ----------
    table
        Columns ``id fold split label prediction``.
    ids
        Names of all ``n`` examples, in their order.
    labels
        Names of the labels, in their order.
    """
    test = table[table["split"] == "test"]
    folds = np.full(len(ids), "", dtype=object)
    scores = to_matrix(test, ids, labels)
    folds[ids.get_indexer(pd.Index(test["id"]))] = test["fold"]
    held = table[table["split"] == "validation"]
    empty = to_matrix(held.iloc[:0], ids, labels)
    # A fold may have no validation examples at all.
    validation = dict.fromkeys(test["fold"].unique(), empty)
    validation |= {fold: to_matrix(part, ids, labels) for fold, part in held.groupby("fold")}
    return Collected(scores, folds, validation)


def common_rows(collected: Mapping[str, Collected]) -> np.ndarray:
    """Return which examples ``(n,)`` the methods were tested on, by method in ``collected``, the model first.

    Raises
    ------
    InputError
        If a method misses some of their predictions, or tested them in other folds than the model.
    """
    model = next(iter(collected.values()))
    tested = model.folds != ""
    for name, method in collected.items():
        if not np.isfinite(method.test[tested]).all() or (method.folds != model.folds).any():
            raise InputError(f"{name}: its test examples or folds are not the model's; run its step again")
    return tested

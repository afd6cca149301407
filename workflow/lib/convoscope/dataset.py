"""Codes, labels and folds of one experiment, read from its three files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import RESERVED
from convoscope.errors import InputError
from convoscope.files import open_text, read_json

TEXT_COLUMNS = ("id", "chrom", "strand", "origin", "parent", "group", "fold")


class Dataset(NamedTuple):
    """All examples of one experiment; row i of the table, the codes and the labels is example i."""

    table: pd.DataFrame
    codes: np.ndarray  # (examples, *space) or (examples, channels, *space), memory-mapped
    labels: np.ndarray  # (examples, labels) float32, NaN where unknown
    card: dict[str, Any]


def read_windows(path: Path) -> pd.DataFrame:
    """Read ``windows.tsv`` with names as text, also where they look like numbers or like missing values."""
    with open_text(path) as stream:
        return pd.read_csv(
            stream,
            sep="\t",
            dtype=dict.fromkeys(TEXT_COLUMNS, str),
            keep_default_na=False,
            na_values={name: [""] for name in label_columns(path)},
        )


def label_columns(path: Path) -> list[str]:
    """Return the names of the label columns, which are all but the reserved ones."""
    with open_text(path) as stream:
        return [name for name in stream.readline().rstrip("\n").split("\t") if name not in RESERVED]


def load(windows: Path, codes: Path, card: Path) -> Dataset:
    """Read one experiment's examples; codes stay on disk, memory-mapped.

    Raises
    ------
    InputError
        If the three files do not belong together.
    """
    table, content = read_windows(windows), read_json(card)
    array = np.load(codes, mmap_mode="r")
    if len(array) != len(table):
        raise InputError(f"{codes}: {len(array)} examples, but {windows} has {len(table)}; encode again")
    missing = [name for name in content["labels"] if name not in table]
    if missing:
        raise InputError(f"{windows}: no column {missing[0]!r}; {card} needs {', '.join(content['labels'])}")
    return Dataset(table, array, table[content["labels"]].to_numpy(np.float32), content)


def rows(dataset: Dataset, fold: str, splits: Sequence[str]) -> np.ndarray:
    """Return the row numbers, in order, of the given splits as one fold sees them.

    Parameters
    ----------
    dataset
        The examples.
    fold
        Name of a fold in the card, such as ``holdout`` or ``3``.
    splits
        Any of ``train``, ``validation``, ``test``.
    """
    folds = dataset.card["folds"]
    if fold not in folds:
        raise InputError(f"fold: {fold!r}; this data has {', '.join(folds)}")
    values = [value for split in splits for value in folds[fold][split]]
    return np.flatnonzero(dataset.table["fold"].isin(values).to_numpy())


def split_names(dataset: Dataset, fold: str) -> np.ndarray:
    """Return for every example its split as one fold sees it."""
    names = np.full(len(dataset.table), "", dtype=object)
    for split in ("train", "validation", "test"):
        names[rows(dataset, fold, [split])] = split
    return names

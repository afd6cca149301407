"""Codes, labels and folds of one experiment, read from its three files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.artifacts import Card, read_artifact
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.tables import read_table

SHOWN = 12  # labels that an error lists
PART = 1 << 16  # examples whose codes are checked at once
# What a network and its data have in common, besides the window.
SAME = ("modality", "labels", "task", "alphabet", "direction", "channel_names", "space")


class Dataset(NamedTuple):
    """All examples of one experiment; row i of the table, the codes and the labels is example i."""

    table: pd.DataFrame
    codes: np.ndarray  # (examples, *space) or (examples, channels, *space), memory-mapped
    labels: np.ndarray  # (examples, labels) float32, NaN where unknown
    card: dict[str, Any]


def read_card(path: Path, *needed: str) -> dict[str, Any]:
    """Read ``card.json``, which has at least the labels and what a caller ``needed``.

    Raises
    ------
    InputError
        If it is no block of these keys.
    """
    content = read_artifact(path, Card, ["labels", *needed])
    if len(set(content["labels"])) < len(content["labels"]):
        raise InputError(f"{path}: a label is there twice; {', '.join(content['labels'][:SHOWN])}")
    return content


def load_codes(path: Path) -> np.ndarray:
    """Open the codes of all examples, memory-mapped.

    Raises
    ------
    InputError
        If the file is truncated, or not one array of numbers with an example a row.
    """
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, TypeError, EOFError, OverflowError, SyntaxError, TokenError) as error:
        found = " ".join(str(error).split())
        raise InputError(f"{path}: damaged, or no array ({found}); give the codes.npy of the data") from None
    if array.ndim < 2 or array.dtype.kind not in "uif":
        raise InputError(f"{path}: {array.dtype} {array.shape}; numbers with an example a row are read")
    return array


def _layout(card: Mapping[str, Any]) -> tuple[str, tuple[int, ...]] | None:
    """Return type and shape of one example's codes, as far as a card says them."""
    if "channel_names" in card and "space" in card:
        return card["dtype"], (len(card["channel_names"]), *card["space"])
    return ("uint8", (card["window"],)) if "window" in card else None


def check_codes(path: Path, codes: np.ndarray, card: Mapping[str, Any]) -> None:
    """Refuse codes of another type or shape than the card says, and those that are no letters of its alphabet."""
    found, right = (str(codes.dtype), codes.shape[1:]), _layout(card)
    if right and found != right:
        raise InputError(f"{path}: {found[0]} {found[1]} each; its card says {right[0]} {right[1]}; encode again")
    letters = len(ALPHABETS[card["alphabet"]].symbols) if "alphabet" in card else None
    for start in range(0, len(codes) if letters else 0, PART):
        largest = codes[start : start + PART].max(initial=0)
        if largest >= letters:
            raise InputError(f"{path}: code {largest}; {card['alphabet']} has {letters}, from 0 on; encode again")


def check_dataset(examples: Path, codes: Path, table: pd.DataFrame, array: np.ndarray, card: Mapping[str, Any]) -> None:
    """Refuse a table and codes, named by their paths, that do not belong together or to a card."""
    if len(array) != len(table):
        raise InputError(f"{codes}: {len(array)} examples, but {examples} has {len(table)}; encode again")
    check_codes(codes, array, card)


def load_dataset(examples: Path, codes: Path, card: Path) -> Dataset:
    """Read one experiment's examples; codes stay on disk, memory-mapped.

    Raises
    ------
    InputError
        If the three files do not belong together.
    """
    content = read_card(card, "folds")
    table = read_table(examples, "examples", real=content["labels"])
    array = load_codes(codes)
    check_dataset(examples, codes, table, array, content)
    return Dataset(table, array, table[content["labels"]].to_numpy(np.float32), content)


def require_match(
    path: Path, facts: Mapping[str, Any], card: Mapping[str, Any], codes: np.ndarray | None = None
) -> None:
    """Refuse a network that was trained on another kind of data, other labels, letters or windows.

    Parameters
    ----------
    path, facts
        The model file and its metadata.
    card
        That of the data; what it does not say is not compared.
    codes
        Those of the data, which tell the window where they are given.
    """
    given = {name: card[name] for name in SAME if name in card}
    if codes is not None:
        given["space"] = list(codes.shape[-len(facts["space"]) :])
    elif "window" in card:
        given["space"] = [card["window"]]
    for name, value in given.items():
        if facts.get(name) != value:
            word = "window" if name == "space" else name
            raise InputError(
                f"{path}: {word} {_listed(facts.get(name))}; this data has {_listed(value)}, and needs its own networks"
            )


def _listed(value: Any) -> str:
    """Write a fact of a network or of data.

    >>> _listed(["a", "b"]), _listed([20]), _listed(None)
    ('a, b', '20', 'none')
    """
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "none")


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
    return _rows(dataset.table, dataset.card, fold, splits)


def _rows(table: pd.DataFrame, card: Mapping[str, Any], fold: str, splits: Sequence[str]) -> np.ndarray:
    """Return the rows of splits of a table of examples."""
    folds = card["folds"]
    if fold not in folds:
        raise InputError(f"fold: {fold!r}; this data has {', '.join(folds)}")
    values = [value for split in splits for value in folds[fold][split]]
    return np.flatnonzero(table[folds[fold].get("column", "fold")].isin(values).to_numpy())


def filled_rows(dataset: Dataset, fold: str, split: str) -> np.ndarray:
    """Return the rows of one split as one fold sees it.

    Raises
    ------
    InputError
        If there is none, or a label is unknown in all of them.
    """
    found = rows(dataset, fold, [split])
    if not len(found):
        raise InputError(f"fold {fold}: no example is in its {split} split; make the examples again")
    for name, unknown in zip(dataset.card["labels"], np.isnan(dataset.labels[found]).all(axis=0), strict=True):
        if unknown:
            raise InputError(f"fold {fold}: {name} is unknown in all {len(found)} examples of {split}; leave it out")
    return found


def split_names(table: pd.DataFrame, card: Mapping[str, Any], fold: str) -> np.ndarray:
    """Return for every example of a table its split as one fold sees it."""
    names = np.full(len(table), "", dtype=object)
    for split in ("train", "validation", "test"):
        names[_rows(table, card, fold, [split])] = split
    return names

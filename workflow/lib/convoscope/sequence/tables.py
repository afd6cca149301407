"""The tables that windows end in: their columns, names of rows, and labels that fit the task."""

import logging
from collections.abc import Callable

import numpy as np
import pandas as pd

from convoscope.config import RESERVED, Negatives
from convoscope.config.strategies import NEGATIVE_STRATEGIES
from convoscope.config.tasks import TASKS
from convoscope.errors import InputError

ENOUGH = 0.9
SHOWN = 8  # labels


def name_places(windows: pd.DataFrame, direction: str) -> pd.Series:
    """Return ``chrom:start-end``, or if windows have a direction ``chrom:start-end(strand)``, as bedtools writes it."""
    columns = [windows[name].tolist() for name in ("chrom", "start", "end")]
    places = [f"{chrom}:{start}-{end}" for chrom, start, end in zip(*columns, strict=True)]
    if direction == "site":
        places = [f"{place}({strand})" for place, strand in zip(places, windows["strand"].tolist(), strict=True)]
    return pd.Series(places, index=windows.index, dtype=object)


def name_rows(windows: pd.DataFrame, direction: str = "forward") -> pd.Series:
    """Return unique names: those of places, or for a shuffle its parent's with ``|shuffle1``, ``|shuffle2``, …."""
    shuffled = (windows["origin"] == "dinucleotide_shuffle").to_numpy()
    names = np.empty(len(windows), dtype=object)
    names[~shuffled] = name_places(windows[~shuffled], direction)
    parent = windows.loc[shuffled, "parent"]
    names[shuffled] = parent + "|shuffle" + (parent.groupby(parent).cumcount() + 1).astype(str)
    return pd.Series(names, index=windows.index)


def name_blocks(windows: pd.DataFrame, block: int) -> pd.Series:
    """Return the unit of the bootstrap: the block of a contig in which a window's centre lies, ``chrom:number``.

    The many rows of a block share one text, which saves a sixth of the memory of the verb.
    """
    contig, names = pd.factorize(windows["chrom"])
    number = ((windows["start"] + windows["end"]) // 2 // block).to_numpy(np.int64)
    span = number.max(initial=0) + 1
    blocks, place = np.unique(contig * span + number, return_inverse=True)
    texts = np.array([f"{names[one // span]}:{one % span}" for one in blocks.tolist()], dtype=object)
    return pd.Series(texts[place], index=windows.index)


def arrange(windows: pd.DataFrame, labels: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return windows.tsv: the reserved columns in order, then ``labels (N, labels)`` under their names."""
    columns = pd.DataFrame(labels, columns=names, dtype=np.float64)
    return pd.concat([windows[list(RESERVED)].reset_index(drop=True), columns], axis=1)


def report_shortage(tally: pd.DataFrame, negatives: Negatives) -> None:
    """Log one line where clearly fewer negatives were found than asked for, and the key that may be the cause."""
    requested, obtained = int(tally["requested"].sum()), int(tally["obtained"].sum())
    distant = NEGATIVE_STRATEGIES[negatives.strategy].distant
    cause = f" with negatives.distance {negatives.distance}" if distant else ""
    if obtained < ENOUGH * requested:
        found = f"{negatives.strategy} found {obtained} of {requested}{cause}"
        logging.warning("negatives: %s; negatives.tsv says where", found)


# What labels (N, labels) may be, row by row, and how that is said.
ALLOWED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "flags": (
        lambda labels: (np.isin(labels, (0, 1)) | np.isnan(labels)).all(axis=1),
        "0, 1 or unknown; for measured values set task: regression",
    ),
    "one_of_all": (
        lambda labels: np.isin(labels, (0, 1)).all(axis=1) & (labels.sum(axis=1) == 1),
        "one label is 1 and the others are 0, for negatives too; else set task: multilabel",
    ),
    "finite": (lambda labels: ~np.isinf(labels).any(axis=1), "finite numbers or unknown"),
    "counts": (lambda labels: (np.isnan(labels) | (labels >= 0)).all(axis=1), "counts of 0 or more, or unknown"),
}


def check_labels(labels: np.ndarray, names: list[str], task: str, example: Callable[[int], str] = str) -> None:
    """Refuse labels ``(N, labels)`` that the task cannot learn, with the name of the first ``example`` of such."""
    fits, allowed = ALLOWED[TASKS[task].allowed]
    wrong = np.flatnonzero(~fits(labels))
    if len(wrong):
        found = ", ".join(f"{name} {value:g}" for name, value in zip(names[:SHOWN], labels[wrong[0]], strict=False))
        raise InputError(
            f"task: {task}, but {len(wrong)} of {len(labels)} examples, such as {example(wrong[0])}, "
            f"have labels like {found}; {allowed}"
        )


def count_folds(windows: pd.DataFrame, names: list[str]) -> dict[str, dict[str, float]]:
    """Return for each fold its number of examples and the sum of each label, which counts the positives of classes."""
    result: dict[str, dict[str, float]] = {}
    for fold, rows in windows[["fold", *names]].groupby("fold", observed=True):
        sums = rows[names].sum()
        result[str(fold)] = {"examples": len(rows), **{name: _plain(sums[name]) for name in names}}
    return result


def _plain(value: float) -> float:
    """Return whole numbers as such, for JSON that reads well."""
    return int(value) if float(value).is_integer() else float(value)

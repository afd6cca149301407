"""The table of predicted cells."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config.image import PREDICTED_CELLS
from convoscope.errors import InputError
from convoscope.image.cells import CellTable
from convoscope.prediction.windows import open_table
from convoscope.tables import write_table


def refuse_names(labels: Sequence[str], keep: Sequence[str]) -> None:
    """Refuse columns that would stand twice in the table of predictions."""
    own = [*PREDICTED_CELLS, *(name for label in labels for name in (label, f"{label}:spread"))]
    twice = [name for number, name in enumerate(keep) if name in (*own, *keep[:number])]
    if twice:
        raise InputError(f"keep: {twice[0]!r} is the name of a column of the predictions; rename it in the table")
    clash = [label for label in labels if label in PREDICTED_CELLS]
    if clash:
        raise InputError(f"--models: label {clash[0]!r} is the name of a column of the predictions; rename the label")


def described(cells: CellTable, fates: pd.DataFrame, chosen: np.ndarray, kept: pd.DataFrame) -> pd.DataFrame:
    """Return line, name, images, place and further columns of predicted cells.

    Parameters
    ----------
    cells
        The table.
    fates
        ``status x y`` of each of its rows.
    chosen
        Rows that are predicted.
    kept
        Further columns of all rows, which may be none.
    """
    files = cells.images.iloc[chosen]
    own = {"line": cells.lines[chosen], "cell": cells.ids.to_numpy()[chosen]}
    own["image"] = np.array([";".join(row) for row in files.itertuples(index=False)], dtype=object)
    if "mask" in cells.places:
        own["mask"] = cells.places["mask"].to_numpy()[chosen]
        own["object"] = cells.places["object"].to_numpy(np.float64)[chosen].astype(np.int64)
    parts = [part.iloc[chosen].reset_index(drop=True) for part in (fates[["x", "y", "status"]], kept) if len(part)]
    return pd.concat([pd.DataFrame(own), *parts], axis=1)


def columns(labels: Sequence[str], mean: np.ndarray, spread: np.ndarray) -> pd.DataFrame:
    """Return mean and spread of every label as ``<label>`` and ``<label>:spread``."""
    names = [name for label in labels for name in (label, f"{label}:spread")]
    return pd.DataFrame(np.stack([mean, spread], axis=-1).reshape(len(mean), len(names)), columns=names)


def write_csv(table: pd.DataFrame, name: Path, path: Path) -> None:
    """Write a table at ``path``, as its later ``name`` tells: separated by commas, or as all our tables."""
    with open_table(path, name) as sink:
        if ".csv" in name.suffixes:
            table.to_csv(sink, index=False, lineterminator="\n", float_format="%.8g")
        else:
            write_table(table, sink, digits=8)


def counts(lost: pd.DataFrame) -> str:
    """Count dropped rows by reason, without its details."""
    kinds = lost["reason"].str.partition(":")[0].value_counts()
    return ", ".join(f"{number:,} {reason}" for reason, number in kinds.items())


def first(lost: pd.DataFrame) -> str:
    """Return line and reason of the first dropped row."""
    line, reason = lost[["line", "reason"]].iloc[0]
    return f"{line} ({reason})"

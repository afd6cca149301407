"""From columns of a table of cells to a matrix of labels."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from convoscope.config.tasks import TASKS
from convoscope.errors import InputError

BINARY = {"0": 0.0, "1": 1.0, "": np.nan, "no": 0.0, "yes": 1.0, "false": 0.0, "true": 1.0, "0.0": 0.0, "1.0": 1.0}


def cell_label_matrix(
    table: pd.DataFrame, columns: Sequence[str], task: str
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return label names, labels and the stratum of each cell.

    Parameters
    ----------
    table
        One row per cell, text columns.
    columns
        ``multiclass``: the column of classes; ``multilabel``: columns of 0 and 1 (or yes and no), empty where unknown.
    task
        ``multiclass`` or ``multilabel``.

    Returns
    -------
    Names in alphabetical order (of the columns for multilabel), ``(n, labels)`` float32 and ``(n,)`` text: the class,
    or the combination of labels.
    """
    if not TASKS[task].exclusive:
        texts = table[list(columns)].apply(lambda column: column.str.lower())
        wrong = ~texts.isin(list(BINARY))
        if wrong.to_numpy().any():
            row, column = np.argwhere(wrong.to_numpy())[0]
            raise InputError(
                f"labels: {table[columns[column]].iloc[row]!r} in column {columns[column]} of cell "
                f"{table['id'].iloc[row]}; 0, 1 or empty"
            )
        values = texts.apply(lambda column: column.map(BINARY))
        for name in columns:
            if values[name].nunique() < 2:
                found = ", ".join(f"{value:g}" for value in values[name].dropna().unique()) or "nothing"
                raise InputError(f"labels: column {name} holds only {found}; at least one 0 and one 1")
        strata = values.apply(lambda column: column.map({0.0: "0", 1.0: "1", np.nan: ""})).agg("|".join, axis=1)
        return list(columns), values.to_numpy(np.float32), strata.to_numpy(object)
    classes = table[columns[0]].to_numpy(object)
    if (classes == "").any():
        cell = table["id"][classes == ""].iloc[0]
        raise InputError(f"labels: cell {cell} has no {columns[0]}; every cell needs one class")
    names = sorted(set(classes))
    if len(names) < 2:
        raise InputError(f"labels: column {columns[0]} holds only {names[0]!r}; at least two classes")
    folded = [name.casefold() for name in names]
    alike = [name for name, low in zip(names, folded, strict=True) if folded.count(low) > 1]
    if alike:
        logging.info("labels: %s differ only in upper and lower case and are classes of their own", ", ".join(alike))
    return names, (classes[:, None] == np.array(names, dtype=object)).astype(np.float32), classes

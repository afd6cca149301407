"""Reading the tables that figures draw: names stay text, also those that look like numbers or missing values."""

import csv
import itertools
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text

TEXT = (
    "baseline", "bin", "cannot_tell", "chrom", "curve", "device", "experiment", "factor", "filter", "fold", "found",
    "kind", "label", "layer", "matrix_id", "matrix_name", "method", "metric_name", "model", "motif_id", "motif_name",
    "output", "reason", "receptive_field", "role", "row", "site", "source", "split", "strand",
)  # fmt: skip
SHOWN = 12  # columns of another table that an error lists


def first_lines(path: Path, number: int) -> list[list[str]]:
    """Return the fields of the first lines that are not empty, so many at most."""
    with open_text(path) as stream:
        lines = (line.rstrip("\n") for line in stream)
        return [line.split("\t") for line in itertools.islice(filter(None, lines), number)]


def header_of(path: Path) -> list[str]:
    """Return the names in the header of a tab-separated table, none of an empty file."""
    return next(iter(first_lines(path, 1)), [])


def read_table(
    path: Path, names: Sequence[str] | None = None, needed: Sequence[str] = (), text: Sequence[str] = ()
) -> pd.DataFrame:
    """Read a tab-separated table; empty text stays empty, empty numbers become NaN.

    Parameters
    ----------
    path
        Plain or gzipped; with a header unless ``names`` are given.
    names
        Columns of a file without a header; further columns are ignored.
    needed
        Columns that the caller cannot do without.
    text
        Columns that stay text beside those of `TEXT`.

    Raises
    ------
    InputError
        If the file has no header or is no table, a row has more fields than the header, or a column is missing.
    """
    words = (*TEXT, *text)
    options: dict[str, Any] = {"dtype": dict.fromkeys(words, str), "keep_default_na": False, "na_values": [""]}
    if not names:
        require_shape(path)
    options |= {"header": None, "names": list(names), "usecols": range(len(names))} if names else {}
    with open_text(path) as stream:
        try:
            table = pd.read_csv(stream, sep="\t", quoting=csv.QUOTE_NONE, **options)
        except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
            found = " ".join(str(error).split())
            raise InputError(f"{path}: not a tab-separated table ({found}); remove the file and run again") from None
    require_columns(table, path, needed)
    return table.fillna({name: "" for name in words if name in table})


def read_arrays(path: Path, needed: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Read all arrays of an ``.npz`` file.

    Raises
    ------
    InputError
        If it is damaged, or lacks one that is ``needed``.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = dict(stored)
    # A file of one array has no `with`, and a damaged one fails wherever its bytes lead.
    except (ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        found = " ".join(str(error).split())
        raise InputError(f"{path}: damaged, or no file of arrays ({found}); remove it and run again") from None
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise InputError(f"{path}: no array {missing[0]!r}; it has {', '.join(list(arrays)[:SHOWN]) or 'none'}")
    return arrays


def require_shape(path: Path) -> None:
    """Refuse a table whose first row has more fields than its header; pandas refuses later ones that have."""
    # Such fields would become names of rows, and shift all others by one column.
    widths = [len(fields) for fields in first_lines(path, 2)]
    if len(widths) == 2 and widths[1] > widths[0]:
        raise InputError(f"{path}: {widths[1]} fields in the first row, {widths[0]} in the header; as many in each")


def require_columns(table: pd.DataFrame, path: Path, needed: Sequence[str]) -> None:
    """Refuse a table that lacks a column, with the name of the file and the columns that it has."""
    missing = [name for name in needed if name not in table]
    if missing:
        has = ", ".join(map(str, table.columns[:SHOWN])) + (", …" if len(table.columns) > SHOWN else "")
        raise InputError(f"{path}: no column {missing[0]!r}; it has {has}")

"""Reading the tables that figures draw: names stay text, also those that look like numbers or missing values."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text

TEXT = (
    "baseline", "bin", "chrom", "curve", "device", "experiment", "factor", "filter", "fold", "found", "kind", "label",
    "layer", "matrix_id", "matrix_name", "method", "metric_name", "model", "motif_id", "motif_name", "output", "reason",
    "receptive_field", "role", "row", "source", "split", "strand",
)  # fmt: skip


def read_table(path: Path, names: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a tab-separated table; empty text stays empty, empty numbers become NaN.

    Parameters
    ----------
    path
        Plain or gzipped; with a header unless ``names`` are given.
    names
        Columns of a file without a header; further columns are ignored.

    Raises
    ------
    InputError
        If the file has no header or is no table.
    """
    options: dict[str, Any] = {"dtype": dict.fromkeys(TEXT, str), "keep_default_na": False, "na_values": [""]}
    options |= {"header": None, "names": list(names), "usecols": range(len(names))} if names else {}
    with open_text(path) as stream:
        try:
            table = pd.read_csv(stream, sep="\t", quoting=csv.QUOTE_NONE, **options)
        except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
            raise InputError(f"{path}: not a tab-separated table ({error}); remove the file and run again") from None
    return table.fillna({name: "" for name in TEXT if name in table})

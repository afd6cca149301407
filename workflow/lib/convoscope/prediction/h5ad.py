"""AnnData's file, .h5ad: a matrix with tables of its rows and columns, for scanpy and its relatives.

Written by its specification (anndata.readthedocs.io/en/stable/fileformat-prose.html), since anndata itself needs an
older pandas than this package.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pandas as pd

from convoscope.errors import InputError

INDEX = "_index"  # of the names of the rows of a table
TEXT = h5py.string_dtype("utf-8")


class Annotated(NamedTuple):
    """A matrix and what is known of its rows and columns, in the words of AnnData.

    ``X (rows, columns)``; ``obs`` and ``var``, tables whose indices are the names of rows and columns; ``layers``
    shaped like ``X``; ``obsm`` with matrices ``(rows, any)``; ``uns`` with texts about all of it.
    """

    X: np.ndarray
    obs: pd.DataFrame
    var: pd.DataFrame
    layers: Mapping[str, np.ndarray]
    obsm: Mapping[str, np.ndarray]
    uns: Mapping[str, str]


def write_h5ad(path: Path, content: Annotated) -> None:
    """Write a file; the same content gives the same bytes.

    Raises
    ------
    InputError
        If two columns of a table would have one name: HDF5 has no ``/`` in names, which becomes ``_``.
    """
    with h5py.File(path, "w") as file:
        _mark(file, "anndata", "0.1.0")
        _write_array(file, "X", content.X)
        for name, table in (("obs", content.obs), ("var", content.var)):
            _write_table(file, name, table)
        for name, arrays in (("layers", content.layers), ("obsm", content.obsm)):
            group = _group(file, name, "dict", "0.1.0")
            for key, array in arrays.items():
                _write_array(group, key, array)
        group = _group(file, "uns", "dict", "0.1.0")
        for key, text in content.uns.items():
            _mark(group.create_dataset(key, data=text, dtype=TEXT, track_times=False), "string", "0.2.0")
        for name in ("obsp", "varm", "varp"):
            _group(file, name, "dict", "0.1.0")


def _mark(node: h5py.Group | h5py.Dataset, kind: str, version: str) -> None:
    """Say what a node is, as readers of the format ask."""
    node.attrs["encoding-type"], node.attrs["encoding-version"] = kind, version


def _group(parent: h5py.Group, name: str, kind: str, version: str) -> h5py.Group:
    """Return a new group of a kind."""
    group = parent.create_group(name)
    _mark(group, kind, version)
    return group


def _write_array(parent: h5py.Group, name: str, values: np.ndarray) -> None:
    """Write numbers, compressed, or text."""
    text = values.dtype.kind in "OUT"
    options: dict[str, Any] = {"dtype": TEXT} if text else {"compression": "gzip", "shuffle": True}
    data = values.astype(object) if text else values
    dataset = parent.create_dataset(name, data=data, track_times=False, **(options if values.size else {}))
    _mark(dataset, "string-array" if text else "array", "0.2.0")


def _write_table(parent: h5py.Group, name: str, table: pd.DataFrame) -> None:
    """Write a table; a column of text that repeats itself becomes categories."""
    names = [str(column).replace("/", "_") for column in table]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice:
        raise InputError(f"column {twice!r}: two columns would have this name in an h5ad file; rename one of them")
    group = _group(parent, name, "dataframe", "0.2.0")
    group.attrs["_index"] = INDEX
    group.attrs.create("column-order", np.array(names, dtype=object), dtype=TEXT)
    _write_array(group, INDEX, table.index.to_numpy(object))
    for column, (_, values) in zip(names, table.items(), strict=True):
        if pd.api.types.is_numeric_dtype(values):
            _write_array(group, column, values.to_numpy())
        elif isinstance(values.dtype, pd.CategoricalDtype) or values.nunique() < len(values):
            _write_categories(group, column, pd.Categorical(values))
        else:
            _write_array(group, column, values.to_numpy(object))


def _write_categories(parent: h5py.Group, name: str, values: pd.Categorical) -> None:
    """Write categories and, for every row, the number of its own."""
    group = _group(parent, name, "categorical", "0.2.0")
    group.attrs["ordered"] = bool(values.ordered)
    _write_array(group, "categories", values.categories.to_numpy(object))
    _write_array(group, "codes", values.codes)

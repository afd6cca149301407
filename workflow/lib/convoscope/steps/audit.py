"""Look for what could make an experiment's metrics too good."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.dataset import load_dataset, split_names
from convoscope.errors import InputError
from convoscope.evaluation.leakage import Finding, confounded, copies, few_groups, near_copies, shared_values
from convoscope.evaluation.shortcuts import bright_groups, constant_channels
from convoscope.files import replacing
from convoscope.image import cells
from convoscope.options import Input
from convoscope.tables import find_rows, write_table

ORDER = ["leak", "look", "fine"]


def audit(
    *, examples: Input, codes: Input, card: Input, table: Input, name: str, metrics: list[Input] | None = None,
    splits: list[str] | None = None, audit: Path,
) -> None:  # fmt: skip
    """Search cells for leaks: copies, repeats, classes and brightness that go with a group.

    The table has one row per finding, the most important first.

    Parameters
    ----------
    table
        The given table of cells, whose other columns may be groups that nobody named.
    name
        Column of that table with the names of the cells.
    metrics
        The metrics.json of every split of the ladder, in which the brightness of groups shows; none for one split.
    splits
        What stays together in the split of each of them.
    audit
        Table to write, one row per finding.
    """
    data = load_dataset(examples, codes, card)
    fold = next(iter(data.card["folds"]))
    sides = split_names(data.table, data.card, fold)
    described = _read_columns(table, name, data.table["id"])
    plain = [str(column) for column in described if column not in (*data.card["labels"], "image", "x", "y")]
    classes = _strata(data.labels, data.card["labels"])
    columns = [column for column in plain if not _same_as(described[column].to_numpy(object), classes)]
    found = constant_channels(data.codes, data.card["channel_names"]) + _bright_groups(metrics or [], splits or [])
    found += copies(data.codes, sides) + near_copies(data.codes, sides)
    found += shared_values(described, sides, columns) + confounded(described, classes, columns)
    if fold == "holdout":
        found += few_groups(data.table["group"].to_numpy(object), classes, sides)
    result = pd.DataFrame(found, columns=Finding._fields)
    result = result.iloc[np.argsort([ORDER.index(verdict) for verdict in result["verdict"]], kind="stable")]
    with replacing(audit) as [scratch]:
        write_table(result, scratch, 4)


def _bright_groups(metrics: Sequence[Path], splits: Sequence[str]) -> list[Finding]:
    """Compare the intensity baseline under the splits of the ladder."""
    if len(metrics) != len(splits):
        raise InputError(f"--splits: {len(splits)} for {len(metrics)} of --metrics; one for each")
    return bright_groups({split: read_metrics(path) for split, path in zip(splits, metrics, strict=True)})


def _read_columns(path: Path, name: str, names: pd.Series) -> pd.DataFrame:
    """Read the given table's other columns as text, one row for each of the named cells."""
    table = cells.read_columns(path, list(dict.fromkeys([name, *filter(None, cells.read_header(path))])))
    return table.drop(columns=name).iloc[find_rows(names, table[name], str(path))].reset_index(drop=True)


def _strata(labels: np.ndarray, names: list[str]) -> np.ndarray:
    """Name the class of each example, or its combination of labels."""
    return np.array(["+".join(np.array(names)[row > 0.5]) or "none" for row in labels], dtype=object)


def _same_as(values: np.ndarray, classes: np.ndarray) -> bool:
    """Tell whether a column is the label by another name: each value has one class and each class one value."""
    pairs = pd.DataFrame({"value": values, "class": classes}).drop_duplicates()
    return not pairs["value"].duplicated().any() and not pairs["class"].duplicated().any()

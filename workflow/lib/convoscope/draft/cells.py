"""A configuration for a table of cells."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from convoscope.config.image import Cells, Crops, CropsSpec
from convoscope.draft import Draft, label_list, safe_name, write_draft
from convoscope.draft.columns import SIDES, Columns, find_columns
from convoscope.image.columns import read_columns, read_header
from convoscope.image.sample import first_crops

FEW = 50  # cells of a class, from which a network hardly learns


def draft_cells(
    path: Path, folder: Path | None, label: str | None, groups: Sequence[str] | None, name: str | None
) -> Draft:
    """Return the configuration of an experiment on cells.

    Parameters
    ----------
    path
        Table of the cells.
    folder
        Where the names of images start, if not at the table.
    label, groups
        Columns of the classes and of what cells have in common; found by their names when not given.
    name
        Of the experiment; that of the table's folder, or of the table, when not given.

    Raises
    ------
    InputError
        If the table or its first images cannot be read, or its columns leave open what they are.
    """
    table = read_columns(path, [column for column in read_header(path) if column])
    columns = find_columns(table, label, groups, str(path))
    cells = Cells(path=str(path), form=columns.form, id=columns.id, images=columns.images)
    spec = CropsSpec(cells=cells, crops=Crops(), labels=[columns.label], groups=columns.groups)
    channels, size = first_crops(path, spec, folder or path.parent)
    stem = path.name.split(".")[0]
    values = {
        "name": name or safe_name(path.resolve().parent.name if stem == "cells" else stem),
        "cells": _changed(cells, folder),
        "columns": columns,
        "channels": [f"c{number}" for number in range(1, channels + 1)],
        "size": size,
    }
    return write_draft("cells", _say(table, columns, channels, size), values)


def _changed(cells: Cells, folder: Path | None) -> dict[str, object]:
    """Return the keys of the section that are not at their defaults."""
    said = cells.model_dump(exclude_defaults=True)
    return said | ({"folder": str(folder)} if folder else {})


def _say(table: pd.DataFrame, columns: Columns, channels: int, size: int) -> list[str]:
    """Say what cells there are, and how they are split."""
    counts = table[columns.label][table[columns.label] != ""].value_counts()
    kind = "crops" if columns.form == "crops" else f"cells, whose places are {columns.form}, in crops"
    plural = "channel" if channels == 1 else "channels"
    many = (
        f"{counts.min():,} to {counts.max():,} cells" if counts.min() < counts.max() else f"{counts.max():,} cells each"
    )
    said = [
        f"{len(table):,} {kind} of {size} x {size} pixels and {channels} {plural}.",
        f"Label: {columns.label}, {len(counts)} classes of {many}.",
    ]
    if unnamed := len(table) - counts.sum():
        said.append(f"{unnamed:,} cells have no label and are left out.")
    if few := [str(name) for name, number in counts.items() if number < FEW]:
        said.append(f"Fewer than {FEW} cells, from which a network hardly learns: {label_list(few)}.")
    numbers = [f"{name} ({table[name].nunique():,})" for name in columns.groups]
    said.append(f"Columns of groups: {', '.join(numbers) or 'none found'}.")
    if columns.by:
        return [*said, f"No {columns.by} is in two splits."]
    return [
        *said,
        f"No column has {SIDES} groups in every class, so that single cells are split. The network may then learn what "
        "cells of one image or plate have in common, which makes its scores too good.",
    ]

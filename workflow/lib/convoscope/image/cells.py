"""The table of cells: one row per cell, its images, its place in them, its labels and groups."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import Cells, CropsSpec
from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.image.columns import read_columns, read_header

FLAGS = ("0", "1", "0.0", "1.0")


class CellTable(NamedTuple):
    """N cells in the order of the table; ``reasons`` is empty where nothing speaks against a cell so far."""

    lines: np.ndarray  # (N,) int64, from 1
    ids: pd.Series  # (N,) text
    images: pd.DataFrame  # (N, files) names of files
    places: pd.DataFrame  # (N, …) the columns of PLACES for the form of the table
    described: pd.DataFrame  # (N, groups + labels) text
    reasons: np.ndarray  # (N,) text


# Columns that say where in its image a cell is, under their own names and under those of the table.
PLACES: dict[str, Callable[[Cells], dict[str, str]]] = {
    "crops": lambda cells: {"x": cells.x, "y": cells.y},
    "centres": lambda cells: {"x": cells.x, "y": cells.y},
    "boxes": lambda cells: dict(zip(("left", "top", "right", "bottom"), cells.box, strict=True)),
    "masks": lambda cells: {"mask": cells.mask, "object": cells.object},
}


def read_cells(path: Path, spec: CropsSpec) -> CellTable:
    """Read the columns of a table of cells that an experiment uses.

    Raises
    ------
    InputError
        If the table cannot be read, has no row, lacks a column or has one twice, if two cells have one name, or if
        a label of several is neither 0 nor 1 nor unknown.
    """
    places = _place_columns(path, spec.cells)
    described = [*spec.groups, *spec.labels]
    wanted = [spec.cells.id, *spec.cells.images, *places.values(), *described]
    frame = read_columns(path, list(dict.fromkeys(wanted)))
    _check_names(path, frame[spec.cells.id], spec.cells.id)
    if not TASKS[spec.task].exclusive:
        _check_flags(path, frame[list(spec.labels)])
    given = pd.DataFrame({name: _place(frame[column], name) for name, column in places.items()}, index=frame.index)
    if spec.cells.form != "crops":  # whose place in their field is only written down
        _refuse_fractions(path, given.drop(columns=["mask", "object"], errors="ignore"), places)
    return CellTable(
        frame.index.to_numpy(dtype=np.int64),
        frame[spec.cells.id],
        frame[list(spec.cells.images)],
        given,
        frame[described],
        _judge(frame, spec, places, given),
    )


def _place_columns(path: Path, cells: Cells) -> dict[str, str]:
    """Return the columns that say where a cell is; ready crops may have a place in their field, others need one."""
    columns = PLACES[cells.form](cells)
    if cells.form != "crops":
        return columns
    header = read_header(path)
    return {name: column for name, column in columns.items() if column in header}


def _check_names(path: Path, names: pd.Series, column: str) -> None:
    """Refuse cells without a name and two cells of one name, with their lines."""
    unnamed = names.index[(names == "").to_numpy()]
    if len(unnamed):
        raise InputError(f"{path}:{unnamed[0]}: no {column}; every cell needs a name of its own")
    again = names.index[names.duplicated().to_numpy()]
    if len(again):
        name = names.loc[again[0]]
        first = names.index[(names == name).to_numpy()][0]
        raise InputError(
            f"{path}:{again[0]}: {column} {name!r} stands already on line {first}, and {len(again)} row(s) repeat "
            "a name; every cell needs a name of its own"
        )


def _check_flags(path: Path, labels: pd.DataFrame) -> None:
    """Refuse labels of a multilabel task that are neither 0 nor 1 nor unknown, with the line of the first."""
    for name in labels:
        wrong = labels[name][~labels[name].isin(["", *FLAGS]).to_numpy()]
        if len(wrong):
            raise InputError(
                f"{path}:{wrong.index[0]}: {name} is {wrong.iloc[0]!r}; task multilabel reads 0, 1 or nothing "
                "(for a column of classes set task: multiclass)"
            )


def _refuse_fractions(path: Path, given: pd.DataFrame, columns: dict[str, str]) -> None:
    """Refuse places that are shares of the width and height: as pixels, all would be the upper left one."""
    known = given.to_numpy(dtype=np.float64)[given.notna().all(axis=1).to_numpy()]
    if known.size and len(known) > 1 and (known >= 0).all() and (known <= 1).all() and (known % 1 != 0).any():
        names = ", ".join(columns[str(name)] for name in given)
        raise InputError(
            f"{path}: {names} from {known.min():g} to {known.max():g}, as shares "
            "of the image are; places are read in pixels: multiply by its width and height"
        )


def _place(column: pd.Series, name: str) -> pd.Series:
    """Return finite numbers, NaN where there is none; the name of a mask stays text."""
    if name == "mask":
        return column
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    return numbers.where(np.isfinite(numbers))


def _judge(frame: pd.DataFrame, spec: CropsSpec, places: dict[str, str], given: pd.DataFrame) -> np.ndarray:
    """Return what the table alone says against its cells, ``(N,)`` text, empty where nothing.

    Parameters
    ----------
    frame
        The columns of the table as text.
    spec
        Names the columns.
    places
        Columns of places by their own names.
    given
        Those columns as numbers, under their own names.
    """
    reasons = np.full(len(frame), "", dtype=object)

    def note(wrong: pd.Series, text: str, values: pd.Series | None = None) -> None:
        chosen = wrong.to_numpy() & (reasons == "")
        reasons[chosen] = text if values is None else [f"{text} {value!r}, not a number" for value in values[chosen]]

    if spec.labels:
        note((frame[list(spec.labels)] == "").all(axis=1), f"no label: {' and '.join(spec.labels)} empty")
    for name in spec.groups:
        note(frame[name] == "", f"no group: {name} empty")
    files = [*spec.cells.images, *([places["mask"]] if "mask" in places else [])]
    for name in files:
        note(frame[name] == "", f"unreadable: {name} empty, no file is named")
    numbers = {} if spec.cells.form == "crops" else places
    for name, column in numbers.items():
        if name != "mask":
            status = "no object" if name == "object" else "out of frame"
            note(given[name].isna(), f"{status}: {column} is", frame[column])
    return reasons

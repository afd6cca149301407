"""The table of cells: one row per cell, its images, its place in them, its labels and groups."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import Cells, CropsSpec
from convoscope.errors import InputError
from convoscope.files import open_text

MISSING = ("", "nan", "NaN")  # what tables are written with where nothing is known; a class may be called NA
FLAGS = ("0", "1", "0.0", "1.0")
SHOWN = 12  # columns


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

    Names of images, groups and labels are kept once per value, not per cell, so that the memory for ten million
    cells is that of their names and places.

    Raises
    ------
    InputError
        If the table cannot be read, has no row, lacks a column or has one twice, if two cells have one name, or if
        a label of several is neither 0 nor 1 nor unknown.
    """
    places = place_columns(path, spec.cells)
    described = [*spec.groups, *spec.labels]
    text = [*spec.cells.images, *described, *([places["mask"]] if "mask" in places else [])]
    wanted = list(dict.fromkeys([spec.cells.id, *text, *places.values()]))
    frame = read_columns(path, wanted, [name for name in text if name != spec.cells.id])
    check_names(path, frame[spec.cells.id], spec.cells.id)
    if spec.task == "multilabel":
        check_flags(path, frame[list(spec.labels)])
    given = pd.DataFrame({name: place(frame[column], name) for name, column in places.items()})
    return CellTable(
        frame.index.to_numpy(dtype=np.int64),
        frame[spec.cells.id],
        frame[list(spec.cells.images)],
        given,
        frame[described],
        judge(frame, spec, places, given),
    )


def read_header(path: Path) -> list[str]:
    """Return the names of a table's columns; refuse a table without a header and one that has a name twice."""
    with open_text(path) as stream:
        names = [name.strip() for name in stream.readline().rstrip("\n").split("\t")]
    if not any(names):
        raise InputError(f"{path}:1: no header; a tab-separated table with names of columns in its first line is read")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InputError(f"{path}:1: column {twice[0]!r} stands twice; every column needs a name of its own")
    return names


def place_columns(path: Path, cells: Cells) -> dict[str, str]:
    """Return the columns that say where a cell is; ready crops may have a place in their field, others need one."""
    columns = PLACES[cells.form](cells)
    if cells.form != "crops":
        return columns
    header = read_header(path)
    return {name: column for name, column in columns.items() if column in header}


def read_columns(path: Path, wanted: list[str], repeated: list[str]) -> pd.DataFrame:
    """Read columns as text, indexed by line number, without blank lines; unknown values are empty.

    Parameters
    ----------
    path
        Tab-separated table with a header.
    wanted
        Names of columns.
    repeated
        Those of them with few values, which become categories.
    """
    header = read_header(path)
    absent = [name for name in wanted if name not in header]
    if absent:
        hint = "; columns are separated by tabs" if len(header) == 1 else ""
        found = ", ".join(header[:SHOWN]) + (", …" if len(header) > SHOWN else "")
        raise InputError(f"{path}: no column {absent[0]!r}; its columns are {found}{hint}")
    kinds = {name: "category" if name in repeated else "str" for name in wanted}
    try:
        with open_text(path) as stream:
            frame = pd.read_csv(
                stream,
                sep="\t",
                header=0,
                names=header,
                index_col=False,
                usecols=wanted,
                dtype=kinds,
                keep_default_na=False,
                skip_blank_lines=False,
            )
    except pd.errors.ParserError as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}; every row has {len(header)} columns") from None
    frame = pd.DataFrame({name: tidy(frame[name]) for name in wanted})
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    frame = frame[(frame != "").any(axis=1)]
    if frame.empty:
        raise InputError(f"{path}: no row; at least one cell is needed")
    return frame


def tidy(column: pd.Series) -> pd.Series:
    """Return text without spaces around it and with nothing where nothing is known.

    >>> tidy(pd.Series([" AAC1", "NaN", "NA"])).tolist()
    ['AAC1', '', 'NA']
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = pd.factorize(tidy(pd.Series(column.cat.categories, dtype=object)))
        spread = np.append(codes, -1)[column.cat.codes.to_numpy()]  # -1, which a row too short has, stays -1
        spread, values = (spread, values) if "" in values else (spread, values.append(pd.Index([""])))
        spread[spread < 0] = list(values).index("")
        return pd.Series(pd.Categorical.from_codes(spread, categories=values), index=column.index)
    clean = column.fillna("").astype(object).str.strip()
    return clean.mask(clean.isin(MISSING), "")


def check_names(path: Path, names: pd.Series, column: str) -> None:
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


def check_flags(path: Path, labels: pd.DataFrame) -> None:
    """Refuse labels of a multilabel task that are neither 0 nor 1 nor unknown, with the line of the first."""
    for name in labels:
        wrong = labels[name][~labels[name].isin(["", *FLAGS]).to_numpy()]
        if len(wrong):
            raise InputError(
                f"{path}:{wrong.index[0]}: {name} is {wrong.iloc[0]!r}; task multilabel reads 0, 1 or nothing "
                "(for a column of classes set task: multiclass)"
            )


def place(column: pd.Series, name: str) -> pd.Series:
    """Return numbers, NaN where there is none; the name of a mask stays text."""
    if name == "mask":
        return column
    return pd.to_numeric(column.astype(object), errors="coerce").astype(np.float64)


def judge(frame: pd.DataFrame, spec: CropsSpec, places: dict[str, str], given: pd.DataFrame) -> np.ndarray:
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

    def note(wrong: pd.Series, texts: str | np.ndarray) -> None:
        chosen = wrong.to_numpy() & (reasons == "")
        reasons[chosen] = texts if isinstance(texts, str) else texts[chosen]

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
            found = (f"{status}: {column} is '" + frame[column].astype(object) + "', not a number").to_numpy(object)
            note(~pd.Series(np.isfinite(given[name].to_numpy()), index=frame.index), found)
    return reasons

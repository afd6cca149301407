"""CellProfiler's tables of images and of objects as one table of cells."""

import csv
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.image.objects import SUFFIXES

IMAGE, OBJECT, AREA = "ImageNumber", "ObjectNumber", "AreaShape_Area"
CENTRES = (("Location_Center_X", "Location_Center_Y"), ("AreaShape_Center_X", "AreaShape_Center_Y"))
FILE, FOLDER, FRAME, META = "FileName_", "PathName_", "Frame_", "Metadata_"
SHOWN = 12  # columns


class Tables(NamedTuple):
    """Rows of the table of objects, ``cell``, images, ``x y …``; ``reasons`` is empty where nothing is wrong."""

    cells: pd.DataFrame
    channels: list[str]
    reasons: np.ndarray


def _read_csv(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Read a table that is separated as its header is, by commas, tabs or semicolons, as text.

    Raises
    ------
    InputError
        If it has no row, a name twice (the two headings of combined objects), or lacks a column.
    """
    with open_text(path) as stream:
        first = stream.readline()
        mark = max(",\t;", key=first.count)
        try:
            rows = [row for row in csv.reader(chain([first], stream), delimiter=mark, strict=True) if any(row)]
        except csv.Error as error:
            raise InputError(f"{path}: {error}; a table separated by commas, tabs or semicolons is read") from None
    header = rows[0] if rows else []
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path}: column {twice[0]!r} stands twice; export each kind of object to a table of its own")
    missing = [name for name in needed if name not in header]
    if missing:
        shown = ", ".join(header[:SHOWN]) + (", …" if len(header) > SHOWN else "")
        raise InputError(f"{path}: no column {missing[0]!r}; it has {shown or 'none'}")
    wrong = [number for number, row in enumerate(rows, 1) if len(row) != len(header)]
    if wrong or len(rows) < 2:
        found = f"row {wrong[0]} has {len(rows[wrong[0] - 1])} of {len(header)} fields" if wrong else "no row"
        raise InputError(f"{path}: {found}; a table of CellProfiler's ExportToSpreadsheet is read")
    return pd.DataFrame(rows[1:], columns=header, dtype=object)


def read_tables(images: Path, objects: Path, channels: Sequence[str], folder: Path | None) -> Tables:
    """Join a table of images with one of objects.

    CellProfiler counts pixels from the centre of the first, as Convoscope does.

    Parameters
    ----------
    images
        ``Image.csv``.
    objects
        ``Cells.csv``, ``Nuclei.csv``, …
    channels
        Names of images in the pipeline, in the order of the channels; all that are TIFF or PNG when empty.
    folder
        Where the images are, in place of the folders that the table names.

    Raises
    ------
    InputError
        If columns are missing, an image or object stands twice, the tables do not belong together, or an image is
        one plane of a stack.
    """
    seen, found = _read_csv(images, [IMAGE]), _read_csv(objects, [IMAGE, OBJECT])
    chosen = _choose_channels(images, seen, channels)
    _refuse_repeats(images, seen, [IMAGE])
    _refuse_repeats(objects, found, [IMAGE, OBJECT])
    places = pd.Index(seen[IMAGE]).get_indexer(found[IMAGE])
    if (places < 0).any():
        number = found[IMAGE].iloc[int(places.argmin())]
        raise InputError(f"{objects}: {IMAGE} {number} is not in {images}; give the two tables of one run")
    x, y = (_numbers(found, objects, axis) for axis in (0, 1))
    files = {channel: _paths(seen, channel, folder) for channel in chosen}
    own: dict[str, Any] = {"cell": found[IMAGE] + ":" + found[OBJECT]}
    own |= {channel: values[places] for channel, values in files.items()}
    own |= {"x": x, "y": y, IMAGE: found[IMAGE], OBJECT: found[OBJECT]}
    own |= {"area": found[AREA]} if AREA in found else {}
    own |= {name: found[name] for name in map(str, found) if name.startswith(META)}
    own |= {name: seen[name].to_numpy(object)[places] for name in map(str, seen) if name.startswith(META)}
    table = pd.DataFrame(own)
    unknown = ~(np.isfinite(x) & np.isfinite(y))
    return Tables(table, chosen, np.where(unknown, "no centre: its place is not a number", "").astype(object))


def _choose_channels(path: Path, seen: pd.DataFrame, wanted: Sequence[str]) -> list[str]:
    """Return the names of the images to use; refuse one that is not there, and planes of stacks."""
    known = [name.removeprefix(FILE) for name in map(str, seen) if name.startswith(FILE)]
    chosen = list(wanted) or [
        name for name in known if seen[FILE + name].str.lower().str.endswith(SUFFIXES).any()
    ]  # illumination functions are .npy or .mat
    missing = [name for name in chosen if name not in known]
    if missing or not chosen:
        found = f"no image {missing[0]!r}" if missing else "no column of TIFF or PNG files"
        raise InputError(f"{path}: {found}; its images are {', '.join(known) or 'none'}")
    taken = sorted({"cell", "x", "y", "area", IMAGE, OBJECT} & set(chosen))
    if taken:
        raise InputError(f"{path}: image {taken[0]!r} has the name of a column of the table of cells; rename it")
    for name in chosen:
        planes = seen.get(FRAME + name, pd.Series(dtype=object))
        stacked = planes[~planes.isin(["", "0", "0.0", "nan"])]
        if len(stacked):
            raise InputError(
                f"{path}: {FRAME}{name} is {stacked.iloc[0]}, a plane of a stack; a file per plane is read"
            )
    return chosen


def _refuse_repeats(path: Path, table: pd.DataFrame, keys: list[str]) -> None:
    """Refuse two rows of one image or object."""
    again = table[table.duplicated(keys)]
    if len(again):
        name = ", ".join(f"{key} {again[key].iloc[0]}" for key in keys)
        raise InputError(f"{path}: {name} stands twice; give the table of one run")


def _numbers(found: pd.DataFrame, path: Path, axis: int) -> np.ndarray:
    """Return the centres along one axis, NaN where there is none."""
    name = next((pair[axis] for pair in CENTRES if pair[axis] in found), None)
    if name is None:
        options = " or ".join(pair[axis] for pair in CENTRES)
        raise InputError(f"{path}: no column {options}; export the objects' locations")
    return pd.to_numeric(found[name], errors="coerce").to_numpy(np.float64)


def _paths(seen: pd.DataFrame, channel: str, folder: Path | None) -> np.ndarray:
    """Return the path of every image of a channel, empty where no file is named."""
    files = seen[FILE + channel]
    folders = (
        seen.get(FOLDER + channel, pd.Series("", index=seen.index)) if folder is None else [str(folder)] * len(seen)
    )
    return np.array(
        [str(Path(where, name)) if name else "" for where, name in zip(folders, files, strict=True)], dtype=object
    )

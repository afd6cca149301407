"""The centre base of every site: the summit of a peak where the file has one, else the middle."""

from pathlib import Path

import numpy as np

from convoscope.errors import InputError
from convoscope.sequence.choices import Choices, Column
from convoscope.sequence.site_formats import POSITIONS, Format, is_integer
from convoscope.sequence.site_table import Table


def find_column(column: Column, form: Format, table: Table, path: Path) -> int:
    """Return the place, from 0, of a column that is given by its number from 1 or its name."""
    most = max(table.widths, default=0)
    if isinstance(column, str) and not column.isdecimal():
        if column.lower() not in form.names:
            raise InputError(f"{path}: no column {column!r}; the file has {', '.join(form.names)}")
        return form.names.index(column.lower())
    if not 1 <= int(column) <= most:
        raise InputError(f"{path}: no column {column}; the file has {most}")
    return int(column) - 1


def find_centers(
    table: Table, starts: np.ndarray, ends: np.ndarray, form: Format, path: Path, choices: Choices
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the centre base of every row, 0-based ``(N,)``, whether it is the midpoint, and where it comes from.

    The midpoint of ``[start, end)`` is ``(start + end) // 2``: the middle base of an odd width, the first base of
    the right half of an even one, the only base of a site of 1 bp.

    Raises
    ------
    InputError
        Where the column that the user named, or the summit of a narrowPeak, is neither an offset nor a position.
    """
    middle, given, every = (starts + ends) // 2, choices.center_column, np.ones(len(starts), dtype=bool)
    column = form.summit if given is None else find_column(given, form, table, path)
    if column < 0 or choices.center == "midpoint":
        return middle, every, "midpoint"
    values, there, numbers = read_column(table, column)
    inside = (values >= -1) & (values < np.maximum(ends - starts, 1))
    placed = (values - form.first >= starts) & (values - form.first < ends)
    offsets, places = ~there | (numbers & inside), ~there | (numbers & placed)
    absolute = places.sum() >= offsets.sum() + (not is_position(form, column))  # equal: as the column's name says
    meaning = "position" if absolute else "offset from start"
    fits, centers = (places, values - form.first) if absolute else (offsets, starts + values)
    if not fits.all():
        if given is None and form.kind != "narrowPeak":
            return middle, every, f"midpoint (column {column + 1} is no summit)"
        wrong = int(fits.argmin())
        raise InputError(_no_summit(table, wrong, column, path, int(ends[wrong] - starts[wrong])))
    none = ~there | (values < 0)
    without = f", midpoint of {none.sum():,} rows without" if none.any() else ""
    return np.where(none, middle, centers), none, f"column {column + 1}, {meaning}{without}"


def is_position(form: Format, column: int) -> bool:
    """Tell whether the name of a column says that it holds positions."""
    return column < len(form.names) and form.names[column] in POSITIONS


def read_column(table: Table, column: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a column as whole numbers ``(N,)`` (-1 where it is none), whether it is filled, whether it is a number."""
    texts = table.cells(column)
    numbers = np.array([is_integer(text) for text in texts], dtype=bool)
    values = np.array([int(text) if is_integer(text) else -1 for text in texts], dtype=np.int64)
    return values, np.array([text != "" for text in texts], dtype=bool), numbers


def _no_summit(table: Table, row: int, column: int, path: Path, width: int) -> str:
    """Say that a column holds no summit of a row."""
    text = table.cells(column)[row][:40]
    return (
        f"{path}:{table.lines[row]}: summit {text!r} (column {column + 1}) of a peak of {width} bp; an "
        "offset from start inside the peak, or -1 for none; or set center: midpoint"
    )

"""The user's table of cells as text: separated by tabs, commas or semicolons, plain or gzipped."""

import csv
import logging
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from convoscope.errors import InputError
from convoscope.files import open_text

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 131_072  # letters of a field; names and numbers are far shorter
MISSING = ("", "nan", "NaN")  # what tables are written with where nothing is known; a class may be called NA
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
SHOWN = 12  # columns
POOL = 1 << 14  # different texts of a column


def _delimiter_of(path: Path) -> str:
    """Return what separates the columns: a tab, or where the header has none the more frequent of the other signs."""
    with open_text(path) as stream:
        header = re.sub(r'"[^"]*"', "", stream.readline())
    return "\t" if "\t" in header else max(DELIMITERS, key=header.count)


def read_header(path: Path) -> list[str]:
    """Return the names of a table's columns; refuse a table without a header and one that has a name twice."""
    names = [name.strip() for _, row in islice(_parsed(path), 1) for name in row]
    if not any(names):
        raise InputError(f"{path}:1: no header; a tab-separated table with names of columns in its first line is read")
    twice = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if twice:
        raise InputError(f"{path}:1: column {twice[0]!r} stands twice; every column needs a name of its own")
    return names


def read_columns(path: Path, wanted: list[str]) -> "pd.DataFrame":
    """Read columns as text, indexed by line number, without blank lines; what is not known is empty.

    A row may end early, as editors cut off empty cells; one that is too long is refused.
    """
    header = read_header(path)
    absent = [name for name in wanted if name not in header]
    if absent:
        hint = "; columns are separated by tabs, commas or semicolons" if len(header) == 1 else ""
        found = ", ".join(header[:SHOWN]) + (", …" if len(header) > SHOWN else "")
        raise InputError(f"{path}: no column {absent[0]!r}; its columns are {found}{hint}")
    if (sign := _delimiter_of(path)) != "\t":
        logging.info("%s: read as a table separated by %s", path, DELIMITERS[sign])
    places = [header.index(name) for name in wanted]
    lines = array("q")
    columns: list[tuple[int, list[str], dict[str, str]]] = [(number, [], {}) for number in places]
    for line, row in _read_rows(path, len(header)):
        lines.append(line)
        for number, texts, known in columns:
            text = _clean(row[number]) if number < len(row) else ""
            if len(known) < POOL:  # names of fields and classes: one object for all their cells
                known.setdefault(text, text)
            texts.append(known.get(text, text))
    if not lines:
        raise InputError(f"{path}: no row; at least one cell is needed")
    import numpy as np  # not for the header, which the Snakefile reads too, nor for a table that is refused
    import pandas as pd

    content = {name: texts for name, (_, texts, _) in zip(wanted, columns, strict=True)}
    return pd.DataFrame(content, index=np.array(lines), dtype=object)


def _read_rows(path: Path, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of every row below the header that is not blank."""
    rows = _parsed(path)
    next(rows)
    for line, row in rows:
        if len(row) > width:
            raise InputError(f"{path}:{line}: {len(row)} columns; the header has {width}")
        if any(map(str.strip, row)):
            yield line, row


def _parsed(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of every line; refuse a quotation mark that is not closed on its line."""
    with open_text(path) as stream:
        csv.field_size_limit(LONGEST)  # of the whole process, where other tables have longer fields
        rows = csv.reader(stream, delimiter=_delimiter_of(path), strict=True)
        line = 1
        try:
            for row in rows:
                if rows.line_num > line:
                    raise csv.Error("a field of several lines")
                if any("\t" in field for field in row):
                    raise InputError(f"{path}:{line}: a field holds a tab; fields are read without")
                yield line, row
                line = rows.line_num + 1
        except csv.Error as error:
            raise InputError(
                f"{path}:{line}: {error}; a field that begins with a quotation mark ends with one on its line, and has "
                "each of its own twice"
            ) from None


def _clean(text: str) -> str:
    """Return a field without spaces around it, and nothing where nothing is known.

    >>> [_clean(text) for text in (" AAC1", "NaN", "NA")]
    ['AAC1', '', 'NA']
    """
    text = text.strip()
    return "" if text in MISSING else text

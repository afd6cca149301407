"""Reading sites: BED and its relatives for peaks, plain or gzipped; see `site_formats` for the kinds.

Two kinds of trouble are kept apart. A malformed row means that the file is not what the user thinks, so it stops
the run with file and line. A well-formed row that cannot become a window is kept and dropped later with a reason.
"""

import logging
from pathlib import Path
from sys import intern

import numpy as np
import pandas as pd

from convoscope.download.addresses import redacted_text
from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.centers import find_centers, find_column
from convoscope.sequence.choices import PLAIN, Choices
from convoscope.sequence.site_formats import Format, Row, cell, cell_number, recognise
from convoscope.sequence.siterows import Rows, read_rows

ROW_LENGTH = 200
CHECKED_ROWS = 1000
log = logging.getLogger(__name__)


def read_sites(path: Path, choices: Choices = PLAIN, *, may_be_empty: bool = False) -> pd.DataFrame:
    """Read a whole site file, and say in one line of the log what it was taken for.

    Parameters
    ----------
    path
        Columns separated by tabs, spaces, commas or semicolons, as the first row tells, quoted or not; contig, start
        and end first, 0-based half-open (1-based where named columns say so, see `site_formats`), or after a column of
        row names; comments, track lines and blank lines are skipped.
    choices
        ``summit``: the base that the summit's column names, by an offset from start or by its position, and where
        there is none or -1 the base in the middle (the right one of two), as always with ``midpoint``.
    may_be_empty
        Accept a file without a row, as a genome without gaps has; such a file of regions needs no word in the log.

    Returns
    -------
    pandas.DataFrame
        One row per row of the file: ``line chrom start end name strand score center midpoint row``. ``score`` is NaN
        where there is none, ``center`` the 0-based position of the centre base, ``midpoint`` whether that is the
        middle, ``row`` the row's text.

    Raises
    ------
    InputError
        If the file cannot be read, is empty or holds a malformed row; with its line number.
    """
    with open_text(path) as stream:
        content = read_rows(stream, path)
    sites, said = _content_to_sites(content, path, choices, may_be_empty)
    if not may_be_empty:
        log.info("%s: %s", path, said)
    return sites


def check_sites(path: Path, choices: Choices = PLAIN, *, may_be_empty: bool = False) -> pd.DataFrame:
    """Return the sites of the first ``CHECKED_ROWS`` rows; refuse malformed ones as :func:`read_sites` would."""
    with open_text(path) as stream:
        content = read_rows(stream, path, CHECKED_ROWS)
    return _content_to_sites(content, path, choices, may_be_empty)[0]


def _content_to_sites(content: Rows, path: Path, choices: Choices, may_be_empty: bool) -> tuple[pd.DataFrame, str]:
    """Return the sites of a file's rows, and what is said of how they were read; refuse a file without a row."""
    if not content.rows and not may_be_empty:
        raise InputError(f"{path}: no row; at least one site (BED, narrowPeak or broadPeak) is needed")
    form = recognise(content.rows, content.heading, content.in_comment)
    sites, said = _rows_to_sites(content.rows, form, path, choices)
    return sites, said + content.said


def _rows_to_sites(rows: list[Row], form: Format, path: Path, choices: Choices) -> tuple[pd.DataFrame, str]:
    """Return the sites of rows, and what is said of how they were read."""
    score = form.score if choices.score_column is None else find_column(choices.score_column, form, rows, path)
    starts = np.array([int(row.fields[1]) - form.first for row in rows], dtype=np.int64)
    ends = np.array([int(row.fields[2]) for row in rows], dtype=np.int64)
    if len(rows) and starts.min() < 0:
        raise InputError(f"{path}:{rows[int(starts.argmin())].line}: start 0; the first base of a {form.kind} is 1")
    centers, midpoints, how = find_centers(rows, starts, ends, form, path, choices)
    table = pd.DataFrame(
        {
            "line": np.array([row.line for row in rows], dtype=np.int64),
            "chrom": [intern(row.fields[0]) for row in rows],  # one text for the many rows of a contig
            "start": starts,
            "end": ends,
            "name": [cell(row, form.name) or "." for row in rows],
            "strand": [strand if (strand := cell(row, form.strand)) in ("+", "-") else "." for row in rows],
            "score": np.array([_find_score(row, score, path, choices.needs_score) for row in rows], dtype=np.float64),
            "center": centers,
            "midpoint": midpoints,
            "row": [row_text(row.text) for row in rows],
        }
    )
    counted = f"{len(rows):,} rows, read as {form.kind} of {len(rows[0].fields) if rows else 0} columns"
    origin = "" if not form.first else " (start and end are 1-based and closed)"
    return table, f"{counted}{origin}; centre: {how}; score: {_score_text(table, score, form)}"


def row_text(text: str) -> str:
    r"""Return a row as it is shown in dropped.tsv: on one line, without tabs, not too long.

    >>> row_text("chr1\t5\t6")
    'chr1 5 6'
    """
    return redacted_text(" ".join(text.split()))[:ROW_LENGTH]


def _find_score(row: Row, column: int, path: Path, needed: bool) -> float:
    """Return a row's score, NaN where it has none and none is needed."""
    text = cell(row, column)
    score = cell_number(text)
    if needed and score is None:
        found = f"score {text!r} in column {column + 1}" if text else f"{len(row.fields)} columns, no score"
        raise InputError(
            f"{path}:{row.line}: {found}; min_score and value: score need a number in column 5, or score_column"
        )
    return np.nan if score is None else score


def _score_text(table: pd.DataFrame, column: int, form: Format) -> str:
    """Say where scores come from."""
    if table["score"].isna().all():
        return "none"
    name = f" ({form.names[column]})" if column < len(form.names) else ""
    return f"column {column + 1}{name}"

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
from convoscope.sequence.site_formats import Format, cell_number, read_strands, recognise
from convoscope.sequence.site_table import Table
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
    if not content.table.texts and not may_be_empty:
        raise InputError(f"{path}: no row; at least one site (BED, narrowPeak or broadPeak) is needed")
    form = recognise(content.table, content.heading, content.in_comment)
    sites, said = _table_to_sites(content.table, form, path, choices)
    return sites, said + content.said


def _table_to_sites(table: Table, form: Format, path: Path, choices: Choices) -> tuple[pd.DataFrame, str]:
    """Return the sites of rows, and what is said of how they were read."""
    score = form.score if choices.score_column is None else find_column(choices.score_column, form, table, path)
    starts, ends = table.whole(1) - form.first, table.whole(2)
    if len(starts) and starts.min() < 0:
        raise InputError(f"{path}:{table.lines[int(starts.argmin())]}: start 0; the first base of a {form.kind} is 1")
    centers, midpoints, how = find_centers(table, starts, ends, form, path, choices)
    scores = _find_scores(table, score, path, choices.needs_score)
    sites = pd.DataFrame(
        {
            "line": np.array(table.lines, dtype=np.int64),
            "chrom": list(map(intern, table.cells(0))),  # one text for the many rows of a contig
            "start": starts,
            "end": ends,
            "name": [name or "." for name in table.cells(form.name)],
            "strand": read_strands(table.cells(form.strand)),
            "score": scores,
            "center": centers,
            "midpoint": midpoints,
            "row": list(map(row_text, table.texts)),
        }
    )
    counted = f"{len(sites):,} rows, read as {form.kind} of {table.widths[0] if len(sites) else 0} columns"
    origin = "" if not form.first else " (start and end are 1-based and closed)"
    return sites, f"{counted}{origin}; centre: {how}; score: {_score_text(scores, score, form)}"


def row_text(text: str) -> str:
    r"""Return a row as it is shown in dropped.tsv: on one line, without tabs, not too long.

    >>> row_text("chr1\t5\t6")
    'chr1 5 6'
    """
    return redacted_text(" ".join(text.split()))[:ROW_LENGTH]


def _find_scores(table: Table, column: int, path: Path, needed: bool) -> np.ndarray:
    """Return the scores of rows, ``(N,)``, NaN where one has none and none is needed."""
    texts = table.cells(column)
    numbers = {text: cell_number(text) for text in set(texts)}  # many rows have few scores
    if needed and None in numbers.values():
        row = next(row for row, text in enumerate(texts) if numbers[text] is None)
        found = (
            f"score {texts[row]!r} in column {column + 1}" if texts[row] else f"{table.widths[row]} columns, no score"
        )
        raise InputError(
            f"{path}:{table.lines[row]}: {found}; min_score and value: score need a number in column 5, or score_column"
        )
    return np.array([numbers[text] for text in texts], dtype=np.float64)


def _score_text(scores: np.ndarray, column: int, form: Format) -> str:
    """Say where scores come from."""
    if np.isnan(scores).all():
        return "none"
    name = f" ({form.names[column]})" if column < len(form.names) else ""
    return f"column {column + 1}{name}"

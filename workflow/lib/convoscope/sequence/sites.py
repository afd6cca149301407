"""Reading sites: BED3, BED6, narrowPeak, broadPeak and relatives, plain or gzipped.

Two kinds of trouble are kept apart. A malformed row means that the file is not what the user thinks, so it stops
the run with file and line. A well-formed row that cannot become a window is kept and dropped later with a reason.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text

Center = Literal["summit", "midpoint"]
INTEGER = re.compile(r"-?[0-9]{1,15}")
NARROWPEAK_COLUMNS = 10
ROW_LENGTH = 200
CHECKED_ROWS = 1000


class Site(NamedTuple):
    """One row of a site file; ``center`` is the 0-based position of the centre base."""

    line: int
    chrom: str
    start: int
    end: int
    name: str
    strand: str
    score: float
    center: int
    row: str


def read_sites(
    path: Path, *, center: Center = "summit", needs_score: bool = False, may_be_empty: bool = False
) -> pd.DataFrame:
    """Read a whole site file.

    Parameters
    ----------
    path
        Tab-separated, at least three columns, 0-based half-open; comments, track lines and blank lines are skipped.
    center
        ``summit``: start + column 10 of a narrowPeak where it is 0 or more; else, and with ``midpoint`` always, the
        base in the middle (the right one of two).
    needs_score
        Demand a number in column 5.
    may_be_empty
        Accept a file without a row, as a genome without gaps has.

    Returns
    -------
    pandas.DataFrame
        One row per row of the file, with the columns of :class:`Site`; ``score`` is NaN where there is none.

    Raises
    ------
    InputError
        If the file cannot be read, is empty or holds a malformed row; with its line number.
    """
    with open_text(path) as stream:
        sites = list(parse_sites(stream, path, center, needs_score))
    if not sites and not may_be_empty:
        raise InputError(f"{path}: no row; at least one site (BED, narrowPeak or broadPeak) is needed")
    return pd.DataFrame(sites, columns=list(Site._fields)).astype(
        {"line": np.int64, "start": np.int64, "end": np.int64, "center": np.int64, "score": np.float64}
    )


def check_sites(path: Path, needs_score: bool, center: Center = "summit") -> None:
    """Refuse a site file whose first rows are malformed, as :func:`read_sites` would, without reading all of it."""
    with open_text(path) as stream:
        if not list(islice(parse_sites(stream, path, center, needs_score), CHECKED_ROWS)):
            raise InputError(f"{path}: no row; at least one site (BED, narrowPeak or broadPeak) is needed")


def parse_sites(lines: Iterator[str], path: Path, center: Center, needs_score: bool) -> Iterator[Site]:
    """Yield the sites of a file's lines; see :func:`read_sites`."""
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if not text.strip() or text.startswith("#") or text.split(None, 1)[0] in ("track", "browser"):
            continue
        yield parse_site(text, f"{path}:{number}", number, center, needs_score)


def parse_site(text: str, where: str, number: int, center: Center, needs_score: bool) -> Site:
    """Read one row.

    Parameters
    ----------
    text
        The row, without line end.
    where
        File and line, for errors.
    number
        Line number, from 1.
    center, needs_score
        As in :func:`read_sites`.
    """
    fields = [field.strip() for field in text.split("\t")]
    if len(fields) < 3:
        raise InputError(f"{where}: {len(fields)} column(s) in {text[:60]!r}; BED has 3 or more, separated by tabs")
    if not fields[0]:
        raise InputError(f"{where}: no contig name in column 1; BED begins with contig, start, end")
    start, end = integer(fields[1], where, "start"), integer(fields[2], where, "end")
    if not 0 <= start <= end:
        raise InputError(f"{where}: start {start}, end {end}; BED is 0-based half-open: 0 <= start <= end")
    strand = fields[5] if len(fields) > 5 and fields[5] in ("+", "-") else "."
    name, score = fields[3] if len(fields) > 3 else ".", find_score(fields, where, needs_score)
    middle = find_center(fields, start, end, where, center)
    return Site(number, fields[0], start, end, name, strand, score, middle, row_text(text))


def row_text(text: str) -> str:
    r"""Return a row as it is shown in dropped.tsv: on one line, without tabs, not too long.

    >>> row_text("chr1\t5\t6")
    'chr1 5 6'
    """
    return " ".join(text.split())[:ROW_LENGTH]


def integer(text: str, where: str, name: str) -> int:
    """Read a whole number as BED writes it; ``1e5``, ``1.0`` and ``1,000`` are not."""
    if not INTEGER.fullmatch(text):
        raise InputError(f"{where}: {name} {text[:40]!r}; a whole number is needed")
    return int(text)


def find_center(fields: list[str], start: int, end: int, where: str, center: Center) -> int:
    """Return the 0-based position of a site's centre base.

    The midpoint of ``[start, end)`` is ``(start + end) // 2``: the middle base of an odd width, the first base of
    the right half of an even one, the only base of a site of 1 bp.
    """
    if center == "midpoint" or len(fields) != NARROWPEAK_COLUMNS:
        return (start + end) // 2
    offset = integer(fields[9], where, "narrowPeak summit (column 10; or set windows.center: midpoint)")
    if not -1 <= offset < max(end - start, 1):
        raise InputError(
            f"{where}: narrowPeak summit {offset} (column 10) of a peak of {end - start} bp; "
            "an offset from start inside the peak, or -1 for none; or set windows.center: midpoint"
        )
    return start + offset if offset >= 0 else (start + end) // 2


def find_score(fields: list[str], where: str, needed: bool) -> float:
    """Return column 5 as a number, NaN where it is none and not needed."""
    text = fields[4] if len(fields) > 4 else ""
    try:
        score = float(text)
    except ValueError:
        score = np.nan
    if needed and not np.isfinite(score):
        found = f"score {text!r} in column 5" if len(fields) > 4 else f"{len(fields)} columns, no score"
        raise InputError(f"{where}: {found}; min_score and value: score need a number in column 5")
    return score

"""What a site file is, told by the content of all its rows: BED, narrowPeak, broadPeak, gappedPeak, tables with names.

Sources: the UCSC and ENCODE descriptions of BED and its peak formats; the outputs of IDR (narrowPeak with ten further
columns) and of MACS (``_peaks.xls``: named columns, 1-based).
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from convoscope.sequence.site_table import Table

INTEGER = re.compile(r"-?[0-9]{1,15}")
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
COLOUR = re.compile(r"\.|-|0|[0-9]{1,3}(,[0-9]{1,3}){2},?")
SUMMIT = 9  # column 10 of a narrowPeak: offset of the summit from start, -1 for none
STARTS = {"start", "chromstart", "chrom_start", "chr_start", "peak_start", "begin", "from"}
ENDS = {"end", "stop", "chromend", "chrom_end", "chr_end", "peak_end", "to"}
NAMED = {
    "name": ("name", "id", "peak_id", "peak_name"),
    "score": ("score",),
    "strand": ("strand",),
    "width": ("length", "width", "len"),
    "summit": ("abs_summit", "summit", "peak"),
}
BED_PLACES = {"name": 3, "score": 4, "strand": 5}
BED_COLUMNS = ["chrom", "start", "end", "name", "score", "strand"]
PEAK_COLUMNS = [*BED_COLUMNS, "signalvalue", "pvalue", "qvalue", "peak"]
THICK_COLUMNS = [*BED_COLUMNS, "thickstart", "thickend", "itemrgb"]
SHORT = ("BED3", "BED4", "BED5", "BED6")
NO_STRAND = ("", ".", "*", "?", "0", "na", "both", "none")
# How tables write the two strands, in lower case: BED, Ensembl's BioMart, scripts.
STRANDS = {
    **dict.fromkeys(("+", "1", "+1", "plus", "f", "fwd", "forward", "sense"), "+"),
    **dict.fromkeys(("-", "-1", "\N{MINUS SIGN}", "\N{MINUS SIGN}1", "minus", "r", "rev", "reverse", "antisense"), "-"),
}
POSITIONS = {"abs_summit", "thickstart", "thickend"}  # columns that hold no offsets


class Format(NamedTuple):
    """How the rows of one file are read; columns count from 0, -1 is none."""

    kind: str
    names: list[str]  # of the columns, lower case; empty where nothing names them
    first: int  # the number of a contig's first base: 0, or 1 in tables with closed intervals
    name: int
    score: int
    strand: int
    summit: int  # -1: the midpoint


def cell_number(text: str) -> float | None:
    """Return a finite decimal number, None where the text is none.

    Python's own reading takes more than tables mean: ``1_000``, and digits of other scripts.

    >>> cell_number("-1e3"), cell_number("1_000"), cell_number("inf")
    (-1000.0, None, None)
    """
    return value if NUMBER.fullmatch(text) and math.isfinite(value := float(text)) else None


def read_strands(texts: Sequence[str]) -> list[str]:
    """Return ``+``, ``-`` or ``.`` for each cell of a column of strands, as any of `STRANDS` writes them.

    Where a cell is no strand in any spelling, the column holds something else: then only BED's own signs count.

    >>> read_strands(["1", "-1", "*"]), read_strands(["+", "-", "x"]), read_strands(["-1", "0.5", "+"])
    (['+', '-', '.'], ['+', '-', '.'], ['.', '.', '+'])
    """
    known = {text: text.lower() for text in set(texts)}
    spelled = all(low in STRANDS or low in NO_STRAND for low in known.values())
    signs = {text: STRANDS.get(low, ".") if spelled or text in "+-" else "." for text, low in known.items()}
    return [signs[text] for text in texts]


def is_integer(text: str) -> bool:
    """Tell whether a text is a whole number as BED writes it; ``1e5``, ``1.0`` and ``1,000`` are not."""
    return INTEGER.fullmatch(text) is not None


def is_heading(fields: list[str]) -> bool:
    """Tell whether a line names its columns, with start and end in the second and third place."""
    lower = [field.lower() for field in fields]
    return len(fields) >= 3 and lower[1] in STARTS and lower[2] in ENDS


def fits_bed9(fields: list[str]) -> bool:
    """Tell whether columns 7 to 9 are BED's thickStart, thickEnd and itemRgb."""
    if len(fields) < 9 or not all(map(is_integer, fields[1:3] + fields[6:8])) or not COLOUR.fullmatch(fields[8]):
        return False
    start, end, thick_start, thick_end = map(int, fields[1:3] + fields[6:8])
    return start <= thick_start <= thick_end <= end


def fits_bed12(fields: list[str]) -> bool:
    """Tell whether columns 10 to 12 are a number of blocks, their sizes and their starts."""
    if len(fields) < 12 or not is_integer(fields[9]):
        return False
    lists = [[part for part in fields[column].split(",") if part] for column in (10, 11)]
    return all(len(parts) == int(fields[9]) > 0 and all(map(is_integer, parts)) for parts in lists)


def fits_gapped(fields: list[str]) -> bool:
    """Tell whether a row is BED12 with signal, p-value and q-value."""
    return fits_bed12(fields) and len(fields) >= 15 and all(cell_number(text) is not None for text in fields[12:15])


def fits_broad(fields: list[str]) -> bool:
    """Tell whether columns 5 to 9 are score, strand, signal and the negative logarithms of p and q, -1 for none."""
    if (
        len(fields) < 9
        or fields[5] not in ("+", "-", ".")
        or cell_number(fields[4]) is None
        or cell_number(fields[6]) is None
    ):
        return False
    p, q = cell_number(fields[7]), cell_number(fields[8])
    if p is None or q is None or not all(value >= 0 or value == -1 for value in (p, q)):
        return False
    return p == -1 or q <= max(p, 1)  # q is not below p, so its negative logarithm is not above; 1: both as they are


def fits_narrow(fields: list[str]) -> bool:
    """Tell whether a row is a broadPeak's with the offset of a summit inside the peak, or -1."""
    if not (fits_broad(fields) and len(fields) > SUMMIT and all(map(is_integer, [*fields[1:3], fields[SUMMIT]]))):
        return False
    return -1 <= int(fields[SUMMIT]) < max(int(fields[2]) - int(fields[1]), 1)


FEWEST = 9  # columns that a row of a kind has
# Kinds from the most particular on, with what tells whether a row fits.
KINDS: dict[str, Callable[[list[str]], bool]] = {
    "gappedPeak": fits_gapped,
    "BED12": fits_bed12,
    "BED9": fits_bed9,
    "narrowPeak": fits_narrow,
    "broadPeak": fits_broad,
}


def recognise(table: Table, heading: list[str], in_comment: bool) -> Format:
    """Tell from its rows how a file is read.

    Parameters
    ----------
    table
        All rows; a kind is that of more than half of them.
    heading
        Names of the columns where the file has them, else empty.
    in_comment
        Whether the names stand in a comment, as in BED: then columns without a known name are where BED has them.
    """
    names = [name.lower() for name in heading] if table.texts and len(heading) == table.widths[0] else []
    if names and not in_comment:
        return _named_format(table, names)
    kind, summit = kind_of(table)
    if names and kind == "narrowPeak" and _find_named(names, "summit") != SUMMIT:
        kind, summit = "BED6", _find_named(names, "summit")  # numbers that could be a narrowPeak's, under other names
    places = {use: _find_named(names, use) for use in BED_PLACES}
    places = {use: place if place >= 0 else BED_PLACES[use] for use, place in places.items()}
    return Format(kind, names or usual_names(kind), 0, **places, summit=summit)


def usual_names(kind: str) -> list[str]:
    """Return the names that a format gives to its first columns."""
    by_kind = {"narrowPeak": PEAK_COLUMNS, "broadPeak": PEAK_COLUMNS[:SUMMIT]}
    return by_kind.get(kind, BED_COLUMNS[: int(kind[3:])] if kind in SHORT else THICK_COLUMNS)


def kind_of(table: Table) -> tuple[str, int]:
    """Return the kind of most rows, BED and its columns where none is known; and the column of its summits, or -1."""
    rows = list(table.rows(FEWEST))
    for kind, fits in KINDS.items():
        if 2 * sum(map(fits, rows)) > len(table.texts):
            return kind, SUMMIT if kind == "narrowPeak" else -1
    return f"BED{min(table.widths[0], 6) if table.texts else 3}", -1


def _named_format(table: Table, names: list[str]) -> Format:
    """Return the format of a table with a heading; a column of widths tells whether it counts from 0 or 1."""
    found = {use: _find_named(names, use) for use in NAMED}
    rows = zip(table.cells(1), table.cells(2), table.cells(found["width"]), strict=True)
    closed = found["width"] >= 0 and all(
        all(map(is_integer, cells)) and int(cells[2]) == int(cells[1]) - int(cells[0]) + 1 for cells in rows
    )
    macs = closed and {"pileup", "fold_enrichment"} <= set(names)
    kind = "peaks of MACS as a table" if macs else "table with named columns"
    return Format(kind, names, int(closed), found["name"], found["score"], found["strand"], found["summit"])


def _find_named(names: list[str], use: str) -> int:
    """Return the first column whose name stands for a use, -1 where there is none."""
    return next((place for place, name in enumerate(names) if name in NAMED[use]), -1)

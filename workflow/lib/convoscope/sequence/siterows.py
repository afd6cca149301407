"""The rows of a site file: separated by tabs, spaces, commas or semicolons, quoted and with names of rows or not."""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from convoscope.errors import InputError
from convoscope.sequence.site_formats import is_heading, is_integer
from convoscope.sequence.site_table import Row, Table

CSV = (",", ";")  # where these separate columns, quotes may come in any row
SEPARATORS = {"\t": "tabs", None: "spaces", ",": "commas", ";": "semicolons"}
# A row of plain BED: only the order of start and end is left to check, and no column needs trimming.
PLAIN = re.compile(r"[^\s#]\S*\t[0-9]{1,15}\t[0-9]{1,15}(?:\t\S+)*")
IN_R = 'write.table(…, quote=FALSE, sep="\\t", row.names=FALSE, col.names=FALSE)'


class Layout(NamedTuple):
    """How a line is divided into columns; without a separator at spaces. ``skipped`` columns are names of rows."""

    separator: str | None
    is_quoted: bool
    skipped: int = 0


BED = Layout("\t", is_quoted=False)


class Rows(NamedTuple):
    """Rows of a file, the names of its columns (empty without), whether a comment has them, and what is unusual."""

    table: Table
    heading: list[str]
    in_comment: bool
    said: str


class Head(NamedTuple):
    """What comes before the first row, how that row is divided, its line number and its text; none where no row is."""

    heading: list[str]
    in_comment: bool
    layout: Layout
    number: int
    first: list[str]


def read_rows(lines: Iterator[str], path: Path, most: int | None = None) -> Rows:
    """Return the rows of a site file, or the first of them; the first row tells how all are divided."""
    stripped = (line.rstrip("\r\n") for line in lines)
    heading, in_comment, layout, number, first = _read_head(stripped, path)
    rest: Iterable[str] = chain(first, stripped)
    table = None
    if layout == BED and most is None:
        rest = list(rest)
        table = _plain_table(rest, number)
    if table is None:
        table = Table.of(_divide(enumerate(rest, number), layout, path, most))
    _refuse_pairs(table, path)
    return Rows(table, heading if not heading or heading[0] else heading[1:], in_comment, _unusual(layout))


def _refuse_pairs(table: Table, path: Path) -> None:
    """Refuse BEDPE: a row whose fourth to sixth columns are another interval of its contig.

    Where the two overlap, the row may be of ``bedtools intersect``, whose first interval is the site.
    """
    same = (row for row, (one, other) in enumerate(zip(table.cells(0), table.cells(3), strict=True)) if one == other)
    for row in same:
        first, second = ([table.cells(column)[row] for column in range(start, start + 3)] for start in (0, 3))
        if _is_ordered(second) and not _overlap(first, second):
            found = f"a second interval, {second[0]}:{second[1]}-{second[2]}, in the fourth to sixth"
            raise InputError(
                f"{path}:{table.lines[row]}: columns of BEDPE ({found}); write each interval as a row of BED: contig, "
                "start, end"
            )


def _overlap(one: list[str], other: list[str]) -> bool:
    """Tell whether two intervals of one contig, as texts, have a base in common."""
    return _is_ordered(one) and max(int(one[1]), int(other[1])) < min(int(one[2]), int(other[2]))


def _read_head(texts: Iterator[str], path: Path) -> Head:
    """Read up to the first row."""
    heading, in_comment = list[str](), False
    for count, text in enumerate(texts, start=1):
        where, is_comment = f"{path}:{count}", text.startswith("#")
        if not text.strip():
            continue
        layout = _find_layout(text)
        fields = _split_row(text, layout, where)
        if is_comment:
            fields[0] = fields[0].lstrip("# ")
        if is_heading(fields) or (not fields[0] and is_heading(fields[1:])):
            heading, in_comment = fields, is_comment
        elif not is_comment and not _is_declaration(fields):
            named = [] if in_comment else heading
            skipped = _row_names(named, fields, where, in_quotes=text.startswith('"'))
            return Head(heading, in_comment, layout._replace(skipped=skipped), count, [text])
    return Head(heading, in_comment, Layout(None, is_quoted=False), 0, [])


def _plain_table(texts: list[str], number: int) -> Table | None:
    """Return rows of BED, all columns at once; nothing where one row needs a closer look."""
    if not all(map(PLAIN.fullmatch, texts)):
        return None
    table = Table.divided(range(number, number + len(texts)), texts)
    return None if table is None or (table.whole(1) > table.whole(2)).any() else table


def _divide(numbered: Iterable[tuple[int, str]], layout: Layout, path: Path, most: int | None) -> list[Row]:
    """Return the rows of lines from the first row on, each checked."""
    rows: list[Row] = []
    for count, text in numbered:
        if text.startswith("#") or not text.strip():
            continue
        where = f"{path}:{count}"
        fields = _split_row(text, layout, where)
        if not _is_declaration(fields):
            rows.append(_checked(Row(count, fields[layout.skipped :], text), where))
        if len(rows) == most:
            break
    return rows


def _find_layout(text: str) -> Layout:
    r"""Tell from a row, or from the names of columns, how the lines of a file are divided.

    >>> _find_layout("chr1\t5\t6"), _find_layout('"chr1",5,6')
    (Layout(separator='\t', is_quoted=False, skipped=0), Layout(separator=',', is_quoted=True, skipped=0))
    """
    divided = {mark: [field.strip().strip('"') for field in text.split(mark)] for mark in SEPARATORS}
    fitting = [mark for mark, fields in divided.items() if _fits(fields) or (mark == "\t" and len(fields) > 2)]
    separator = fitting[0] if fitting else None
    is_quoted = any(len(field) > 1 and field[0] == field[-1] == '"' for field in text.split(separator))
    return Layout(separator, not text.startswith("#") and (is_quoted or separator in CSV))


def _fits(fields: list[str]) -> bool:
    """Tell whether fields have an interval, or its names, in the second and third place, or after names of rows."""
    return any(is_heading(part) or _is_interval(part) for part in (fields, fields[1:]))


def _is_interval(fields: list[str]) -> bool:
    """Tell whether the second and third field are whole numbers."""
    return len(fields) > 2 and all(map(is_integer, fields[1:3]))


def _is_ordered(fields: list[str]) -> bool:
    """Tell whether the second and third field are the start and the end of an interval."""
    return _is_interval(fields) and int(fields[1]) <= int(fields[2])


def _split_row(text: str, layout: Layout, where: str) -> list[str]:
    r"""Return the columns of a line, without empty ones at its end.

    >>> _split_row("chr1\t5\t6\t\t", Layout("\t", False), "a:1"), _split_row('"a b"  5 6', Layout(None, True), "a:1")
    (['chr1', '5', '6'], ['a b', '5', '6'])
    """
    fields = text.split(layout.separator)
    if layout.is_quoted:
        mark = layout.separator or " "
        try:
            fields = next(csv.reader([text.strip(" ")], delimiter=mark, skipinitialspace=True, strict=True))
        except csv.Error as error:
            raise InputError(f"{where}: {error} in {text[:60]!r}; close the quotes, or write without: {IN_R}") from None
    fields = [field.strip() for field in fields]
    while fields and not fields[-1]:
        fields.pop()
    return fields or [""]


def _row_names(heading: list[str], fields: list[str], where: str, *, in_quotes: bool) -> int:
    """Return how many columns at the left hold names of rows, as R and pandas write them: 1 or 0.

    The names of columns have nothing above them (pandas, ``write.csv``), or are one fewer than the columns
    (``write.table``); where columns have no names, those of rows are ``in_quotes``.

    Raises
    ------
    InputError
        If the first columns could be a contig and its interval as well.
    """
    if heading and not heading[0]:
        return 1
    if not _is_ordered(fields[1:]) or not (len(heading) + 1 == len(fields) if heading else in_quotes):
        return 0
    if _is_ordered(fields):
        raise InputError(f"{where}: {', '.join(fields[:4])}: is the first a contig, or the name of a row? Use {IN_R}")
    return 1


def _unusual(layout: Layout) -> str:
    """Say how a file is divided into columns, where it is not as BED is."""
    is_csv = layout.separator in CSV
    parts = {
        f"separated by {SEPARATORS[layout.separator]}": is_csv,
        "quotes left out": layout.is_quoted and not is_csv,
        "names of rows left out": layout.skipped,
    }
    return "".join(f"; {part}" for part, there in parts.items() if there)


def _is_declaration(fields: list[str]) -> bool:
    """Tell whether a line is one of UCSC's track and browser lines, and not a row of a contig of that name."""
    return fields[0].split()[:1] in (["track"], ["browser"]) and not all(map(is_integer, fields[1:3] or ["x"]))


def _checked(row: Row, where: str) -> Row:
    """Return a row whose first columns are a contig and an interval."""
    fields = row.fields
    if len(fields) < 3:
        raise InputError(
            f"{where}: {len(fields)} column(s) in {row.text[:60]!r}; BED has 3 or more, separated by tabs "
            "(or by spaces, then in every row)"
        )
    if _is_gff(fields):
        raise InputError(
            f"{where}: columns of GFF (start {fields[3]} and end {fields[4]} in the fourth and fifth); convert it to "
            "BED: contig, start - 1, end"
        )
    if not fields[0]:
        raise InputError(f"{where}: no contig name in column 1; BED begins with contig, start, end")
    start, end = _integer(fields[1], where, "start"), _integer(fields[2], where, "end")
    if not 0 <= start <= end:
        raise InputError(f"{where}: start {start}, end {end}; BED is 0-based half-open: 0 <= start <= end")
    return row


def _is_gff(fields: list[str]) -> bool:
    """Tell whether a row has contig, source, type, start, end, score and strand, as GFF and GTF do."""
    return len(fields) >= 7 and not is_integer(fields[1]) and all(map(is_integer, fields[3:5])) and fields[6] in "+-.?"


def _integer(text: str, where: str, name: str) -> int:
    """Read a whole number as BED writes it; ``1e5``, ``1.0`` and ``1,000`` are not."""
    if not is_integer(text):
        raise InputError(f"{where}: {name} {text[:40]!r}; a whole number is needed")
    return int(text)

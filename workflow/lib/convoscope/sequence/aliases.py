"""Tables of contig synonyms: UCSC's chromAlias.txt in its forms, and NCBI's assembly reports.

Formats: https://genomewiki.ucsc.edu/index.php/Chrom_Alias and
https://www.ncbi.nlm.nih.gov/datasets/docs/v2/reference-docs/file-formats/ (assembly_report.txt).
"""

from itertools import chain
from pathlib import Path

from convoscope.errors import InputError
from convoscope.files import open_text

REPORT = ("Sequence-Name", "GenBank-Accn", "RefSeq-Accn", "UCSC-style-name")  # columns of a report that are names
SOURCE = 2  # column of the older form that names the source of an alias
ABSENT = ("", "na")


def read_aliases(path: Path) -> list[list[str]]:
    """Return the names of every contig of a table of synonyms.

    Three forms are read, all separated by tabs: one contig a row with its names in several schemes, under a header
    that begins with ``#`` or none; rows ``alias contig source``; an assembly report of NCBI.

    Raises
    ------
    InputError
        If there is no row, or one has fewer than two columns.
    """
    header: list[str] = []
    rows: list[list[str]] = []
    with open_text(path) as stream:
        for number, line in enumerate(stream, start=1):
            fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
            if line.startswith("#"):
                header = [fields[0].lstrip("# "), *fields[1:]] if len(fields) > 1 else header
            elif line.strip():
                rows.append(fields)
                if len(fields) < 2:
                    raise InputError(f"{path}:{number}: {line.strip()[:60]!r}; names of one contig, separated by tabs")
    if not rows:
        raise InputError(f"{path}: no row; a table of contig synonyms, as UCSC's chromAlias.txt, is needed")
    columns = _name_columns(header, rows)
    return join([[row[at] for at in columns if at < len(row) and row[at] not in ABSENT] for row in rows])


def join(groups: list[list[str]]) -> list[list[str]]:
    """Join groups that share a name.

    >>> join([["1", "chr1"], ["2", "chr2"], ["NC_1", "chr1"]])
    [['1', 'chr1', 'NC_1'], ['2', 'chr2']]
    """
    group_of: dict[str, list[str]] = {}
    for names in groups:
        shared = [group_of[name] for name in names if name in group_of]
        joined = list(dict.fromkeys(chain(*shared, names)))
        group_of |= dict.fromkeys(joined, joined)
    return list({id(group): group for group in group_of.values()}.values())


def _name_columns(header: list[str], rows: list[list[str]]) -> list[int]:
    """Return the columns that hold names: not the source of an alias, nor what else a report tells."""
    if set(REPORT) & set(header):
        return [header.index(name) for name in REPORT if name in header]
    columns = list(range(max(map(len, rows))))
    third = [row[SOURCE] for row in rows if len(row) > SOURCE and row[SOURCE] not in ABSENT]
    # A naming scheme has each name once: a word that comes again says where an alias is from.
    has_source = header[0] == "alias" if header else len(set(third)) < len(third)
    return columns[:SOURCE] if len(columns) == SOURCE + 1 and has_source else columns

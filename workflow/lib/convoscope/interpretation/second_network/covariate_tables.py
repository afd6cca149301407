"""Tables of numbers for variants, as CADD, dbNSFP and others write them: columns found by their usual names."""

import logging
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.contigs import Contigs, match_contigs, shown
from convoscope.sequence.records import read_fields, split_line
from convoscope.tables import check_header, read_table

log = logging.getLogger(__name__)

KEY = ("chrom", "pos", "ref", "alt")
# Names of the key's columns in lower case: CADD (`#Chrom Pos Ref Alt`), dbNSFP (`#chr pos(1-based) ref alt`), VCF.
SYNONYMS = {
    "chrom": ("chrom", "chr", "chromosome", "contig", "seqname", "seqnames"),
    "pos": ("pos", "position", "pos(1-based)", "pos(1-coor)"),
    "ref": ("ref", "ref_allele", "reference", "reference_allele"),
    "alt": ("alt", "alt_allele", "alternate", "alternate_allele", "alternative", "alternative_allele"),
}


class Heading(NamedTuple):
    """The names of a table's columns, the number of the line that has them, from 1, and how columns are separated.

    Quotes are letters in plain tables separated by tabs, and taken off in others (``is_csv``).
    """

    names: list[str]
    line: int
    separator: str
    is_csv: bool


def read_covariates(path: Path) -> pd.DataFrame:
    """Read a table of covariates, its numbers still text, indexed by contig, position (from 1) and alleles.

    Columns are separated by tabs, commas or semicolons; lines that begin with ``##`` come before their names.

    Raises
    ------
    InputError
        If a column of the key is missing or several may be it, there is no other, there is no row, a position is none,
        a row has several alleles, or a variant stands twice.
    """
    heading = _read_heading(path)
    columns = find_key(heading.names, path)
    if len(heading.names) == len(KEY):
        raise _missing_columns(heading.names, path)
    table = _read_rows(path, heading).rename(columns={name: use for use, name in columns.items()})
    if table.empty:
        raise InputError(f"{path}: no row; at least one variant with its covariates is needed")
    _refuse_cells(table, path)
    if tuple(columns.values()) != KEY:
        log.info("%s: columns %s are read as %s", path, ", ".join(columns.values()), ", ".join(columns))
    keyed = table.set_index(variant_keys(table)).drop(columns=list(KEY))
    twice = keyed.index[keyed.index.duplicated()]
    if len(twice):
        raise InputError(f"{path}: {' '.join(twice[0].split(chr(9)))} stands twice; each variant once")
    return keyed


def _read_heading(path: Path) -> Heading:
    """Read the first line that is neither blank nor a comment (``##``); a ``#`` before the names is none of them."""
    with open_text(path) as stream:
        lines = ((number, text.rstrip("\r\n")) for number, text in enumerate(stream, start=1))
        number, text = next(((at, text) for at, text in lines if text.strip() and not text.startswith("##")), (1, ""))
    text = text.removeprefix("#")
    separator = "\t" if "\t" in text else max(",;", key=text.count)
    is_csv = separator != "\t" or text.startswith('"')
    names = split_line(text, separator) if is_csv else [name.strip() for name in text.split("\t")]
    check_header(names, path, [])
    return Heading(names, number, separator, is_csv)


def find_key(names: list[str], path: Path) -> dict[str, str]:
    """Return the names of the key's columns: those of the key themselves, else their synonyms in any case.

    >>> find_key(["Chrom", "Pos", "Ref", "Alt", "PHRED"], Path("a"))
    {'chrom': 'Chrom', 'pos': 'Pos', 'ref': 'Ref', 'alt': 'Alt'}
    """
    found: dict[str, str] = {}
    for use, synonyms in SYNONYMS.items():
        several = [use] if use in names else [name for name in names if name.lower() in synonyms]
        if not several:
            raise _missing_columns(names, path)
        if len(several) > 1:
            raise InputError(f"{path}: columns {shown(several)} may all be {use}; call one of them {use}")
        found[use] = several[0]
    return found


def _missing_columns(names: list[str], path: Path) -> InputError:
    """Return the error of a table without a column of the key, or without any other."""
    return InputError(f"{path}: columns {shown(names)}; chrom, pos, ref, alt and at least one of numbers")


def _read_rows(path: Path, heading: Heading) -> pd.DataFrame:
    """Read the rows below the heading as text."""
    if not heading.is_csv:
        return read_table(path, "covariates", names=heading.names, skipped=heading.line)
    rows = []
    with open_text(path) as stream:
        rest = islice(stream, heading.line, None)
        for number, fields in read_fields(chain(["\n"] * (heading.line - 1), rest), heading.separator, path):
            if len(fields) != len(heading.names):
                raise InputError(f"{path}:{number}: {len(fields)} fields; {len(heading.names)} as in its header")
            rows.append([field.strip() for field in fields])
    return pd.DataFrame(rows, columns=heading.names, dtype=str)


def _refuse_cells(table: pd.DataFrame, path: Path) -> None:
    """Refuse a position that is no whole number, and several alleles in one row: no variant would ever have them."""
    wrong = {"pos": (~table["pos"].str.fullmatch("[0-9]+"), "a whole number, from 1"),
             "alt": (table["alt"].str.contains(","), "one allele in a row")}  # fmt: skip
    for use, (rows, allowed) in wrong.items():
        if rows.any():
            row = int(rows.to_numpy().argmax())
            raise InputError(f"{path}: {use} {table[use].iloc[row][:40]!r} in row {row + 1}; {allowed} is read")


def rename_covariates(further: pd.DataFrame, contigs: Contigs, source: str) -> pd.DataFrame:
    """Return a table of :func:`read_covariates` with the contigs' names of the scores."""
    parts = [key.split("\t", 1) for key in further.index]
    names = match_contigs((chrom for chrom, _ in parts), contigs, source)
    return further.set_axis(pd.Index([f"{names.get(chrom, chrom)}\t{rest}" for chrom, rest in parts]))


def variant_keys(table: pd.DataFrame) -> pd.Index:
    """Name each variant by contig, position and its alleles in upper case."""
    columns = [table["chrom"], table["pos"].astype(str), table["ref"].str.upper(), table["alt"].str.upper()]
    return pd.Index(["\t".join(parts) for parts in zip(*columns, strict=True)])

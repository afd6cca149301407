"""Reading labelled sequences: FASTA files, or tables with one sequence per row."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd
from Bio.SeqIO.FastaIO import SimpleFastaParser

from convoscope.config import SequenceFile
from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.site_formats import cell_number
from convoscope.sequence.sites import row_text

SPLITS = ("train", "validation", "test")
UNKNOWN = ("", "NA", "NaN", "nan", ".")
SEPARATORS = ("\t", ",", ";")
LONGEST = 1_000_000_000  # letters of a field
Record = dict[str, object]


def read_labelled_records(path: Path, options: SequenceFile, where: str) -> pd.DataFrame:
    """Read one file of labelled sequences.

    Parameters
    ----------
    path
        FASTA (it begins with ``>``), or a table with a header, separated by tabs, commas or semicolons.
    options
        Where names, sequences, labels and splits are.
    where
        Dotted key of ``options`` in the configuration, for errors.

    Returns
    -------
    pandas.DataFrame
        ``line`` (record number of FASTA, line number of a table), ``row``, ``name``, ``text`` (upper case),
        ``split`` (empty where not given) and one float column per label, NaN where unknown.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, lacks a column, or holds a label or split that is none.
    """
    if not options.labels and not options.label_columns and not options.label_column:
        raise InputError(f"{where}: neither labels nor label_columns nor label_column; every file needs its labels")
    with open_text(path) as stream:
        skipped, first = next(((number, line) for number, line in enumerate(stream) if line.strip()), (0, ""))
        lines = chain([first], ["\n"] * skipped, stream)  # so that lines keep their numbers
        read = _read_fasta if first.startswith(">") else _read_table
        rows = list(read(lines, path, options, where)) if first else []
    if not rows:
        raise InputError(f"{path}: no sequence; FASTA, or a table with a header, is needed")
    table = pd.DataFrame(rows)
    return table.assign(**{name: float(value) for name, value in options.labels.items()})


def _read_fasta(lines: Iterator[str], path: Path, options: SequenceFile, where: str) -> Iterator[Record]:
    """Yield the records of FASTA lines."""
    for key in ("label_columns", "label_column", "split_column"):
        if getattr(options, key):
            raise InputError(f"{where}.{key}: {path} is FASTA, which has no columns; give labels and split")
    for number, (title, text) in enumerate(SimpleFastaParser(as_text(lines)), start=1):
        name = (title.split() or [f"record{number}"])[0]
        yield _record(number, f">{title}", name, text, options.split or "")


def as_text(lines: Iterator[str]) -> TextIO:
    """Pass lines off as the text stream that Biopython asks for; it only iterates."""
    return lines  # type: ignore[return-value]


def _read_table(lines: Iterator[str], path: Path, options: SequenceFile, where: str) -> Iterator[Record]:
    """Yield the rows of a table's lines; the first line is the header, whose separator is used."""
    first = next(lines)
    wanted = _wanted_columns(options)
    separator = next((mark for mark in SEPARATORS if set(wanted.values()) <= set(split_line(first, mark))), None)
    if separator is None:
        raise InputError(_missing_column(first, path, wanted, where))
    header = split_line(first, separator)
    if twice := [name for name in wanted.values() if header.count(name) > 1]:
        raise InputError(f"{path}: column {twice[0]!r} is there twice; each column needs a name of its own")
    columns = {use: header.index(name) for use, name in wanted.items()}
    for number, fields in read_fields(lines, separator, path):
        if len(fields) != len(header):
            raise InputError(f"{path}:{number}: {len(fields)} columns; the header has {len(header)}")
        cells = {use: fields[place].strip() for use, place in columns.items()}
        split = _read_split(cells.get("split_column", options.split or ""), f"{path}:{number}")
        name = cells.get("id_column", str(number - 1))
        result = _record(number, separator.join(fields), name, cells["sequence_column"], split)
        for label in options.label_columns:
            result[label] = _read_label(cells[f"label_columns.{label}"], label, f"{path}:{number}")
        if options.label_column:
            result |= _read_class(cells["label_column"], options, f"{path}:{number}")
        yield result


def read_fields(lines: Iterator[str], separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number, the header being line 1, and columns of every row that is not blank; quotes are taken off."""
    csv.field_size_limit(LONGEST)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num + 1, fields
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num + 1}: {error}; columns as CSV quotes them") from None


def split_line(line: str, separator: str) -> list[str]:
    """Return the names of a header's columns; none where its quotes are not closed."""
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator, strict=True), [])]
    except csv.Error:
        return []


def _wanted_columns(options: SequenceFile) -> dict[str, str]:
    """Return the columns that the options name, by the key that names them."""
    named = {key: getattr(options, key) for key in ("sequence_column", "id_column", "split_column", "label_column")}
    labels = {f"label_columns.{label}": name for label, name in options.label_columns.items()}
    return {key: name for key, name in named.items() if name} | labels


def _missing_column(first: str, path: Path, wanted: dict[str, str], where: str) -> str:
    """Say which column is not there, under the separator that finds most of them, or most columns."""
    headers = [split_line(first, mark) for mark in SEPARATORS]
    header = max(headers, key=lambda names: (len(set(wanted.values()) & set(names)), len(names)))
    key, name = next((key, name) for key, name in wanted.items() if name not in header)
    return f"{where}.{key}: {path} has no column {name!r}; its columns are {', '.join(header)[:200]}"


def _record(number: int, row: str, name: str, text: str, split: str) -> Record:
    """Return one row of :func:`read_labelled_records`, labels aside."""
    letters = "".join(text.split()).upper()
    return {"line": number, "row": row_text(row), "name": name, "text": letters, "split": split}


def _read_label(text: str, label: str, where: str) -> float:
    """Read a label's value; empty, ``NA``, ``NaN`` and ``.`` are unknown."""
    value = np.nan if text in UNKNOWN else cell_number(text)
    if value is None:
        raise InputError(f"{where}: label {label} is {text!r}; a finite number, or empty where unknown")
    return value


def _read_class(text: str, options: SequenceFile, where: str) -> Record:
    """Read the name of a class: its label is 1 and the others are 0; all are unknown where it is."""
    if text in UNKNOWN and text not in options.classes:
        return dict.fromkeys(options.classes, np.nan)
    if text not in options.classes:
        raise InputError(f"{where}: {options.label_column} is {text!r}; one of {', '.join(options.classes)}")
    return {name: float(name == text) for name in options.classes}


def _read_split(text: str, where: str) -> str:
    """Read the name of a split."""
    if text and text not in SPLITS:
        raise InputError(f"{where}: split {text!r}; one of {', '.join(SPLITS)}")
    return text

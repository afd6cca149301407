"""Reading labelled sequences: FASTA files, or tables with one sequence per row."""

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
from convoscope.sequence.sites import row_text

SPLITS = ("train", "validation", "test")
UNKNOWN = ("", "NA", "NaN", "nan", ".")


def read_records(path: Path, options: SequenceFile, where: str) -> pd.DataFrame:
    """Read one file of labelled sequences.

    Parameters
    ----------
    path
        FASTA (it begins with ``>``) or tab-separated table with a header; plain or gzipped.
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
    if not options.labels and not options.label_columns:
        raise InputError(f"{where}: neither labels nor label_columns; every file needs the values of its labels")
    with open_text(path) as stream:
        first = next((line for line in stream if line.strip()), "")
        lines = chain([first], stream)
        read = read_fasta if first.startswith(">") else read_table
        rows = list(read(lines, path, options, where)) if first else []
    if not rows:
        raise InputError(f"{path}: no sequence; FASTA, or a tab-separated table with a header, is needed")
    table = pd.DataFrame(rows)
    return table.assign(**{name: float(value) for name, value in options.labels.items()})


def read_fasta(lines: Iterator[str], path: Path, options: SequenceFile, where: str) -> Iterator[dict[str, object]]:
    """Yield the records of FASTA lines."""
    for key in ("label_columns", "split_column"):
        if getattr(options, key):
            raise InputError(f"{where}.{key}: {path} is FASTA, which has no columns; give labels and split")
    for number, (title, text) in enumerate(SimpleFastaParser(as_text(lines)), start=1):
        name = (title.split() or [f"record{number}"])[0]
        yield record(number, f">{title}", name, text, options.split or "")


def as_text(lines: Iterator[str]) -> TextIO:
    """Pass lines off as the text stream that Biopython asks for; it only iterates."""
    return lines  # type: ignore[return-value]


def read_table(lines: Iterator[str], path: Path, options: SequenceFile, where: str) -> Iterator[dict[str, object]]:
    """Yield the rows of a table's lines, of which the first is the header."""
    header = next(lines).rstrip("\r\n").split("\t")
    columns = find_columns(header, path, options, where)
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != len(header):
            raise InputError(f"{path}:{number}: {len(fields)} columns; the header has {len(header)}")
        cells = {key: fields[place].strip() for key, place in columns.items()}
        split = read_split(cells.get("split", options.split or ""), f"{path}:{number}")
        result = record(number, line, cells.get("name", str(number - 1)), cells["sequence"], split)
        for label in options.label_columns:
            result[label] = read_label(cells[f"label {label}"], label, f"{path}:{number}")
        yield result


def find_columns(header: list[str], path: Path, options: SequenceFile, where: str) -> dict[str, int]:
    """Return the place of each column that the options name, by what is in it."""
    wanted = {"sequence": ("sequence_column", options.sequence_column)}
    wanted |= {"name": ("id_column", options.id_column)} if options.id_column else {}
    wanted |= {"split": ("split_column", options.split_column)} if options.split_column else {}
    wanted |= {f"label {label}": (f"label_columns.{label}", name) for label, name in options.label_columns.items()}
    for key, name in wanted.values():
        if name not in header:
            there = ", ".join(header)[:200]
            raise InputError(f"{where}.{key}: {path} has no column {name!r}; its columns are {there}")
    return {use: header.index(name) for use, (_, name) in wanted.items()}


def record(number: int, row: str, name: str, text: str, split: str) -> dict[str, object]:
    """Return one row of :func:`read_records`, labels aside."""
    letters = "".join(text.split()).upper()
    return {"line": number, "row": row_text(row), "name": name, "text": letters, "split": split}


def read_label(text: str, label: str, where: str) -> float:
    """Read a label's value; empty, ``NA``, ``NaN`` and ``.`` are unknown."""
    try:
        value = np.nan if text in UNKNOWN else float(text)
    except ValueError:
        value = np.inf
    if np.isinf(value):
        raise InputError(f"{where}: label {label} is {text!r}; a finite number, or empty where unknown")
    return value


def read_split(text: str, where: str) -> str:
    """Read the name of a split."""
    if text and text not in SPLITS:
        raise InputError(f"{where}: split {text!r}; one of {', '.join(SPLITS)}")
    return text

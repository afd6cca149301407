"""A configuration for sequences in FASTA files, with a label or without."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config import SequenceFile
from convoscope.draft import Draft, label_list, safe_name, write_draft
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS, Alphabet
from convoscope.sequence.labelled import judge_records
from convoscope.sequence.records import read_labelled_records

FEW = 200  # sequences of a list
AMINO_ACIDS = set("EFILPQ")  # letters of proteins that are no code of a nucleotide


def draft_listed(positive: Path, negative: Path | None, name: str | None) -> Draft:
    """Return the configuration of an experiment on listed sequences.

    Parameters
    ----------
    positive, negative
        FASTA; without a negative file shuffled positives take its place.
    name
        Of the experiment; that of the first file when not given.
    """
    files = {"positive": (positive, 1), "negative": (negative, 0)}
    given = {kind: (path, flag) for kind, (path, flag) in files.items() if path}
    tables = {kind: _read(path, flag, kind) for kind, (path, flag) in given.items()}
    every = pd.concat(list(tables.values()))
    alphabet, lengths = _alphabet_of(set("".join(every["text"].unique()))), every["text"].str.len()
    said = [f"{kind.capitalize()}: {len(table):,} sequences." for kind, table in tables.items()]
    said += _letters_said(tables, ALPHABETS[alphabet])
    low, high = int(lengths.min()), int(lengths.max())
    same = f"All have {high:,} letters" if low == high else f"They have {low:,} to {high:,} letters"
    said.append(f"{same} of {alphabet.upper() if alphabet != 'protein' else 'proteins'}.")
    if few := [kind for kind, table in tables.items() if len(table) < FEW]:
        said.append(f"Fewer than {FEW} sequences, from which a network hardly learns: {label_list(few)}.")
    said.append("Copies stay in one split; of the others a tenth validates and a fifth tests.")
    said += [] if negative else ["Negatives are shuffled positives that keep their pairs of neighbouring letters."]
    values = {
        "name": name or safe_name(positive.name.split(".")[0]),
        "files": [(str(path), flag) for path, flag in given.values()],
        "alphabet": alphabet,
        "length": high,
    }
    return write_draft("listed", said, values)


def _letters_said(tables: Mapping[str, pd.DataFrame], alphabet: Alphabet) -> list[str]:
    """Say how many sequences have letters that are not of the alphabet; refuse a file in which most have."""
    said = []
    for kind, table in tables.items():
        reasons = judge_records(table, table[["positive"]].to_numpy(np.float64), alphabet, any_length=True)
        wrong = np.flatnonzero([reason.startswith("letter") for reason in reasons])
        lost = f"{len(wrong):,} of {len(table):,} sequences cannot be used"
        if 2 * len(wrong) > len(table):
            first = f"record {table['line'].iloc[wrong[0]]}: {reasons[wrong[0]].removeprefix('letter: ')}"
            raise InputError(f"--{kind}: {lost}, {first}")
        if len(wrong):
            said.append(f"{kind.capitalize()}: {lost}, because of letters that {alphabet.name} does not have.")
    return said


def _read(path: Path, flag: int, kind: str) -> pd.DataFrame:
    """Read a FASTA file."""
    options = SequenceFile(path=str(path), labels={"positive": flag})
    table = read_labelled_records(path, options, f"--{kind}")
    if not str(table["row"].iloc[0]).startswith(">"):
        raise InputError(f"--{kind}: {path}: a table; FASTA begins with '>'")
    return table


def _alphabet_of(letters: set[str]) -> str:
    """Return the alphabet of letters in upper case.

    >>> _alphabet_of(set("ACGTN")), _alphabet_of(set("ACGU")), _alphabet_of(set("MKLVEF"))
    ('dna', 'rna', 'protein')
    """
    if AMINO_ACIDS & letters:
        return "protein"
    return "rna" if "U" in letters and "T" not in letters else "dna"

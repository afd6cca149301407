"""The composition of a real genome, as its counts of dinucleotides."""

import numpy as np

from convoscope.errors import InputError

LETTERS = "ACGT"
PAIRS = [first + second for first in LETTERS for second in LETTERS]


def parse_dinucleotides(text: str, where: str = "dinucleotides") -> np.ndarray:
    """Read counts ``(4, 4)``, first letter by second letter in the order ACGT, from a table of 16 rows.

    Parameters
    ----------
    text
        Tab-separated, with the header ``dinucleotide count``.
    where
        How an error names the file.

    Raises
    ------
    InputError
        If it is another table, a dinucleotide is missing, or a count is not a positive whole number.
    """
    header, *rows = [line.split("\t") for line in text.splitlines()] or [[]]
    counts = dict(row for row in rows if len(row) == 2)
    if header != ["dinucleotide", "count"] or len(rows) != len(PAIRS) or set(counts) != set(PAIRS):
        raise InputError(f"{where}: not a table of dinucleotide and count with one row for each of the {len(PAIRS)}")
    wrong = next((pair for pair in PAIRS if not (counts[pair].isdecimal() and int(counts[pair]))), None)
    if wrong:
        raise InputError(f"{where}: {wrong} {counts[wrong]!r}; a positive whole number")
    return np.array([int(counts[pair]) for pair in PAIRS]).reshape(len(LETTERS), len(LETTERS))


def letter_shares(dinucleotides: np.ndarray) -> np.ndarray:
    """Return the share of each letter ``(4,)``, as the first of a dinucleotide.

    >>> letter_shares(np.ones((4, 4))).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return dinucleotides.sum(axis=1) / dinucleotides.sum()

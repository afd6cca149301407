"""Files of motifs that other tools write: MEME, JASPAR, TRANSFAC, HOMER and HOCOMOCO, told apart by their content."""

import io
import re
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
from Bio import motifs as bio_motifs

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.interpretation.motifs.meme import SITES, VERSION, Motif, normalised, parse_meme, read_number

ROUNDING = 0.05  # of the sum of a row of probabilities
ROWS = "a name, then rows of four numbers per position, or four rows (A, C, G, T), are read"
Reader = Callable[[str, str], list[Motif]]


def _parse_counts(layout: str) -> Reader:
    """Return the reader of a format of counts that Biopython knows, such as ``jaspar``."""

    def read(text: str, where: str) -> list[Motif]:
        try:
            records = list(bio_motifs.parse(io.StringIO(text), layout))
        except Exception as error:  # Biopython raises whatever a damaged line leads to, and Exception itself
            reason = " ".join(str(error).split())
            raise InputError(f"{where}: damaged {layout} file ({reason}); counts of A, C, G and T are read") from None
        return [_from_counts(record, where) for record in records]

    return read


def _from_counts(record: bio_motifs.Motif, where: str) -> Motif:
    """Return one motif of counts, whose sites are those of its first column."""
    tags = record if isinstance(record, dict) else {}  # of TRANSFAC
    name = str(getattr(record, "matrix_id", None) or tags.get("AC") or tags.get("ID") or "")
    other = str((tags.get("ID") if tags else record.name) or "")
    if not name or len(name.split()) != 1:
        raise InputError(f"{where}: a motif is called {name!r}; every one needs a name without spaces")
    counts = np.array([record.counts[letter] for letter in "ACGT"], dtype=float).T
    if not counts.size or not np.isfinite(counts).all() or (counts < 0).any():
        raise InputError(f"{where}: motif {name}: no counts, or negative ones; counts of A, C, G and T are read")
    return Motif(name, "_".join(other.split()), normalised(counts, f"{where}: motif {name}"), round(counts[0].sum()))


def _parse_rows(text: str, where: str) -> list[Motif]:
    """Read rows without letters: four rows (A, C, G, T) per motif of JASPAR, or four numbers per position.

    The first motif that is not four rows of four numbers says which.
    """
    blocks = [block.splitlines() or [""] for block in re.split(r"^>", text, flags=re.MULTILINE)[1:]]
    found = [(head.split(), [line.split() for line in lines if line.strip()]) for head, *lines in blocks]
    telling = [{len(row) for row in rows} for _, rows in found if [len(row) for row in rows] != [4] * 4]
    if not telling or telling[0] <= {4}:
        return [
            _from_positions(head, rows, f"{where}: motif {number_}", counts=bool(telling))
            for number_, (head, rows) in enumerate(found, start=1)
        ]
    for number_, (_, rows) in enumerate(found, start=1):
        if len(rows) != 4:
            raise InputError(f"{where}: motif {number_}: {len(rows)} rows; {ROWS}")
    return _parse_counts("jaspar")(text, where)


def _from_positions(head: list[str], rows: list[list[str]], where: str, counts: bool) -> Motif:
    """Return one motif of four numbers per position: HOMER's probabilities, or HOCOMOCO's, which may be counts.

    A head of HOMER is ``consensus name …``, one of HOCOMOCO the name.
    """
    if not head or not rows or any(len(row) != 4 for row in rows):
        raise InputError(f"{where}: {ROWS}")
    homer, name = len(head) > 1, head[:2][-1]
    place = f"{where} ({name})"
    if any(field.startswith("-") for row in rows for field in row):
        raise InputError(f"{place}: negative numbers, as log-odds have; counts or probabilities are read")
    matrix = np.array([[read_number(field, f"{place}:") for field in row] for row in rows])
    sums = matrix.sum(axis=1)
    off = np.abs(sums - 1) > ROUNDING  # no probabilities
    if off.any() and not counts:
        raise InputError(f"{place}: four rows of four numbers may be letters or positions; {ROWS}")
    if off.any() and (homer or (sums <= 1 + ROUNDING).any()):
        raise InputError(f"{place}: row of sum {sums[off][0]:g}; rows of four probabilities are read")
    sites = round(sums[0]) if off.any() else SITES
    return Motif(name, name.partition("/")[0] if homer else "", normalised(matrix, place), sites)


# How a file of each format is recognised, the first that fits.
FORMATS: list[tuple[re.Pattern[str], Reader]] = [
    (VERSION, parse_meme),
    (re.compile(r"^>[^\n]*\n\s*A\b[^\n]*\d", re.MULTILINE), _parse_counts("jaspar")),
    (re.compile(r"^P[0O]\s+A\s+C\s+G\s+T", re.MULTILINE), _parse_counts("transfac")),
    (re.compile(r"^>[^\n]*\n\s*[-\d.]", re.MULTILINE), _parse_rows),
]


def parse_motifs(text: str, where: str) -> list[Motif]:
    """Read the motifs of a file in any of `FORMATS`.

    Raises
    ------
    InputError
        If it is in none of them, or damaged.
    """
    for pattern, read in FORMATS:
        if pattern.search(text):
            return read(text, where)
    raise InputError(f"{where}: not a MEME file, nor motifs of JASPAR, TRANSFAC, HOMER or HOCOMOCO, also read")


def read_motifs(path: str | PathLike[str]) -> list[Motif]:
    """Read the motifs of a file: MEME, JASPAR, TRANSFAC, HOMER or HOCOMOCO, told apart by their content.

    Parameters
    ----------
    path
        Plain or compressed text, such as a run's ``motifs.meme``.

    Returns
    -------
    list[Motif]
        Each with ``name``, ``alternative`` (a second name), ``matrix`` of probabilities ``(length, letters)``,
        ``sites`` and ``evalue``; in the order of the file.

    Raises
    ------
    InputError
        If the file is missing, damaged, or in none of these formats.

    Examples
    --------
    >>> import convoscope
    >>> [motif] = convoscope.read_motifs("motifs.meme")
    >>> motif.name, motif.alternative, motif.matrix.tolist()
    ('MA0265.3', 'ABF1', [[0.0, 0.75, 0.25, 0.0], [1.0, 0.0, 0.0, 0.0]])
    """
    with open_text(Path(path)) as stream:
        return parse_motifs(stream.read(), str(path))

"""Motifs as MEME 4 text, the format that the tools of the field exchange (https://meme-suite.org/doc/meme-format.html)."""

import io
import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from Bio import motifs as bio_motifs

from convoscope.errors import InputError

HEADER = re.compile(r"^letter-probability matrix:(.*)$", re.MULTILINE)
TITLE = re.compile(r"^MOTIF[ \t]+(\S+)(?:[ \t]+(\S+))?", re.MULTILINE)
ALPHABET = re.compile(r"^ALPHABET\s*=\s*(\S+)", re.MULTILINE)
STRANDS = re.compile(r"^strands:[ \t]*([+ \t-]+)", re.MULTILINE)
# Biopython turns probabilities into whole counts by multiplying with nsites, and 20 where a file says nothing.
PRECISE = 1_000_000


class Motif(NamedTuple):
    """One motif: identifier, second name, probabilities ``(length, letters)``, number of sites, E-value."""

    name: str
    alternative: str
    matrix: np.ndarray
    sites: int
    evalue: float = 0.0


def format_meme(motifs: Iterable[Motif], letters: str, strands: str = "both") -> str:
    """Return motifs as MEME 4 text, exact inverse of :func:`parse_meme` up to six decimals.

    Parameters
    ----------
    motifs
        In the order of the file; none at all is a valid file too.
    letters
        Letters of the alphabet in the order of the matrices' columns, such as ``ACGT``.
    strands
        Of the sequences that the motifs are from: ``both``, or ``single``.

    Raises
    ------
    InputError
        If a name would not survive: empty, or with white space.
    """
    share = 1 / len(letters)
    lines = ["MEME version 4", "", f"ALPHABET= {letters}", ""]
    lines += ["strands: + -" if strands == "both" else "strands: +", ""] if len(letters) == 4 else []
    lines += ["Background letter frequencies", " ".join(f"{letter} {share:.6f}" for letter in letters), ""]
    for motif in motifs:
        lines += format_motif(motif)
    return "\n".join(lines) + "\n"


def format_motif(motif: Motif) -> list[str]:
    """Return the lines of one motif."""
    names = [motif.name, motif.alternative] if motif.alternative else [motif.name]
    if any(not re.fullmatch(r"\S+", name) for name in names):
        raise InputError(f"motif {motif.name!r}: name {motif.alternative!r}; MEME names hold no white space")
    length, letters = motif.matrix.shape
    head = f"letter-probability matrix: alength= {letters} w= {length} nsites= {motif.sites} E= {motif.evalue:.1e}"
    rows = [" ".join(f"{value:.6f}" for value in row) for row in motif.matrix]
    return ["MOTIF " + " ".join(names), head, *rows, ""]


def letters_of(text: str) -> str:
    """Return the letters of a MEME file's alphabet, or nothing where it names none."""
    found = ALPHABET.search(text)
    return found.group(1) if found else ""


def strands_of(text: str) -> str:
    r"""Return whether the motifs of a MEME file are from sequences of ``both`` strands or of a ``single`` one.

    >>> strands_of("ALPHABET= ACGT\nstrands: +\n"), strands_of("ALPHABET= ACGT\n"), strands_of("ALPHABET= ACGU\n")
    ('single', 'both', 'single')
    """
    found = STRANDS.search(text)
    return "both" if (found and "-" in found.group(1)) or (not found and letters_of(text) == "ACGT") else "single"


def parse_meme(text: str, where: str = "MEME file") -> list[Motif]:
    """Read the motifs of MEME text over DNA or RNA, by Biopython.

    Parameters
    ----------
    text
        Content of the file.
    where
        How an error names it.

    Raises
    ------
    InputError
        If it is not MEME text, is over another alphabet, or a matrix is cut short or has an empty row.
    """
    heads = [read_head(match.group(1)) for match in HEADER.finditer(text)]
    precise = HEADER.sub(lambda match: head_line(read_head(match.group(1))), text)
    try:
        records = bio_motifs.parse(io.StringIO(precise), "minimal")
    except (ValueError, IndexError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{where}: not a MEME file of DNA or RNA motifs ({reason}); give MEME version 4 text"
        ) from None
    names = TITLE.findall(text)
    if not len(records) == len(heads) == len(names):
        raise InputError(f"{where}: {len(names)} MOTIF lines, {len(heads)} matrices; every motif needs one of each")
    matrices = [np.array([record.counts[letter] for letter in record.alphabet], float).T for record in records]
    return [
        Motif(
            name, other, normalised(matrix, head, f"{where}: motif {name}"), int(head.get("nsites", 20)), evalue(head)
        )
        for (name, other), matrix, head in zip(names, matrices, heads, strict=True)
    ]


def read_head(text: str) -> dict[str, str]:
    """Return the ``key= value`` pairs behind ``letter-probability matrix:``."""
    return dict(re.findall(r"(\w+)\s*=\s*(\S+)", text))


def head_line(head: dict[str, str]) -> str:
    """Return a matrix head for Biopython, with so many sites that no probability is rounded."""
    width = f"w= {head['w']} " if "w" in head else ""
    return f"letter-probability matrix: alength= 4 {width}nsites= {PRECISE} E= 0"


def evalue(head: dict[str, str]) -> float:
    """Return the E-value of a matrix head; 0, as MEME has it, where none is given."""
    return float(head.get("E", 0))


def normalised(matrix: np.ndarray, head: dict[str, str], where: str) -> np.ndarray:
    """Return rows that sum to one, of a matrix of the length that its head promises."""
    expected = int(head.get("w", len(matrix)))
    if len(matrix) != expected or not len(matrix):
        raise InputError(f"{where}: {len(matrix)} rows of four numbers; its head says {expected}")
    sums = matrix.sum(axis=1, keepdims=True)
    if (sums <= 0).any():
        raise InputError(f"{where}: row {int(sums.argmin()) + 1} sums to zero; rows are probabilities")
    return matrix / sums

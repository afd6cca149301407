"""Motifs as MEME 4 text, the format that the tools of the field exchange (https://meme-suite.org/doc/meme-format.html)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from convoscope.errors import InputError
from convoscope.sequence.site_formats import cell_number

VERSION = re.compile(r"^MEME version\b", re.MULTILINE | re.IGNORECASE)
HEADER = re.compile(r"^[ \t]*letter-probability matrix:(.*)$", re.MULTILINE | re.IGNORECASE)
TITLE = re.compile(r"^MOTIF[ \t]+(\S+)(?:[ \t]+(\S+))?", re.MULTILINE)
STRANDS = re.compile(r"^strands:[ \t]*([+ \t-]+)", re.MULTILINE)
ALPHABET = re.compile(r"^ALPHABET[ \t]*=[ \t]*(\S+)", re.MULTILINE)
# An alphabet that is defined letter by letter, such as `ALPHABET "DNA" DNA-LIKE`; in it, `N = ACGT` is no new letter.
DEFINITION = re.compile(r"^ALPHABET\b(?![ \t]*=).*\n([\s\S]*?)^END ALPHABET", re.MULTILINE)
NUCLEIC = ("ACGT", "ACGU", "")
SITES = 20  # of a motif whose file says nothing, as in the tools of MEME


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
        lines += _format_motif(motif)
    return "\n".join(lines) + "\n"


def _format_motif(motif: Motif) -> list[str]:
    """Return the lines of one motif."""
    names = [motif.name, motif.alternative] if motif.alternative else [motif.name]
    if any(not re.fullmatch(r"\S+", name) for name in names):
        raise InputError(f"motif {motif.name!r}: name {motif.alternative!r}; MEME names hold no white space")
    length, letters = motif.matrix.shape
    head = f"letter-probability matrix: alength= {letters} w= {length} nsites= {motif.sites} E= {motif.evalue:.1e}"
    rows = [" ".join(f"{value:.6f}" for value in row) for row in motif.matrix]
    return ["MOTIF " + " ".join(names), head, *rows, ""]


def meme_letters(text: str) -> str:
    """Return the letters of a MEME file's alphabet in the order of its columns, or nothing where it names none."""
    found, defined = ALPHABET.search(text), DEFINITION.search(text)
    if found:
        return found.group(1).upper()
    if defined is None:
        return ""
    lines = re.sub(r'"[^"]*"', " ", defined.group(1)).splitlines()
    core = {part.split()[0] for line in lines if "=" not in line for part in line.split("~") if part.split()}
    return "".join(sorted(core))


def meme_strands(text: str) -> str:
    r"""Return whether the motifs of a MEME file are from sequences of ``both`` strands or of a ``single`` one.

    >>> meme_strands("ALPHABET= ACGT\nstrands: +\n"), meme_strands("ALPHABET= ACGT\n"), meme_strands("ALPHABET= ACGU\n")
    ('single', 'both', 'single')
    """
    found = STRANDS.search(text)
    return "both" if (found and "-" in found.group(1)) or (not found and meme_letters(text) == "ACGT") else "single"


def parse_meme(text: str, where: str = "MEME file") -> list[Motif]:
    """Read the motifs of MEME text over DNA or RNA: minimal files and the whole output of MEME, STREME or DREME.

    Parameters
    ----------
    text
        Content of the file.
    where
        How an error names it.

    Raises
    ------
    InputError
        If it is not MEME text, is over another alphabet, or a matrix has other rows than its head says or a row
        that is no probabilities.
    """
    if not VERSION.search(text):
        raise InputError(f"{where}: not a MEME file (no line `MEME version`); give MEME version 4 text or later")
    letters = meme_letters(text)
    if "".join(sorted(letters)) not in NUCLEIC:
        raise InputError(f"{where}: motifs over {letters}; not a MEME file of DNA or RNA motifs, which are read")
    heads, names = list(HEADER.finditer(text)), list(TITLE.finditer(text))
    events = sorted([(name.start(), "name") for name in names] + [(head.start(), "head") for head in heads])
    if [kind for _, kind in events] != ["name", "head"] * len(names):
        raise InputError(
            f"{where}: {len(names)} MOTIF lines, {len(heads)} letter-probability matrices; "
            "every motif needs one of each"
        )
    order = np.argsort(list(letters)) if letters else np.arange(4)
    motifs = []
    for name, head in zip(names, heads, strict=True):
        told = dict(re.findall(r"(\w+)[ \t]*=[ \t]*(\S+)", head.group(1)))
        place = f"{where}: motif {name.group(1)}"
        matrix = _read_matrix(text[head.end() :], told, place)[:, order]
        sites = round(read_number(told.get("nsites", SITES), f"{place}: nsites"))
        motifs.append(Motif(name.group(1), name.group(2) or "", matrix, sites, _evalue(told)))
    return motifs


def read_number(text: object, where: str) -> float:
    """Return a finite number that is not negative, which files write as 97.5 or 1e+05 as well; refuse other text."""
    value = cell_number(str(text))
    if value is None or value < 0:
        raise InputError(f"{where} {text!r}; a number is expected")
    return value


def _evalue(head: dict[str, str]) -> float:
    """Return the E-value of a matrix head; 0, as MEME has it, where there is none or it is no number."""
    try:
        value = float(head.get("E", 0))
    except ValueError:
        return 0.0
    return value if np.isfinite(value) else 0.0


def _read_matrix(text: str, head: dict[str, str], where: str) -> np.ndarray:
    """Return the probabilities ``(w, 4)`` in the lines behind a head; its rows sum to one."""
    rows: list[list[str]] = []
    for line in text.split("\n")[1:]:
        fields = line.split()
        if fields and not _is_number(fields[0]):
            break
        if not fields and rows:
            break
        rows += [fields] if fields else []
    expected = round(read_number(head.get("w", len(rows)), f"{where}: w"))
    if len(rows) != expected or not rows:
        raise InputError(f"{where}: {len(rows)} rows of four numbers; its head says {expected}")
    wide = next((row for row, fields in enumerate(rows, start=1) if len(fields) != 4), None)
    if wide is not None or head.get("alength", "4") != "4":
        raise InputError(
            f"{where}: row {wide or 1} has {len(rows[(wide or 1) - 1])} numbers, alength {head.get('alength', 4)}; "
            "DNA and RNA have four"
        )
    return normalised(np.array([[read_number(field, f"{where}:") for field in row] for row in rows]), where)


def _is_number(text: str) -> bool:
    """Tell whether a word of a matrix is a number, of whatever kind."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def normalised(matrix: np.ndarray, where: str) -> np.ndarray:
    """Return rows ``(length, letters)`` that sum to one; refuse a row of zeros."""
    sums = matrix.sum(axis=1, keepdims=True)
    if (sums <= 0).any():
        raise InputError(f"{where}: row {int(sums.argmin()) + 1} sums to zero; rows are probabilities")
    return matrix / sums

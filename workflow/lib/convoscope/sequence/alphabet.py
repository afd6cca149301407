"""Alphabets: letters to integer codes and back, reverse complement, one-hot encoding.

A code is the index of a letter in ``letters + ambiguous letters``. The code of a plain letter is therefore the
position of the one in its one-hot column; codes from ``len(letters)`` on are ambiguous. Ambiguity follows IUPAC-IUB
(bases: 1985, doi:10.1093/nar/13.9.3021; amino acids: 1984, doi:10.1111/j.1432-1033.1984.tb07877.x). Lower case, which
marks repeats in genomes, is read as upper case; gaps and anything else are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from convoscope.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

Codes = TypeVar("Codes", np.ndarray, "Tensor")
ILLEGAL = 255


@dataclass(frozen=True, eq=False)
class Alphabet:
    """Letters of one kind of sequence; compared by identity, like the rows of ``ALPHABETS`` that they are."""

    name: str
    letters: str
    ambiguous: Mapping[str, str]
    complement: Mapping[str, str] | None = None
    advice: Mapping[str, str] = field(default_factory=dict)

    @property
    def symbols(self) -> str:
        """All letters in the order of their codes."""
        return self.letters + "".join(self.ambiguous)


def _nucleotides(name: str, thymine: str, advice: Mapping[str, str]) -> Alphabet:
    """Return the DNA or RNA alphabet, which differ by one letter."""
    stands_for = {
        "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
        "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
    }  # fmt: skip
    pairs = str.maketrans("ACGTRYSWKMBDHVN".replace("T", thymine), "TGCAYRSWMKVHDBN".replace("T", thymine))
    letters = "ACGT".replace("T", thymine)
    ambiguous = {letter: several.replace("T", thymine) for letter, several in stands_for.items()}
    complement = {letter: letter.translate(pairs) for letter in letters + "".join(ambiguous)}
    return Alphabet(name, letters, ambiguous, complement, advice)


AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"

ALPHABETS = {
    "dna": _nucleotides("dna", "T", {"U": "for sequences with U set alphabet: rna"}),
    "rna": _nucleotides("rna", "U", {"T": "for sequences with T set alphabet: dna (RNA: and strands: single)"}),
    # Selenocysteine U and pyrrolysine O are real residues, too rare for a channel of their own: like X, anything.
    "protein": Alphabet(
        "protein",
        AMINO_ACIDS,
        {"B": "DN", "Z": "EQ", "J": "IL", "X": AMINO_ACIDS, "U": AMINO_ACIDS, "O": AMINO_ACIDS},
        advice={"*": "remove stop codons, or cut the sequence there"},
    ),
}


@cache
def lookup(alphabet: Alphabet) -> np.ndarray:
    """Return the code of every byte, ``(256,)`` uint8, with ``ILLEGAL`` for bytes that are no letter."""
    table = np.full(256, ILLEGAL, dtype=np.uint8)
    for code, letter in enumerate(alphabet.symbols):
        table[[ord(letter), ord(letter.lower())]] = code
    return table


def encode_text(text: str, alphabet: Alphabet, where: str = "sequence") -> np.ndarray:
    """Turn letters into codes, exact inverse of :func:`decode_codes` up to upper and lower case.

    Parameters
    ----------
    text
        Letters, upper or lower case.
    alphabet
        A row of ``ALPHABETS``.
    where
        How an error names the sequence, for instance file and record.

    Returns
    -------
    numpy.ndarray
        Codes ``(L,)``, uint8.

    Raises
    ------
    InputError
        Naming the first letter that is not of the alphabet, and its position counted from 1.

    Examples
    --------
    >>> encode_text("ACgtN", ALPHABETS["dna"])
    array([ 0,  1,  2,  3, 14], dtype=uint8)
    """
    # One byte per character: what is not ASCII becomes "?", which is no letter of any alphabet.
    translated = text.encode("ascii", "replace").translate(lookup(alphabet).tobytes())
    codes = np.frombuffer(bytearray(translated), dtype=np.uint8)  # of bytes one could not write to them
    illegal = codes == ILLEGAL
    if illegal.any():
        position = int(illegal.argmax())
        raise InputError(f"{where}: {refusal(text[position], position, alphabet)}")
    return codes


def refusal(letter: str, position: int, alphabet: Alphabet) -> str:
    """Describe a letter that is not of the alphabet, with its position and what is allowed."""
    advice = alphabet.advice.get(letter.upper())
    allowed = f"{alphabet.name} letters are {alphabet.symbols}" + (f"; {advice}" if advice else "")
    return f"letter {letter!r} at position {position + 1}; {allowed}"


def decode_codes(codes: np.ndarray, alphabet: Alphabet) -> str:
    """Turn codes ``(L,)`` into upper-case letters, exact inverse of :func:`encode_text`.

    >>> decode_codes(np.array([0, 1, 2, 3, 14], dtype=np.uint8), ALPHABETS["dna"])
    'ACGTN'
    """
    if codes.size and codes.max() >= len(alphabet.symbols):
        raise InputError(f"codes: {codes.max()}; codes of {alphabet.name} are below {len(alphabet.symbols)}")
    return np.frombuffer(alphabet.symbols.encode(), dtype=np.uint8)[codes].tobytes().decode()


def encode_many(texts: Sequence[str], alphabet: Alphabet) -> np.ndarray:
    """Turn texts of one length into codes ``(N, L)``, exact inverse of :func:`decode_many`.

    >>> encode_many(["AC", "GT"], ALPHABETS["dna"]).tolist()
    [[0, 1], [2, 3]]
    """
    if not texts:
        return np.empty((0, 0), dtype=np.uint8)
    length = len(texts[0])
    for number, text in enumerate(texts, start=1):
        if len(text) != length:
            raise InputError(f"sequence {number}: {len(text)} letters; all must have the first one's {length}")
    try:
        return encode_text("".join(texts), alphabet).reshape(len(texts), length)
    except InputError:
        # Once more, one by one, only to name the sequence that is wrong.
        return np.stack(
            [encode_text(text, alphabet, f"sequence {number}") for number, text in enumerate(texts, start=1)]
        )


def decode_many(codes: np.ndarray, alphabet: Alphabet) -> list[str]:
    """Turn codes ``(N, L)`` into N texts, exact inverse of :func:`encode_many`."""
    return [decode_codes(row, alphabet) for row in codes]


@cache
def complement_table(alphabet: Alphabet) -> np.ndarray:
    """Return the code of every code's complement, ``(symbols,)`` uint8; the complement of an ambiguous letter too.

    The table is one for all and cannot be written to.

    >>> complement_table(ALPHABETS["dna"])[:4].tolist()
    [3, 2, 1, 0]
    """
    if alphabet.complement is None:
        raise InputError(f"alphabet: {alphabet.name} has no complement; dna and rna have one")
    table = encode_text("".join(alphabet.complement[letter] for letter in alphabet.symbols), alphabet)
    table.flags.writeable = False
    return table


def reverse_complement_codes(codes: Codes, alphabet: Alphabet) -> Codes:
    """Read the other strand: complement, then reverse the last axis, of codes ``(..., L)``.

    Arrays give arrays and tensors give tensors on the same device. A tensor is told by its ``flip`` method, so
    that this module works without torch.

    >>> dna = ALPHABETS["dna"]
    >>> decode_codes(reverse_complement_codes(encode_text("AACGR", dna), dna), dna)
    'YCGTT'
    """
    table: Any = complement_table(alphabet)
    if isinstance(codes, np.ndarray):
        return np.ascontiguousarray(table[codes][..., ::-1])
    return codes.new_tensor(table)[codes.long()].flip(-1)


@cache
def _letter_tables(alphabet: Alphabet) -> tuple[dict[int, int], dict[int, int]]:
    """Return two tables for ``str.translate``, of either case: what a genome's letters are read as, and complements."""
    if alphabet.complement is None:
        raise InputError(f"alphabet: {alphabet.name} has no complement; dna and rna have one")
    read = str.maketrans("Tt", "Uu") if alphabet.name == "rna" else {}
    pairs = "".join(alphabet.complement), "".join(alphabet.complement.values())
    return read, str.maketrans(*(text + text.lower() for text in pairs))


def read_strand(text: str, strand: str, alphabet: Alphabet) -> str:
    """Return letters of a reference's forward strand as they read on ``strand``; letters of no alphabet stay.

    RNA is transcribed: the reference's T reads U.

    >>> read_strand("aACGRT!", "-", ALPHABETS["dna"]), read_strand("AACGT", "+", ALPHABETS["rna"])
    ('!AYCGTt', 'AACGU')
    """
    if alphabet.complement is None and strand != "-":
        return text
    read, complements = _letter_tables(alphabet)
    return text.translate(read).translate(complements)[::-1] if strand == "-" else text.translate(read)


def one_hot_table(alphabet: Alphabet, unknown: Literal["zero", "uniform"]) -> np.ndarray:
    """Return the column of every code, ``(symbols, letters)`` float32.

    Ambiguous letters are all zero, or equal parts (``uniform``) of the letters that they stand for, as the 0.25 of
    DeepBind's N (Alipanahi et al. 2015, doi:10.1038/nbt.3300, supplementary notes).

    >>> one_hot_table(ALPHABETS["dna"], "uniform")[[2, 4]]
    array([[0. , 0. , 1. , 0. ],
           [0.5, 0. , 0.5, 0. ]], dtype=float32)
    """
    if unknown not in ("zero", "uniform"):
        raise InputError(f"unknown: {unknown!r}; zero or uniform")
    size = len(alphabet.letters)
    table = np.eye(len(alphabet.symbols), size, dtype=np.float32)
    if unknown == "uniform":
        for code, several in enumerate(alphabet.ambiguous.values(), start=size):
            table[code, [alphabet.letters.index(letter) for letter in several]] = 1 / len(several)
    return table


def one_hot(codes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Turn codes ``(..., L)`` into float32 ``(..., letters, L)`` by a table of :func:`one_hot_table`.

    >>> one_hot(np.array([0, 3], dtype=np.uint8), one_hot_table(ALPHABETS["dna"], "zero")).T.tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    return np.ascontiguousarray(np.swapaxes(table[codes], -1, -2))


def one_hot_tensor(codes: "Tensor", table: "Tensor") -> "Tensor":
    """Turn codes ``(batch, L)`` into ``(batch, letters, L)`` on the device of both; twin of :func:`one_hot`."""
    return table.index_select(0, codes.flatten().int()).view(*codes.shape, -1).transpose(1, 2)

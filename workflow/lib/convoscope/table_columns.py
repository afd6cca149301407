"""Columns of a table from the bytes of its lines, eight letters at a time: whole numbers and short texts.

That is what most tables of examples have. Anything else (a sign, a decimal point, a long text, a letter beyond ASCII, a
line with fewer fields) is left to pandas, or to the error that says where it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from convoscope.files import open_bytes

BLOCK = 1 << 20  # bytes read at once
TAB, END, PRINTABLE = b"\t\n "
WORD = 8  # letters that are looked at together, the first of them the lowest byte
DIGITS, LETTERS = 15, 32  # that a field has at most; a float holds as many digits
KEPT = np.array([(1 << 8 * count) - 1 for count in range(WORD + 1)], dtype=np.uint64)  # that many letters
ZEROS, NINES, HIGHEST = (np.uint64(byte * 0x0101010101010101) for byte in (ord("0"), 0x7F - 9, 0x80))
# What joins neighbours of 1, 2 and 4 digits: their factor, their distance in bits, and where they are then.
JOINS = [(10, 8, 0x00FF00FF00FF00FF), (100, 16, 0x0000FFFF0000FFFF), (10_000, 32, 0x00000000FFFFFFFF)]


class UnusualError(Exception):
    """Something that is not read here."""


def read_columns(path: Path, header: Sequence[str], first: int, types: Mapping[str, Any]) -> pd.DataFrame | None:
    """Read columns of a table from line ``first`` on; None where one holds what is not read here.

    Parameters
    ----------
    path
        Plain or compressed.
    header
        The names of all columns.
    types
        Of the columns to read: ``category`` (of sorted texts), int64, or float64, NaN where empty.
    """
    if len(header) < 2:
        return None
    columns: dict[str, list[np.ndarray]] = {name: [] for name in header if name in types}
    try:
        with open_bytes(path) as stream:
            for _ in range(first):
                stream.readline()
            for block in _whole_lines(stream):
                fields = _Fields(block, len(header))
                for name, parts in columns.items():
                    parts.append(_READ[types[name]](fields, header.index(name)))
        return pd.DataFrame({name: _joined(parts, types[name]) for name, parts in columns.items()})
    except UnusualError:
        return None


def _whole_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a stream in blocks of whole lines, the last line ended if the stream does not."""
    rest = b""
    while text := stream.read(BLOCK):
        begun = text.rfind(b"\n") + 1
        if begun:
            yield rest + text[:begun]
        rest = text[begun:] if begun else rest + text
    if rest:
        yield rest + b"\n"


class _Fields:
    """Where the fields of a block of lines are; refuses a block that needs a closer look."""

    def __init__(self, block: bytes, width: int) -> None:
        letters = np.frombuffer(block, dtype=np.uint8)
        self.marks, self.width = np.flatnonzero(letters < PRINTABLE), width
        rows, more = divmod(len(self.marks), width)
        tabs = np.count_nonzero(letters == TAB)
        if not block.isascii() or more or tabs != rows * (width - 1) or (letters[self.ends(width - 1)] != END).any():
            raise UnusualError
        self.words = np.ndarray(len(block), np.uint64, block + bytes(WORD), strides=(1,))  # one from every letter on

    def ends(self, column: int) -> np.ndarray:
        """Return where the fields of a column end."""
        return self.marks[column :: self.width]

    def places(self, column: int, least: int, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Return where the fields of a column begin, and how many letters they have; refuse more and fewer letters."""
        ends = self.ends(column)
        begins = self.ends(column - 1) + 1 if column else np.concatenate([[0], self.ends(self.width - 1)[:-1] + 1])
        sizes = ends - begins
        if sizes.max() > most or sizes.min() < least:
            raise UnusualError
        return begins, sizes

    def letters(self, places: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return ``counts`` letters from places on, at most eight, as numbers."""
        return self.words[places] & KEPT[counts]


def _numbers(fields: _Fields, column: int, least: int = 1) -> np.ndarray:
    """Return a column of digits as numbers, 0 where it is empty."""
    begins, sizes = fields.places(column, least, DIGITS)
    low = np.minimum(sizes, WORD)
    high = sizes - low
    found = _of_digits(fields.letters(begins + high, low), low)
    if high.any():
        found += _of_digits(fields.letters(begins, high), high) * np.uint64(10**WORD)
    return found


def _of_digits(letters: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the numbers that up to eight digits each stand for; refuse all else."""
    digits = letters ^ (ZEROS & KEPT[counts])
    if ((digits | (digits + NINES)) & HIGHEST).any():
        raise UnusualError
    digits <<= (8 * (WORD - counts)).astype(np.uint64)  # the last digit becomes the highest byte
    digits[counts == 0] = 0  # a word is not moved by all of its bits
    for factor, bits, places in JOINS:
        digits = (digits * np.uint64(factor) + (digits >> np.uint64(bits))) & np.uint64(places)
    return digits


def _whole(fields: _Fields, column: int) -> np.ndarray:
    """Return a column of whole numbers, int64."""
    return _numbers(fields, column).astype(np.int64)


def _real(fields: _Fields, column: int) -> np.ndarray:
    """Return a column of whole numbers as float64, NaN where it is empty."""
    found = _numbers(fields, column, 0).astype(np.float64)
    found[fields.places(column, 0, DIGITS)[1] == 0] = np.nan
    return found


def _texts(fields: _Fields, column: int) -> np.ndarray:
    """Return a column of texts as the numbers of their letters, ``(words, rows)``."""
    begins, sizes = fields.places(column, 0, LETTERS)
    found = np.empty((max(1, -(-int(sizes.max()) // WORD)), len(sizes)), dtype=np.uint64)
    for words in found:
        counts = np.minimum(sizes, WORD)
        words[:] = fields.letters(begins, counts)
        begins, sizes = begins + counts, sizes - counts
    return found


_READ = {np.int64: _whole, np.float64: _real, "category": _texts}


def _joined(parts: list[np.ndarray], kind: Any) -> Any:
    """Return the parts of a column as one; refuse one of no rows, which have no kind."""
    if not parts:
        raise UnusualError
    if kind != "category":
        return np.concatenate(parts)
    width = max(map(len, parts))
    words = np.concatenate([np.pad(part, ((0, width - len(part)), (0, 0))) for part in parts], axis=1)
    codes, distinct = _factorized(words)
    texts = [one.tobytes().rstrip(b"\0").decode("ascii") for one in distinct]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    return pd.Categorical.from_codes(np.argsort(order)[codes], pd.Index([texts[place] for place in order], dtype="str"))


def _factorized(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each text ``(words, rows)`` among the distinct ones, and these, ``(texts, words)``."""
    begins = np.flatnonzero(np.r_[True, (words[:, 1:] != words[:, :-1]).any(axis=0)])  # of runs of one text
    lengths, words = np.diff(begins, append=words.shape[1]), words[:, begins]
    codes = np.zeros(len(begins), dtype=np.int64)
    for word in words:
        more, distinct = pd.factorize(word)
        codes = pd.factorize(codes * len(distinct) + more)[0]
    first = np.zeros(codes.max() + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the earliest is written last
    return np.repeat(codes, lengths), words[:, first].T

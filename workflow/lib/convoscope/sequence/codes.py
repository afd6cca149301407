"""Codes of windows, in chunks, so that memory does not grow with their number."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.sequence.alphabet import (
    ILLEGAL,
    Alphabet,
    encode_text,
    lookup,
    one_hot,
    one_hot_table,
    read_strand,
)
from convoscope.sequence.genome import read_bytes, read_letters, translated

PLAIN = np.arange(256, dtype=np.uint8)  # a byte means itself
FEW = 16  # letters
CHUNK = 4_000_000  # letters at once
TOGETHER = 10  # chunks whose windows are read at once: of a genome that each of them is spread over


def chunks(rows: int, length: int, times: int = 1) -> Iterator[slice]:
    """Yield slices of rows that hold a bounded number of letters together, some ``times`` as many as usual."""
    step = max(times * CHUNK // max(length, 1), 1)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def letters(fasta: Path, windows: pd.DataFrame, alphabet: Alphabet, direction: str = "forward") -> list[str]:
    """Return the letters of windows in their direction, in the reference's case: the one place where strands are read.

    Parameters
    ----------
    fasta
        Indexed FASTA.
    windows
        Columns ``chrom start end``, and ``strand`` where the direction is the site's.
    alphabet
        Of the letters; with RNA the reference's T is read as U.
    direction
        ``forward``, or ``site``: the reverse complement of the interval where ``strand`` is ``-``.

    Raises
    ------
    InputError
        If a window that is read in its site's direction has no strand, or is not within its contig.
    """
    texts = read_letters(fasta, windows["chrom"].tolist(), windows["start"].tolist(), windows["end"].tolist())
    strands = np.where(_on_minus(windows, direction), "-", "+").tolist()
    return [read_strand(text, strand, alphabet) for text, strand in zip(texts, strands, strict=True)]


def _on_minus(windows: pd.DataFrame, direction: str) -> np.ndarray:
    """Tell which windows are read from the reverse strand, ``(N,)``; refuse one without a strand that needs it."""
    if direction != "site":
        return np.zeros(len(windows), dtype=bool)
    unknown = np.flatnonzero(~windows["strand"].isin(["+", "-"]))
    if len(unknown):
        chrom, start, strand = windows[["chrom", "start", "strand"]].iloc[unknown[0]]
        raise InputError(f"window {chrom}:{start}: strand {strand!r}; + or - where windows have their site's")
    return (windows["strand"] == "-").to_numpy()


def _texts(
    fasta: Path, windows: pd.DataFrame, alphabet: Alphabet, direction: str, meaning: np.ndarray = PLAIN
) -> np.ndarray:
    """Return what `letters` of windows of one length, in upper case, mean ``(N, L)`` uint8: bytes, or by a table."""
    minus, forward = _on_minus(windows, direction), meaning[_as_read(alphabet, "+")]
    where = windows["chrom"], windows["start"].to_numpy(np.int64), window_length(windows)
    if not minus.any():
        return read_bytes(fasta, *where, forward)
    found = read_bytes(fasta, *where)
    texts = translated(found, forward)
    texts[minus] = translated(found[minus, ::-1], meaning[_as_read(alphabet, "-")])
    return texts


def encode_rows(
    fasta: Path, windows: pd.DataFrame, alphabet: Alphabet, direction: str, name: Callable[[int], str]
) -> np.ndarray:
    """Return the codes of windows of one length ``(N, L)``, as `letters` reads them.

    Any other letter is refused, with the ``name`` of the row by its index.
    """
    codes = _texts(fasta, windows, alphabet, direction, lookup(alphabet))
    if codes.max(initial=0) == ILLEGAL:
        row = int((codes == ILLEGAL).any(axis=1).argmax())
        [text] = letters(fasta, windows.iloc[row : row + 1], alphabet, direction)
        encode_text(text, alphabet, f"{fasta}: window {name(windows.index[row])}")
    return codes


@cache
def _as_read(alphabet: Alphabet, strand: str) -> np.ndarray:
    """Return what a strand reads where a reference has a letter, ``(256,)`` uint8, in upper case."""
    read = [read_strand(chr(byte).upper(), strand, alphabet) for byte in range(128)]
    return np.array([ord(letter) for letter in read] + list(range(128, 256)), dtype=np.uint8)


def sequence_keys(fasta: Path, windows: pd.DataFrame, alphabet: Alphabet, direction: str, strands: str) -> np.ndarray:
    """Return a checksum of the letters of every window, ``(N,)``, equal for the two strands of data that has two."""
    keys = np.empty(len(windows), dtype="S16")
    # In the order of the genome, so that each part of it is read once.
    order = np.lexsort([windows["start"].to_numpy(), pd.factorize(windows["chrom"])[0]])
    for part in chunks(len(windows), window_length(windows)) if len(windows) else []:
        rows = order[part]
        texts = _texts(fasta, windows.iloc[rows], alphabet, direction)
        if strands == "both":
            minus = _read_first(texts, alphabet)
            texts[minus] = translated(texts[minus, ::-1], _as_read(alphabet, "-"))
        keys[rows] = np.frombuffer(b"".join(blake2b(text, digest_size=16).digest() for text in texts), keys.dtype)
    return keys


def _read_first(texts: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """Tell for which texts ``(N, L)`` that of the other strand comes first in the alphabet, ``(N,)``."""
    before, rows, backward = np.zeros(len(texts), dtype=bool), np.arange(len(texts)), texts[:, ::-1]
    for start in range(0, texts.shape[1], FEW):  # most differ in the first few letters, and only equal ones go on
        here = texts[rows, start : start + FEW]
        there = translated(backward[rows, start : start + FEW], _as_read(alphabet, "-"))
        at = (np.arange(len(rows)), (here != there).argmax(axis=1))
        before[rows] = there[at] < here[at]
        rows = rows[here[at] == there[at]]
    return before


def window_length(windows: pd.DataFrame) -> int:
    """Return the one length of all windows; refuse an empty table and windows of several lengths."""
    lengths = (windows["end"] - windows["start"]).unique()
    if len(lengths) != 1:
        raise InputError(f"windows: {len(lengths)} lengths of windows; all must have one")
    return int(lengths[0])


def write_array(path: Path, dtype: type[np.generic], shape: tuple[int, ...], parts: Iterable[np.ndarray]) -> None:
    """Write parts, which follow one another along the first axis, as one .npy of a known shape.

    In order and not through a memory map, where a full disk would kill the process instead of raising ``OSError``.
    """
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with open(path, "wb") as sink:
        np.lib.format.write_array_header_1_0(sink, header)
        for part in parts:
            sink.write(np.ascontiguousarray(part, dtype=dtype).data)


def write_codes(
    path: Path,
    windows: pd.DataFrame,
    fasta: Path,
    alphabet: Alphabet,
    seed: int,
    direction: str = "forward",
    name: Callable[[int], str] = str,
) -> None:
    """Write the codes of windows, ``(N, L)`` uint8, as .npy.

    Parameters
    ----------
    path
        File to write.
    windows
        Columns ``chrom start end strand origin``. A row of origin ``dinucleotide_shuffle`` stands at its parent's
        place and becomes a shuffle of it; its random stream is its row number, so that chunks do not matter.
    fasta
        Indexed FASTA of the contigs.
    alphabet
        Of the letters.
    seed
        Of the shuffles.
    direction
        As for `letters`.
    name
        What an error calls a row, by its index.
    """
    shape = (len(windows), window_length(windows))
    shuffled = (windows["origin"] == "dinucleotide_shuffle").to_numpy()

    def parts() -> Iterator[np.ndarray]:
        for chunk in chunks(*shape, TOGETHER):
            part = encode_rows(fasta, windows.iloc[chunk], alphabet, direction, name)
            chosen = np.flatnonzero(shuffled[chunk])
            if len(chosen):
                # Imports numba, which few data need, and compiles.
                from convoscope.sequence.shuffle import shuffle_codes

                part[chosen] = shuffle_codes(part[chosen], seed, chosen + chunk.start, len(alphabet.letters))
            yield part

    write_array(path, np.uint8, shape, parts())


def write_one_hot(path: Path, codes: np.ndarray, alphabet: Alphabet, unknown: str) -> None:
    """Write codes ``(N, L)`` as one-hot ``(N, letters, L)`` float32 .npy, with the policy for unknown letters."""
    table = one_hot_table(alphabet, "zero" if unknown == "zero" else "uniform")
    shape = (len(codes), len(alphabet.letters), codes.shape[1])
    rows = chunks(len(codes), codes.shape[1] * len(alphabet.letters))
    write_array(path, np.float32, shape, (one_hot(np.asarray(codes[chunk]), table) for chunk in rows))

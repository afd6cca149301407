"""Which windows of a reference have the same sequence."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.sequence.alphabet import Alphabet
from convoscope.sequence.base_counts import WORD, base_counts, shifted, words_of
from convoscope.sequence.codes import chunks, sequence_keys, window_length

SWAPS = tuple((np.uint64(shift), np.uint64(mask)) for shift, mask in (
    (1, 0x5555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F)))  # fmt: skip


def sequence_groups(fasta: Path, windows: pd.DataFrame, alphabet: Alphabet, direction: str, strands: str) -> np.ndarray:
    """Return a number for every window of one length, ``(N,)``, equal where they have one sequence.

    Letters are read and compared only where windows agree in which of their bases are G or C, on either strand: of
    windows of 200 bp hardly any do that are not repeats.

    Parameters
    ----------
    fasta, windows, alphabet, direction
        As for `codes.letters`.
    strands
        ``both`` if the reverse complement is the same sequence, else ``single``.
    """
    groups = np.arange(len(windows))
    rows = np.flatnonzero(pd.Series(_gc_keys(fasta, windows)).duplicated(keep=False))
    keys = sequence_keys(fasta, windows.iloc[rows], alphabet, direction, strands)
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    groups[rows] = rows[first[number]]
    return groups


def _gc_keys(fasta: Path, windows: pd.DataFrame) -> np.ndarray:
    """Return numbers ``(N,)`` uint64, equal where the same bases are G or C from the left or from the right."""
    keys = np.zeros(len(windows), dtype=np.uint64)
    if not len(windows):
        return keys
    length, counts = window_length(windows), base_counts(fasta)
    factors = np.random.default_rng(0).integers(1 << 63, size=words_of(length), dtype=np.uint64) * 2 + 1
    for part in chunks(len(windows), length):
        rows = windows.iloc[part]
        bits = counts.where_gc(rows["chrom"], rows["start"].to_numpy(np.int64), length)
        for words in (bits, _from_right(bits, length)):
            keys[part] += ((words ^ (words >> np.uint64(31))) * factors).sum(axis=1)
    return keys


def _from_right(words: np.ndarray, length: int) -> np.ndarray:
    """Return the first ``length`` bits of words ``(N, words)`` from the last to the first."""
    for shift, mask in SWAPS:  # single bits, pairs, fours; then bytes
        words = ((words >> shift) & mask) | ((words & mask) << shift)
    backward = np.pad(words.byteswap()[:, ::-1], ((0, 0), (0, 1)))
    return shifted(backward, np.uint64(-length % WORD))

"""How many bases of a kind any stretch of a reference has: the reference is read once, and kept as a bit per base."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.sequence.genome import open_fasta
from convoscope.sequence.intervals import contig_numbers

KINDS = 1, 2  # bits of a base: G or C; known
FLAGS = bytes((chr(byte) in "GCgc") * KINDS[0] + (chr(byte) in "ACGTUacgtu") * KINDS[1] for byte in range(256))
WORD = 64  # bases in a word of bits
PIECE = 62_500 * WORD  # bases read at once


def words_of(bases: int) -> int:
    """Return how many words hold the flags of bases."""
    return -(-bases // WORD)


def shifted(words: np.ndarray, shift: np.ndarray | np.uint64) -> np.ndarray:
    """Return all but the last of the words ``(N, words)``, each without its lowest bits and with those of the next."""
    # Twice to the left: by all 64 bits at once a word cannot be shifted.
    return (words[:, :-1] >> shift) | (words[:, 1:] << (np.uint64(WORD - 1) - shift) << np.uint64(1))


def _words_below(first: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the words of places on contigs that begin at word ``first``, and the bits below the places in them."""
    return first + places // WORD, (np.uint64(1) << (places % WORD).astype(np.uint64)) - np.uint64(1)


class Flags:
    """One bit per base of all contigs, ``(words,)`` uint64 each contig from a new word on, and the bits before it."""

    def __init__(self, words: int) -> None:
        # Pages of zeros are no memory until they are written to: contigs that nobody asks for cost none.
        self.bits, self.before = np.zeros(words, dtype=np.uint64), np.zeros(words, dtype=np.uint32)

    def fill(self, first: int, flags: np.ndarray) -> None:
        """Set the flags ``(bases,)``, 0 for none, of a piece of a contig, from word ``first`` on."""
        packed = np.packbits(flags, bitorder="little")
        self.bits[first:].view(np.uint8)[: len(packed)] = packed

    def sum_up(self, first: int, end: int) -> None:
        """Count the bits before each word of a contig."""
        np.cumsum(np.bitwise_count(self.bits[first : end - 1]), dtype=np.uint32, out=self.before[first + 1 : end])

    def before_places(self, word: np.ndarray, below: np.ndarray) -> np.ndarray:
        """Return the flags before places, given by their words and the bits below them there, ``(N,)`` uint32."""
        return self.before[word] + np.bitwise_count(self.bits[word] & below)

    def stretches(self, first: np.ndarray, start: np.ndarray, length: int) -> np.ndarray:
        """Return the flags of ``length`` bases from ``start`` on, ``(N, words)``, zeros behind them."""
        word, shift = np.divmod(start, WORD)
        columns = (first + word)[:, None] + np.arange(words_of(length) + 1)
        bits = shifted(self.bits[np.minimum(columns, len(self.bits) - 1)], shift.astype(np.uint64)[:, None])
        bits[:, -1] &= ~np.uint64(0) >> np.uint64(-length % WORD)
        return bits


class BaseCounts:
    """The counts of G and C, and of known bases, in stretches of an indexed FASTA; contigs are read when asked for.

    It takes 3 bits a base: 1.2 GB for the human genome.
    """

    def __init__(self, fasta: Path) -> None:
        self.fasta = fasta
        with open_fasta(fasta) as stream:
            self.sizes = dict(zip(stream.references, stream.lengths, strict=True))
        words = np.array(list(self.sizes.values()), dtype=np.int64) // WORD + 1
        self.ends = np.cumsum(words)
        self.first = self.ends - words
        self.is_read = np.zeros(len(words), dtype=bool)
        total = int(words.sum())
        self.kinds = Flags(total), Flags(total)

    def count(self, chrom: pd.Series, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the bases that are G or C, and those that are known, in stretches within their contigs, ``(N,)``.

        Raises
        ------
        InputError
            If a stretch is not within a contig of the index, which then is that of another file.
        """
        first = self._first_words(chrom, start, end)
        low, high = _words_below(first, start), _words_below(first, end)
        gc, known = (kind.before_places(*high) - kind.before_places(*low) for kind in self.kinds)
        return gc.astype(np.int64), known.astype(np.int64)

    def where_gc(self, chrom: pd.Series, start: np.ndarray, length: int) -> np.ndarray:
        """Return which bases of stretches of one length are G or C, as bits ``(N, words)``; refuse as `count` does."""
        return self.kinds[0].stretches(self._first_words(chrom, start, start + length), start, length)

    def _first_words(self, chrom: pd.Series, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the first words of the contigs of stretches, ``(N,)``, which are read; refuse others than theirs."""
        numbers = contig_numbers(chrom, self.sizes)
        outside = (numbers < 0) | (end > np.append(list(self.sizes.values()), 0)[numbers])
        if outside.any():
            at = int(outside.argmax())
            name = f"{chrom.iloc[at]}:{start[at]}-{end[at]}"
            raise InputError(f"{self.fasta}.fai: {name} is not in this index, which is of another file; make it again")
        self._read(np.flatnonzero(np.bincount(numbers, minlength=len(self.sizes))))
        return self.first[numbers]

    def _read(self, numbers: np.ndarray) -> None:
        """Read the contigs that were not read yet."""
        missing = numbers[~self.is_read[numbers]].tolist()
        if not missing:
            return
        names = list(self.sizes)
        with open_fasta(self.fasta) as stream:
            for number in missing:
                self._read_contig(stream, names[number], int(self.first[number]), int(self.ends[number]))
        self.is_read[missing] = True

    def _read_contig(self, stream: Any, chrom: str, first: int, end: int) -> None:
        """Read a contig, whose words are from ``first`` on to ``end``."""
        for start in range(0, self.sizes[chrom], PIECE):
            letters = stream.fetch(chrom, start, min(start + PIECE, self.sizes[chrom])).encode("ascii")
            flags = np.frombuffer(letters.translate(FLAGS), dtype=np.uint8)
            for kind, bit in zip(self.kinds, KINDS, strict=True):
                kind.fill(first + start // WORD, flags & bit)
        for kind in self.kinds:
            kind.sum_up(first, end)


def base_counts(fasta: Path) -> BaseCounts:
    """Return the counts of a FASTA; those of the last one asked for are kept."""
    return _base_counts(fasta, fasta.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _base_counts(fasta: Path, written: int) -> BaseCounts:
    """Return the counts of a FASTA that was ``written`` at a time."""
    return BaseCounts(fasta)

"""Genomes: FASTA indexed, its sizes and gaps, and the sequences of many windows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pysam

from convoscope.errors import InputError
from convoscope.files import is_indexed
from convoscope.sequence.recompress import bgzip
from convoscope.sequence.stretches import SPAN, check_windows, together

__all__ = ["bgzip", "chrom_sizes", "gaps", "index", "indexed", "open_fasta", "read_bytes", "read_letters", "runs",
           "translated"]  # fmt: skip

CHECKED = 100  # contigs whose last letter is read before an index is trusted


def index(fasta: Path) -> None:
    """Write ``.fai`` and ``.gzi`` next to a BGZF file."""
    try:
        pysam.faidx(str(fasta))
    except pysam.SamtoolsError as error:
        said = " ".join(str(error).split())
        raise InputError(f"{fasta}: cannot be indexed ({said}); see that the disk has room") from None


@contextmanager
def indexed(fasta: Path) -> Iterator[Path]:
    """Yield a FASTA file that can be opened at any position: the file itself where its index is next to it.

    Otherwise (plain without ``.fai``; gzip; BGZF without ``.fai`` and ``.gzi``; an index older than the file) a copy,
    recompressed and indexed in a temporary folder that goes with the block; nothing is written next to the file, which
    may be read-only.

    Raises
    ------
    InputError
        If there is no such file, it is not FASTA, with the line number, or its index is of another file.
    """
    if is_indexed(fasta):
        _check_index(fasta)
        yield fasta
        return
    with TemporaryDirectory(prefix="convoscope-") as folder:
        copy = Path(folder, "genome.fa.gz")
        bgzip(fasta, copy)
        index(copy)
        yield copy


def _check_index(fasta: Path) -> None:
    """Refuse an index by which a contig has no last letter: it was made of another file, or the file was cut."""
    with open_fasta(fasta) as genome:
        # A file that was cut lacks its end; among many thousand contigs the last ones tell.
        for chrom, length in zip(genome.references[-CHECKED:], genome.lengths[-CHECKED:], strict=True):
            try:
                fits = len(genome.fetch(chrom, length - 1, length)) == 1
            except InputError:
                fits = False
            if not fits:
                raise InputError(f"{fasta}: {chrom} ends before its index says; remove the index, or fetch both again")
        if not genome.references:
            raise InputError(f"{fasta}.fai: names no contig; remove it")


class Fasta(pysam.FastaFile):
    """An indexed FASTA file whose damage is an `InputError` wherever it shows."""

    def fetch(self, *stretch: Any, **options: Any) -> str:
        """Return the letters of a contig, or of its stretch from ``start`` to ``end``, 0-based half-open."""
        try:
            return str(super().fetch(*stretch, **options))
        except (OSError, ValueError, KeyError) as error:  # KeyError: not in the index
            name = f"{self.filename.decode()}: {stretch[0]}"
            raise InputError(f"{name}: {error}; it is damaged or not that of its index: make both again") from None


@contextmanager
def open_fasta(fasta: Path) -> Iterator[Any]:
    """Open an indexed FASTA file.

    Raises
    ------
    InputError
        If it or its index is not there.
    """
    for path in (fasta, fasta.with_name(fasta.name + ".fai")):
        if not path.is_file():
            raise InputError(f"{path}: no such file; make it with the verb reference")
    try:
        opened = Fasta(str(fasta))
    except (OSError, ValueError) as error:
        raise InputError(f"{fasta}: not an indexed FASTA ({error}); make it with the verb reference") from None
    with opened:
        yield opened


def chrom_sizes(fasta: Path) -> dict[str, int]:
    """Return the length of every contig of an indexed FASTA, in its order."""
    with open_fasta(fasta) as genome:
        return dict(zip(genome.references, genome.lengths, strict=True))


def runs(mask: np.ndarray) -> np.ndarray:
    """Return the runs of True in a vector as half-open intervals, shape (runs, 2).

    >>> runs(np.array([True, True, False, True])).tolist()
    [[0, 2], [3, 4]]
    """
    padded = np.zeros(len(mask) + 2, dtype=bool)
    padded[1:-1] = mask
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)


def _join_touching(intervals: np.ndarray) -> np.ndarray:
    """Join sorted intervals that touch, shape (n, 2); so runs cut by a block's end become one again.

    >>> _join_touching(np.array([[0, 4], [4, 6], [8, 9]])).tolist()
    [[0, 6], [8, 9]]
    """
    apart = intervals[1:, 0] != intervals[:-1, 1]
    return np.stack([intervals[np.r_[True, apart], 0], intervals[np.r_[apart, True], 1]], axis=1)


def _contig_gaps(genome: Any, chrom: str, length: int, span: int) -> np.ndarray:
    """Return the runs of N or n of one contig, shape (gaps, 2)."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for start in range(0, length, span):
        letters = np.frombuffer(genome.fetch(chrom, start, min(start + span, length)).encode(), dtype=np.uint8)
        found.append(start + runs(letters | 32 == ord("n")))  # bit 32 is an ASCII letter's case
    joined = np.concatenate(found)
    return _join_touching(joined) if len(joined) else joined


def gaps(fasta: Path, span: int = SPAN) -> pd.DataFrame:
    """Return the runs of N or n of any length: columns chrom, start, end; 0-based half-open, in the file's order."""
    with open_fasta(fasta) as genome:
        lengths = zip(genome.references, genome.lengths, strict=True)
        found = {chrom: _contig_gaps(genome, chrom, length, span) for chrom, length in lengths}
    rows = [(chrom, int(start), int(end)) for chrom, intervals in found.items() for start, end in intervals]
    return pd.DataFrame(rows, columns=["chrom", "start", "end"]).astype({"start": np.int64, "end": np.int64})


def _stretches(
    fasta: Path, chroms: np.ndarray | pd.Series, starts: np.ndarray, ends: np.ndarray
) -> Iterator[tuple[np.ndarray, int, str]]:
    """Yield windows that lie together, by their row numbers, with the letters around them and where these begin.

    So no part of the file is decompressed again for each window.
    """
    numbers, found = pd.factorize(chroms)
    names = np.asarray(found, dtype=object)
    with open_fasta(fasta) as genome:
        known = dict(zip(genome.references, genome.lengths, strict=True))
        lengths = check_windows(known, names, numbers, starts, ends)
        for rows in together(lengths, numbers, starts, int((ends - starts).max(initial=0))):
            origin = int(starts[rows].min())
            yield rows, origin, genome.fetch(names[numbers[rows[0]]], origin, int(ends[rows].max()))


def read_letters(fasta: Path, chroms: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> list[str]:
    """Return the letters of many windows, in their order and in the reference's case.

    Parameters
    ----------
    fasta
        Indexed FASTA.
    chroms, starts, ends
        Windows of any lengths, 0-based half-open, shape (windows,).

    Raises
    ------
    InputError
        If a window is not within a contig of the reference.
    """
    names, first, last = np.asarray(chroms, dtype=object), np.asarray(starts, np.int64), np.asarray(ends, np.int64)
    found = [""] * len(names)
    for rows, origin, letters in _stretches(fasta, names, first, last):
        for row, start, end in zip(
            rows.tolist(), (first[rows] - origin).tolist(), (last[rows] - origin).tolist(), strict=True
        ):
            found[row] = letters[start:end]
    return found


def read_bytes(
    fasta: Path, chroms: np.ndarray | pd.Series, starts: np.ndarray, length: int, table: np.ndarray | None = None
) -> np.ndarray:
    """Return the letters of windows of one length as bytes ``(windows, length)``, as `read_letters` without texts.

    Parameters
    ----------
    fasta
        Indexed FASTA.
    chroms, starts
        Names and first letters of the windows, shape (windows,).
    length
        Letters of each.
    table
        What each byte becomes, ``(256,)`` uint8; itself where there is no table.
    """
    window = np.dtype((np.void, length))  # copied as one item
    found = np.empty(len(starts), dtype=window)
    for rows, origin, letters in _stretches(fasta, chroms, starts, starts + length):
        stretch = np.frombuffer(letters.encode("ascii", "replace"), dtype=np.uint8)
        # Windows that overlap are more letters than the stretch around them.
        is_dense = len(rows) * length > len(stretch)
        if table is not None and is_dense:
            stretch = translated(stretch, table)
        part = np.ndarray(len(stretch) - length + 1, window, stretch, strides=(1,))[starts[rows] - origin]
        found[rows] = part if table is None or is_dense else translated(part.view(np.uint8), table).view(window)
    return found.view(np.uint8).reshape(len(starts), length)


def translated(letters: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return bytes by a table ``(256,)``, in a third of the time that indexing takes."""
    return np.frombuffer(bytearray(letters).translate(table.tobytes()), dtype=np.uint8).reshape(letters.shape)

"""bigWig: values along a genome, one file per label; written contig by contig, read around single bases."""

import errno
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyBigWig
from numpy.lib.stride_tricks import sliding_window_view

from convoscope.errors import InputError
from convoscope.sequence.bigwig_trees import check_trees
from convoscope.sequence.bigwig_writer import BigWigWriter
from convoscope.sequence.genome import runs

BOTH = "."  # strand of a track of both
STRETCH = 20_000  # bp whose bases are read together; blocks of a bigWig are unpacked whole
BYTES = 8  # of a value with its share of the zoom levels, at most: random values take 5.3


def file_names(labels: Sequence[str]) -> list[str]:
    """Return the name of each label's bigWig; what has a meaning in paths is percent-encoded.

    >>> file_names(["Reb1", "a/b c"])
    ['Reb1.bw', 'a%2Fb%20c.bw']
    """
    return [quote(label, safe="+-._") + ".bw" for label in labels]


def in_bigwig_order(contigs: Iterable[str]) -> list[str]:
    """Return contigs in the order of their bytes, by which UCSC's programs search a bigWig."""
    return sorted(contigs, key=str.encode)


@contextmanager
def open_bigwig(path: Path, sizes: dict[str, int]) -> Iterator[BigWigWriter]:
    """Open a bigWig for writing with all contigs in its header."""
    with open(path, "w+b") as stream:
        track = BigWigWriter(stream, {chrom: sizes[chrom] for chrom in in_bigwig_order(sizes)})
        yield track
        track.finish()


def check_room(folder: Path, values: int) -> None:
    """Refuse to begin bigWigs of ``values`` values on a disk without room for them.

    Raises
    ------
    OSError
        As for any full disk.
    """
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    if shutil.disk_usage(there).free < values * BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def add_contig(track: BigWigWriter, chrom: str, size: int, values: np.ndarray, step: int, first: int) -> None:
    """Add the values ``(spans,)`` of a contig, from span ``first`` on, to a bigWig; those that are NaN are left out.

    Parameters
    ----------
    track
        Of `open_bigwig`; contigs come in its order.
    chrom, size
        The contig and its length, at which a last span that reaches beyond is cut.
    values
        Of the spans.
    step, first
        bp of a span, and number of the first one.
    """
    for low, high in runs(~np.isnan(values)).tolist():
        start, rest = (first + low) * step, size - (first + high - 1) * step
        whole = high - (rest < step)
        track.add(chrom, start, step, values[low:whole])
        if whole < high:
            track.add(chrom, size - rest, rest, values[whole:high])


@contextmanager
def reading(path: Path, wanted: str = "give one that the verb predict-genome wrote") -> Iterator[Any]:
    """Open a bigWig for reading; ``wanted`` says in an error what is allowed.

    Raises
    ------
    InputError
        If it is none, or is damaged, also when that shows only while reading.
    """
    if path.is_file():
        check_trees(path)
    try:
        track = pyBigWig.open(str(path))
    except RuntimeError:
        raise InputError(f"{path}: cannot be opened as bigWig; {wanted}") from None
    with track:
        if not track.isBigWig():
            raise InputError(f"{path}: not a bigWig (bigBed?); {wanted}")
        try:
            yield track
        except RuntimeError as error:
            raise InputError(f"{path}: damaged bigWig ({error}); fetch or make it again") from None


def read_around(path: Path, chroms: Sequence[str], positions: Sequence[int], reach: int = 0) -> np.ndarray:
    """Return the values at single bases and up to ``reach`` bp on both sides of them, ``(N, 2 * reach + 1)``.

    Parameters
    ----------
    path
        bigWig, its contigs in any order.
    chroms, positions
        The bases, 0-based.
    reach
        bp on each side.

    Returns
    -------
    Values, NaN where the bigWig has none or the contig ends or is not known.

    Raises
    ------
    InputError
        If it is not a bigWig.
    """
    found = np.full((len(positions), 2 * reach + 1), np.nan, dtype=np.float32)
    together = defaultdict[tuple[str, int], list[int]](list)
    for row, (chrom, position) in enumerate(zip(chroms, positions, strict=True)):
        together[chrom, position // STRETCH].append(row)
    at = np.array(positions, dtype=np.int64)
    with reading(path) as track:
        sizes = track.chroms()
        for (chrom, _), rows in together.items():
            part = at[rows]
            first, last = int(part.min()) - reach, int(part.max()) + reach + 1
            start, end = max(first, 0), min(last, sizes.get(chrom, 0))
            if start < end:
                values = np.full(last - first, np.nan, dtype=np.float32)
                values[start - first : end - first] = track.values(chrom, start, end, numpy=True)
                found[rows] = sliding_window_view(values, 2 * reach + 1)[part - reach - first]
    return found


class TrackFolder:
    """The bigWigs of a folder, one per label or one per label and strand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def paths(self, label: str) -> dict[str, Path]:
        """Return the bigWigs of a label by strand, ``.`` where one is of both."""
        names = file_names([label, f"{label}.plus", f"{label}.minus"])
        one, plus, minus = (self.folder / name for name in names)
        return {BOTH: one} if one.exists() or not plus.exists() else {"+": plus, "-": minus}

    def around(
        self, label: str, strand: str, chroms: Sequence[str], positions: Sequence[int], reach: int = 0
    ) -> np.ndarray:
        """Return the values of a label's track around bases, as `read_around`."""
        return read_around(self.paths(label)[strand], chroms, positions, reach)

"""Where windows may lie: contigs, regions to avoid, composition of the reference under a window."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.alphabet import ALPHABETS, Alphabet
from convoscope.sequence.base_counts import base_counts
from convoscope.sequence.contigs import Contigs
from convoscope.sequence.intervals import Intervals, contig_numbers, on_line, touches


class Landscape(NamedTuple):
    """The reference as windows see it."""

    fasta: Path
    contigs: Contigs
    blacklist: Intervals
    max_unknown: float  # largest share of unknown bases in a window
    length: int  # bp of every window
    alphabet: Alphabet = ALPHABETS["dna"]
    strands: str = "both"  # or single: a sequence is not its reverse complement
    direction: str = "forward"  # or site: windows are read from their strand

    @property
    def sizes(self) -> dict[str, int]:
        """Contig to bp, in the order of the reference."""
        return self.contigs.sizes


def read_sizes(path: Path) -> dict[str, int]:
    """Read contigs and their lengths in bp, in order, from a table of two columns without header."""
    with open_text(path) as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream if line.strip()]
    if not rows or any(len(row) != 2 or not row[1].isdecimal() for row in rows):
        raise InputError(f"{path}: not a table of contig and length; make it with the verb reference")
    return {name: int(length) for name, length in rows}


def line_ends(windows: pd.DataFrame, sizes: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends of windows (``chrom start end``, known contigs) on the line of :mod:`intervals`."""
    numbers = contig_numbers(windows["chrom"], sizes)
    return on_line(numbers, windows["start"]), on_line(numbers, windows["end"])


def composition(fasta: Path, windows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return two shares ``(N,)`` for windows inside their contigs.

    The first is that of G and C among the known bases (0 where none is known), the second that of bases other than
    A, C, G, T (U) among all.
    """
    start, end = windows["start"].to_numpy(np.int64), windows["end"].to_numpy(np.int64)
    gc, known = base_counts(fasta).count(windows["chrom"], start, end)
    return gc / np.maximum(known, 1), 1 - known / np.maximum(end - start, 1)


def survey(windows: pd.DataFrame, landscape: Landscape) -> tuple[np.ndarray, np.ndarray]:
    """Return for windows on known contigs why each cannot be used, and its share of GC.

    Parameters
    ----------
    windows
        Columns ``chrom start end``, all contigs in the reference.
    landscape
        What to check against.

    Returns
    -------
    reasons
        ``(N,)`` text: ``out_of_bounds``, ``blacklist``, ``unknown_bases``; empty where all is well.
    gc
        ``(N,)`` share of G and C, NaN where the window is out of bounds or touches what it must not.
    """
    starts, ends = line_ends(windows, landscape.sizes)
    size = windows["chrom"].map(landscape.sizes).to_numpy(dtype=np.int64)
    outside = (windows["start"].to_numpy() < 0) | (windows["end"].to_numpy() > size)
    checks = {
        "out_of_bounds": outside,
        "blacklist": touches(starts, ends, landscape.blacklist),
    }
    reasons = first_reason(checks)
    gc = np.full(len(windows), np.nan)
    fine = np.flatnonzero(reasons == "")
    gc[fine], unknown = composition(landscape.fasta, windows.iloc[fine])
    reasons[fine[unknown > landscape.max_unknown]] = "unknown_bases"
    return reasons, gc


def first_reason(checks: dict[str, np.ndarray]) -> np.ndarray:
    """Return for each row the name of the first check that is true, ``(N,)`` text, empty where none is.

    >>> first_reason({"gap": np.array([False, True]), "blacklist": np.array([False, True])}).tolist()
    ['', 'gap']
    """
    return np.select(list(checks.values()), list(checks), default="").astype(object)

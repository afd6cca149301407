"""Measured signal over windows, from bigWig."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig

from convoscope.errors import InputError
from convoscope.sequence.bigwig import reading


def mean_signal(path: Path, windows: pd.DataFrame) -> np.ndarray:
    """Return the mean of a bigWig over each window, ``(N,)`` float.

    Positions without data count as 0, because coverage tracks leave zeros out. A window on a contig that the bigWig
    does not know at all has no value: NaN.

    Raises
    ------
    InputError
        If it is not a bigWig, or knows none of the windows' contigs.
    """
    with reading(path, "sites.<label>.bigwig needs one") as track:
        sizes = track.chroms()
        if not set(windows["chrom"]) & set(sizes):
            raise InputError(f"{path}: has none of the windows' contigs; it has {', '.join(list(sizes)[:8])}")
        rows = zip(windows["chrom"], windows["start"], windows["end"], strict=True)
        return np.array(
            [total(track, chrom, start, min(end, sizes.get(chrom, 0))) / (end - start) for chrom, start, end in rows]
        )


def total(track: pyBigWig.pyBigWig, chrom: str, start: int, end: int) -> float:
    """Return the sum over ``[start, end)``, NaN where the contig is unknown, 0 where the track ends before."""
    if not end:
        return np.nan
    return float(np.nansum(track.values(chrom, start, end, numpy=True))) if end > start else 0.0

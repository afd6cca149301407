"""Measured signal over windows, from bigWig."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig

from convoscope.errors import InputError
from convoscope.sequence.bigwig import reading
from convoscope.sequence.contigs import Contigs, match_contigs, shown

log = logging.getLogger(__name__)


def mean_signal(path: Path, windows: pd.DataFrame, contigs: Contigs) -> np.ndarray:
    """Return the mean of a bigWig over each window within its contig, ``(N,)`` float.

    Positions without data count as 0, because coverage tracks leave zeros out. A window on a contig that the bigWig
    does not know at all has no value: NaN.

    Raises
    ------
    InputError
        If it is not a bigWig, is damaged, knows none of the windows' contigs, gives one of them another length, or has
        an infinite value in a window.
    """
    wanted = windows["chrom"].unique().tolist()
    with reading(path, "sites.<label>.bigwig needs one") as track:
        names = track_names(track, wanted, contigs, path)
        given = [names.get(chrom) for chrom in windows["chrom"]]
        if lost := given.count(None):
            lacking = shown(name for name in wanted if name not in names)
            log.warning("%s: %d of %d windows are on contigs that it lacks: %s", path, lost, len(windows), lacking)
        rows = zip(given, windows["start"], windows["end"], strict=True)
        found = np.array([_sum_of(track, chrom, start, end) for chrom, start, end in rows]).reshape(-1, 2)
    if not np.isfinite(found).all():
        chrom, start, end = windows.loc[~np.isfinite(found[:, 0]), ["chrom", "start", "end"]].iloc[0]
        raise InputError(f"{path}: an infinite value within {chrom}:{start}-{end}; all must be finite numbers")
    if len(found) and not found[:, 1].any():
        raise InputError(f"{path}: has no value in any of the {len(found)} windows; give the track of these regions")
    absent = np.array([chrom is None for chrom in given], dtype=bool)
    return np.where(absent, np.nan, found[:, 0] / (windows["end"] - windows["start"]).to_numpy(np.float64))


def track_names(track: pyBigWig.pyBigWig, wanted: list[str], contigs: Contigs, path: Path) -> dict[str, str]:
    """Return the bigWig's names of the wanted contigs of the reference, of those that it has."""
    sizes = track.chroms()
    found = match_contigs(sizes, contigs, str(path), lengths=sizes, used=wanted)
    names = {contig: name for name, contig in found.items() if contig in wanted}
    if wanted and not names:
        raise InputError(f"{path}: has none of the windows' contigs ({shown(wanted)}); it has {shown(sizes)}")
    return names


def _sum_of(track: pyBigWig.pyBigWig, chrom: str | None, start: int, end: int) -> tuple[float, int]:
    """Return the sum over ``[start, end)`` and the number of its positions with a value; 0 and 0 of no contig."""
    if chrom is None:
        return 0.0, 0
    values = track.values(chrom, start, end, numpy=True)
    return float(np.nansum(values)), int(np.isfinite(values).sum())

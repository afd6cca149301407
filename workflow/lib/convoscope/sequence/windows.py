"""From sites to windows: where a window lies, which sites cannot have one, what labels a window."""

import numpy as np
import pandas as pd

from convoscope.sequence.intervals import contig_numbers, on_line
from convoscope.sequence.orientation import has_strand, on_minus, place_columns
from convoscope.sequence.usable_regions import Landscape, first_reason, line_ends, survey


def window_start(
    center: np.ndarray | pd.Series | int, length: int, minus: np.ndarray | bool = False
) -> np.ndarray | pd.Series | int:
    """Return the 0-based start of the window ``[start, start + length)`` around a centre base.

    The only windowing rule: ``start = center - length // 2``. An odd window has the centre in the middle; in an even
    one the centre is the first base of the right half. With the midpoint of :func:`sites.find_center` the window of a
    site that is ``length`` wide is the site itself. Windows that are read from the ``minus`` strand have their centre
    at the same place of what is read, so an even one begins one base later.

    >>> window_start(100, 5), window_start(100, 4), window_start(100, 4, True)
    (98, 98, 99)
    """
    return center - (length - minus) // 2


def place_windows(sites: pd.DataFrame, landscape: Landscape) -> pd.DataFrame:
    """Return ``chrom start end`` of the window of every site, inside its contig or not."""
    start = window_start(sites["center"], landscape.length, on_minus(sites, landscape.direction))
    return pd.DataFrame({"chrom": sites["chrom"], "start": start, "end": start + landscape.length})


def judge_sites(
    sites: pd.DataFrame, least_score: np.ndarray, sizes: dict[str, int], direction: str = "forward"
) -> np.ndarray:
    """Return why a site itself cannot be used, ``(N,)`` text, empty where it can; ``least_score`` may be NaN.

    Reasons: ``unknown_contig``, ``zero_length``, ``out_of_bounds`` (the site ends beyond its contig), ``min_score``,
    ``no_strand`` (where windows have the direction of their site).
    """
    size = sites["chrom"].map(sizes)
    checks = {
        "unknown_contig": size.isna().to_numpy(),
        "zero_length": (sites["start"] == sites["end"]).to_numpy(),
        "out_of_bounds": (sites["end"] > size).to_numpy(),
        "min_score": sites["score"].to_numpy() < least_score,
        "no_strand": (direction == "site") & ~has_strand(sites),
    }
    return first_reason(checks)


def judge_windows(sites: pd.DataFrame, landscape: Landscape) -> np.ndarray:
    """Return why the window of a usable site cannot be used, ``(N,)`` text: those of :func:`survey`, or ``duplicate``.

    A duplicate has the centre of an earlier row of the same label, and its strand where windows have a direction.
    """
    reasons, _ = survey(place_windows(sites, landscape), landscape)
    same = ["label", "chrom", "center", *place_columns(landscape.direction)[3:]]
    repeated = sites.duplicated(same).to_numpy()
    reasons[(reasons == "") & repeated] = "duplicate"
    return reasons


def merge_windows(sites: pd.DataFrame, landscape: Landscape) -> pd.DataFrame:
    """Return one row ``chrom start end strand`` per distinct window of the sites, in the order of the reference.

    ``strand`` is the sites' if they agree, else ``.``; where windows have their site's direction those of both strands
    are two.
    """
    windows = place_windows(sites, landscape).assign(strand=sites["strand"]).drop_duplicates()
    place = place_columns(landscape.direction)
    windows["strand"] = windows["strand"].mask(windows.duplicated(place, keep=False), ".")
    return sort_windows(windows.drop_duplicates(place), landscape.sizes)


def sort_windows(windows: pd.DataFrame, sizes: dict[str, int]) -> pd.DataFrame:
    """Return windows in the order of the reference, with rows renumbered."""
    starts, _ = line_ends(windows, sizes)
    return windows.iloc[np.argsort(starts, kind="stable")].reset_index(drop=True)


def label_windows(windows: pd.DataFrame, sites: pd.DataFrame, width: int, sizes: dict[str, int]) -> np.ndarray:
    """Return the highest value among one label's sites in each window's central bin.

    Parameters
    ----------
    windows
        Columns ``chrom start end``.
    sites
        One label's usable sites: columns ``chrom center value``.
    width
        Width of the bin in bp, of the windows' parity.
    sizes
        Contigs of the reference.

    Returns
    -------
    numpy.ndarray
        ``(N,)`` float; 0 where no site's centre lies in the bin.
    """
    starts, ends = line_ends(windows, sizes)
    margin = (ends - starts - width) // 2
    line = on_line(contig_numbers(sites["chrom"], sizes), sites["center"])
    order = np.argsort(line, kind="stable")
    first = np.searchsorted(line[order], starts + margin)
    stop = np.searchsorted(line[order], ends - margin)
    # reduceat takes [first, stop) from every second pair of bounds; the extra value lets a bound be N.
    values = np.append(sites["value"].to_numpy(dtype=np.float64)[order], -np.inf)
    highest = np.maximum.reduceat(values, np.column_stack([first, stop]).ravel())[::2]
    return np.where(stop > first, highest, 0.0)

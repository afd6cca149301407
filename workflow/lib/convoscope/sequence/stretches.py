"""Which windows of a genome are read together, so that no part of it is read for each of them."""

from collections.abc import Iterator

import numpy as np

from convoscope.errors import InputError

REACH = 65_536  # bases: windows that lie closer are read together, as BGZF inflates 64 KiB at least
SPAN = 4_000_000  # bases read at once


def check_windows(
    lengths: dict[str, int], names: np.ndarray, numbers: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """Return the lengths of contigs; refuse the first window, on contig ``names[number]``, that is not within it."""
    known = np.array([lengths.get(name, -1) for name in names], dtype=np.int64)
    limits = known[numbers]
    wrong = np.flatnonzero((starts < 0) | (starts > ends) | (ends > limits))
    if len(wrong):
        row, chrom = wrong[0], names[numbers[wrong[0]]]
        allowed = f"0 <= start <= end <= {limits[row]}" if chrom in lengths else f"contigs: {', '.join(lengths)[:200]}"
        raise InputError(f"window {chrom}:{starts[row]}-{ends[row]}: not in the reference; {allowed}")
    return known


def together(lengths: np.ndarray, numbers: np.ndarray, starts: np.ndarray, longest: int) -> Iterator[np.ndarray]:
    """Yield the rows of windows that are read together, in ascending order: those in bins that touch.

    They are counted by bins and not sorted by place.

    Parameters
    ----------
    lengths
        Of the contigs.
    numbers, starts
        Contig and first letter of each window.
    longest
        Letters of the longest window.
    """
    size = max(REACH, longest, 1)
    first = np.cumsum(lengths // size + 2) - lengths // size - 2  # bin of each contig, one between any two
    bins = first[numbers] + starts // size
    used = np.flatnonzero(np.bincount(bins))
    begins = (np.diff(used, prepend=-2) > 1) | (np.diff(used // max(1, SPAN // size), prepend=-1) > 0)
    count = begins.sum()
    stretch = np.zeros(used.max(initial=-1) + 1, dtype=np.min_scalar_type(count))  # of each bin
    stretch[used] = np.cumsum(begins) - 1
    which = stretch[bins]
    order = np.argsort(which, kind="stable")  # which numpy counts, too, up to 65,536 stretches
    yield from np.split(order, np.cumsum(np.bincount(which, minlength=count))[:-1]) if count else []

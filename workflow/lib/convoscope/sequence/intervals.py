"""Intervals of a whole genome as numbers on one line, so that set operations are one binary search.

Position p of contig number k stands at ``k · SPAN + p``. No contig comes near SPAN, hence intervals of different
contigs never touch, also when they are widened by some distance.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

SPAN = 1 << 40


class Intervals(NamedTuple):
    """Disjoint half-open intervals on the line in rising order, ``(M,)`` int64 each."""

    starts: np.ndarray
    ends: np.ndarray


def contig_numbers(names: pd.Series, sizes: dict[str, int]) -> np.ndarray:
    """Return the place of every name ``(N,)`` in the reference, -1 where it is not there."""
    if isinstance(names.dtype, pd.CategoricalDtype):
        return contig_numbers(names.cat.categories.to_series(), sizes)[names.cat.codes]
    return pd.Index(list(sizes), dtype=object).get_indexer(pd.Index(names, dtype=object)).astype(np.int64)


def on_line(numbers: np.ndarray, positions: np.ndarray | pd.Series) -> np.ndarray:
    """Return the positions on the line, ``(N,)`` int64, of positions on contigs.

    >>> (on_line(np.array([0, 1]), np.array([7, 7])) - np.array([0, SPAN])).tolist()
    [7, 7]
    """
    return numbers * SPAN + np.asarray(positions, dtype=np.int64)


def union(starts: np.ndarray, ends: np.ndarray) -> Intervals:
    """Merge intervals ``(N,)`` that overlap or touch into disjoint ones; empty intervals vanish.

    >>> [ends.tolist() for ends in union(np.array([5, 0, 2, 9]), np.array([7, 3, 5, 9]))]
    [[0], [7]]
    """
    filled = ends > starts
    order = np.argsort(starts[filled], kind="stable")
    starts, ends = starts[filled][order], ends[filled][order]
    reach = np.maximum.accumulate(ends) if len(ends) else ends
    first = np.ones(len(starts), dtype=bool)
    first[1:] = starts[1:] > reach[:-1]
    last = np.append(np.flatnonzero(first)[1:] - 1, len(starts) - 1) if len(starts) else np.array([], dtype=np.int64)
    return Intervals(starts[first], reach[last])


def genome_intervals(table: pd.DataFrame, sizes: dict[str, int], margin: int = 0) -> Intervals:
    """Return the union of the rows' ``chrom, start, end``, each widened by a margin in bp, without unknown contigs."""
    numbers = contig_numbers(table["chrom"], sizes)
    known = numbers >= 0
    starts = on_line(numbers, table["start"])[known] - margin
    ends = on_line(numbers, table["end"])[known] + margin
    return union(starts, ends)


def touches(starts: np.ndarray, ends: np.ndarray, intervals: Intervals) -> np.ndarray:
    """Tell which of the half-open intervals ``(N,)`` share a base with any of the intervals.

    >>> touches(np.array([0, 3, 5]), np.array([3, 5, 6]), Intervals(np.array([4]), np.array([5]))).tolist()
    [False, True, False]
    """
    candidate = np.searchsorted(intervals.ends, starts, side="right")
    following = np.append(intervals.starts, np.iinfo(np.int64).max)[candidate]
    return following < ends


def containing(starts: np.ndarray, ends: np.ndarray, intervals: Intervals) -> np.ndarray:
    """Return the number of the interval that contains each of ``(N,)`` half-open intervals, -1 where none does.

    >>> containing(np.array([0, 3]), np.array([3, 6]), Intervals(np.array([0, 4]), np.array([4, 9]))).tolist()
    [0, -1]
    """
    number = np.searchsorted(intervals.starts, starts, side="right") - 1
    return np.where((number >= 0) & (ends <= np.append(intervals.ends, -1)[number]), number, -1)

"""Genomic negatives with the positives' distribution of GC."""

import numpy as np
import pandas as pd

from convoscope.config import Negatives
from convoscope.sequence.background import Background, Sampled, sampled
from convoscope.sequence.intervals import SPAN, Intervals, genome_intervals, touches
from convoscope.sequence.splits import region_intervals
from convoscope.sequence.usable_regions import Landscape, composition
from convoscope.sequence.windows import sort_windows

BINS = 50  # of GC share, 0.02 wide
PASSES = 4
OVERSAMPLING = 20  # candidates per missing negative in the first pass; four times as many in every further one
LEAST_DRAW, LARGEST_DRAW = 2_000, 2_000_000
DRAWS = LARGEST_DRAW.bit_length()  # bits of the number of a draw
NAMES = {"chrom": object, "fold": object}  # millions of candidates have them as numbers
NEIGHBOURS = (1, -1, 2, -2)  # bins that may stand in for one that the genome cannot fill


def gc_matched(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Draw windows with the positives' GC, fold by fold, away from every site, blacklist, gaps and unknown bases.

    Candidates are drawn uniformly from a fold's regions until each GC bin has enough of them, in a bounded number of
    passes. What a bin lacks then is taken from up to two neighbouring bins. The tally counts negatives in the bin in
    which they are, so that neither shortage nor replacement goes unseen.
    """
    landscape = background.landscape
    generator = np.random.default_rng(negatives.seed)
    gc, _ = composition(landscape.fasta, positives)
    wanted = requested(positives["fold"], gc_bins(gc), negatives.ratio_for(len(positives)))
    pool = _fill_pool(wanted, background, negatives.distance, generator)
    order = generator.permutation(len(pool))
    taken = choose_candidates(pool[["fold", "bin"]].take(order), wanted)
    rows = pool.take(order[taken]).reset_index(drop=True)
    windows = windows_of(rows["line"].to_numpy(), landscape).assign(fold=rows["fold"]).astype(NAMES)
    return sampled(sort_windows(windows, landscape.sizes), _tally(wanted, rows["bin"]))


def gc_bins(gc: np.ndarray) -> np.ndarray:
    """Return the bin of each share of GC, ``(N,)``.

    >>> gc_bins(np.array([0.0, 0.06, 1.0])).tolist()
    [0, 3, 49]
    """
    return np.minimum((gc * BINS + 1e-9).astype(np.int64), BINS - 1)


def requested(folds: pd.Series, bins: np.ndarray, ratio: float) -> pd.Series:
    """Return how many negatives each ``(fold, bin)`` needs.

    Each fold's total is its positives times the ratio, rounded; the rounding is dealt out by largest remainder.
    """
    counts = pd.DataFrame({"fold": folds.to_numpy(), "bin": bins}).value_counts().sort_index()
    exact = counts * ratio
    whole = pd.Series(np.floor(exact.to_numpy()), index=exact.index).astype(np.int64)
    totals = (counts.groupby(level="fold").sum() * ratio).round().astype(np.int64)
    missing = totals - whole.groupby(level="fold").sum()
    rank = (exact - whole).groupby(level="fold").rank(method="first", ascending=False)
    return whole + (rank <= missing.reindex(rank.index, level="fold")).astype(np.int64)


def _fill_pool(
    wanted: pd.Series, background: Background, distance: int, generator: np.random.Generator
) -> pd.DataFrame:
    """Draw candidates until every ``(fold, bin)`` has as many as it needs, or all passes are used.

    Returns columns ``fold bin line``, the last the start on the line of :mod:`intervals`.
    """
    landscape = background.landscape
    near = genome_intervals(background.sites, landscape.sizes, distance)
    regions = region_intervals(background.regions, landscape.sizes)
    folds = wanted.index.unique("fold")
    pool, missing = _candidates(0, np.empty(0, np.int64), np.empty(0, np.int64), folds), wanted
    for number in range(PASSES):
        counts = missing.groupby(level="fold").sum()
        drawn = {
            str(fold): draw(regions[str(fold)], count * OVERSAMPLING * 4**number, landscape.length, generator)
            for fold, count in counts[counts > 0].items()
        }
        fresh = [
            _candidates(list(folds).index(fold), *_usable(*found, pool["line"], near, landscape), folds)
            for fold, found in drawn.items()
        ]
        pool = pd.concat([pool, *fresh], ignore_index=True)
        held = np.bincount(_keys(pool, folds), minlength=len(folds) * BINS)[_wanted_keys(wanted, folds)]
        missing = (wanted - held).clip(lower=0)
        if not missing.any():
            break
    return pool


def _candidates(fold: int, bins: np.ndarray, line: np.ndarray, folds: pd.Index) -> pd.DataFrame:
    """Return candidates of one of the folds as a table."""
    named = pd.Categorical.from_codes(np.full(len(line), fold), folds)
    return pd.DataFrame({"fold": named, "bin": bins, "line": line})


def _keys(pool: pd.DataFrame, folds: pd.Index) -> np.ndarray:
    """Return one number for the fold and bin of every candidate, ``(N,)``."""
    return folds.get_indexer(pd.Index(pool["fold"])) * BINS + pool["bin"].to_numpy()


def _wanted_keys(wanted: pd.Series, folds: pd.Index) -> np.ndarray:
    """Return the same numbers of what is wanted, ``(fold, bin)`` each."""
    return folds.get_indexer(wanted.index.get_level_values("fold")) * BINS + wanted.index.get_level_values("bin")


def draw(regions: Intervals, count: int, length: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw windows of ``length`` bp uniformly from regions.

    Returns where they start on the line, in its order and each once, and in which draw each came first, ``(N,)`` each.
    """
    room = np.maximum(regions.ends - regions.starts - length + 1, 0)
    cumulative = np.cumsum(room)
    total = int(cumulative[-1]) if len(cumulative) else 0
    count = min(max(count, LEAST_DRAW), LARGEST_DRAW) if total else 0
    place = generator.permutation(total) if total <= count else generator.integers(total, size=count)
    # Sorted as one number with that of the draw, which takes a quarter of the time that their order does.
    both = np.sort(place << DRAWS | np.arange(len(place)))
    both = both[np.diff(both >> DRAWS, prepend=-1) > 0]
    place, drawn = both >> DRAWS, both & ((1 << DRAWS) - 1)
    region = np.searchsorted(cumulative, place, side="right")
    return regions.starts[region] + place - (cumulative - room)[region], drawn


def _usable(
    line: np.ndarray, drawn: np.ndarray, held: pd.Series, near: Intervals, landscape: Landscape
) -> tuple[np.ndarray, np.ndarray]:
    """Return bins and starts, in the order of the draws, of those of the drawn windows that are new and usable."""
    fine = ~pd.Series(line).isin(held).to_numpy()
    for avoided in (near, landscape.blacklist):
        fine &= ~touches(line, line + landscape.length, avoided)
    line, drawn = line[fine], drawn[fine]
    gc, unknown = composition(landscape.fasta, windows_of(line, landscape))
    bins, starts = np.full(drawn.max(initial=-1) + 1, BINS), np.empty(drawn.max(initial=-1) + 1, dtype=np.int64)
    bins[drawn], starts[drawn] = np.where(unknown <= landscape.max_unknown, gc_bins(gc), BINS), line
    kept = bins < BINS
    return bins[kept], starts[kept]


def windows_of(line: np.ndarray, landscape: Landscape) -> pd.DataFrame:
    """Return ``chrom`` (categorical) ``start end`` of windows that start at these places of the line."""
    number = line // SPAN
    start = line - number * SPAN
    chrom = pd.Categorical.from_codes(number, pd.Index(list(landscape.sizes)))
    return pd.DataFrame({"chrom": chrom, "start": start, "end": start + landscape.length})


def choose_candidates(pool: pd.DataFrame, wanted: pd.Series) -> np.ndarray:
    """Tell which candidates are taken, ``(N,)`` bool: the first of each bin, then those left in neighbouring bins."""
    folds = wanted.index.unique("fold")
    keys, asked = _keys(pool, folds), _wanted_keys(wanted, folds)
    quota = np.zeros(len(folds) * BINS, dtype=np.int64)
    quota[asked] = wanted
    taken = (keys >= 0) & (_rank(keys) < quota[keys])
    missing = quota - np.bincount(keys[taken], minlength=len(quota))
    for key in asked[missing[asked] > 0]:
        count = missing[key]
        for other in [key + shift for shift in NEIGHBOURS if (key + shift) // BINS == key // BINS]:
            left = np.flatnonzero(~taken & (keys == other))[:count]
            taken[left] = True
            count -= len(left)
    return taken


def _rank(keys: np.ndarray) -> np.ndarray:
    """Return how many of the same key come before each, ``(N,)``.

    >>> _rank(np.array([3, 5, 3, 3])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(keys.astype(np.int16), kind="stable")
    counts = np.unique_counts(keys[order]).counts
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[order] = np.arange(len(keys)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranks


def _tally(wanted: pd.Series, bins: pd.Series) -> pd.DataFrame:
    """Return ``bin requested obtained``, one row per GC bin that was asked for or drawn, named by its bounds."""
    asked = wanted.groupby(level="bin").sum()
    obtained = bins.value_counts()
    numbers = sorted({*asked.index, *obtained.index})
    return pd.DataFrame(
        {
            "bin": [f"{number / BINS:.2f}-{(number + 1) / BINS:.2f}" for number in numbers],
            "requested": asked.reindex(numbers, fill_value=0).to_numpy(),
            "obtained": obtained.reindex(numbers, fill_value=0).to_numpy(),
        }
    )

"""Genomic negatives with the positives' distribution of GC."""

import numpy as np
import pandas as pd

from convoscope.config import Negatives
from convoscope.sequence.background import Background, Sampled, sampled
from convoscope.sequence.intervals import SPAN, Intervals, genome_intervals, touches
from convoscope.sequence.splits import region_intervals
from convoscope.sequence.usable_regions import composition, survey
from convoscope.sequence.windows import sort_windows

BINS = 50  # of GC share, 0.02 wide
PASSES = 4
OVERSAMPLING = 20  # candidates per missing negative in the first pass; four times as many in every further one
LEAST_DRAW, LARGEST_DRAW = 2_000, 2_000_000
NEIGHBOURS = (1, -1, 2, -2)  # bins that may stand in for one that the genome cannot fill
POOL = ["fold", "bin", "line", "chrom", "start", "end"]


def gc_matched(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Draw windows with the positives' GC, fold by fold, away from every site, blacklist, gaps and unknown bases.

    Candidates are drawn uniformly from a fold's regions until each GC bin has enough of them, in a bounded number of
    passes. What a bin lacks then is taken from up to two neighbouring bins. The tally counts negatives in the bin in
    which they are, so that neither shortage nor replacement goes unseen.
    """
    landscape = background.landscape
    generator = np.random.default_rng(negatives.seed)
    gc, _ = composition(landscape.fasta, positives)
    wanted = requested(positives["fold"], gc_bins(gc), negatives.ratio)
    pool = _fill_pool(wanted, background, negatives.distance, generator)
    pool = pool.iloc[generator.permutation(len(pool))].reset_index(drop=True)
    rows = pool[choose_candidates(pool, wanted)]
    return sampled(sort_windows(rows, landscape.sizes), _tally(wanted, rows["bin"]))


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
    """Draw candidates until every ``(fold, bin)`` has as many as it needs, or all passes are used."""
    sizes = background.landscape.sizes
    near = genome_intervals(background.sites, sizes, distance)
    regions = region_intervals(background.regions, sizes)
    pool, missing = pd.DataFrame(columns=POOL), wanted
    for number in range(PASSES):
        fresh = [
            draw(regions[str(fold)], int(count) * OVERSAMPLING * 4**number, str(fold), background, generator)
            for fold, count in missing.groupby(level="fold").sum().items()
            if count > 0
        ]
        pool = _admit(pd.concat(fresh, ignore_index=True), pool, near, background) if fresh else pool
        held = pool.groupby(["fold", "bin"]).size().reindex(wanted.index, fill_value=0)
        missing = (wanted - held).clip(lower=0)
        if not missing.any():
            break
    return pool


def draw(
    regions: Intervals, count: int, fold: str, background: Background, generator: np.random.Generator
) -> pd.DataFrame:
    """Draw windows uniformly from regions: columns ``fold line chrom start end``, ``line`` their start on the line."""
    length = background.landscape.length
    room = np.maximum(regions.ends - regions.starts - length + 1, 0)
    cumulative = np.cumsum(room)
    total = int(cumulative[-1]) if len(cumulative) else 0
    count = min(max(count, LEAST_DRAW), LARGEST_DRAW) if total else 0
    place = generator.permutation(total) if total <= count else generator.integers(total, size=count)
    region = np.searchsorted(cumulative, place, side="right")
    line = regions.starts[region] + place - (cumulative - room)[region]
    chrom = np.array(list(background.landscape.sizes), dtype=object)[line // SPAN]
    return pd.DataFrame({"fold": fold, "line": line, "chrom": chrom, "start": line % SPAN, "end": line % SPAN + length})


def _admit(fresh: pd.DataFrame, pool: pd.DataFrame, near: Intervals, background: Background) -> pd.DataFrame:
    """Return the pool and those of the fresh candidates that are new, far from sites and usable, with their bins."""
    line = fresh["line"].to_numpy()
    new = ~fresh["line"].duplicated() & ~fresh["line"].isin(pool["line"])
    fresh = fresh[new.to_numpy() & ~touches(line, line + background.landscape.length, near)]
    reasons, gc = survey(fresh, background.landscape)
    fresh = fresh[reasons == ""].assign(bin=gc_bins(gc[reasons == ""]))[POOL]
    return pd.concat([pool, fresh], ignore_index=True) if len(pool) else fresh.reset_index(drop=True)


def choose_candidates(pool: pd.DataFrame, wanted: pd.Series) -> np.ndarray:
    """Tell which candidates are taken, ``(N,)`` bool: the first of each bin, then those left in neighbouring bins."""
    rank = pool.groupby(["fold", "bin"]).cumcount().to_numpy()
    key = pd.MultiIndex.from_frame(pool[["fold", "bin"]])
    taken = rank < wanted.reindex(key, fill_value=0).to_numpy()
    held = pool[taken].groupby(["fold", "bin"]).size().reindex(wanted.index, fill_value=0)
    missing = wanted - held
    for fold, number, count in missing[missing > 0].reset_index(name="count").itertuples(index=False):
        for shift in NEIGHBOURS:
            left = np.flatnonzero(~taken & (pool["fold"] == fold) & (pool["bin"] == number + shift))[:count]
            taken[left] = True
            count -= len(left)
    return taken


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

"""Which examples train, validate, test: regions of a genome, or families of sequences.

On a genome a split owns regions and a window belongs to the split whose region contains it, so that no base is seen
by two splits. Where there is no order of positions, families of related examples are dealt out as wholes.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from convoscope.config import Split
from convoscope.config.strategies import SPLIT_STRATEGIES
from convoscope.errors import InputError
from convoscope.sequence.intervals import Intervals, containing, contig_numbers, on_line, union
from convoscope.sequence.usable_regions import line_ends

HOLDOUT = ("train", "validation", "test")
CROSSING = "crossing"
STRATA = 5
ORDERS = 20  # of blocks, to choose from
TWOFOLD = 2.0
RARE = 3


def fold_map(split: Split) -> dict[str, dict[str, list[str]]]:
    """Return for each training (fold) which fold values of the examples train, validate and test.

    >>> fold_map(Split(strategy="random_folds", folds=3))["2"]
    {'train': ['1'], 'validation': ['0'], 'test': ['2']}
    """
    if not SPLIT_STRATEGIES[split.strategy].folds:
        return {"holdout": {name: [name] for name in HOLDOUT}}
    values = [str(number) for number in range(split.folds)]
    result = {}
    for number, test in enumerate(values):
        validation = values[(number + 1) % split.folds]
        train = [value for value in values if value not in (test, validation)]
        result[test] = {"train": train, "validation": [validation], "test": [test]}
    return result


def whole(sizes: dict[str, int]) -> pd.DataFrame:
    """Return every contig as one region, its fold still open."""
    return pd.DataFrame({"chrom": list(sizes), "start": 0, "end": list(sizes.values()), "fold": ""})


def _by_chromosomes(sizes: dict[str, int], sites: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Give the named contigs to validation and test and all others to training."""
    regions = whole(sizes).assign(fold="train")
    for fold in ("validation", "test"):
        names = getattr(split, fold)
        missing = [name for name in names if name not in sizes]
        if missing:
            raise InputError(f"split.{fold}: {missing[0]!r} is not in the reference; it has {', '.join(sizes)}")
        regions.loc[regions["chrom"].isin(names), "fold"] = fold
    return regions


def _by_chromosome_folds(sizes: dict[str, int], sites: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Deal contigs to folds, the one with most sites first, each to the fold that has the fewest sites so far."""
    counts = sites["chrom"].value_counts().reindex(list(sizes), fill_value=0)
    if (counts > 0).sum() < split.folds:
        raise InputError(
            f"split.folds: {split.folds} folds of {(counts > 0).sum()} contigs with sites; "
            "give fewer folds, or set split.strategy: blocks"
        )
    load = np.zeros((split.folds, 2))  # sites, then bp, which deals out the contigs without sites
    fold = {}
    for name in sorted(sizes, key=lambda name: (-counts[name], -sizes[name])):
        lightest = min(range(split.folds), key=lambda number: tuple(load[number]))
        load[lightest] += counts[name], sizes[name]
        fold[name] = str(lightest)
    regions = whole(sizes)
    return regions.assign(fold=regions["chrom"].map(fold))


def _by_blocks(sizes: dict[str, int], sites: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Cut contigs into blocks and give random ones to test and validation until each has its share of the sites."""
    size = np.array(list(sizes.values()), dtype=np.int64)
    count = -(-size // split.block)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    blocks = pd.DataFrame({"chrom": np.repeat(np.array(list(sizes), dtype=object), count)})
    blocks["start"] = number * split.block
    blocks["end"] = np.minimum(blocks["start"] + split.block, np.repeat(size, count))
    held = np.stack([_sites_in(blocks, rows, sizes) for rows in _by_label(sites)])
    generator = np.random.default_rng(split.seed)
    drawn = [give_blocks(held.sum(axis=0), generator.permutation(len(blocks)), split) for _ in range(ORDERS)]
    # The first order in which no label's share differs twofold, else the most even one.
    uneven = [unevenness(held, folds) for folds in drawn]
    best = next((number for number, ratio in enumerate(uneven) if ratio < TWOFOLD), int(np.argmin(uneven)))
    return blocks.assign(fold=drawn[best])[["chrom", "start", "end", "fold"]]


def _by_label(sites: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the sites of each label; all as one where they have no label."""
    return [rows for _, rows in sites.groupby("label")] if "label" in sites and len(sites) else [sites]


def _sites_in(blocks: pd.DataFrame, sites: pd.DataFrame, sizes: dict[str, int]) -> np.ndarray:
    """Return the number of sites whose centre lies in each block, ``(blocks,)``."""
    line = np.sort(on_line(contig_numbers(sites["chrom"], sizes), sites["center"]))
    starts, ends = line_ends(blocks, sizes)
    return np.searchsorted(line, ends) - np.searchsorted(line, starts)


def give_blocks(held: np.ndarray, order: np.ndarray, split: Split) -> np.ndarray:
    """Deal blocks, given by their numbers of sites, in order to test, validation and training; return their folds."""
    before = (np.cumsum(held[order]) - held[order]) / max(held.sum(), 1)
    tested = before < split.test_share
    validated = ~tested & (before < before[~tested].min(initial=1) + split.validation_share)
    folds = np.empty(len(held), dtype=object)
    folds[order] = np.select([tested, validated], ["test", "validation"], "train")
    return folds


def unevenness(held: np.ndarray, folds: np.ndarray) -> float:
    """Return how many times a label's share of one fold's sites, ``held (labels, blocks)``, is that of another's."""
    counts = np.stack([held[:, folds == fold].sum(axis=1) for fold in sorted(set(folds))], axis=1)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    lowest, highest = shares.min(axis=1), shares.max(axis=1)
    return float(np.max(highest / np.maximum(lowest, 1e-9), initial=1.0))


def _undecided(sizes: dict[str, int], sites: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Leave the folds open, for :data:`DEALS` to decide when all examples are known."""
    return whole(sizes)


REGIONS: dict[str, Callable[[dict[str, int], pd.DataFrame, Split], pd.DataFrame]] = {
    "chromosomes": _by_chromosomes,
    "chromosome_folds": _by_chromosome_folds,
    "blocks": _by_blocks,
    "random": _undecided,
    "random_folds": _undecided,
}


def region_intervals(regions: pd.DataFrame, sizes: dict[str, int]) -> dict[str, Intervals]:
    """Return the regions of each fold on the line; neighbouring regions of one fold are one."""
    result = {}
    for fold, rows in regions.groupby("fold"):
        starts, ends = line_ends(rows, sizes)
        result[str(fold)] = union(starts, ends)
    return result


def fold_of_windows(windows: pd.DataFrame, regions: pd.DataFrame, sizes: dict[str, int]) -> np.ndarray:
    """Return the fold whose region contains each window, ``(N,)``, :data:`CROSSING` where it lies in two folds."""
    starts, ends = line_ends(windows, sizes)
    folds = np.full(len(windows), CROSSING, dtype=object)
    for fold, intervals in region_intervals(regions, sizes).items():
        folds[containing(starts, ends, intervals) >= 0] = fold
    return folds


def strata(labels: np.ndarray) -> np.ndarray:
    """Return numbers of the kinds of examples that every split should have its share of.

    From labels ``(N, labels)`` to ``(N,)``. Labels of 0 and 1 make one kind per combination, with all rare ones in
    one; other labels make fifths by their mean.
    """
    known = np.nan_to_num(labels, nan=-1.0)
    if np.isin(known, (-1, 0, 1)).all():
        _, kind, count = np.unique(known, axis=0, return_inverse=True, return_counts=True)
        kind = kind.reshape(-1)
        return np.where(count[kind] < RARE, len(count), kind)
    rank = pd.Series(known.mean(axis=1)).rank(method="first", pct=True).to_numpy()
    return np.minimum((rank * STRATA).astype(int), STRATA - 1)


def deal(groups: np.ndarray, labels: np.ndarray, edges: list[float], seed: int) -> np.ndarray:
    """Deal groups of examples to parts, stratum by stratum, as close to the shares as wholes allow.

    Parameters
    ----------
    groups
        ``(N,)`` name of each example's group; a group is never parted.
    labels
        ``(N, labels)`` of which every part gets its share.
    edges
        Upper bounds of the parts' cumulative shares, rising, the last 1.
    seed
        Seed of the order.

    Returns
    -------
    numpy.ndarray
        ``(N,)`` number of each example's part.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    kind = strata(labels[first])
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(first))
    order = order[np.argsort(kind[order], kind="stable")]
    part = np.empty(len(first), dtype=np.int64)
    size = np.bincount(group)
    for members in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1):
        # One random offset for evenly spaced places: shares are met to one group, and exactly on average.
        before = np.cumsum(size[members]) - size[members]
        place = (before + generator.random() * size[members]) / size[members].sum()
        part[members] = np.searchsorted(edges, place, side="left")
    return part[group]


def _holdout_edges(split: Split) -> list[float]:
    """Return the cumulative shares of test, validation, train."""
    shares = split.test_share, split.test_share + split.validation_share
    if shares[1] >= 1:
        raise InputError(
            "split.test_share: with validation_share leaves nothing to train on; their sum must be below 1"
        )
    return [*shares, 1.0]


def _deal_holdout(groups: np.ndarray, labels: np.ndarray, given: np.ndarray, split: Split) -> np.ndarray:
    """Deal groups to test, validation and train by their shares."""
    return np.array(["test", "validation", "train"], dtype=object)[
        deal(groups, labels, _holdout_edges(split), split.seed)
    ]


def _deal_folds(groups: np.ndarray, labels: np.ndarray, given: np.ndarray, split: Split) -> np.ndarray:
    """Deal groups to folds of equal size."""
    edges = [(number + 1) / split.folds for number in range(split.folds)]
    return np.array([str(number) for number in range(split.folds)], dtype=object)[
        deal(groups, labels, edges, split.seed)
    ]


def _keep_given(groups: np.ndarray, labels: np.ndarray, given: np.ndarray, split: Split) -> np.ndarray:
    """Keep the given splits; where none is validation, take a share of the training groups for it."""
    folds = given.astype(object)
    train = np.flatnonzero(folds == "train")
    if len(train) and not (folds == "validation").any():
        edges = [split.validation_share, 1.0]
        folds[train[deal(groups[train], labels[train], edges, split.seed) == 0]] = "validation"
    return folds


DEALS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, Split], np.ndarray]] = {
    "random": _deal_holdout,
    "random_folds": _deal_folds,
    "given": _keep_given,
}

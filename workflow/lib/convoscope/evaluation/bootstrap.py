"""Intervals by resampling whole groups: neighbouring windows and related sequences are not independent.

One matrix of draws serves every label and every method, so that differences are paired (Efron & Tibshirani,
An Introduction to the Bootstrap, chapters 8 and 13: percentile intervals).
"""

from collections.abc import Mapping

import numpy as np

from convoscope.evaluation.metrics import Metric, Outcome

FEW_GROUPS = 10  # with fewer, an interval is a rough guess and is reported as such
CHUNK = 2_000_000  # weights held at once, which bounds the memory


def draw_groups(groups: int, resamples: int, seed: int, strata: np.ndarray | None = None) -> np.ndarray:
    """Draw groups with replacement, as many as there are (of each stratum), many times over.

    Parameters
    ----------
    groups
        Number of groups.
    resamples
        Number of draws.
    seed
        Equal seeds give equal draws.
    strata
        ``(groups,)`` numbers, such as the class of each group: a resample has as many groups of each as the sample,
        so that none is lost.

    Returns
    -------
    ``(1 + resamples, groups)`` uint16: how often each group was drawn. Row 0 is the sample itself, all ones.
    """
    generator = np.random.default_rng(seed)
    counts = np.ones((1 + resamples, groups), dtype=np.uint16)
    kinds = np.zeros(groups, dtype=int) if strata is None else strata
    members = [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]
    for row in counts[1:]:
        for own in members:
            row[own] = np.bincount(generator.integers(len(own), size=len(own)), minlength=len(own))
    return counts


def effective_groups(groups: np.ndarray) -> int:
    """Return as how many equally large groups the groups ``(n,)`` of examples count (Kish 1965), rounded.

    A class whose cells are in one group, but for single ones with wrong labels, counts as of one group.

    >>> effective_groups(np.repeat([0, 1, 2], 4)), effective_groups(np.array([0] * 20 + [1, 2, 3]))
    (3, 1)
    """
    sizes = np.bincount(groups).astype(float)
    return round(float(sizes.sum() ** 2 / max(np.square(sizes).sum(), 1)))


def measure(
    outcome: Outcome, groups: np.ndarray, counts: np.ndarray, metrics: Mapping[str, Metric]
) -> dict[str, np.ndarray]:
    """Compute metrics on every draw of groups.

    Parameters
    ----------
    outcome
        ``n`` examples.
    groups
        ``(n,)`` group number of each example, a column of ``counts``.
    counts
        ``(draws, groups)`` from :func:`draw_groups`.
    metrics
        Rows of ``METRICS``.

    Returns
    -------
    Metric name to values ``(draws,)``; all NaN without examples.
    """
    if len(groups) == 0:
        return {name: np.full(len(counts), np.nan) for name in metrics}
    step = max(1, CHUNK // len(groups))
    parts = []
    for first in range(0, len(counts), step):
        weights = counts[first : first + step, groups].astype(np.float64)
        parts.append({name: metric(outcome, weights) for name, metric in metrics.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in metrics}


def interval(draws: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the central percentile interval of draws ``(resamples,)``, those that are not defined left out.

    >>> interval(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    known = draws[np.isfinite(draws)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def two_sided_p(differences: np.ndarray) -> float:
    """Return twice the smaller share of resampled differences on one side of 0, at least 1 / resamples, at most 1.

    >>> two_sided_p(np.array([-1.0, 1.0, 2.0, 3.0]))
    0.5
    """
    known = differences[np.isfinite(differences)]
    if not len(known):
        return np.nan
    smaller = min((known <= 0).mean(), (known >= 0).mean())
    return float(np.clip(2 * smaller, 1 / len(known), 1))

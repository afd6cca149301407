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
        ``(groups,)`` numbers, such as the class of each group: each is resampled on its own, those of one group
        together (:func:`_join_single`). Of ``k`` groups ``k - 1`` are drawn, each with weight ``k / (k - 1)``: drawing
        all ``k`` would make the variance too small by ``(k - 1) / k``, one half for two (Rao & Wu 1988,
        doi:10.1080/01621459.1988.10478591).

    Returns
    -------
    ``(1 + resamples, groups)``: the weight of each group; without strata uint16, how often it was drawn, else float32.
    Row 0 is the sample itself, all ones.
    """
    generator = np.random.default_rng(seed)
    counts = np.ones((1 + resamples, groups), dtype=np.uint16 if strata is None else np.float32)
    kinds = np.zeros(groups, dtype=int) if strata is None else _join_single(strata)
    order, sizes = np.argsort(kinds, kind="stable"), np.unique(kinds, return_counts=True)[1]
    drawn = sizes if strata is None else np.maximum(1, sizes - 1)
    places, limits = (np.repeat(numbers, drawn) for numbers in (np.cumsum(sizes) - sizes, sizes))
    shares = np.empty(groups)
    shares[order] = np.repeat(sizes / drawn, sizes)
    step = max(1, CHUNK // max(groups, 1))
    for first in range(1, 1 + resamples, step):
        rows = counts[first : first + step]
        # One limit gives the same numbers as an array of equal ones, in half the time.
        numbers = generator.integers(groups if len(sizes) == 1 else limits, size=(len(rows), len(limits)))
        chosen = order[places + numbers] + groups * np.arange(len(rows))[:, None]
        rows[:] = np.bincount(chosen.ravel(), minlength=rows.size).reshape(rows.shape) * shares
    return counts


def _join_single(strata: np.ndarray) -> np.ndarray:
    """Join strata ``(groups,)`` of one group into one; a lone one joins the smallest of the others.

    One group does not tell how much others of its stratum would differ. Joined, the differences between classes take
    the place of those within, which makes intervals too wide rather than too narrow (collapsed strata, Wolter 2007,
    Introduction to Variance Estimation, section 2.5).

    >>> _join_single(np.array([0, 0, 1, 2, 3, 3])).tolist(), _join_single(np.array([0, 0, 0, 1, 2, 2])).tolist()
    ([0, 0, -1, -1, 3, 3], [0, 0, 0, -1, -1, -1])
    """
    kinds, sizes = np.unique(strata, return_counts=True)
    joined = set(kinds[sizes == 1])
    if len(joined) == 1 and len(kinds) > 1:
        others = sizes > 1
        joined.add(kinds[others][sizes[others].argmin()])
    return np.where(np.isin(strata, list(joined)), -1, strata)


def effective_groups(groups: np.ndarray) -> int:
    """Return as how many equally large groups the groups ``(n,)`` of examples count (Kish 1965), rounded.

    A class whose cells are in one group, but for single ones with wrong labels, counts as of one group.

    >>> effective_groups(np.repeat([0, 1, 2], 4)), effective_groups(np.array([0] * 20 + [1, 2, 3]))
    (3, 1)
    """
    sizes = np.bincount(groups).astype(float)
    return round(float(sizes.sum() ** 2 / max(np.square(sizes).sum(), 1)))


def measure_draws(
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
        weights = counts[first : first + step].take(groups, axis=1).astype(np.float64)
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

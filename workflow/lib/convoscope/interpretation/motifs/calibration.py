"""p-values of comparisons of motifs that hold for weak queries and for odd targets, and q-values of names.

TOMTOM's null model draws a target's columns independently. Two things break it. A query with little information matches
flat targets with tiny p-values: each query is compared with its own columns in random order. And some targets, wide and
weak, resemble all that is weak: two CTCF matrices of 31 and 33 bp were the best match of 45 of 100 untrained filters.
Each target is therefore compared with weak random matrices, too, whose names can only be wrong.
"""

from collections.abc import Sequence

import numpy as np

from convoscope.evaluation.rates import q_values

# Share of a null that is its tail: of one query with all targets, and of all weak matrices with one target.
QUERY_TAIL = 0.01
TARGET_TAIL = 0.05
SMALLEST = 1e-300
# Weak matrices, in as many orders each; their lengths, and their concentrations: .4 to .02 bit per column.
WEAK, ORDERS = 64, 16
LENGTHS = (12, 24)
CONCENTRATIONS = (2, 4, 8, 16, 32, 64)


def weak_matrices(generator: np.random.Generator) -> list[np.ndarray]:
    """Draw matrices ``(length, 4)`` as weak as those of filters that learned nothing."""
    lengths = generator.integers(*LENGTHS, WEAK, endpoint=True)
    return [generator.dirichlet([generator.choice(CONCENTRATIONS)] * 4, size=length) for length in lengths]


def in_random_order(matrices: Sequence[np.ndarray], orders: int, generator: np.random.Generator) -> list[np.ndarray]:
    """Return matrices ``(length, 4)`` with their columns in random order, ``orders`` of each, one after the other."""
    return [matrix[generator.permutation(len(matrix))] for matrix in matrices for _ in range(orders)]


def calibrate(p_values: np.ndarray, null: np.ndarray, share: float = QUERY_TAIL) -> np.ndarray:
    """Correct p-values by those of the same test where nothing is to be found; none becomes smaller.

    Up to the null's tail a p-value is counted: the share of the null that is as extreme. Beyond it ``-ln p``, which
    would be exponential with mean one if the p-values were right, is taken as exponential with the mean that it has
    (peaks over threshold, Pickands 1975, doi:10.1214/aos/1176343003): among many comparisons only p-values far below
    what counting resolves are significant.

    Parameters
    ----------
    p_values
        Any shape.
    null
        p-values where nothing is to be found ``(comparisons,)``.
    share
        Of the null that is its tail.
    """
    return _calibrate_rows(p_values.reshape(1, -1), null[None], share).reshape(p_values.shape)


def _calibrate_rows(p_values: np.ndarray, null: np.ndarray, share: float) -> np.ndarray:
    """Correct p-values ``(rows, tests)`` as `calibrate` does, those of each row by its null ``(rows, comparisons)``."""
    scores, background = (-np.log(np.maximum(values, SMALLEST)) for values in (p_values, np.sort(null)[:, ::-1]))
    thresholds = np.quantile(background, 1 - share, axis=1, keepdims=True)
    counted, excess = np.empty_like(scores), np.empty_like(thresholds)
    for row, ranked in enumerate(background):
        order = np.argsort(scores[row])  # in which the search finds each near the one before
        counted[row, order] = 1 - np.searchsorted(ranked, scores[row, order]) / len(ranked)
        excess[row] = (ranked[np.searchsorted(ranked, thresholds[row, 0]) :] - thresholds[row]).mean()
    tail = share * np.exp(-np.maximum(scores - thresholds, 0) / np.maximum(excess, 1.0))
    return np.clip(np.maximum(p_values, np.where(scores < thresholds, counted, tail)), 0, 1)


def calibrate_both(p_values: np.ndarray, null: np.ndarray, weak: np.ndarray) -> np.ndarray:
    """Correct p-values by the null of their query, and what is left by the null of their target.

    Parameters
    ----------
    p_values
        Of queries with targets ``(queries, targets)``.
    null
        Of every query in random orders with the same targets ``(queries, orders, targets)``.
    weak
        Of weak matrices in random orders with the same targets ``(matrices, orders, targets)``; each is corrected by
        its own null before.

    Returns
    -------
    numpy.ndarray
        ``(queries, targets)``.
    """
    once = _calibrate_rows(p_values, null.reshape(len(null), -1), QUERY_TAIL)
    flat = weak.reshape(len(weak), -1)
    nothing = _calibrate_rows(flat, flat, QUERY_TAIL).reshape(-1, weak.shape[-1])
    return np.ascontiguousarray(_calibrate_rows(once.T, nothing.T, TARGET_TAIL).T)


def name_q_values(p_values: np.ndarray) -> np.ndarray:
    """Return the share of wrong names among the queries that are named if a p-value is enough for a name.

    A query takes the name of its best target, so its p-value is corrected for their number, ``1 - (1 - p)^targets``
    (Šidák 1967, doi:10.1080/01621459.1967.10482935), and Benjamini and Hochberg's q-value is over queries. Over all
    pairs instead, one true name would count once for every member of its family, and excuse as many wrong ones.

    Parameters
    ----------
    p_values
        Of queries with targets ``(queries, targets)``.

    Returns
    -------
    numpy.ndarray
        ``(queries, targets)``; the least of a query is that of its name.

    >>> name_q_values(np.array([[1e-4, 0.5], [0.02, 0.9]])).round(4).tolist()
    [[0.0004, 0.75], [0.0396, 0.99]]
    """
    corrected = -np.expm1(p_values.shape[1] * np.log1p(-np.minimum(p_values, 1 - 1e-15)))
    best = corrected.min(axis=1)
    adjusted, order = q_values(best), np.argsort(best)
    # Of a pair with p: what the next worse name costs, or all named queries at p itself, whichever is less.
    place = np.searchsorted(best[order], corrected)
    worse = np.append(adjusted[order], 1.0)[place]
    named = np.maximum(np.searchsorted(best[order], corrected, side="right"), 1)
    return np.minimum(worse, np.minimum(corrected * len(best) / named, 1.0))

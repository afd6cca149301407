"""Which motifs come back: filters of one network compared with those of the other networks."""

from collections.abc import Sequence

import numpy as np
from memelite import tomtom

from convoscope.evaluation.rates import q_values
from convoscope.interpretation.motifs.calibration import calibrate

SHUFFLES = 1_000  # comparisons of shuffled columns behind the calibration of one filter
CHUNK = 16


def network_of(name: str) -> str:
    """Return the network, fold and seed, of a filter by its name.

    >>> network_of("holdout.1.f007")
    'holdout.1'
    """
    return name.rsplit(".", 1)[0]


def best_of_network(p_values: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the p-value of each filter's best counterpart in one network, ``(filters,)``.

    Parameters
    ----------
    p_values
        Of all filters with all filters ``(filters, filters)``.
    members
        Which filters are of the network, ``(filters,)`` boolean.

    Returns
    -------
    numpy.ndarray
        The least of ``m`` p-values, corrected for their number: ``1 - (1 - p)^m`` (Šidák 1967,
        doi:10.1080/01621459.1967.10482935). Without that, a network with many filters would match anything.
    """
    least = np.minimum(p_values[:, members].min(axis=1), 1 - 1e-12)
    return -np.expm1(members.sum() * np.log1p(-least))


def count_recurrences(p_values: np.ndarray, networks: Sequence[str], limit: float) -> np.ndarray:
    """Count for every filter the networks that have a filter like it, its own included.

    Parameters
    ----------
    p_values
        Of filters, as queries, with filters, as targets, ``(filters, filters)``.
    networks
        Network of each filter.
    limit
        Largest q-value of a match, by Benjamini and Hochberg over all filters and the networks that are not theirs.

    Returns
    -------
    numpy.ndarray
        ``(filters,)``, at least 1.
    """
    owners = np.asarray(networks)
    names = np.unique(owners)
    if len(names) < 2:
        return np.ones(len(owners), dtype=int)
    # Both must find each other: a flat filter resembles many, but is not what they resemble.
    mutual = np.maximum(p_values, p_values.T)
    best = np.stack([best_of_network(mutual, owners == name) for name in names], axis=1)
    other = owners[:, None] != names[None, :]
    found = np.ones_like(best)
    found[other] = q_values(best[other])
    return 1 + (found <= limit).sum(axis=1)


def compare_filters(
    matrices: Sequence[np.ndarray], background: Sequence[np.ndarray], both: bool = True, seed: int = 1
) -> np.ndarray:
    """Return calibrated p-values of TOMTOM of all filters with all filters, ``(filters, filters)``.

    Each filter, as a query, is calibrated by its own columns in random order (see
    `calibration.calibrate`), here against the filters alone: filters that learned
    nothing are more like each other than like any known motif.

    Parameters
    ----------
    matrices
        Probabilities, each ``(length, 4)``.
    background
        Those of a database, which stand among the targets: TOMTOM takes the targets' columns as its background, and
        filters of one question are too much alike to be one.
    both
        Whether they are also compared on the other strand.
    seed
        Seed of the orders.
    """
    generator = np.random.default_rng(seed)
    queries = [np.ascontiguousarray(matrix.T) for matrix in matrices]
    targets = [*(np.ascontiguousarray(matrix.T) for matrix in background), *queries]
    rounds = -(-SHUFFLES // len(queries))
    rows = []
    for start in range(0, len(queries), CHUNK):
        chunk = queries[start : start + CHUNK]
        shuffled = [query[:, generator.permutation(query.shape[1])] for query in chunk for _ in range(rounds)]
        found = tomtom([*chunk, *shuffled], targets, reverse_complement=both, n_jobs=1)[0][:, len(background) :]
        null = found[len(chunk) :].reshape(len(chunk), -1)
        rows += [calibrate(p_values, nulls) for p_values, nulls in zip(found, null, strict=False)]
    return np.stack(rows)

"""Naming motifs: TOMTOM against JASPAR or any MEME file, with p-values that hold for weak filters too."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from memelite import tomtom as tomtom_search

from convoscope.interpretation.motifs.calibration import (
    ORDERS,
    calibrate_both,
    in_random_order,
    name_q_values,
    weak_matrices,
)
from convoscope.interpretation.motifs.database import Target, require_targets

# Fewest comparisons of shuffled columns behind the calibration of a query.
CALIBRATION = 6_000
CHUNK = 64


class Comparison(NamedTuple):
    """All queries against all targets, every array ``(queries, targets)``.

    ``offsets`` is where the query starts in the target, read on the strand of ``strands`` (``+`` or ``-``, for the
    target's reverse complement); ``overlaps`` is the number of columns that lie on each other.
    """

    p_values: np.ndarray
    q_values: np.ndarray
    offsets: np.ndarray
    overlaps: np.ndarray
    strands: np.ndarray


class Match(NamedTuple):
    """The best target of one query, with the fields of :class:`Comparison`."""

    id: str
    name: str
    p_value: float
    q_value: float
    offset: int
    overlap: int
    strand: str


def compare_motifs(
    queries: Sequence[np.ndarray], targets: Sequence[Target], both: bool = True, seed: int = 1
) -> Comparison:
    """Compare every query with every target by TOMTOM, complete score (Gupta et al. 2007).

    p-values are calibrated for each query by its own columns in random order, and for each target by weak random
    matrices (:mod:`~convoscope.interpretation.motifs.calibration`); an informative query keeps its p-values. q-values
    are those of names: over queries, each with its best target.

    Parameters
    ----------
    queries
        Probabilities, each ``(length, 4)``, trimmed (flat flanks carry nothing but noise).
    targets
        At least 25.
    both
        Whether targets are also read on the other strand.
    seed
        Seed of the shuffled columns.

    Raises
    ------
    InputError
        If there are fewer targets than TOMTOM's p-values need.

    References
    ----------
    doi:10.1186/gb-2007-8-2-r24; complete score doi:10.1093/bioinformatics/btr257.
    """
    require_targets(targets)
    if not len(queries):
        return Comparison(*(np.empty((0, len(targets))) for _ in Comparison._fields))
    generator = np.random.default_rng(seed)
    known, orders = [target.matrix for target in targets], -(-CALIBRATION // len(targets))
    p_values, offsets, overlaps, strands = _search(queries, known, both)
    null = _search(in_random_order(queries, orders, generator), known, both)[0]
    weak = _search(in_random_order(weak_matrices(generator), ORDERS, generator), known, both)[0]
    shapes = (len(queries), orders, len(targets)), (-1, ORDERS, len(targets))
    calibrated = calibrate_both(p_values, null.reshape(shapes[0]), weak.reshape(shapes[1]))
    signs = np.where(strands > 0, "-", "+")
    return Comparison(calibrated, name_q_values(calibrated), offsets.astype(int), overlaps.astype(int), signs)


def _search(queries: Sequence[np.ndarray], targets: Sequence[np.ndarray], both: bool) -> list[np.ndarray]:
    """Return TOMTOM's p-values, offsets, overlaps and strands of matrices ``(length, 4)``, ``(queries, targets)``."""
    asked, known = ([np.ascontiguousarray(matrix.T) for matrix in matrices] for matrices in (queries, targets))
    parts = []
    for start in range(0, len(asked), CHUNK):
        found = tomtom_search(asked[start : start + CHUNK], known, reverse_complement=both, n_jobs=1)
        parts.append([found[field] for field in (0, 2, 3, 4)])
    return [np.concatenate(fields) for fields in zip(*parts, strict=True)]


def tomtom(
    queries: Sequence[np.ndarray], targets: Sequence[Target], both: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values and q-values of :func:`compare_motifs`, both ``(queries, targets)``."""
    comparison = compare_motifs(queries, targets, both)
    return comparison.p_values, comparison.q_values


def match_motifs(queries: Sequence[np.ndarray], targets: Sequence[Target], both: bool = True) -> list[Match]:
    """Return for every query ``(length, 4)`` its best target, significant or not."""
    comparison = compare_motifs(queries, targets, both)
    matches = []
    for row, best in enumerate(comparison.p_values.argmin(axis=1) if len(queries) else []):
        target = targets[best]
        cell = [field[row, best].item() for field in comparison]
        matches.append(Match(target.id, target.name, *cell))
    return matches


def place_on(
    queries: Sequence[np.ndarray], targets: Sequence[Target], chosen: Sequence[str], both: bool = True
) -> list[tuple[int, int, str]]:
    """Return offset, overlap and strand (see :class:`Comparison`) of each query on the target of the chosen id."""
    if not len(queries):
        return []
    columns = {target.id: column for column, target in enumerate(targets)}
    _, *fields = _search(queries, [target.matrix for target in targets], both)
    rows = [[field[row, columns[name]] for field in fields] for row, name in enumerate(chosen)]
    return [(int(offset), int(overlap), "-" if strand > 0 else "+") for offset, overlap, strand in rows]

"""Naming motifs: TOMTOM against JASPAR or any MEME file, with p-values that hold for weak filters too."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyjaspar
from memelite import tomtom as tomtom_search

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.interpretation.motifs.calibration import (
    ORDERS,
    calibrate_both,
    in_random_order,
    name_q_values,
    weak_matrices,
)
from convoscope.interpretation.motifs.motif_files import parse_motifs

# TOMTOM takes the targets' columns as its background; with fewer targets the p-values depend on the choice.
MIN_TARGETS = 25
# Fewest comparisons of shuffled columns behind the calibration of a query.
CALIBRATION = 6_000
CHUNK = 64

CORE = """
SELECT m.BASE_ID, m.VERSION, m.NAME, d.val FROM MATRIX m JOIN MATRIX_DATA d ON d.ID = m.ID
WHERE m.COLLECTION = 'CORE' AND (:all OR m.ID IN (
    SELECT ID FROM MATRIX_ANNOTATION WHERE TAG = 'tax_group' AND VAL IN (SELECT value FROM json_each(:taxa))))
ORDER BY m.BASE_ID, m.VERSION, m.ID, d.col, d.row
"""


class Target(NamedTuple):
    """One motif of a database: identifier, name, probabilities ``(length, 4)``."""

    id: str
    name: str
    matrix: np.ndarray


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


def load_database(database: str, taxa: Sequence[str] = ()) -> list[Target]:
    """Read the motifs to compare with.

    Parameters
    ----------
    database
        A release of JASPAR that pyjaspar ships, such as ``JASPAR2026``, or the path of a file of motifs (MEME,
        JASPAR, TRANSFAC, HOMER, HOCOMOCO).
    taxa
        Taxonomic groups of JASPAR; all when empty.

    Raises
    ------
    InputError
        If there is no such release or file, or if taxa are asked of a file, which has none.
    """
    if database in pyjaspar.jaspar_releases:
        return load_jaspar(database, taxa)
    if not Path(database).is_file():
        known = ", ".join(pyjaspar.jaspar_releases)
        raise InputError(f"motifs.database: {database!r}; one of {known}, or the path of a file of motifs")
    if taxa:
        raise InputError(f"motifs.taxa: {', '.join(taxa)}; a file has no taxa, leave them out")
    with open_text(Path(database)) as stream:
        motifs = parse_motifs(stream.read(), database)
    return [Target(motif.name, motif.alternative or motif.name, motif.matrix) for motif in motifs]


def load_jaspar(release: str, taxa: Sequence[str] = ()) -> list[Target]:
    """Read the latest version of every CORE matrix of one release of JASPAR (doi:10.1093/nar/gkad1059).

    One query instead of pyjaspar's several per matrix: half a second instead of twelve for all taxa. The latest
    version is the latest of a matrix, whatever taxa are asked, as in pyjaspar.
    """
    with closing(pyjaspar.jaspardb(release=release).conn) as connection:
        listing = "[" + ",".join(f'"{taxon}"' for taxon in taxa) + "]"
        rows = connection.execute(CORE, {"all": not taxa, "taxa": listing}).fetchall()
    values: dict[str, dict[tuple[int, str], list[float]]] = {}
    for base, version, name, value in rows:
        values.setdefault(base, {}).setdefault((version, name), []).append(value)
    targets = []
    for base, versions in values.items():
        version, name = max(versions)
        counts = np.array(versions[version, name], dtype=float).reshape(-1, 4)
        targets.append(Target(f"{base}.{version}", name, counts / counts.sum(axis=1, keepdims=True)))
    return targets


def is_jaspar(database: str) -> bool:
    """Tell whether a database is a release of JASPAR: of motifs of DNA, whose matrices read on either strand."""
    return database in pyjaspar.jaspar_releases


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


def require_targets(targets: Sequence[Target]) -> None:
    """Refuse a database that is too small to be TOMTOM's background."""
    if len(targets) < MIN_TARGETS:
        raise InputError(f"motifs.database: {len(targets)} motifs; TOMTOM's p-values need at least {MIN_TARGETS}")


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

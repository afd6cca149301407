"""Motifs to compare with: those of a release of JASPAR, or of a file."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyjaspar

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.interpretation.motifs.motif_files import parse_motifs

# TOMTOM takes the targets' columns as its background; with fewer targets the p-values depend on the choice.
MIN_TARGETS = 25

# CROSS has SQLite find the matrices first, then the cells of each by their index, not go through all cells of JASPAR.
CORE = """
SELECT m.BASE_ID, m.VERSION, m.NAME, d.val FROM MATRIX m CROSS JOIN MATRIX_DATA d ON d.ID = m.ID
WHERE m.COLLECTION = 'CORE' AND (:all OR m.ID IN (
    SELECT ID FROM MATRIX_ANNOTATION WHERE TAG = 'tax_group' AND VAL IN (SELECT value FROM json_each(:taxa))))
ORDER BY m.BASE_ID, m.VERSION, m.ID, d.col, d.row
"""


class Target(NamedTuple):
    """One motif of a database: identifier, name, probabilities ``(length, 4)``."""

    id: str
    name: str
    matrix: np.ndarray


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


def require_targets(targets: Sequence[Target]) -> None:
    """Refuse a database that is too small to be TOMTOM's background."""
    if len(targets) < MIN_TARGETS:
        raise InputError(f"motifs.database: {len(targets)} motifs; TOMTOM's p-values need at least {MIN_TARGETS}")

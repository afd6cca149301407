"""Where the named motifs of filters stand in single windows."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

# A hit is what a random sequence has at fewer than one in ten thousand places, the usual threshold of FIMO.
LIMIT = 1e-4
# Share of the shorter of two hits that may lie on the other.
OVERLAP = 0.25


class Hit(NamedTuple):
    """One motif in one window: ``start`` and ``end`` are 0-based half-open positions of the window."""

    name: str
    start: int
    end: int
    strand: str
    p_value: float


def find_hits(
    codes: np.ndarray, matrices: Mapping[str, np.ndarray], both: bool, limit: float = LIMIT
) -> list[list[Hit]]:
    """Return for every window its hits, such that they do not lie on each other, from left to right.

    Hits are those of FIMO (Grant et al. 2011, doi:10.1093/bioinformatics/btr064), on a uniform background. Motifs of
    one family hit the same places: the one that comes first among the matrices stays, the most influential.

    Parameters
    ----------
    codes
        Windows ``(N, L)`` over four letters; unknown letters match nothing.
    matrices
        Probabilities ``(length, 4)`` by name, in the order of preference.
    both
        Whether motifs may stand on the other strand.
    limit
        Largest p-value of a hit.
    """
    from memelite import fimo  # compiles for some seconds where its cache is empty

    if not len(codes) or not matrices:
        return [[] for _ in codes]
    one_hot = (np.asarray(codes)[:, None, :] == np.arange(4)[:, None]).astype(np.int8)
    turned = {name: np.ascontiguousarray(matrix.T, dtype=np.float64) for name, matrix in matrices.items()}
    tables = fimo(turned, one_hot, threshold=limit, reverse_complement=both, dim=1)
    found: list[list[Hit]] = [[] for _ in codes]
    for table in tables:
        for row in table.itertuples():
            place = int(row.sequence_name)
            hit = Hit(str(row.motif_name), int(row.start), int(row.end), str(row.strand), float(row[-1]))
            found[place].append(hit)
    return [_apart(hits, list(matrices)) for hits in found]


def _apart(hits: Sequence[Hit], names: Sequence[str]) -> list[Hit]:
    """Return hits that hardly overlap, chosen in the order of the names and then by p-value, from left to right.

    >>> hits = [Hit("b", 2, 9, "+", 1e-6), Hit("a", 0, 8, "-", 1e-5), Hit("b", 8, 12, "+", 1e-5)]
    >>> [(hit.name, hit.start) for hit in _apart(hits, ["a", "b"])]
    [('a', 0), ('b', 8)]
    """
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (names.index(hit.name), hit.p_value, hit.start)):
        if all(_shared(hit, other) <= OVERLAP * min(_length(hit), _length(other)) for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _length(hit: Hit) -> int:
    """Return the positions of a hit."""
    return hit.end - hit.start


def _shared(hit: Hit, other: Hit) -> int:
    """Return the positions that two hits have in common."""
    return max(0, min(hit.end, other.end) - max(hit.start, other.start))

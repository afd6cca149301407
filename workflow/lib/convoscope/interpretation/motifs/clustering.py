"""Motifs, not filters: the filters of all networks that learned the same, as one matrix."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from memelite import tomtom

from convoscope.evaluation.rates import q_values
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.motifs.pwm import trim


class Cluster(NamedTuple):
    """One motif: its matrix with the sites of all members, and their numbers, the leading filter first.

    ``shifts`` are the columns from each member's centre to that of the motif, in the direction of the member.
    """

    motif: Motif
    members: list[int]
    shifts: list[float]


def strongest(influences: np.ndarray) -> np.ndarray:
    """Return each filter's strongest influence ``(filters,)`` of those on all labels ``(filters, labels)``, signed.

    >>> strongest(np.array([[0.5, -0.7], [0.2, 0.1]])).tolist()
    [-0.7, 0.2]
    """
    if not influences.shape[1]:
        return np.zeros(len(influences))
    places = np.abs(influences).argmax(axis=1)[:, None]
    return np.take_along_axis(influences, places, axis=1)[:, 0]


def follow(p_values: np.ndarray, influence: np.ndarray, limit: float) -> np.ndarray:
    """Return for each filter the one that leads its cluster, ``(filters,)``; a leader leads itself.

    The most influential filter leads, and all that resemble it follow; then the most influential of the others. No
    chain of similarities joins what is not similar itself, and every member lies on its leader in one way.

    Parameters
    ----------
    p_values
        Of filters, as queries, with filters, as targets, ``(filters, filters)``; both must find each other.
    influence
        The strongest influence of each filter, with its sign ``(filters,)``. Filters that lower a score never join
        those that raise one: that they resemble each other is no reason to add what they do.
    limit
        Largest q-value of a similarity, by Benjamini and Hochberg over all pairs.
    """
    mutual, pairs = np.maximum(p_values, p_values.T), np.triu_indices(len(influence), 1)
    alike = np.eye(len(influence), dtype=bool)
    alike[pairs] = q_values(mutual[pairs]) <= limit if len(pairs[0]) else False
    alike = (alike | alike.T) & ((influence > 0)[:, None] == (influence > 0))
    leaders = np.full(len(influence), -1)
    for leader in np.argsort(-np.abs(influence), kind="stable"):
        if leaders[leader] < 0:
            leaders[alike[leader] & (leaders < 0)] = leader
    return leaders


def _places_on_first(
    motifs: Sequence[Motif], both: bool, background: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the first of motifs starts in each, and whether it lies there on the other strand, ``(motifs,)``."""
    offsets, strands = np.zeros((2, len(motifs)), dtype=int)
    if len(motifs) > 1:  # one alone, as most are, lies on itself
        targets = [np.ascontiguousarray(matrix.T) for matrix in [*background, *(motif.matrix for motif in motifs)]]
        first = targets[len(background) : len(background) + 1]
        found = tomtom(first, targets, reverse_complement=both, n_jobs=1)
        offsets[1:], strands[1:] = (found[field][0, len(background) + 1 :] for field in (2, 4))
    return offsets, strands


def merge(motifs: Sequence[Motif], both: bool, background: Sequence[np.ndarray]) -> tuple[Motif, list[float]]:
    """Add the sites of motifs on the first of them, each where TOMTOM lays it; trimmed, named as the first.

    Returns the shifts of :class:`Cluster`, too.

    Parameters
    ----------
    motifs
        Of one cluster, the leader first.
    both
        Whether they may lie on it on the other strand.
    background
        Matrices of a database ``(length, 4)``, TOMTOM's background.
    """
    offsets, strands = _places_on_first(motifs, both, background)
    turned = [each.matrix[::-1, ::-1] if strand else each.matrix for each, strand in zip(motifs, strands, strict=True)]
    starts = -offsets - min(-offsets)
    width = max(start + len(matrix) for start, matrix in zip(starts, turned, strict=True))
    sites = np.array([motif.sites for motif in motifs])
    # Where a member has no column it says nothing: equal parts of all letters.
    counts = np.full((width, 4), sites.sum() / 4)
    for start, matrix, number in zip(starts, turned, sites, strict=True):
        counts[start : start + len(matrix)] += number * (matrix - 0.25)
    matrix = counts / counts.sum(axis=1, keepdims=True)
    kept = trim(matrix)
    shifts = (kept.start + kept.stop) / 2 - (starts + np.array([len(each) for each in turned]) / 2)
    towards = np.where(strands, -shifts, shifts) + 0.0  # no −0
    return Motif(motifs[0].name, "", matrix[kept], int(sites.sum())), towards.tolist()


def cluster(
    motifs: Sequence[Motif], p_values: np.ndarray, influence: np.ndarray, limit: float, both: bool,
    background: Sequence[np.ndarray],
) -> list[Cluster]:  # fmt: skip
    """Return the motifs of filters ``(filters,)``, that of the most influential leader first; see `follow`, `merge`."""
    leaders = follow(p_values, influence, limit)
    found = []
    for leader in sorted(set(leaders.tolist()), key=lambda number: -abs(influence[number])):
        members = [leader, *(number for number in np.flatnonzero(leaders == leader).tolist() if number != leader)]
        motif, shifts = merge([motifs[number] for number in members], both, background)
        found.append(Cluster(motif, members, shifts))
    return found

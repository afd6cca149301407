"""What nobody can pass: the probability of each label under the very simulation that made the examples.

No score separates the examples better (Neyman & Pearson 1933, doi:10.1098/rsta.1933.0009): what a network lacks to it
is its own fault, what both lack is noise in the data, such as weak sites and peaks without any.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from convoscope.config import Simulation
from convoscope.sequence.simulation.layout import SPACER
from convoscope.sequence.simulation.planting import flatten_sites

LETTERS = 4
CHUNK = 1024  # windows at once


class Chain(NamedTuple):
    """Background: shares of letters ``(4,)``, and the probabilities of what follows each ``(4, 4)``."""

    shares: np.ndarray
    following: np.ndarray


def chain_of(codes: np.ndarray) -> Chain:
    """Return the first-order Markov chain of codes ``(N, L)`` without unknown letters; each pair counts once more.

    >>> chain_of(np.array([[0, 0, 0, 4]])).following[0].round(2).tolist()
    [0.5, 0.17, 0.17, 0.17]
    """
    first, second = codes[:, :-1].ravel().astype(int), codes[:, 1:].ravel().astype(int)
    known = (first < LETTERS) & (second < LETTERS)
    pairs = np.bincount(LETTERS * first[known] + second[known], minlength=LETTERS**2).reshape(LETTERS, LETTERS) + 1.0
    return Chain(pairs.sum(axis=1) / pairs.sum(), pairs / pairs.sum(axis=1, keepdims=True))


def _log(table: np.ndarray) -> np.ndarray:
    """Return logarithms of a table, with zeros for an unknown letter, which says nothing, on every axis of letters."""
    with np.errstate(divide="ignore"):
        return np.pad(np.log(table), [(0, 1 if size == LETTERS else 0) for size in table.shape])


def site_ratios(codes: np.ndarray, matrix: np.ndarray, chain: Chain) -> np.ndarray:
    """Return how much likelier windows are with a site at each start than without one.

    With ``T`` the chain and ``M`` the matrix of length ``w``, the ratio for a site at ``s`` of a window ``x`` is ::

        prod_j M[j, x(s+j)] * T^(w+1)[x(s-1), x(s+w)] / prod_i T[x(i-1), x(i)],  i = s .. s+w

    as the letters that the site replaced could have been any; at an end of the window the parts beyond it fall away.

    Parameters
    ----------
    codes
        Windows ``(N, L)``; codes from 4 on are unknown letters.
    matrix
        Probabilities ``(w, 4)``, read forward.
    chain
        The background.

    Returns
    -------
    numpy.ndarray
        ``(N, L - w + 1)``; no columns where the window is shorter than the site.
    """
    known, width = np.minimum(codes, LETTERS).astype(int), len(matrix)
    places = known.shape[1] - width + 1
    if places < 1:
        return np.empty((len(known), 0))
    letters = _log(matrix)[np.arange(width)]
    total = np.sum([letters[column][known[:, column : column + places]] for column in range(width)], axis=0)
    shares, steps = _log(chain.shares), _log(chain.following)[known[:, :-1], known[:, 1:]]
    past = np.pad(steps.cumsum(axis=1), ((0, 0), (1, 0)))
    across = _log(np.linalg.matrix_power(chain.following, width + 1))
    for start in range(places):
        before, after = start - 1, start + width
        total[:, start] -= past[:, min(after, known.shape[1] - 1)] - past[:, max(before, 0)]
        if before < 0:
            total[:, start] -= shares[known[:, 0]] - (shares[known[:, after]] if after < known.shape[1] else 0)
        elif after < known.shape[1]:
            total[:, start] += across[known[:, before], known[:, after]]
    return np.exp(total)


def _factor_ratios(codes: np.ndarray, matrix: np.ndarray, spec: Simulation, chain: Chain) -> np.ndarray:
    """Return `site_ratios` of a true peak: strong or weak sites on either strand."""
    strong = 1 - spec.weak - spec.false
    kinds = [(matrix, strong), (flatten_sites(matrix, chain.shares), spec.weak)]
    both = [(part, share / 2) for one, share in kinds if share > 0 for part in (one, one[::-1, ::-1])]
    found = [share * site_ratios(codes, part, chain) for part, share in both]
    return np.sum(found, axis=0) if found else np.zeros((len(codes), 0))


def _at(ratios: np.ndarray, starts: np.ndarray, false: float) -> np.ndarray:
    """Return how much likelier windows ``(N,)`` are with a peak whose site, if any, is equally likely at each start.

    Of a site that does not lie in the window as a whole nothing is taken to be known.
    """
    inside = starts[(starts >= 0) & (starts < ratios.shape[1])]
    outside = (1 - false) * (1 - len(inside) / len(starts))
    return false + outside + ratios[:, inside].sum(axis=1) / len(starts)


def _configurations(
    codes: np.ndarray, matrices: Sequence[np.ndarray], spec: Simulation, chain: Chain
) -> Iterator[tuple[tuple[int, ...], float, np.ndarray]]:
    """Yield each set of factors that a peak may have, its share of a factor's peaks, and its ratio to none ``(N,)``."""
    middle, count = codes.shape[1] // 2, len(matrices)
    shared = round(spec.shared * spec.sites) / spec.sites if count > 1 else 0.0
    sides: list[list[np.ndarray]] = []
    for number, matrix in enumerate(matrices):
        half, ratios = len(matrix) // 2, _factor_ratios(codes, matrix, spec, chain)
        own = middle - half + np.arange(-spec.jitter, spec.jitter + 1)
        yield (number,), 1 - 2 * shared, _at(ratios, own, spec.false)
        outside = half + np.arange(1, SPACER + 1)
        sides.append([_at(ratios, middle - half + sign * outside, spec.false) for sign in (-1, 1)])
    for first, second in combinations(range(count), 2):
        (left, right), (other_left, other_right) = sides[first], sides[second]
        yield (first, second), 2 * shared / (count - 1), (left * other_right + right * other_left) / 2


def label_probabilities(
    codes: np.ndarray, matrices: Sequence[np.ndarray], labelled: Sequence[int], spec: Simulation, chain: Chain,
    unlabelled: float,
) -> np.ndarray:  # fmt: skip
    """Return the probability of every label, given the sequence, where examples are windows around simulated peaks.

    By Bayes' rule over what a window may be: without a peak, with a factor's peak (a strong, a weak or no site, its
    middle up to ``jitter`` from that of the window, on either strand), or with a peak of two factors, whose sites lie
    on either side. Decoys are not counted.

    Parameters
    ----------
    codes
        Windows ``(N, L)`` whose middle ``L // 2`` is the summit.
    matrices
        Planted matrices ``(w, 4)`` of all factors.
    labelled
        Which factors are labels, in their order.
    spec
        The simulation.
    chain
        The background.
    unlabelled
        Share of examples without a label, less than 1.

    Returns
    -------
    numpy.ndarray
        ``(N, labels)``.
    """
    parts = [codes[start : start + CHUNK] for start in range(0, len(codes), CHUNK)]
    found = [_probabilities(part, matrices, labelled, spec, chain, unlabelled) for part in parts]
    return np.concatenate(found) if found else np.empty((0, len(labelled)))


def _probabilities(
    codes: np.ndarray, matrices: Sequence[np.ndarray], labelled: Sequence[int], spec: Simulation, chain: Chain,
    unlabelled: float,
) -> np.ndarray:  # fmt: skip
    """Return `label_probabilities` of a few windows."""
    columns = {factor: column for column, factor in enumerate(labelled)}
    each, every, peaks = np.zeros((len(codes), len(labelled))), np.zeros(len(codes)), 0.0
    for factors, share, ratio in _configurations(codes, matrices, spec, chain):
        known = [columns[factor] for factor in factors if factor in columns]
        if known:
            each[:, known] += share * ratio[:, None]
            every += share * ratio
            peaks += share
    return each / (every + peaks * unlabelled / (1 - unlabelled))[:, None]

"""Do two motifs act together? Planted in shuffled windows, alone and at growing distance from each other.

The effect of both together beyond the sum of their effects alone, on raw scores, as a function of distance and
orientation: in-silico grammar as of Avsec et al. 2021 (BPNet, doi:10.1038/s41588-021-00782-6), but additive, where a
network without interaction gives exactly 0.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

AT_A_TIME = 1_000  # windows scored together
RESAMPLES = 500
CONFIDENCE = 0.95
ORIENTATIONS = ("same", "opposite")
COLUMNS = [
    "first", "second", "orientation", "distance", "label", "first_effect", "second_effect", "together", "interaction",
    "low", "high", "backgrounds",
]  # fmt: skip

Score = Callable[[np.ndarray], np.ndarray]


class PlantedSite(NamedTuple):
    """What is planted for one motif: its name, and the codes of its site on both strands ``(length,)``.

    ``reverse`` is None where the data has one strand.
    """

    name: str
    forward: np.ndarray
    reverse: np.ndarray | None


class Placed(NamedTuple):
    """One site at one place: number of the motif, strand (0 forward, 1 reverse), first base in the window."""

    motif: int
    strand: int
    start: int


class Arrangement(NamedTuple):
    """Two sites in a window: motifs ``first`` and ``second``, relative orientation, distance, and their places."""

    first: int
    second: int
    orientation: int
    distance: int
    places: tuple[Placed, Placed]


def best_site(matrix: np.ndarray) -> np.ndarray:
    """Return the codes of the most probable letters of probabilities ``(length, 4)``.

    >>> best_site(np.array([[0.7, 0.1, 0.1, 0.1], [0.2, 0.6, 0.1, 0.1]])).tolist()
    [0, 1]
    """
    return matrix.argmax(axis=1).astype(np.uint8)


def motif_likeness(first: np.ndarray, second: np.ndarray, both: bool = True) -> float:
    """Return how alike two motifs are: the best mean correlation of columns, over offsets and maybe ``both`` strands.

    Parameters
    ----------
    first, second
        Probabilities ``(length, 4)``. At least the shorter one's larger half of columns lies on the other.
    """
    left = first - 0.25
    found = [0.0]
    least = (min(len(first), len(second)) + 2) // 2
    for right in (second - 0.25, second[::-1, ::-1] - 0.25)[: 2 if both else 1]:
        for offset in range(least - len(right), len(left) - least + 1):
            part, other = left[max(offset, 0) :], right[max(-offset, 0) :]
            width = min(len(part), len(other))
            part, other = part[:width], other[:width]
            scale = np.sqrt((part**2).sum() * (other**2).sum())
            found.append(float((part * other).sum() / max(scale, 1e-12)))
    return max(found)


def arrange_pairs(
    lengths: Sequence[int], window: int, distances: Iterable[int], both: bool = True
) -> list[Arrangement]:
    """Return every pair of motifs at every distance and orientation that fits the window without overlap.

    The middle of both sites lies on the middle of the window. The first motif is always forward, the second at
    ``distance`` bases behind it, centre to centre; negative: before it. The control, the first motif with itself,
    comes last.

    Parameters
    ----------
    lengths
        Of the sites.
    window
        Length of the window.
    distances
        In bases, of either sign.
    both
        Whether the second motif is also planted on the other strand.
    """
    chosen = [*combinations(range(len(lengths)), 2), *([(0, 0)] if lengths else [])]
    found = []
    for first, second in chosen:
        for distance in distances:
            centre = window // 2 - distance // 2
            starts = centre - lengths[first] // 2, centre + distance - lengths[second] // 2
            ends = starts[0] + lengths[first], starts[1] + lengths[second]
            apart = ends[0] <= starts[1] or ends[1] <= starts[0]
            if apart and min(starts) >= 0 and max(ends) <= window:
                for orientation in range(len(ORIENTATIONS) if both else 1):
                    places = Placed(first, 0, starts[0]), Placed(second, orientation, starts[1])
                    found.append(Arrangement(first, second, orientation, distance, places))
    return found


def plant_sites(backgrounds: np.ndarray, sites: Sequence[PlantedSite], places: Iterable[Placed]) -> np.ndarray:
    """Return the backgrounds ``(n, window)`` with sites written over them."""
    planted = backgrounds.copy()
    for place in places:
        site = sites[place.motif]
        letters = site.reverse if place.strand and site.reverse is not None else site.forward
        planted[:, place.start : place.start + len(letters)] = letters
    return planted


def resampled_intervals(values: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bootstrap intervals of the mean over backgrounds, ``(…)`` each, of values ``(backgrounds, …)``."""
    number = len(values)
    draws = np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), RESAMPLES)
    means = np.tensordot(draws / number, values, axes=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return low, high


def interactions(
    score: Score,
    backgrounds: np.ndarray,
    sites: Sequence[PlantedSite],
    labels: Sequence[str],
    distances: Iterable[int],
    track: Callable[[list], Iterable] = iter,
) -> pd.DataFrame:
    """Measure what two motifs do together beyond what they do alone.

    Parameters
    ----------
    score
        Raw scores ``(n, labels)`` of codes ``(n, window)``.
    backgrounds
        Codes ``(backgrounds, window)`` that hold no motif.
    sites
        What is planted.
    labels
        Names of the scores.
    distances
        Between the centres of the sites, in bases, of either sign.
    track
        Wraps the batches that are scored, for a progress bar.

    Returns
    -------
    pandas.DataFrame
        Columns ``COLUMNS``: effects are means over backgrounds of the change of the raw score, each motif alone
        where it stands in the pair; ``interaction`` is ``together`` less both, with its bootstrap interval.
    """
    both = all(site.reverse is not None for site in sites)
    arrangements = arrange_pairs([len(site.forward) for site in sites], backgrounds.shape[1], distances, both)
    alone = dict.fromkeys((place,) for pair in arrangements for place in pair.places)
    plantings = [(), *alone, *dict.fromkeys(pair.places for pair in arrangements)]
    scored, step = dict[tuple[Placed, ...], np.ndarray](), max(1, AT_A_TIME // max(1, len(backgrounds)))
    for start in track(list(range(0, len(plantings), step))):
        several = plantings[start : start + step]
        found = score(np.concatenate([plant_sites(backgrounds, sites, places) for places in several]))
        scored |= zip(several, np.split(found.astype(float), len(several)), strict=True)
    return _tabulate(arrangements, scored, sites, labels)


def _tabulate(
    pairs: Sequence[Arrangement],
    scored: dict[tuple[Placed, ...], np.ndarray],
    sites: Sequence[PlantedSite],
    labels: Sequence[str],
) -> pd.DataFrame:
    """Return one row per arrangement and label, from the scores ``(backgrounds, labels)`` of every planting."""
    if not pairs:
        return pd.DataFrame(columns=COLUMNS)
    nothing = scored[()]
    # (backgrounds, arrangements, labels)
    first, second = (np.stack([scored[pair.places[k],] - nothing for pair in pairs], axis=1) for k in (0, 1))
    together = np.stack([scored[pair.places] - nothing for pair in pairs], axis=1)
    beyond = together - first - second
    low, high = resampled_intervals(beyond, seed=1)
    columns = {
        "first_effect": first.mean(0), "second_effect": second.mean(0), "together": together.mean(0),
        "interaction": beyond.mean(0), "low": low, "high": high,
    }  # fmt: skip
    heads = [
        (sites[pair.first].name, sites[pair.second].name, ORIENTATIONS[pair.orientation], pair.distance, label)
        for pair in pairs
        for label in labels
    ]
    values = {name: array.ravel() for name, array in columns.items()}
    return pd.DataFrame(heads, columns=COLUMNS[:5]).assign(**values, backgrounds=len(beyond))

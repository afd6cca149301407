"""Where things lie in a simulated genome: peaks, assembly gaps, decoys, soft-masked stretches."""

from typing import NamedTuple

import numpy as np

from convoscope.config import Simulation
from convoscope.errors import InputError

EDGE = 300  # bp between a peak's summit and the end of its chromosome, at least
APART = 400  # bp between two summits, at least
AWAY = 300  # bp between a decoy and any summit, at least
SPACER = 8  # bp between a shared peak's summit and the nearest letter of either site, at most
CLUSTERING = 0.25  # concentration of the Dirichlet distribution of distances: 1 is uniform, less is clustered
GAP_EVERY, GAP_LENGTH = 100_000, (500, 2000)  # bp per gap, and its length
GAP_REACH = 120  # bp that a gap may reach into the surroundings that peaks keep from each other
MASK_EVERY, MASK_LENGTH = 5000, (100, 800)  # bp per soft-masked stretch, and its length


class GenomeLayout(NamedTuple):
    """Peaks and gaps: chromosome numbers and positions, each ``(peaks,)`` or ``(gaps,)``."""

    chrom: np.ndarray
    summit: np.ndarray
    gap_chrom: np.ndarray
    gap_start: np.ndarray
    gap_end: np.ndarray


def lay_out(spec: Simulation, widest: int, generator: np.random.Generator) -> GenomeLayout:
    """Place the peaks of all factors, and the gaps, in random order at clustered distances.

    Parameters
    ----------
    spec
        The simulation.
    widest
        Length of the longest planted motif.
    generator
        Source of random numbers.

    Raises
    ------
    InputError
        If they do not fit, with what they need and what there is.
    """
    reach = max(spec.jitter, SPACER) + widest  # of a site from its summit
    apart, edge = max(APART, 2 * reach), max(EDGE, reach)
    inside = min(GAP_REACH, apart // 2 - reach)  # how far a gap may reach without touching a site
    counts = np.bincount(np.arange(len(spec.factors) * spec.sites) % spec.chromosomes, minlength=spec.chromosomes)
    gaps = generator.integers(*GAP_LENGTH, size=(spec.chromosomes, spec.length // GAP_EVERY))
    room = spec.length - 2 * edge - (gaps - 2 * inside).sum(axis=1)
    _check_room(spec, int(counts.max()), apart, int(room.min()))
    parts = []
    for number, (count, lengths) in enumerate(zip(counts, gaps, strict=True)):
        starts, kinds = arrange_genome(count, apart, lengths - 2 * inside, spec.length - 2 * edge, generator)
        summits = edge + starts[kinds < 0] + apart // 2
        gap_starts = edge + starts[kinds >= 0] - inside
        gap_ends = gap_starts + lengths[kinds[kinds >= 0]]
        parts.append((np.full(count, number), summits, np.full(len(lengths), number), gap_starts, gap_ends))
    return GenomeLayout(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def share_peaks(peaks: np.ndarray, share: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Move the last peaks of every factor into the first ones of all others in turn.

    Parameters
    ----------
    peaks
        Chromosome number and summit, ``(factors, peaks, 2)``.
    share
        Of a factor's peaks that are moved, up to a half; none are where there is one factor only.
    generator
        Source of random numbers.

    Returns
    -------
    peaks
        As given, but for those moved.
    sides
        On which side of its summit the site of a shared peak lies, 1 or -1; 0 for peaks of one factor alone.
    """
    factors, total = peaks.shape[:2]
    moved, sides = peaks.copy(), np.zeros((factors, total), dtype=np.int64)
    number = np.arange(round(share * total) if factors > 1 else 0)
    guest = np.arange(factors)[:, np.newaxis]
    host = (guest + 1 + number % max(factors - 1, 1)) % factors
    moved[guest, total - len(number) + number] = peaks[host, number]
    sides[:, : len(number)] = generator.choice([-1, 1], size=(factors, len(number)))
    sides[guest, total - len(number) + number] = -sides[host, number]
    return moved, sides


def _check_room(spec: Simulation, count: int, apart: int, room: int) -> None:
    """Refuse ``count`` peaks on the fullest chromosome, ``apart`` bp from each other, if they need more room."""
    if count * apart > room:
        raise InputError(
            f"simulate.sites: {len(spec.factors)} factors with {spec.sites} peaks each put {count} peaks on a "
            f"chromosome, which need {count * apart} bp; {spec.length} bp leave {room} outside of ends and gaps; "
            "fewer sites, or more or longer chromosomes"
        )


def arrange_genome(
    peaks: int, width: int, others: np.ndarray, length: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Put intervals on a line, without overlap, in random order, at clustered distances.

    Parameters
    ----------
    peaks, width
        Number of intervals of equal width.
    others
        Widths of further intervals.
    length
        Length of the line, which holds them all.
    generator
        Source of random numbers.

    Returns
    -------
    starts
        Start of every interval, rising.
    kinds
        -1 for one of equal width, else the number of the further interval.
    """
    kinds = generator.permutation(np.concatenate([np.full(peaks, -1), np.arange(len(others))]))
    widths = np.where(kinds < 0, width, np.append(others, 0)[kinds])
    shares = generator.dirichlet(np.full(len(kinds) + 1, CLUSTERING))[:-1]
    distances = np.floor(np.cumsum(shares) * (length - widths.sum())).astype(np.int64)
    return distances + np.cumsum(widths) - widths, kinds


def covered(shape: tuple[int, int], chrom: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Tell which positions ``(chromosomes, length)`` lie in intervals ``(N,)``, which are cut at the ends.

    >>> covered((1, 5), np.array([0]), np.array([-2]), np.array([3])).tolist()
    [[True, True, True, False, False]]
    """
    change = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
    np.add.at(change, (chrom, np.clip(start, 0, shape[1])), 1)
    np.add.at(change, (chrom, np.clip(end, 0, shape[1])), -1)
    return change.cumsum(axis=1)[:, :-1] > 0


def decoy_starts(
    spec: Simulation, layout: GenomeLayout, width: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose chromosomes and starts of decoys, ``(spec.sites,)`` each: as many as a factor has peaks.

    Parameters
    ----------
    spec
        The simulation.
    layout
        Peaks and gaps, which decoys keep away from.
    width
        Length of the decoy motif.
    generator
        Source of random numbers.

    Raises
    ------
    InputError
        If there is too little sequence outside the peaks.
    """
    shape = (spec.chromosomes, spec.length)
    taken = covered(shape, layout.chrom, layout.summit - AWAY - width, layout.summit + AWAY + 1)
    taken |= covered(shape, layout.gap_chrom, layout.gap_start - width, layout.gap_end)
    taken[:, :EDGE] = taken[:, -EDGE:] = True
    step = 2 * width  # on a grid, so that decoys do not overlap
    chrom, place = np.nonzero(~taken[:, ::step])
    if len(chrom) < spec.sites:
        raise InputError(
            f"simulate.decoy: {spec.sites} decoys; {len(chrom)} fit {AWAY} bp away from all peaks; "
            "fewer sites, or more or longer chromosomes"
        )
    chosen = np.sort(generator.choice(len(chrom), size=spec.sites, replace=False))
    return chrom[chosen], place[chosen] * step


def soft_masked(spec: Simulation, generator: np.random.Generator) -> np.ndarray:
    """Choose stretches that are written in lower case, ``(chromosomes, length)`` bool."""
    size = (spec.chromosomes, spec.length // MASK_EVERY)
    starts = generator.integers(spec.length, size=size).ravel()
    lengths = generator.integers(*MASK_LENGTH, size=size).ravel()
    chrom = np.repeat(np.arange(spec.chromosomes), size[1])
    return covered((spec.chromosomes, spec.length), chrom, starts, starts + lengths)

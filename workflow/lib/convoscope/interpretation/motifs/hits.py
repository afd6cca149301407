"""Places of motifs on a genome, with exact p-values.

The method of FIMO (Grant et al. 2011, doi:10.1093/bioinformatics/btr064): log-odds against the genome's composition,
rounded to whole steps, so that the distribution of scores of random sequence follows exactly by dynamic programming
(Staden 1989, doi:10.1093/bioinformatics/5.2.89). memelite's own FIMO is not used: its background is always uniform,
which for AT-rich motifs on an AT-rich genome is off by a factor of ten, and its N counts as an average letter.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.interpretation.motifs.meme import Motif
from convoscope.machine_code import compiled

STEPS = 100  # per bit
PSEUDOCOUNT = 0.1  # sites added to each motif, as FIMO does
COLUMNS = ["chrom", "start", "end", "name", "score", "strand", "p_value"]
NEVER = np.iinfo(np.int32).min
HIGHEST = 1000  # of a BED file's score


class Scanner(NamedTuple):
    """One motif, ready to scan: name, whole scores ``(length, 4)``, and p-values by score.

    ``p_values[k]`` is the probability that random sequence scores ``lowest + k`` or more; ``threshold`` is the least
    score that is a hit.
    """

    name: str
    scores: np.ndarray
    p_values: np.ndarray
    lowest: int
    threshold: int


def letter_frequencies(counts: np.ndarray) -> np.ndarray:
    """Return the letter frequencies of both strands together, from counts of A, C, G, T ``(4,)``.

    >>> letter_frequencies(np.array([3, 1, 1, 5])).tolist()
    [0.4, 0.1, 0.1, 0.4]
    """
    both = np.asarray(counts[:4], dtype=float) + np.asarray(counts[:4], dtype=float)[::-1]
    return both / both.sum() if both.sum() else np.full(4, 0.25)


def log_odds(matrix: np.ndarray, background: np.ndarray, sites: int) -> np.ndarray:
    """Return log2 of probabilities ``(length, 4)`` over the background ``(4,)`` in whole steps of .01 bit, int32.

    >>> log_odds(np.array([[0.5, 0.5, 0, 0]]), np.full(4, 0.25), 1).tolist()
    [[93, 93, -346, -346]]
    """
    smooth = (matrix * sites + PSEUDOCOUNT * background) / (sites + PSEUDOCOUNT)
    return np.rint(STEPS * np.log2(smooth / np.maximum(background, 1e-9))).astype(np.int32)


def score_distribution(scores: np.ndarray, background: np.ndarray) -> tuple[int, np.ndarray]:
    """Return the lowest score, and the probabilities that random letters score it, one more, … or more of it.

    Parameters
    ----------
    scores
        Whole scores ``(length, 4)``.
    background
        Letter frequencies ``(4,)``; letters are independent.
    """
    low, high = scores.min(axis=1), scores.max(axis=1)
    density = np.ones(1)
    for row, least, most in zip(scores, low, high, strict=True):
        wider = np.zeros(len(density) + most - least)
        for value, share in zip(row, background, strict=True):
            wider[value - least : value - least + len(density)] += share * density
        density = wider
    # Summed from the rare end, so that small p-values keep their digits.
    return int(low.sum()), np.minimum(np.cumsum(density[::-1])[::-1], 1.0)


def make_scanner(motif: Motif, background: np.ndarray, p_value: float) -> Scanner:
    """Prepare one motif; where no score is rare enough, nothing will be a hit."""
    scores = log_odds(motif.matrix, background, motif.sites)
    lowest, p_values = score_distribution(scores, background)
    # p-values fall with the score: the first that is small enough, or one past the last.
    threshold = lowest + int(np.searchsorted(-p_values, -p_value))
    return Scanner(motif.alternative or motif.name, scores, p_values, lowest, threshold)


@compiled
def _scan_codes(codes: np.ndarray, scores: np.ndarray, rest: np.ndarray, threshold: int) -> np.ndarray:
    """Return the score of every place of a motif that reaches the threshold, else ``NEVER``, ``(places,)`` int32.

    A place is left as soon as the ``rest`` that its further letters can add at most, ``(length,)``, is too little.
    An unknown letter matches nothing.
    """
    length = scores.shape[0]
    places = codes.size - length + 1
    found = np.full(max(places, 0), NEVER, dtype=np.int32)
    for place in range(places):
        total = 0
        for column in range(length):
            code = codes[place + column]
            if code > 3:
                total = NEVER
                break
            total += scores[column, code]
            if total + rest[column] < threshold:
                total = NEVER
                break
        if total > NEVER:
            found[place] = total
    return found


def scan_strand(codes: np.ndarray, scanner: Scanner, strand: str) -> tuple[np.ndarray, np.ndarray]:
    """Return first base and score, both ``(hits,)``, of a motif's hits on one strand.

    Parameters
    ----------
    codes
        Of the forward strand ``(bases,)``; 4 and more are unknown letters.
    scanner
        The motif.
    strand
        ``+``, or ``-`` for the motif's reverse complement.
    """
    scores = np.ascontiguousarray(scanner.scores[::-1, ::-1] if strand == "-" else scanner.scores)
    most = scores.max(axis=1)
    rest = np.append(np.cumsum(most[::-1])[::-1][1:], 0).astype(np.int64)
    found = _scan_codes(codes, scores, rest, scanner.threshold)
    starts = np.flatnonzero(found != NEVER)
    return starts, found[starts]


def hits_of(
    codes: np.ndarray, scanners: Sequence[Scanner], chrom: str, origin: int, end: int, strands: str = "+-"
) -> pd.DataFrame:
    """Return the hits of all motifs that begin in one stretch of a contig, sorted, columns ``COLUMNS``.

    Parameters
    ----------
    codes
        Of the stretch and of what follows it, so that a motif on its end is whole.
    scanners
        The motifs.
    chrom
        Name of the contig.
    origin, end
        The stretch, 0-based half-open; hits that begin behind it belong to the next one.
    strands
        Those that are scanned.
    """
    parts = [_hits(codes, scanner, strand) for scanner in scanners for strand in strands]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    starts, ends, names, scores, sides, p_values = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((sides, names, ends, starts))
    order = order[starts[order] < end - origin]
    columns = (starts + origin, ends + origin, names, scores, sides, p_values)
    return pd.DataFrame(dict(zip(COLUMNS, [chrom, *(column[order] for column in columns)], strict=True)))


def _hits(codes: np.ndarray, scanner: Scanner, strand: str) -> tuple[np.ndarray, ...]:
    """Return the hits of a motif on one strand, the columns of ``COLUMNS`` behind the contig, each ``(hits,)``."""
    starts, scores = scan_strand(codes, scanner, strand)
    p_values = scanner.p_values[scores - scanner.lowest]
    tenths = np.rint(-10 * np.log10(p_values)).clip(0, HIGHEST).astype(int)
    name, side = (np.full(len(starts), word) for word in (scanner.name, strand))
    return starts, starts + len(scanner.scores), name, tenths, side, p_values


def stretches(size: int, length: int) -> Iterator[tuple[int, int]]:
    """Part a contig into stretches.

    >>> list(stretches(10, 4))
    [(0, 4), (4, 8), (8, 10)]
    """
    return ((start, min(start + length, size)) for start in range(0, size, length))


def count_letters(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Count the plain letters of many pieces of codes, ``(4,)``."""
    return sum((np.bincount(part, minlength=4)[:4] for part in parts), np.zeros(4, dtype=np.int64))

"""A genome with a known truth: random sequence of a real genome's composition, with real motifs planted in it.

What makes real peaks hard is here too: weak sites, peaks without a site, peaks that two factors share, summits off
their site, scores that follow the strength of a site only roughly, clustered peaks, assembly gaps, soft-masked
stretches, and a decoy: a motif planted outside all peaks, which a model may use against a peak but not for it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.simulation.composition import letter_shares
from convoscope.sequence.simulation.layout import (
    SPACER,
    GenomeLayout,
    covered,
    decoy_starts,
    lay_out,
    share_peaks,
    soft_masked,
)
from convoscope.sequence.simulation.planting import Matrix, flatten_sites, plant, sample_sites, strength

DNA = ALPHABETS["dna"]
UNKNOWN = DNA.symbols.index("N")

DECOY = "decoy"  # name and kind of the decoy in the truth
SCORE_BASE, SCORE_SLOPE, SCORE_NOISE = 0.1, 0.8, 0.1  # of a peak's score in thousandths, by relative site strength


class Genome(NamedTuple):
    """A simulated genome.

    ``codes`` ``(chromosomes, length)`` uint8 and ``masked`` of the same shape (lower case); ``truth`` has the columns
    of ``truth.tsv`` (``factor matrix_id chrom start end strand kind summit``) and ``score``, missing where a false
    peak has no site and a decoy no peak.
    """

    names: list[str]
    codes: np.ndarray
    masked: np.ndarray
    truth: pd.DataFrame


def markov_chain(length: int, dinucleotides: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw codes ``(length,)`` from the first-order Markov chain of dinucleotide counts ``(4, 4)``.

    >>> markov_chain(8, np.ones((4, 4)), np.random.default_rng(1)).dtype
    dtype('uint8')
    """
    first = int(generator.choice(4, p=letter_shares(dinucleotides)))
    limits = np.cumsum(dinucleotides, axis=1) / dinucleotides.sum(axis=1, keepdims=True)
    drawn = generator.random(length)
    # What would follow each of the four letters at every position, so that the walk itself is only a look-up.
    following = np.stack([np.searchsorted(row[:3], drawn, side="right") for row in limits], axis=1)
    choices = following.astype(np.uint8).tobytes()
    letters = bytearray(length)
    letters[0] = letter = first
    for position in range(1, length):
        letters[position] = letter = choices[4 * position + letter]
    return np.frombuffer(bytes(letters), dtype=np.uint8).copy()


def peak_kinds(spec: Simulation, generator: np.random.Generator) -> np.ndarray:
    """Return for each peak of a factor ``strong``, ``weak`` or ``false``, ``(spec.sites,)``, in random order."""
    weak, false = round(spec.weak * spec.sites), round(spec.false * spec.sites)
    if weak + false > spec.sites:
        raise InputError(f"simulate: weak {spec.weak} and false {spec.false}; together they are at most 1")
    counts = [spec.sites - weak - false, weak, false]
    return generator.permutation(np.repeat(["strong", "weak", "false"], counts))


def peak_scores(strengths: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return scores from 1 to 1000 that rise with the strength (0 to 1) of the site, but not by it alone, ``(N,)``."""
    noise = generator.normal(0, SCORE_NOISE, size=len(strengths))
    return np.clip(np.rint(1000 * (SCORE_BASE + SCORE_SLOPE * strengths + noise)), 1, 1000).astype(int)


def _plant_factor(
    codes: np.ndarray,
    matrix: Matrix,
    spec: Simulation,
    peaks: np.ndarray,
    sides: np.ndarray,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Plant one factor in its peaks.

    Parameters
    ----------
    codes
        Genome ``(chromosomes, length)``, changed in place.
    matrix
        The factor's motif.
    spec
        The simulation.
    peaks
        Chromosome number and summit of every peak, ``(spec.sites, 2)``.
    sides
        Of :func:`convoscope.sequence.simulation.layout.share_peaks`, ``(spec.sites,)``.
    generator
        Source of random numbers.

    Returns
    -------
    pandas.DataFrame
        Truth of these peaks, as in :class:`Genome` but with chromosome numbers.
    """
    kinds, width = peak_kinds(spec, generator), len(matrix.probabilities)
    sites = sample_sites(matrix.probabilities, len(peaks), generator)
    weak = sample_sites(flatten_sites(matrix.probabilities, matrix.background), len(peaks), generator)
    sites[kinds == "weak"] = weak[kinds == "weak"]
    jitter = generator.integers(-spec.jitter, spec.jitter, endpoint=True, size=len(peaks))
    if sides.any():
        beside = width // 2 + generator.integers(1, SPACER, endpoint=True, size=len(peaks))
        jitter = np.where(sides == 0, jitter, sides * beside)
    start, minus, real = peaks[:, 1] + jitter - width // 2, generator.random(len(peaks)) < 0.5, kinds != "false"
    plant(codes, peaks[real, 0], start[real], sites[real], minus[real])
    scores = peak_scores(np.where(real, strength(sites, matrix.probabilities, matrix.background), 0), generator)
    truth = _describe(matrix, peaks[:, 0], start, minus, kinds)
    truth.loc[~real, ["start", "end"]] = pd.NA
    truth.loc[~real, "strand"] = "."
    return truth.assign(summit=peaks[:, 1], score=scores)


def _plant_decoy(
    codes: np.ndarray, matrix: Matrix, spec: Simulation, layout: GenomeLayout, generator: np.random.Generator
) -> pd.DataFrame:
    """Plant the decoy away from all peaks; as :func:`_plant_factor`."""
    chrom, start = decoy_starts(spec, layout, len(matrix.probabilities), generator)
    minus = generator.random(len(chrom)) < 0.5
    plant(codes, chrom, start, sample_sites(matrix.probabilities, len(chrom), generator), minus)
    return _describe(matrix, chrom, start, minus, np.full(len(chrom), DECOY))


def _describe(
    matrix: Matrix, chrom: np.ndarray, start: np.ndarray, minus: np.ndarray, kinds: np.ndarray
) -> pd.DataFrame:
    """Return the truth of sites of one matrix: chromosome numbers, starts, strands and kinds ``(N,)``."""
    columns = {
        "factor": matrix.factor,
        "matrix_id": matrix.id,
        "chrom": chrom,
        "start": pd.array(start, dtype="Int64"),
        "end": pd.array(start + len(matrix.probabilities), dtype="Int64"),
        "strand": np.where(minus, "-", "+"),
        "kind": kinds,
        "summit": pd.array([pd.NA] * len(start), dtype="Int64"),
        "score": pd.array([pd.NA] * len(start), dtype="Int64"),
    }
    return pd.DataFrame(columns, index=range(len(start)))


def simulate_genome(
    spec: Simulation, dinucleotides: np.ndarray, matrices: list[Matrix], decoy: Matrix | None
) -> Genome:
    """Simulate a genome, the same for the same arguments.

    Parameters
    ----------
    spec
        The simulation.
    dinucleotides
        Counts of :func:`convoscope.sequence.simulation.composition.parse_dinucleotides`, the genome's composition.
    matrices
        One for each of ``spec.factors``, in their order.
    decoy
        Planted outside all peaks, where given.

    Raises
    ------
    InputError
        If there is no factor, or peaks and decoys do not fit into the genome.
    """
    if not matrices:
        raise InputError("simulate.factors: none; name at least one, such as CTCF: MA0139.2")
    if DECOY in [matrix.factor for matrix in matrices]:
        raise InputError(f"simulate.factors.{DECOY}: means the decoy in the truth; choose another name")
    generator = np.random.default_rng(spec.seed)
    codes = np.stack([markov_chain(spec.length, dinucleotides, generator) for _ in range(spec.chromosomes)])
    layout = lay_out(spec, max(len(matrix.probabilities) for matrix in matrices), generator)
    peaks = generator.permutation(np.stack([layout.chrom, layout.summit], axis=1)).reshape(len(matrices), -1, 2)
    every = zip(matrices, *share_peaks(peaks, spec.shared, generator), strict=True)
    parts = [_plant_factor(codes, matrix, spec, places, sides, generator) for matrix, places, sides in every]
    if decoy is not None:
        parts.append(_plant_decoy(codes, decoy, spec, layout, generator))
    codes[covered(codes.shape, layout.gap_chrom, layout.gap_start, layout.gap_end)] = UNKNOWN
    names = [f"sim{number}" for number in range(1, spec.chromosomes + 1)]
    truth = pd.concat(parts, ignore_index=True)
    order = truth.assign(place=truth["start"].fillna(truth["summit"])).sort_values(["chrom", "place"], kind="stable")
    truth = truth.loc[order.index].reset_index(drop=True)
    return Genome(names, codes, soft_masked(spec, generator), truth.assign(chrom=[names[k] for k in truth["chrom"]]))


def peaks_of(truth: pd.DataFrame, factor: str) -> pd.DataFrame:
    """Return one factor's peaks as rows of BED6, 1 bp wide at the summit; like those of ChIP they have no strand."""
    rows = truth[(truth["factor"] == factor) & (truth["kind"] != DECOY)].sort_values(["chrom", "summit"])
    names = [f"{factor}_{number}" for number in range(1, len(rows) + 1)]
    columns = {"chrom": rows["chrom"], "start": rows["summit"], "end": rows["summit"] + 1}
    return pd.DataFrame(columns).assign(name=names, score=rows["score"], strand=".")


def fasta_records(genome: Genome) -> Iterator[bytes]:
    """Yield every chromosome as FASTA, masked bases in lower case."""
    letters = np.frombuffer(DNA.symbols.encode(), dtype=np.uint8)
    for name, codes, masked in zip(genome.names, genome.codes, genome.masked, strict=True):
        text = letters[codes] | (masked * ord(" ")).astype(np.uint8)  # this bit is the case of an ASCII letter
        yield b">" + name.encode() + b"\n" + text.tobytes() + b"\n"

"""Single nucleotide variants in arrays: most alleles of most files, without a text per window.

What is not plain (another letter in the reference, a window beyond a contig's end, an ambiguous letter as REF, windows
of sites) is left to `allele_windows`, which knows what to do with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.mutants import Mutants, scores_of_mutants
from convoscope.prediction.variants.allele_windows import Allele, AlleleSettings, VariantGenome
from convoscope.prediction.variants.alleles import DNA
from convoscope.sequence.alphabet import ILLEGAL, lookup
from convoscope.sequence.genome import read_bytes

CODE = {letter: code for code, letter in enumerate(DNA.letters)}


class Snvs(NamedTuple):
    """Variants ``(N,)``: their numbers among the alleles, the row of their reference in ``codes``, the code of ALT.

    ``codes (places, letters)`` is the reference around every place that has one, as far as windows are shifted.
    """

    numbers: np.ndarray
    places: np.ndarray
    alts: np.ndarray
    codes: np.ndarray


def plain_snvs(alleles: Sequence[Allele], genome: VariantGenome, settings: AlleleSettings, length: int) -> Snvs:
    """Find the alleles that change one letter, which is what the reference has, in windows within their contig.

    Parameters
    ----------
    alleles
        Of any contigs, in any order.
    genome, settings
        Where they are, and what the windows are.
    length
        Letters per window.
    """
    numbers = np.array([number for number, one in enumerate(alleles) if _is_snv(one, genome)], dtype=np.int64)
    chosen = [alleles[number] for number in numbers] if settings.frames is None else []
    names = sorted({one.chrom for one in chosen})
    index = {name: number for number, name in enumerate(names)}
    contigs = np.array([index[one.chrom] for one in chosen], dtype=np.int64)
    ends = np.array([genome.sizes[genome.names[name]] for name in names], dtype=np.int64)[contigs]
    first = np.array([one.pos for one in chosen], dtype=np.int64) - 1 - length // 2 + min(settings.shifts)
    letters = length + max(settings.shifts) - min(settings.shifts)
    inside = np.flatnonzero((first >= 0) & (first + letters <= ends))
    _, rows, places = np.unique(contigs[inside] << 40 | first[inside], return_index=True, return_inverse=True)
    where = np.array([genome.names[name] for name in names], dtype=object)[contigs[inside][rows]]
    codes = lookup(DNA)[read_bytes(genome.fasta, where, first[inside][rows], letters)]
    refs = np.array([CODE[chosen[number].ref] for number in inside], dtype=np.uint8)
    as_said = (codes[places, length // 2 - min(settings.shifts)] == refs) & (codes[places] != ILLEGAL).all(axis=1)
    alts = np.array([CODE[chosen[number].alt] for number in inside], dtype=np.uint8)
    return Snvs(numbers[inside[as_said]], places[as_said], alts[as_said], codes)


def _is_snv(allele: Allele, genome: VariantGenome) -> bool:
    """Tell whether an allele replaces one letter by another on a contig of the reference."""
    return allele.ref in CODE and allele.alt in CODE and allele.ref != allele.alt and allele.chrom in genome.names


def snv_scores(ensemble: Ensemble, snvs: Snvs, settings: AlleleSettings) -> np.ndarray:
    """Return the raw scores ``(members, variants, shifts, 2, labels)`` of REF and ALT.

    Parameters
    ----------
    ensemble
        The networks.
    snvs
        Of `plain_snvs`.
    settings
        Those that they were found with.
    """
    shifts, length = np.array(settings.shifts), ensemble.window
    used, places = np.unique(snvs.places, return_inverse=True)
    cuts = (shifts - shifts.min())[:, None] + np.arange(length)
    windows = snvs.codes[used][:, cuts].reshape(-1, length)  # those of a place follow one another
    owner = (places[:, None] * len(shifts) + np.arange(len(shifts))).ravel()
    order = np.argsort(owner, kind="stable")
    place, letter = np.tile(length // 2 - shifts, len(places)), np.repeat(snvs.alts, len(shifts))
    mutants = Mutants(owner[order], place[order], letter[order])
    wild, scored = scores_of_mutants(ensemble, windows, mutants, settings.both_strands)
    found = np.stack([wild[:, owner], np.empty_like(scored)], axis=2)
    found[:, order, 1] = scored
    return found.reshape(len(found), len(places), len(shifts), 2, -1)

"""Single nucleotide variants in arrays against the same alleles by the letters of their windows."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from convoscope.prediction import ensemble
from convoscope.prediction.frames import Frames
from convoscope.prediction.variants import scoring, snvs
from convoscope.prediction.variants.allele_windows import Allele, AlleleSettings, VariantGenome
from convoscope.sequence.vcf import VcfRecord

LETTERS = "".join(np.random.default_rng(3).choice(list("ACGT"), 300))
CONTIGS = {"chr1": LETTERS[:100] + "N" + LETTERS[101:], "2": LETTERS[::-1].lower(), "short": "ACGT"}
NOTHING = snvs.Snvs(np.array([], int), np.array([], int), np.array([], np.uint8), np.empty((0, 0), np.uint8))


@pytest.fixture
def genome(reference):
    fasta = reference(CONTIGS)
    sizes = {name: len(letters) for name, letters in CONTIGS.items()}
    return VariantGenome(fasta, sizes, {"chr1": "chr1", "chr2": "2", "short": "short"})


def other(letter, step=1):
    return "ACGT"[("ACGT".index(letter) + step) % 4]


def allele(chrom, pos, alt=None, ref=None, row=1, number=1):
    there = CONTIGS[{"chr2": "2"}.get(chrom, chrom)][pos - 1].upper()
    return Allele(row, number, chrom, pos, ".", ref or there, alt or other(there))


def test_plain_variants_by_hand(genome):
    several = [
        allele("chr2", 50),
        allele("chr1", 40),
        allele("chr1", 40, other(CONTIGS["chr1"][39], 2)),  # the same place
        allele("chr1", 41, "CA"),
        allele("chr1", 42, ref=other(CONTIGS["chr1"][41], 3), alt=CONTIGS["chr1"][41]),  # not what the reference has
        allele("chr1", 10),  # the window of 20 begins at 10 - 1 - 10 = -1
        allele("chr1", 11),
        allele("chr1", 291),  # and ends at 291 - 1 + 10 = 300
        allele("chr1", 292),
        allele("chr1", 101, "A", "N"),
        allele("chr1", 99),  # beside an unknown letter, which a window may hold
        allele("chr1", 60)._replace(chrom="chr3"),
        allele("short", 2),
    ]
    found = snvs.plain_snvs(several, genome, AlleleSettings(), 20)
    assert found.numbers.tolist() == [0, 1, 2, 6, 7, 10]
    assert found.places[1] == found.places[2]
    assert len(found.codes) == len({(one.chrom, one.pos) for one in several if one.chrom == "chr1"} & {
        ("chr1", 40), ("chr1", 42), ("chr1", 11), ("chr1", 291), ("chr1", 99)}) + 1  # fmt: skip
    window = found.codes[found.places[1]]
    assert "".join("ACGT"[code] for code in window) == CONTIGS["chr1"][29:49]
    assert found.alts.tolist()[:2] == ["ACGT".index(several[0].alt), "ACGT".index(several[1].alt)]


def test_windows_of_sites_and_nothing_are_not_plain(genome):
    assert not len(snvs.plain_snvs([], genome, AlleleSettings(), 20).numbers)
    frames = AlleleSettings(frames=Frames(20, {}))
    assert not len(snvs.plain_snvs([allele("chr1", 50)], genome, frames, 20).numbers)


def records():
    """Return records of every kind: one allele and several, in and out of order, on both contigs."""
    places = [("chr1", 200), ("chr1", 60), ("chr2", 150), ("chr1", 61), ("chr1", 98), ("chr1", 5), ("short", 2)]
    found = []
    for row, (chrom, pos) in enumerate(places, start=1):
        one = allele(chrom, pos)
        alts = ",".join([one.alt, other(one.alt) if other(one.alt) != one.ref else "CA", "*"][: 1 + row % 3])
        found.append(VcfRecord(row, row, pos, [chrom, str(pos), ".", one.ref, alts, ".", ".", "."]))
    return found


@pytest.mark.parametrize("shifts", [(0,), (3, -2, 0)])
@pytest.mark.parametrize("both_strands", [False, True])
@pytest.mark.parametrize("task", ["multilabel", "multiclass"])
def test_scores_are_those_by_letters(network, genome, monkeypatch, shifts, both_strands, task):
    both = ensemble.load([network(seed, task=task) for seed in (1, 2)])
    settings = AlleleSettings(shifts=shifts, both_strands=both_strands)
    given = records(), Path("a.vcf"), genome, both, settings
    fast = scoring.score_chunk(*given)
    tried = [one.allele for _, several in fast for one in several]
    assert 5 < len(snvs.plain_snvs(tried, genome, settings, 20).numbers) < len(tried)
    monkeypatch.setattr(scoring, "plain_snvs", lambda *_: NOTHING)
    slow = scoring.score_chunk(*given)
    assert scoring.count_outcomes(fast) == scoring.count_outcomes(slow) != Counter()
    for (record, ours), (same, theirs) in zip(fast, slow, strict=True):
        assert record == same
        for one, two in zip(ours, theirs, strict=True):
            assert one._replace(values=None) == two._replace(values=None)
            if two.values is not None:
                np.testing.assert_allclose(one.values, two.values, rtol=1e-5, atol=2e-6)

"""The simulated genome holds what its truth says, and has the composition of a real one."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import pytest
from scipy.stats import spearmanr

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.sequence.alphabet import reverse_complement_codes
from convoscope.sequence.simulation.composition import letter_shares, parse_dinucleotides
from convoscope.sequence.simulation.layout import SPACER
from convoscope.sequence.simulation.planting import DNA, Matrix, fetch_matrix
from convoscope.sequence.simulation.simulate import (
    fasta_records,
    markov_chain,
    peak_kinds,
    peak_scores,
    peaks_of,
    simulate_genome,
)

RESOURCES = Path(__file__).parents[3] / "resources"
DINUCLEOTIDES = parse_dinucleotides((RESOURCES / "sacCer3.dinucleotides.tsv").read_text())
BACKGROUND = letter_shares(DINUCLEOTIDES)
FACTORS = {"CTCF": "MA0139.2", "GABPA": "MA0062.4"}
SPEC = Simulation(chromosomes=2, length=120_000, factors=FACTORS, sites=100, weak=0.3, false=0.1)
# Every letter certain: what is planted can be read back.
CERTAIN = [
    Matrix("CTCF", "x", "x", np.eye(4)[[2, 2, 2, 0, 1, 3]], 1, BACKGROUND),
    Matrix("GABPA", "y", "y", np.eye(4)[[1] * 8], 1, BACKGROUND),
]
DECOY = Matrix("decoy", "z", "z", np.eye(4)[[3, 3, 3, 2, 2, 2, 3]], 1, BACKGROUND)


@pytest.fixture(scope="module")
def genome():
    return simulate_genome(SPEC, DINUCLEOTIDES, CERTAIN, DECOY)


def test_dinucleotides_are_those_of_yeast(data):
    counts: Counter[str] = Counter()
    with pysam.FastxFile(str(data / "yeast" / "sacCer3.fa.gz")) as records:
        for record in records:
            text = np.frombuffer(record.sequence.upper().encode(), dtype=np.uint8) if record.name != "chrM" else b""
            if len(text):
                values, numbers = np.unique(text[:-1].astype(int) * 256 + text[1:], return_counts=True)
                counts.update({chr(v // 256) + chr(v % 256): int(n) for v, n in zip(values, numbers, strict=True)})
    expected = {a + b: DINUCLEOTIDES[i, j] for i, a in enumerate("ACGT") for j, b in enumerate("ACGT")}
    assert counts == expected


def test_markov_chain_has_these_dinucleotides():
    codes = markov_chain(400_000, DINUCLEOTIDES, np.random.default_rng(1)).astype(int)
    found = np.bincount(codes[:-1] * 4 + codes[1:], minlength=16).reshape(4, 4) / (len(codes) - 1)
    assert np.abs(found - DINUCLEOTIDES / DINUCLEOTIDES.sum()).max() < 0.002
    assert np.abs(np.bincount(codes) / len(codes) - BACKGROUND).max() < 0.003


def test_truth_counts(genome):
    counts = genome.truth.groupby(["factor", "kind"]).size().to_dict()
    for factor in FACTORS:
        assert [counts[factor, kind] for kind in ("strong", "weak", "false")] == [60, 30, 10]
    assert counts["decoy", "decoy"] == 100
    assert genome.names == ["sim1", "sim2"]


@pytest.mark.parametrize(("matrix", "kind"), [(CERTAIN[0], "strong"), (CERTAIN[1], "strong"), (DECOY, "decoy")])
def test_sites_stand_where_the_truth_says(genome, matrix, kind):
    rows = genome.truth[(genome.truth["factor"] == matrix.factor) & (genome.truth["kind"] == kind)]
    strands = set()
    for row in rows.itertuples():
        site = genome.codes[genome.names.index(row.chrom), row.start : row.end]
        read = site if row.strand == "+" else reverse_complement_codes(site, DNA)
        assert np.array_equal(read, matrix.probabilities.argmax(axis=1))
        strands.add(row.strand)
    assert strands == {"+", "-"}


def test_peaks_lie_at_their_sites(genome):
    peaks = genome.truth[genome.truth["kind"].isin(["strong", "weak"])]
    centre = peaks["start"] + (peaks["end"] - peaks["start"]) // 2
    offsets = (centre - peaks["summit"]).astype(int)
    assert offsets.min() == -15 and offsets.max() == 15
    false = genome.truth[genome.truth["kind"] == "false"]
    assert false[["start", "end"]].isna().all(axis=None) and (false["strand"] == ".").all()
    assert genome.truth.loc[genome.truth["kind"] == "decoy", "summit"].isna().all()


def test_truth_is_in_genome_order(genome):
    place = genome.truth["start"].fillna(genome.truth["summit"]).astype(int)
    for _, group in place.groupby(genome.truth["chrom"]):
        assert group.is_monotonic_increasing


def test_gaps_and_masks_are_there(genome):
    unknown = (genome.codes == DNA.symbols.index("N")).mean(axis=1)
    assert (unknown > 0.003).all() and (unknown < 0.03).all()
    assert set(np.unique(genome.codes)) == {0, 1, 2, 3, 14}
    text = b"".join(fasta_records(genome)).decode()
    lines = text.splitlines()
    assert lines[0] == ">sim1" and lines[2] == ">sim2"
    assert set("ACGTNacgt") <= set(lines[1]) <= set("ACGTNacgtn")
    assert np.mean([letter.islower() for letter in lines[1]]) == pytest.approx(genome.masked[0].mean())


def test_scores_follow_the_strength_of_sites():
    generator = np.random.default_rng(1)
    strengths = generator.random(2000)
    scores = peak_scores(strengths, generator)
    assert scores.min() >= 1 and scores.max() <= 1000
    assert 0.8 < spearmanr(strengths, scores).statistic < 0.97


def test_the_seed_decides():
    matrices = [fetch_matrix(name, matrix_id, "key", BACKGROUND) for name, matrix_id in FACTORS.items()]
    first, again = (
        simulate_genome(SPEC, DINUCLEOTIDES, matrices, None),
        simulate_genome(SPEC, DINUCLEOTIDES, matrices, None),
    )
    other = simulate_genome(SPEC.model_copy(update={"seed": 2}), DINUCLEOTIDES, matrices, None)
    assert np.array_equal(first.codes, again.codes) and first.truth.equals(again.truth)
    assert not np.array_equal(first.codes, other.codes)
    assert "decoy" not in set(first.truth["kind"])


def test_peaks_are_bed(genome):
    table = peaks_of(genome.truth, "CTCF")
    assert list(table.columns) == ["chrom", "start", "end", "name", "score", "strand"]
    assert len(table) == 100 and (table["end"] - table["start"] == 1).all()
    assert table["name"].iloc[0] == "CTCF_1" and table["name"].is_unique
    # A quarter of each factor's peaks lies in one of the other's.
    assert len(pd.merge(table, peaks_of(genome.truth, "GABPA"), on=["chrom", "start"])) == 50


def test_sites_of_a_shared_peak_lie_on_both_sides_of_its_summit(genome):
    peaks = genome.truth[genome.truth["kind"] != "decoy"]
    shared = peaks[peaks.duplicated(["chrom", "summit"], keep=False) & peaks["start"].notna()]
    for row in shared.itertuples():
        left = row.end <= row.summit
        assert left != (row.start >= row.summit)
        assert 0 <= (row.summit - row.end if left else row.start - row.summit) <= SPACER
    both = shared[shared.duplicated(["chrom", "summit"], keep=False)]
    assert (both.groupby(["chrom", "summit"])["end"].min() <= both.groupby(["chrom", "summit"])["start"].max()).all()
    alone = simulate_genome(SPEC.model_copy(update={"shared": 0}), DINUCLEOTIDES, [*CERTAIN], None).truth
    assert not alone.duplicated(["chrom", "summit"]).any()


def test_refusals():
    with pytest.raises(InputError, match=r"simulate: weak 0.7 and false 0.6; together they are at most 1"):
        peak_kinds(SPEC.model_copy(update={"weak": 0.7, "false": 0.6}), np.random.default_rng(1))
    with pytest.raises(InputError, match=r"simulate.factors: none; name at least one"):
        simulate_genome(SPEC, DINUCLEOTIDES, [], None)
    with pytest.raises(InputError, match=r"simulate.factors.decoy: means the decoy"):
        simulate_genome(SPEC, DINUCLEOTIDES, [DECOY, CERTAIN[0]], None)

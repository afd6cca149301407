"""Simulated variants do to the genome what their records say, read back from the letters alone."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.sequence.alphabet import encode_text
from convoscope.sequence.simulation.composition import letter_shares, parse_dinucleotides
from convoscope.sequence.simulation.edits import GONE, REACH, SITE, Edit, Place, best_match
from convoscope.sequence.simulation.planting import DNA, Matrix, fetch_matrix
from convoscope.sequence.simulation.simulate import simulate_genome
from convoscope.sequence.simulation.simulated_variants import describe_variants, make_variants, vcf_text

RESOURCES = Path(__file__).parents[3] / "resources"
DINUCLEOTIDES = parse_dinucleotides((RESOURCES / "sacCer3.dinucleotides.tsv").read_text())
FACTORS = {"CTCF": "MA0139.2", "GABPA": "MA0062.4", "USF1": "MA0093.4"}
SPEC = Simulation(chromosomes=3, length=120_000, factors=FACTORS, sites=150)
KINDS = ("neutral", "breaks", "creates", "switch")


@pytest.fixture(scope="module")
def matrices():
    return [fetch_matrix(name, matrix_id, "key", letter_shares(DINUCLEOTIDES)) for name, matrix_id in FACTORS.items()]


@pytest.fixture(scope="module")
def genome(matrices):
    return simulate_genome(SPEC, DINUCLEOTIDES, matrices, None)


@pytest.fixture(scope="module")
def table(genome, matrices):
    return make_variants(SPEC, genome, matrices)


def test_records_leave_out_letters_that_stay():
    codes = encode_text("T" * 50 + "GGGG" + "T" * 46, DNA)
    site = Place(codes, 50, 54, False, 52, Matrix("G", "g", "g", np.eye(4)[[2, 2, 2, 2]], 1, np.full(4, 0.25)), [])
    row = describe_variants("sim1", site, Edit(48, encode_text("TTGAGTTT", DNA), "A"), "switch")
    assert row == ["sim1", 52, "GGG", "AGT", "switch", "G", "G", "A"]


def test_every_site_has_one_of_each_but_breaks_or_switch(table):
    counts = table["kind"].value_counts()
    assert set(counts.index) == set(KINDS) and len(table) > 400
    assert counts["neutral"] == pytest.approx(counts["creates"], rel=0.1)
    assert counts["breaks"] == pytest.approx(counts["neutral"] / 2, rel=0.1)
    assert counts["switch"] == pytest.approx(counts["neutral"] / 2, rel=0.1)
    assert set(table["chrom"]) == {"sim1", "sim2", "sim3"}


def test_reference_letters_are_those_of_the_genome(genome, table):
    for row in table.itertuples():
        codes = genome.codes[genome.names.index(row.chrom)]
        ref, alt = encode_text(row.ref, DNA), encode_text(row.alt, DNA)
        assert np.array_equal(codes[row.pos - 1 : row.pos - 1 + len(ref)], ref)
        assert len(ref) == len(alt) and ref[0] != alt[0] and ref[-1] != alt[-1]
        assert set(row.ref + row.alt) <= set("ACGT")
        assert row.kind != "neutral" or len(row.ref) == 1


def test_variants_do_what_their_records_say(genome, matrices, table):
    """Every record applied to its contig, the sites read back by an own scan of 40 bp to either side."""
    known = {matrix.factor: matrix for matrix in matrices}
    sites = {
        key: rows.to_dict("records")
        for key, rows in genome.truth.query("kind == 'strong'").groupby(["chrom", "factor"])
    }
    for row in table.itertuples():
        codes, start = genome.codes[genome.names.index(row.chrom)], row.pos - 1
        changed = codes.copy()
        changed[start : start + len(row.alt)] = encode_text(row.alt, DNA)
        own = min(sites[row.chrom, row.site], key=lambda site: abs(site["summit"] - row.pos))
        assert abs(own["summit"] - start) <= REACH + 8
        here = slice(own["start"], own["end"])
        assert best_match(codes[here], known[row.site]) >= SITE
        if row.kind in ("neutral", "creates"):
            assert np.array_equal(codes[here], changed[here]) and row.lost == ""
        else:
            assert row.lost == row.site and best_match(changed[here], known[row.lost]) <= GONE
        around = slice(own["summit"] - REACH, own["summit"] + REACH + 1)
        for factor, matrix in known.items():
            if factor == row.gained:
                assert best_match(codes[around], matrix) < SITE
                assert best_match(changed[start - 20 : start + 40], matrix) == pytest.approx(1)
        assert (row.gained != "") == (row.kind in ("creates", "switch")) and row.gained != row.site


def test_no_variant_touches_the_letters_of_another(table):
    for _, part in table.groupby("chrom"):
        ends = part["pos"] + part["ref"].str.len()
        assert part["pos"].is_monotonic_increasing
        assert all(later >= end for (_, end), (later, _) in pairwise(zip(part["pos"], ends, strict=True)))


def test_the_seed_decides_and_chromosomes_are_chosen(genome, matrices, table):
    assert make_variants(SPEC, genome, matrices).equals(table)
    other = make_variants(SPEC.model_copy(update={"seed": 2}), genome, matrices)
    assert not other.equals(table)
    one = make_variants(SPEC.model_copy(update={"variant_chromosomes": ["sim3"]}), genome, matrices)
    assert set(one["chrom"]) == {"sim3"} and 30 < len(one) < len(table)
    wrong = SPEC.model_copy(update={"variant_chromosomes": ["sim9"]})
    with pytest.raises(InputError, match=r"variant_chromosomes: 'sim9'; there are sim1, sim2, sim3"):
        make_variants(wrong, genome, matrices)


def test_vcf_text(table):
    first = table[table["kind"] == "switch"].iloc[:1]
    lines = vcf_text(first, {"sim1": 7}).splitlines()
    assert lines[0] == "##fileformat=VCFv4.3" and "##contig=<ID=sim1,length=7>" in lines
    row = first.iloc[0]
    fields = [row.chrom, str(row.pos), ".", row.ref, row.alt, ".", "PASS"]
    info = f"KIND=switch;SITE={row.site};LOST={row.lost};GAINED={row.gained};SWITCH=1"
    assert lines[-1].split("\t") == [*fields, info]
    empty = vcf_text(table[table["kind"] == "neutral"].iloc[:1], {})
    assert "LOST=.;GAINED=.;SWITCH=0" in empty

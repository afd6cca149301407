"""Simulated variants do to the genome what their records say, read back from the letters alone."""

from itertools import pairwise

import numpy as np
import pytest

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.sequence.alphabet import encode, reverse_complement
from convoscope.sequence.planting import DNA, Matrix, fetch_matrix, strength
from convoscope.sequence.simulate import BACKGROUND, simulate
from convoscope.sequence.variants import (
    GONE,
    REACH,
    SITE,
    Edit,
    Place,
    best_match,
    breaks,
    creates,
    describe,
    free,
    make_variants,
    neutral,
    switch,
    vcf_text,
    written,
)

FACTORS = {"CTCF": "MA0139.2", "GABPA": "MA0062.4", "USF1": "MA0093.4"}
SPEC = Simulation(chromosomes=3, length=120_000, factors=FACTORS, sites=150)
KINDS = ("neutral", "breaks", "creates", "switch")
G4 = Matrix("G", "g", "g", np.eye(4)[[2, 2, 2, 2]] * 0.96 + 0.01, 1)
ACAC = Matrix("A", "a", "a", np.eye(4)[[0, 1, 0, 1, 0]] * 0.96 + 0.01, 1)


@pytest.fixture(scope="module")
def matrices():
    return [fetch_matrix(name, matrix_id, "key") for name, matrix_id in FACTORS.items()]


@pytest.fixture(scope="module")
def genome(matrices):
    return simulate(SPEC, matrices, None)


@pytest.fixture(scope="module")
def table(genome, matrices):
    return make_variants(SPEC, genome, matrices)


def place(minus: bool = False) -> Place:
    """A site of four G (or C) at 50 in a chromosome of T."""
    codes = np.full(100, 3, dtype=np.uint8)
    codes[50:54] = 1 if minus else 2
    return Place(codes, 50, 54, minus, 52, G4, [G4, ACAC])


def test_best_match_is_that_of_the_best_place_on_either_strand():
    piece = encode("TTCCCCTT", DNA)
    assert best_match(piece, G4) == best_match(reverse_complement(piece, DNA), G4) == 1
    assert best_match(encode("TTCCNCTT", DNA), G4) == 0 == best_match(encode("CCC", DNA), G4)
    one = encode("GGTG", DNA)
    assert best_match(one, G4) == strength(one[np.newaxis], G4.probabilities, BACKGROUND)[0] < SITE


def test_written_cuts_at_the_ends():
    codes = np.arange(6, dtype=np.uint8)
    assert written(codes, Edit(4, np.array([9, 9])), -3, 20).tolist() == [0, 1, 2, 3, 9, 9]
    assert written(codes, Edit(2, np.array([9])), 1, 4).tolist() == [1, 9, 3] and codes.tolist() == list(range(6))


@pytest.mark.parametrize("minus", [False, True])
def test_a_site_breaks_by_its_least_likely_letter(minus):
    skewed = G4.probabilities.copy()
    skewed[1] = [0.0, 0.05, 0.9, 0.05]  # A was never seen at the second position of the matrix: its loss is largest
    chosen = place(minus)._replace(matrix=G4._replace(probabilities=skewed))
    edit = breaks(chosen, np.random.default_rng(1))
    assert (edit.start, edit.letters.tolist()) == ((52, [3]) if minus else (51, [0]))


def test_a_site_that_one_letter_does_not_break_loses_several():
    soft = Matrix("G", "g", "g", np.eye(4)[[2] * 8] * 0.8 + 0.05, 1)
    codes = np.full(100, 3, dtype=np.uint8)
    codes[50:58] = 2
    edit = breaks(Place(codes, 50, 58, False, 52, soft, [soft]), np.random.default_rng(1))
    assert 1 < len(edit.letters) < 8
    read = written(codes, edit, 43, 65)
    assert best_match(read, soft) <= GONE < best_match(codes, soft)


def test_sites_are_created_beside_and_instead():
    for seed in range(10):
        generator = np.random.default_rng(seed)
        beside, instead = creates(place(), generator), switch(place(), generator)
        assert beside.gained == instead.gained == "A"
        assert beside.end <= 50 or beside.start >= 54
        assert beside.start >= 52 - REACH and beside.end <= 52 + REACH + 1
        assert instead.start in (49, 50)  # five letters around four
        alone = neutral(place(), generator)
        assert len(alone.letters) == 1 and alone.letters[0] != 3 and not 50 <= alone.start < 54


def test_variants_keep_off_those_made_before():
    only = place()._replace(taken=(Edit(0, np.zeros(50, np.uint8)), Edit(60, np.zeros(40, np.uint8))))
    assert free(only).tolist() == [54, 55, 56, 57, 58, 59]
    for seed in range(5):
        assert creates(only, np.random.default_rng(seed)).start in (54, 55)
        assert 54 <= neutral(only, np.random.default_rng(seed)).start < 60


def test_what_cannot_be_done_is_left_out():
    lonely = place()._replace(matrices=[G4])
    assert creates(lonely, np.random.default_rng(1)) is None is switch(lonely, np.random.default_rng(1))
    codes = np.full(100, DNA.symbols.index("N"), dtype=np.uint8)
    codes[50:54] = 2
    unknown = place()._replace(codes=codes)
    for make in (neutral, creates, switch):
        assert make(unknown, np.random.default_rng(1)) is None


def test_records_leave_out_letters_that_stay():
    row = describe("sim1", place(), Edit(48, encode("TTGAGTTT", DNA), "A"), "switch")
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
        ref, alt = encode(row.ref, DNA), encode(row.alt, DNA)
        assert np.array_equal(codes[row.pos - 1 : row.pos - 1 + len(ref)], ref)
        assert len(ref) == len(alt) and ref[0] != alt[0] and ref[-1] != alt[-1]
        assert set(row.ref + row.alt) <= set("ACGT")
        assert row.kind != "neutral" or len(row.ref) == 1


def test_variants_do_what_their_records_say(genome, matrices, table):
    """Every record applied to its contig, the sites read back by an own scan of 40 bp to either side."""
    known = {matrix.factor: matrix for matrix in matrices}
    sites = genome.truth[genome.truth["kind"] == "strong"].set_index("chrom")
    for row in table.itertuples():
        codes, start = genome.codes[genome.names.index(row.chrom)], row.pos - 1
        changed = codes.copy()
        changed[start : start + len(row.alt)] = encode(row.alt, DNA)
        own = sites.loc[[row.chrom]]
        own = own.iloc[(own["summit"] - row.pos).abs().argmin()]
        assert own["factor"] == row.site and abs(own["summit"] - start) <= REACH + 8
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


def test_neutral_letters_make_no_site():
    """One T parts two runs of G; a G in its place would complete another site, so it is never written."""
    ready = place()._replace(codes=np.full(100, 3, dtype=np.uint8))
    ready.codes[50:54] = 2
    ready.codes[55:58] = 2
    taken = (Edit(0, np.zeros(50, np.uint8)), Edit(55, np.zeros(45, np.uint8)))
    letters = {int(neutral(ready._replace(taken=taken), np.random.default_rng(n)).letters[0]) for n in range(30)}
    assert letters == {0, 1}


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

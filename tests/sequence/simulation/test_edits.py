"""Each kind of change does to a site what it is named for."""

from pathlib import Path

import numpy as np
import pytest

from convoscope.sequence.alphabet import encode_text, reverse_complement_codes
from convoscope.sequence.simulation.composition import letter_shares, parse_dinucleotides
from convoscope.sequence.simulation.edits import (
    GONE,
    REACH,
    SITE,
    Edit,
    Place,
    best_match,
    breaks,
    creates,
    free,
    neutral,
    switch,
    written,
)
from convoscope.sequence.simulation.planting import DNA, Matrix, strength

RESOURCES = Path(__file__).parents[3] / "resources"
BACKGROUND = letter_shares(parse_dinucleotides((RESOURCES / "sacCer3.dinucleotides.tsv").read_text()))
G4 = Matrix("G", "g", "g", np.eye(4)[[2, 2, 2, 2]] * 0.96 + 0.01, 1, BACKGROUND)
ACAC = Matrix("A", "a", "a", np.eye(4)[[0, 1, 0, 1, 0]] * 0.96 + 0.01, 1, BACKGROUND)


def place(minus: bool = False) -> Place:
    """A site of four G (or C) at 50 in a chromosome of T."""
    codes = np.full(100, 3, dtype=np.uint8)
    codes[50:54] = 1 if minus else 2
    return Place(codes, 50, 54, minus, 52, G4, [G4, ACAC])


def test_best_match_is_that_of_the_best_place_on_either_strand():
    piece = encode_text("TTCCCCTT", DNA)
    assert best_match(piece, G4) == best_match(reverse_complement_codes(piece, DNA), G4) == 1
    assert best_match(encode_text("TTCCNCTT", DNA), G4) == 0 == best_match(encode_text("CCC", DNA), G4)
    one = encode_text("GGTG", DNA)
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
    soft = Matrix("G", "g", "g", np.eye(4)[[2] * 8] * 0.8 + 0.05, 1, BACKGROUND)
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


def test_neutral_letters_make_no_site():
    """One T parts two runs of G; a G in its place would complete another site, so it is never written."""
    ready = place()._replace(codes=np.full(100, 3, dtype=np.uint8))
    ready.codes[50:54] = 2
    ready.codes[55:58] = 2
    taken = (Edit(0, np.zeros(50, np.uint8)), Edit(55, np.zeros(45, np.uint8)))
    letters = {int(neutral(ready._replace(taken=taken), np.random.default_rng(n)).letters[0]) for n in range(30)}
    assert letters == {0, 1}

import numpy as np
import pytest
from Bio.motifs import Motif

from convoscope.interpretation.motifs import pwm
from convoscope.interpretation.motifs.pwm import (
    RULES,
    above_half_maximum,
    best_position,
    consensus,
    information,
    motif,
    positives,
    probabilities,
    trim,
)
from convoscope.sequence.alphabet import ALPHABETS

DNA = ALPHABETS["dna"]
FLAT, CONSERVED = [25, 25, 25, 25], [0, 97, 3, 0]


def test_basset_takes_everything_above_half_of_the_maximum():
    maps = np.array([[[[1.0, 2.1, 4.0, 2.0], [-3.0, -1.0, -2.0, -1.0]]]])
    assert above_half_maximum(maps, np.array([4.0, -1.0]))[0, 0].tolist() == [[False, True, True, False], [False] * 4]


def test_deepbind_takes_the_better_strand_once():
    maps = np.array([[[[0.5, 0.2]]], [[[0.1, 0.7]]]])
    assert best_position(maps, np.array([0.7])).tolist() == [[[[False, False]]], [[[False, True]]]]


@pytest.mark.parametrize("rule", RULES.values())
def test_every_rule_chooses_among_positive_activations_only(rule):
    maps = np.random.default_rng(1).normal(size=(2, 5, 3, 7))
    maps[:, 0] = -np.abs(maps[:, 0])
    chosen = rule(maps, maps.max(axis=(0, 1, 3)))
    assert chosen.shape == maps.shape
    assert chosen.any()
    assert (maps[chosen] > 0).all()


def test_best_position_is_at_most_one_per_sequence_and_filter():
    maps = np.random.default_rng(1).normal(size=(2, 50, 3, 7))
    chosen = best_position(maps, maps.max(axis=(0, 1, 3))).sum(axis=(0, 3))
    assert (chosen == (maps.max(axis=(0, 3)) > 0)).all()


def test_a_sequence_of_zeros_has_no_best_position():
    maps = np.zeros((2, 3, 2, 4))
    maps[1, 2, 0, 3], maps[0, 2, 0, 1], maps[0, 1, 1, :] = 0.5, 0.5, [0.1, 0.3, 0.3, 0.2]
    chosen = best_position(maps, maps.max(axis=(0, 1, 3)))
    assert np.argwhere(chosen).tolist() == [[0, 1, 1, 1], [0, 2, 0, 1]]  # the first of equals, strands in order


def test_information_equals_biopython_relative_entropy():
    counts = np.random.default_rng(2).integers(1, 50, size=(9, 4))
    known = Motif(alphabet="ACGT", counts=dict(zip("ACGT", counts.T.tolist(), strict=True)))
    assert information(probabilities(counts, 0)) == pytest.approx(known.relative_entropy)


def test_trim_drops_flat_flanks_and_keeps_gaps():
    counts = np.array([FLAT, FLAT, CONSERVED, FLAT, CONSERVED, FLAT])
    assert trim(probabilities(counts)) == slice(2, 5)


def test_trim_scales_with_the_best_position():
    nearly_flat = [45, 19, 18, 18]  # 0.14 bit: above 0.1, below a tenth of 1.7
    assert trim(probabilities(np.array([nearly_flat, CONSERVED]), 0)) == slice(1, 2)
    assert trim(probabilities(np.array([nearly_flat, FLAT]), 0)) == slice(0, 1)


def test_trim_keeps_what_is_exactly_at_the_limit(monkeypatch):
    monkeypatch.setattr(pwm, "TRIM_BITS", 1.0)
    one, two = [0.5, 0, 0.5, 0], [1, 0, 0, 0]  # bits
    assert trim(np.array([one, two, one])) == slice(0, 3)
    monkeypatch.setattr(pwm, "TRIM_SHARE", 0.5)
    monkeypatch.setattr(pwm, "TRIM_BITS", 0.0)
    assert trim(np.array([one, [0.25] * 4, two])) == slice(0, 3)
    assert trim(np.empty((0, 4))) == slice(0, 0)


@pytest.mark.parametrize(
    ("row", "letter"),
    [
        ([0.5, 0.2, 0.2, 0.1], "N"),  # not more than half
        ([0.6, 0.3, 0.05, 0.05], "M"),  # not more than twice the second
        ([0.625, 0.25, 0.0625, 0.0625], "A"),
        ([0.375, 0.375, 0.125, 0.125], "N"),  # not more than three quarters
        ([0.4, 0.1, 0.1, 0.4], "W"),
        ([0.1, 0.1, 0.15, 0.65], "T"),
    ],
)
def test_consensus_at_the_limits_of_the_rule(row, letter):
    assert consensus(np.array([row]), DNA) == letter


def test_no_motif_from_nine_sites_or_without_information():
    counts = np.array([[9, 0, 0, 0]])
    assert motif(counts, 9).shape == (0, 4)
    assert motif(np.array([[10, 0, 0, 0]]), 10).tolist() == [[11 / 14, 1 / 14, 1 / 14, 1 / 14]]
    assert motif(np.array([FLAT]), 100).shape == (0, 4)


def test_consensus_agrees_with_biopython_on_pairs_and_single_letters():
    counts = np.random.default_rng(3).integers(1, 40, size=(200, 4)) ** 2
    known = Motif(alphabet="ACGT", counts=dict(zip("ACGT", counts.T.tolist(), strict=True))).degenerate_consensus
    mine = consensus(probabilities(counts, 0), DNA)
    assert {*mine} > {*"ACGTN"}
    assert mine == str(known)


def test_consensus_of_a_protein_uses_its_own_letters():
    row = np.full(20, 0.01)
    assert consensus(np.array([row + 0.8 * (np.arange(20) == 3), np.full(20, 0.05)]), ALPHABETS["protein"]) == "EX"


def test_positives_by_task():
    labels = np.array([[0.0, 1.0], [1.0, np.nan], [0.4, 3.0]])
    assert positives(labels, "multilabel").tolist() == [[False, True], [True, False], [False, True]]
    assert positives(labels, "regression").tolist() == [[False, False], [True, False], [False, True]]


def test_rule_of_the_maximum_chooses_above_seven_tenths():
    maps = np.array([0.69, 0.71, 1.0, -2.0]).reshape(1, 1, 1, 4)
    assert RULES["maximum"](maps, np.array([1.0])).ravel().tolist() == [False, True, True, False]
    assert not RULES["maximum"](-np.abs(maps), np.array([-0.69])).any()

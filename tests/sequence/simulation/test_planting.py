"""JASPAR matrices and sites drawn from them."""

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.sequence.alphabet import encode_many, encode_text
from convoscope.sequence.simulation.planting import DNA, fetch_matrix, flatten_sites, plant, sample_sites, strength

UNIFORM = np.full(4, 0.25)


def test_fetch_matrix_by_hand():
    matrix = fetch_matrix("x", "MA0139.2", "key", UNIFORM)
    assert matrix[:3] == ("x", "MA0139.2", "CTCF")
    # JASPAR 2026, column 0 of MA0139.2: A 281, C 49, G 449, T 134.
    assert np.allclose(matrix.probabilities[0], np.array([281, 49, 449, 134]) / 913)
    assert matrix.sites == 913
    assert matrix.probabilities.shape == (15, 4)


def test_fetch_matrix_takes_the_latest_version():
    assert fetch_matrix("x", "MA0139", "key", UNIFORM).id == "MA0139.2"


@pytest.mark.parametrize("wrong", ["MA0139.99", "MA9999.1", "CTCF", "", "' OR 1=1"])
def test_unknown_matrix_is_refused_by_key(wrong):
    with pytest.raises(InputError, match=r"^simulate\.factors\.x: no matrix .* in JASPAR2026; an id with version"):
        fetch_matrix("x", wrong, "simulate.factors.x", UNIFORM)


def test_sites_have_the_matrix_frequencies():
    probabilities = np.array([[0.7, 0.1, 0.1, 0.1], [0, 0, 0.5, 0.5], [0, 1, 0, 0]])
    sites = sample_sites(probabilities, 20_000, np.random.default_rng(1))
    found = np.stack([(sites == code).mean(axis=0) for code in range(4)], axis=1)
    assert sites.dtype == np.uint8
    assert np.abs(found - probabilities).max() < 0.015
    assert np.array_equal(found == 0, probabilities == 0)


def test_flattened_sites_are_weaker():
    matrix = fetch_matrix("x", "MA0139.2", "key", UNIFORM).probabilities
    assert np.allclose(flatten_sites(matrix, UNIFORM).sum(axis=1), 1)
    generator = np.random.default_rng(1)
    strong = strength(sample_sites(matrix, 500, generator), matrix, UNIFORM)
    weak = strength(sample_sites(flatten_sites(matrix, UNIFORM), 500, generator), matrix, UNIFORM)
    chance = strength(sample_sites(np.full((15, 4), 0.25), 500, generator), matrix, UNIFORM)
    assert strong.mean() > weak.mean() + 0.2 > chance.mean() + 0.4


def test_strength_by_hand():
    probabilities = np.array([[0.499, 0.499, 0.001, 0.001]])
    sites = encode_many(["A", "C", "G"], DNA)
    assert np.allclose(strength(sites, probabilities, UNIFORM), [1, 1, 0])


def test_plant_by_hand():
    codes = np.zeros((2, 8), dtype=np.uint8)
    plant(codes, np.array([0, 1]), np.array([1, 4]), encode_many(["CCG", "CCG"], DNA), np.array([False, True]))
    assert np.array_equal(codes, encode_many(["ACCGAAAA", "AAAACGGA"], DNA))
    assert np.array_equal(codes[0, 1:4], encode_text("CCG", DNA))

"""Mutants against the same windows predicted one by one."""

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.prediction import ensemble, mutants
from convoscope.prediction.mutants import Mutants, scores_of_mutants

CODES = np.random.default_rng(1).integers(0, 4, (5, 20)).astype(np.uint8)
CODES[1, 3] = 14  # N
OWNER = np.array([0, 0, 0, 1, 1, 2, 3, 4, 4])
PLACE = np.array([0, 19, 7, 3, 4, 10, 11, 5, 5])
LETTER = np.array([1, 2, 3, 0, 14, 1, 2, 3, 0], dtype=np.uint8)


def whole(codes):
    """Return the mutants' windows."""
    windows = codes[OWNER]
    windows[np.arange(len(OWNER)), PLACE] = LETTER
    return windows


@pytest.mark.parametrize("both_strands", [False, True])
@pytest.mark.parametrize("unknown", ["uniform", "zero"])
@pytest.mark.parametrize("most", [1, 4, 100])
def test_scores_are_those_of_the_mutants_one_by_one(network, layer_by_layer, monkeypatch, both_strands, unknown, most):
    networks = ensemble.load([network(seed, unknown=unknown) for seed in (1, 2)])
    monkeypatch.setattr(mutants, "MUTANTS", {"cpu": most})
    monkeypatch.setattr(mutants, "piece_size", lambda *_, most=2, **__: most)
    wild, found = scores_of_mutants(networks, CODES, Mutants(OWNER, PLACE, LETTER), both_strands)
    assert found.shape == (2, 9, 2)
    np.testing.assert_allclose(wild, layer_by_layer(networks, CODES, both_strands), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found, layer_by_layer(networks, whole(CODES), both_strands), rtol=1e-5, atol=1e-6)


def test_data_of_one_strand_has_no_other(network):
    networks = ensemble.load([network(strands="single")])
    with pytest.raises(InputError, match="data of one strand"):
        scores_of_mutants(networks, CODES, Mutants(OWNER, PLACE, LETTER), both_strands=True)


@pytest.mark.parametrize("strands", ["single", "max", "mean", "filter"])
@pytest.mark.parametrize("more", [{}, {"pool": "max+average"}, {"knots": 3}, {"length": 8, "hidden": 0}])
@pytest.mark.parametrize("both_strands", [False, True])
def test_motif_detectors_on_every_strand(network, layer_by_layer, strands, more, both_strands):
    networks = ensemble.load([network(options={"filters": 4, "length": 5, "strands": strands, **more})])
    wild, found = scores_of_mutants(networks, CODES, Mutants(OWNER, PLACE, LETTER), both_strands)
    np.testing.assert_allclose(wild, layer_by_layer(networks, CODES, both_strands), rtol=1e-5, atol=2e-6)
    np.testing.assert_allclose(found, layer_by_layer(networks, whole(CODES), both_strands), rtol=1e-5, atol=2e-6)


def test_letters_without_a_symbol_are_read_layer_by_layer(network, layer_by_layer, monkeypatch):
    networks, tried = ensemble.load([network()]), []
    original = mutants._Reader._by_layers
    monkeypatch.setattr(mutants._Reader, "_by_layers", lambda *given: tried.append(1) or original(*given))
    changes = Mutants(OWNER[:1], PLACE[:1], LETTER[:1])
    scores_of_mutants(networks, CODES[:1], changes)
    assert not tried
    half = CODES[:1].copy()
    half[0, 2] = 4  # A or G
    _, found = scores_of_mutants(networks, half, changes)
    assert tried
    half[0, 0] = LETTER[0]
    np.testing.assert_allclose(found, layer_by_layer(networks, half), rtol=1e-5, atol=2e-6)

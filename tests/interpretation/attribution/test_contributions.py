"""Attributions of an ensemble, against autograd and quadrature written out."""

import numpy as np
import pytest
import torch

from convoscope.errors import InputError
from convoscope.interpretation.attribution.contributions import (
    METHODS,
    AttributionSettings,
    contributions,
    encoded,
    shuffles,
)
from convoscope.interpretation.attribution.mutagenesis import substitutions
from convoscope.prediction.ensemble import scores

LENGTH = 30  # of the windows of the fixture
SMALL = {"filters": 5, "length": 7, "hidden": 6}
FILTER = SMALL | {"strands": "filter"}


@pytest.fixture
def ensemble(make_ensemble):
    return make_ensemble(options=FILTER)


@pytest.fixture
def codes(make_windows):
    return make_windows(count=4)


def slopes(ensemble, inputs):
    """Return the gradient of label b's score, averaged over the members, ``(N, letters, L)``."""
    variable = inputs.clone().requires_grad_()
    each = [torch.autograd.grad(net(variable)[:, 1].sum(), variable)[0].numpy() for net in ensemble.members]
    return np.mean(each, 0)


def test_gradient_input_is_the_gradient_at_the_letters_that_are_there(ensemble, codes):
    found, inputs = contributions(ensemble, codes, "b", "gradient_input"), encoded(ensemble, codes)
    np.testing.assert_allclose(found.full, slopes(ensemble, inputs), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.actual, (slopes(ensemble, inputs) * inputs.numpy()).sum(1), rtol=1e-4, atol=1e-6)
    assert np.isnan(found.gap).all() and np.isnan(found.difference).all()


@pytest.mark.parametrize("unknown", ["uniform", "zero"])
def test_integrated_gradients_are_a_quadrature_of_gradients(codes, make_ensemble, unknown):
    ensemble = make_ensemble(options=FILTER, unknown=unknown)
    found = contributions(ensemble, codes, "b", "integrated_gradients", AttributionSettings(steps=20))
    inputs, blank = encoded(ensemble, codes), 0.25 if unknown == "uniform" else 0.0
    nodes, weights = np.polynomial.legendre.leggauss(20)  # from -1 to 1, weights that sum to 2
    points = [blank + (node + 1) / 2 * (inputs - blank) for node in nodes]
    mean = sum(weight / 2 * slopes(ensemble, point) for weight, point in zip(weights, points, strict=True))
    np.testing.assert_allclose(found.actual, (mean * (inputs.numpy() - blank)).sum(1), rtol=1e-3, atol=1e-5)
    nothing = np.full((1, LENGTH), ensemble.alphabet.symbols.index("N"), dtype=np.uint8)
    difference = scores(ensemble, codes)[..., 1].mean(0) - scores(ensemble, nothing)[..., 1].mean(0)
    np.testing.assert_allclose(found.difference, difference, atol=1e-5)
    np.testing.assert_allclose(found.gap, found.actual.sum(1) - difference, atol=1e-5)


def test_mutagenesis_is_centred_over_letters(ensemble, codes):
    found, change = contributions(ensemble, codes, "a", "mutagenesis"), substitutions(ensemble, codes).change[..., 0]
    np.testing.assert_allclose(found.full.sum(1), 0, atol=1e-5)
    np.testing.assert_allclose(found.full - found.full[:, :1], change - change[:, :1], atol=1e-5)
    np.testing.assert_allclose(found.actual, -change.mean(1), atol=1e-5)  # the own letter changes nothing


@pytest.mark.parametrize("options", [FILTER, SMALL | {"strands": "max", "pool": "max+average", "knots": 4}])
def test_deeplift_is_complete_over_its_shuffles(codes, make_ensemble, options):
    ensemble, settings = make_ensemble(options=options), AttributionSettings(references=3, seed=5)
    found = contributions(ensemble, codes, "b", "deeplift", settings)
    others = shuffles(codes, settings, 4)
    assert others.shape == (4, 3, LENGTH)
    truth = scores(ensemble, codes)[..., 1].mean(0)
    truth = truth - scores(ensemble, others.reshape(12, -1))[..., 1].mean(0).reshape(4, 3).mean(1)
    np.testing.assert_allclose(found.difference, truth, atol=1e-5)
    np.testing.assert_allclose(found.actual.sum(1), truth, atol=1e-5)
    assert np.abs(found.gap).max() < 1e-5 < np.abs(found.difference).max()


def test_references_of_a_window_depend_on_it_alone(codes):
    settings = AttributionSettings(references=4)
    np.testing.assert_array_equal(shuffles(codes, settings, 4)[2:3], shuffles(codes[2:3], settings, 4))
    each = shuffles(codes, settings, 4)[0]
    assert len(np.unique(each, axis=0)) == 4
    pairs = [np.sort(row[:-1].astype(int) * 4 + row[1:]).tolist() for row in [codes[0], *each]]
    assert all(pair == pairs[0] for pair in pairs)


@pytest.mark.parametrize("method", METHODS)
def test_actual_contributions_are_those_of_the_letters_that_are_there(ensemble, codes, method):
    codes[1, 3] = ensemble.alphabet.symbols.index("N")
    found = contributions(ensemble, codes, "a", method, AttributionSettings(steps=5, references=2))
    assert found.full.shape == (4, 4, LENGTH) and found.actual.shape == (4, LENGTH)
    own = np.take_along_axis(found.full, np.minimum(codes, 3)[:, None].astype(int), axis=1)[:, 0]
    known = codes < 4
    np.testing.assert_allclose(found.actual[known], own[known], rtol=1e-5, atol=1e-7)
    assert found.actual[1, 3] == pytest.approx(found.full[1, :, 3].mean(), abs=1e-5)  # N is a quarter of each


def test_refusals(ensemble, codes):
    with pytest.raises(InputError, match="method: 'magic'; one of mutagenesis, gradient_input"):
        contributions(ensemble, codes, "a", "magic")
    with pytest.raises(InputError, match="label: 'c'; one of a, b"):
        contributions(ensemble, codes, "c", "mutagenesis")
    with pytest.raises(InputError, match="references: 0; at least 1"):
        contributions(ensemble, codes, "a", "deeplift", AttributionSettings(references=0))
    with pytest.raises(InputError, match="steps: 0; at least 1"):
        contributions(ensemble, codes, "a", "integrated_gradients", AttributionSettings(steps=0))

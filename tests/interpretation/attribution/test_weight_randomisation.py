"""Random weights: the cascade replaces what it says, and maps change with it."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from convoscope.errors import InputError
from convoscope.interpretation.attribution.gradients import gradients
from convoscope.interpretation.attribution.weight_randomisation import cascade, drawn_layers, similarity
from convoscope.models import MODELS, SEQUENCES, build

SMALL = {
    "deepbind": {"filters": 6},
    "basset": {"filters": [6, 4, 4], "hidden": [8, 8]},
    "deepsea": {"filters": [6, 4, 4], "hidden": [8]},
    "danq": {"filters": 6, "units": 4, "hidden": 8},
    "tower": {"filters": 6, "blocks": 2},
    "cnnprom": {"filters": [6], "hidden": [8]},
    "deepyeast": {"filters": [4, 6], "repeats": [1, 1], "hidden": [8]},
    "residual": {"filters": [4, 6], "blocks": [1, 1]},
}


def pair(name):
    shape = (4, (201,)) if name in SEQUENCES else (2, (24, 24))
    models = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        models.append(build(name, *shape, 3, SMALL.get(name, {})))
    return models


@pytest.mark.parametrize("name", MODELS)
def test_layers_are_replaced_from_the_scores_to_the_input(name):
    model, untrained = pair(name)
    for parameter in model.parameters():
        parameter.data += 0.01  # biases of both begin at zero
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    names, remaining = [], set(before)
    for layer, random in cascade(model, untrained):
        names.append(layer)
        own = {key for key in before if key.startswith(f"{layer}.")} if layer else set(before)
        remaining -= own
        state, fresh = random.state_dict(), untrained.state_dict()
        assert all(torch.equal(state[key], (before if key in remaining else fresh)[key]) for key in before)
    assert names == drawn_layers(model)[::-1]
    assert not remaining
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())


def test_maps_change_with_the_weights():
    model, untrained = pair("residual")
    images = torch.randn(4, 2, 24, 24, generator=torch.Generator().manual_seed(1))
    maps = gradients(model, images, 0)
    found = [similarity(maps, gradients(random, images, 0)).mean() for _, random in cascade(model, untrained)]
    assert similarity(maps, maps) == pytest.approx(np.ones(4))
    assert abs(found[-1]) < 0.2


@pytest.mark.parametrize("absolute", [False, True])
def test_similarity_is_scipys(absolute):
    first, second = np.random.default_rng(1).integers(-5, 5, (2, 3, 2, 4, 5))
    change = np.abs if absolute else np.asarray
    expected = [spearmanr(change(a).ravel(), change(b).ravel())[0] for a, b in zip(first, second, strict=True)]
    assert similarity(first, second, absolute) == pytest.approx(expected)


def test_similarity_by_hand():
    rising = np.arange(4.0)[None]
    assert similarity(rising, np.exp(rising)).tolist() == [1.0]
    assert similarity(rising, -rising).tolist() == [-1.0]
    assert similarity(rising, -rising, absolute=True).tolist() == [1.0]
    assert np.isnan(similarity(rising, np.ones((1, 4)))).all()


def test_refusals():
    with pytest.raises(InputError, match="untrained: other layers or sizes than the model's"):
        list(cascade(pair("residual")[0], pair("lenet")[0]))
    with pytest.raises(InputError, match=r"maps: \(1, 2\) and \(1, 3\); one shape"):
        similarity(np.zeros((1, 2)), np.zeros((1, 3)))

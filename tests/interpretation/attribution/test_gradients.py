"""Attributions: by hand on linear networks, and against Captum."""

import numpy as np
import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.gradients import (
    Windows,
    enlarge,
    grad_cam,
    gradients,
    integrated_gradients,
    occlusion,
    score,
)
from convoscope.models import build
from convoscope.nn.blocks import chain
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool

captum = pytest.importorskip("captum.attr")
TARGETS = torch.tensor([0, 2, 1])


@pytest.fixture
def model():
    torch.manual_seed(1)
    network = build("residual", 2, (16, 16), 3, {"filters": [4, 6], "blocks": [1, 1], "size": 3}).eval()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):  # as after training; without biases scores are sums of gradients
            nn.init.normal_(layer.bias)
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
    return network


@pytest.fixture
def inputs():
    return torch.randn(3, 2, 16, 16, generator=torch.Generator().manual_seed(2))


def linear(channels: int = 2, side: int = 4) -> nn.Module:
    torch.manual_seed(1)
    return chain(flatten=nn.Flatten(), dense=nn.Linear(channels * side * side, 3))


def test_a_linear_score_is_shared_out_exactly():
    network, images = linear(), torch.randn(2, 2, 4, 4)
    weight = network.dense.weight[1].detach().view(2, 4, 4).numpy()
    np.testing.assert_allclose(gradients(network, images, 1), np.stack([weight] * 2), rtol=1e-6)
    found = integrated_gradients(network, images, 1, baseline=0.5, steps=3)
    np.testing.assert_allclose(found.maps, weight * (images.numpy() - 0.5), rtol=1e-4, atol=1e-6)
    assert found.gap == pytest.approx([0, 0], abs=1e-5)
    covered = occlusion(network, images, 1, Windows(1), fill=0.5)
    np.testing.assert_allclose(covered, weight * (images.numpy() - 0.5), rtol=1e-3, atol=1e-5)


def test_guided_backpropagation_equals_captum(model, inputs):
    with pytest.warns(UserWarning, match="Setting backward hooks on ReLU"):
        expected = captum.GuidedBackprop(model).attribute(inputs.clone().requires_grad_(), target=TARGETS)
    np.testing.assert_allclose(gradients(model, inputs, TARGETS, "guided"), expected.detach(), rtol=1e-4, atol=1e-6)


def test_gradients_equal_captum(model, inputs):
    expected = captum.Saliency(model).attribute(inputs.clone().requires_grad_(), target=TARGETS, abs=False)
    np.testing.assert_allclose(gradients(model, inputs, TARGETS), expected.detach(), rtol=1e-4, atol=1e-6)


def test_integrated_gradients_equal_captum(model, inputs):
    baseline = torch.full((1, 2, 16, 16), 0.3)
    method = captum.IntegratedGradients(model)
    expected, gap = method.attribute(
        inputs, baseline, target=TARGETS, n_steps=20, return_convergence_delta=True, internal_batch_size=None
    )
    found = integrated_gradients(model, inputs, TARGETS, baseline, steps=20)
    np.testing.assert_allclose(found.maps, expected.detach(), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.gap, gap.detach(), rtol=1e-3, atol=1e-4)


def test_the_gap_closes_with_more_steps_and_is_of_the_sum(model, inputs):
    few, many = (integrated_gradients(model, inputs, TARGETS, steps=steps) for steps in (2, 200))
    assert np.abs(many.gap).max() < 0.02 < np.abs(few.gap).max()
    difference = score(model, inputs, TARGETS) - score(model, torch.zeros_like(inputs), TARGETS)
    np.testing.assert_allclose(few.maps.sum((1, 2, 3)) - few.gap, difference, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("layer", ["stage2", "stage1.block1", "rectify"])
def test_grad_cam_equals_captum_at_the_native_size(layer, model, inputs):
    method = captum.LayerGradCam(model, model.get_submodule(layer))
    expected = method.attribute(inputs, target=TARGETS, relu_attributions=True)[:, 0]
    found = grad_cam(model, inputs, TARGETS, layer)
    assert found.shape == tuple(expected.shape)
    assert found.shape[1:] == ((8, 8) if "1" in layer else (4, 4))
    np.testing.assert_allclose(found, expected.detach(), rtol=1e-3, atol=1e-7)


def test_grad_cam_rectifies_the_sum_only():
    """Two maps, the images' channels; the score weighs their means with 2 and -1."""
    network = chain(maps=nn.Identity(), pool=GlobalPool("average"), head=nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        network.head.weight[:] = torch.tensor([[2.0, -1.0]])
    images = torch.tensor([[[[1.0, 1.0]], [[1.0, 4.0]]]])
    assert grad_cam(network, images, 0, "maps").tolist() == [[[0.5, 0.0]]]  # (2 · 1 - 1) / 2, (2 - 4) / 2 < 0


def test_enlarging_keeps_constants_and_interpolates():
    np.testing.assert_allclose(enlarge(np.full((1, 2, 2), 3.0), (5, 7)), np.full((1, 5, 7), 3.0))
    assert enlarge(np.array([[0.0, 1.0]]), (4,)).tolist() == [[0.0, 0.25, 0.75, 1.0]]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(("size", "step"), [(4, 4), (5, 3), ((3, 6), (2, 5))])
def test_occlusion_equals_captum(model, inputs, size, step, together):
    sizes, steps = ((number,) * 2 if isinstance(number, int) else number for number in (size, step))
    method = captum.Occlusion(model)
    channels = 2 if together else 1
    expected = method.attribute(inputs, (channels, *sizes), (channels, *steps), baselines=0.5, target=TARGETS)
    found = occlusion(model, inputs, TARGETS, Windows(size, step, together), fill=0.5)
    np.testing.assert_allclose(found, expected[:, : found.shape[1]], rtol=1e-3, atol=1e-5)
    assert found.shape[1] == (1 if together else 2)


def test_occlusion_of_sequences_by_hand():
    """The score counts A; a window of two covered by a quarter of each letter loses what A it holds."""
    network = chain(letters=Correlation(1, 4, 1, 1, bias=False), pool=GlobalPool("average"))
    with torch.no_grad():
        network.letters.weight[:] = torch.tensor([4.0, 0, 0, 0])[None, :, None]
    one_hot = nn.functional.one_hot(torch.tensor([[0, 1, 1, 2]]), 4).transpose(1, 2).float()
    found = occlusion(network, one_hot, 0, Windows(2, 2, together=True), fill=0.25)
    assert found.tolist() == [[[0.5, 0.5, -0.5, -0.5]]]


def test_methods_work_on_both_strands():
    network = build("deepbind", 4, (40,), 2, {"strands": "max", "filters": 4, "length": 8}).eval()
    inputs = torch.rand(2, 4, 40)
    assert gradients(network, inputs, 1).shape == (2, 4, 40)
    assert integrated_gradients(network, inputs, 1, steps=4).maps.shape == (2, 4, 40)
    assert occlusion(network, inputs, 1, Windows(10, 10, together=True)).shape == (2, 1, 40)


def test_refusals(model, inputs):
    with pytest.raises(InputError, match=r"target: \[3\]; outputs are 0 to 2"):
        gradients(model, inputs, 3)
    with pytest.raises(InputError, match=r"windows: size 2, step 3; 1 <= step <= size <= 16"):
        occlusion(model, inputs, 0, Windows(2, 3))
    with pytest.raises(InputError, match="windows: size 17"):
        occlusion(model, inputs, 0, Windows(17))
    with pytest.raises(InputError, match="layer: 'summary' gives 6 numbers without a place"):
        grad_cam(model, inputs, 0, "summary")
    with pytest.raises(InputError, match="steps: 0; at least 1"):
        integrated_gradients(model, inputs, 0, steps=0)


def test_model_is_given_back_unchanged(model, inputs):
    model.train()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    gradients(model, inputs, 0, "guided")
    integrated_gradients(model, inputs, 0, steps=2)
    grad_cam(model, inputs, 0, "stage1")
    occlusion(model, inputs, 0, Windows(16, 16))
    assert all(module.training for module in model.modules())
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())
    assert not inputs.requires_grad

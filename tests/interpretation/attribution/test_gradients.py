"""Attributions: by hand on small networks, and by laws on those of the zoo."""

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients, Saliency
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.deconvnet import project
from convoscope.interpretation.attribution.gradients import (
    Patches,
    enlarge,
    explaining,
    grad_cam,
    gradients,
    guided_backpropagation,
    integrated_gradients,
    mean_gradients,
    occlusion,
)
from convoscope.models import IMAGES, SEQUENCES, build
from convoscope.nn.blocks import chain
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool

TARGETS = torch.tensor([0, 2, 1])


@pytest.fixture
def model():
    torch.manual_seed(1)
    network = build("residual", 2, (16, 16), 3, {"filters": [4, 6], "blocks": [1, 1], "size": 3}).eval()
    torch.nn.init.kaiming_normal_(network.correlation.weight)  # a trained network's are not as small as the first ones
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):  # as after training; without biases scores are sums of gradients
            nn.init.normal_(layer.bias)
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
    return network


@pytest.fixture
def inputs():
    return torch.randn(3, 2, 16, 16, generator=torch.Generator().manual_seed(2))


def own_scores(model: nn.Module, inputs: torch.Tensor) -> np.ndarray:
    """Return each example's score of its own target, `TARGETS` by turns."""
    with torch.no_grad():
        scores = model(inputs)
    return scores.numpy()[np.arange(len(inputs)), TARGETS.numpy()[np.arange(len(inputs)) % 3]]


def linear(channels: int = 2, side: int = 4) -> nn.Module:
    torch.manual_seed(1)
    return chain(flatten=nn.Flatten(), dense=nn.Linear(channels * side * side, 3))


def rectified() -> nn.Module:
    """``2 relu(x - y) - 3 relu(x + y)`` of two numbers x and y, as an image of one channel and one row."""
    network = chain(flatten=nn.Flatten(), hidden=nn.Linear(2, 2, False), rectify=nn.ReLU(), out=nn.Linear(2, 1, False))
    with torch.no_grad():
        network.hidden.weight[:] = torch.tensor([[1.0, -1.0], [1.0, 1.0]])
        network.out.weight[:] = torch.tensor([[2.0, -3.0]])
    return network


@pytest.mark.parametrize("target", [1, torch.tensor(2), TARGETS])
def test_gradients_are_those_of_captum(model, inputs, target):
    expected = Saliency(model).attribute(inputs.clone().requires_grad_(), target, abs=False)
    assert np.array_equal(gradients(model, inputs, target), expected)
    start = inputs.amin((2, 3), keepdim=True).expand_as(inputs)
    method = IntegratedGradients(model, multiply_by_inputs=False)
    expected = method.attribute(inputs, start, target, n_steps=9, internal_batch_size=len(inputs))
    found = mean_gradients(model, inputs, target, start, 9)
    assert torch.equal(found, expected) and not found.requires_grad


def test_a_linear_score_is_shared_out_exactly():
    network, images = linear(), torch.randn(2, 2, 4, 4)
    weight = network.dense.weight[1].detach().view(2, 4, 4).numpy()
    np.testing.assert_allclose(gradients(network, images, 1), np.stack([weight] * 2), rtol=1e-6)
    shares = weight * (images.numpy() - 0.5)
    np.testing.assert_allclose(integrated_gradients(network, images, 1, 0.5, steps=3), shares, rtol=1e-4, atol=1e-6)
    covered = occlusion(network, images, 1, Patches(1), fill=0.5)
    np.testing.assert_allclose(covered, shares, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("image", "plain", "guided"),
    [
        # Both units pass: 2 (1, -1) - 3 (1, 1); guided drops the second, whose signal is negative.
        ([3.0, 1.0], [-1.0, -5.0], [2.0, -2.0]),
        # The first unit alone is above zero for (1, -3), the second alone for (1, 3).
        ([1.0, -3.0], [2.0, -2.0], [2.0, -2.0]),
        ([1.0, 3.0], [-3.0, -3.0], [0.0, 0.0]),
    ],
)
def test_gradients_and_guided_backpropagation_by_hand(image, plain, guided):
    inputs = torch.tensor([[[image]]])
    assert gradients(rectified(), inputs, 0).ravel().tolist() == plain
    assert guided_backpropagation(rectified(), inputs, 0).ravel().tolist() == guided


def test_one_rectifier_in_two_places_and_in_place_is_followed_in_both():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = rectified().hidden, nn.Linear(2, 1, bias=False)
            self.rectify = nn.ReLU(inplace=True)
            nn.init.constant_(self.second.weight, -1.0)

        def forward(self, inputs):
            return self.rectify(-self.second(self.rectify(self.first(inputs.flatten(1)))))

    inputs = torch.tensor([[[[3.0, 1.0]]]])  # relu(relu(x - y) + relu(x + y)), both units above zero
    assert guided_backpropagation(Twice(), inputs, 0).ravel().tolist() == [2.0, 0.0]
    assert gradients(Twice(), inputs, 0).ravel().tolist() == [2.0, 0.0]


def test_guided_backpropagation_written_out(model, inputs):
    """Where signals may not be negative at any rectifier: autograd with rectifiers that are told so."""

    class Guided(torch.autograd.Function):
        @staticmethod
        def forward(context, maps):
            context.save_for_backward(maps)
            return maps.clamp(min=0)

        @staticmethod
        def backward(context, signal):
            return signal.clamp(min=0) * (context.saved_tensors[0] > 0)

    found, plain = (method(model, inputs, TARGETS) for method in (guided_backpropagation, gradients))
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.forward = Guided.apply
    variable = inputs.clone().requires_grad_()
    [expected] = torch.autograd.grad(model(variable)[range(3), TARGETS].sum(), variable)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert not np.allclose(found, plain, rtol=0.1)


def test_gradients_are_differences(model, inputs):
    network, images, step = model.double(), inputs.double(), 1e-6
    found = gradients(network, images, TARGETS)
    for place in ((0, 0, 0), (1, 7, 9), (0, 15, 4)):
        moved = torch.stack([images, images])
        moved[0, :, *place] += step
        moved[1, :, *place] -= step
        up, down = (own_scores(network, each) for each in moved)
        np.testing.assert_allclose(found[:, *place], (up - down) / (2 * step), rtol=1e-4, atol=1e-7)


def test_integrated_gradients_of_a_known_integral():
    """The score x² y on the line from (1, 1) to (2, 3): 19/3 for x and 14/3 for y, 11 together."""

    class Product(nn.Module):
        def forward(self, inputs):
            return (inputs[:, 0] ** 2 * inputs[:, 1])[:, None]

    # x = 1 + t, y = 1 + 2 t: ∫ 2 x y dt = 2 (1 + 3/2 + 2/3) = 19/3 times 1, and ∫ x² dt = 7/3 times 2.
    found = integrated_gradients(Product(), torch.tensor([[2.0, 3.0]]), 0, torch.tensor([[1.0, 1.0]]), steps=2)
    np.testing.assert_allclose(found, [[19 / 3, 14 / 3]], rtol=1e-6)
    assert found.sum() == pytest.approx(12 - 1)
    slopes = mean_gradients(Product(), torch.tensor([[2.0, 3.0]]), 0, torch.tensor([[1.0, 1.0]]), steps=2)
    np.testing.assert_allclose(slopes, [[19 / 3, 7 / 3]], rtol=1e-6)


def test_integrated_gradients_sum_to_the_difference_with_enough_steps(model, inputs):
    baseline = torch.full((1, 2, 16, 16), 0.3)
    difference = own_scores(model, inputs) - own_scores(model, baseline.expand(3, -1, -1, -1))
    gaps = [
        np.abs(integrated_gradients(model, inputs, TARGETS, baseline, steps).sum((1, 2, 3)) - difference).max()
        for steps in (2, 200)
    ]
    assert gaps[1] < 0.02 < gaps[0]


def test_examples_and_points_are_in_the_network_in_batches_of_the_examples(model, inputs):
    """So that 50 points do not need 50 times the memory."""
    sizes = []
    handle = model.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    integrated_gradients(model, inputs, TARGETS, steps=7)
    handle.remove()
    assert sizes == [3] * 7


@pytest.mark.parametrize("layer", ["stage2", "stage1.block1", "rectify"])
def test_grad_cam_written_out_at_the_native_size(layer, model, inputs):
    kept = []
    handle = model.get_submodule(layer).register_forward_hook(lambda module, given, output: kept.append(output))
    scores = model(inputs)[range(3), TARGETS]
    handle.remove()
    [slopes] = torch.autograd.grad(scores.sum(), kept[0])
    weighted = (kept[0] * slopes.mean((2, 3), keepdim=True)).sum(1).clamp(min=0).detach()
    found = grad_cam(model, inputs, TARGETS, layer)
    assert found.shape[1:] == ((8, 8) if "1" in layer else (4, 4))
    np.testing.assert_allclose(found, weighted, rtol=1e-3, atol=1e-7)


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
@pytest.mark.parametrize(("size", "step"), [((4, 4), (4, 4)), ((5, 5), (3, 3)), ((3, 6), (2, 5))])
def test_occlusion_is_a_loop_over_windows(model, inputs, size, step, together):
    """Windows of one row or column start at 0, step, 2 step … until one reaches the border, where it is cut."""
    starts = [range(0, 16 - s + t, t) for s, t in zip(size, step, strict=True)]
    drops, counts = np.zeros(inputs.shape), np.zeros(inputs.shape)
    for channel in range(1 if together else 2):
        for row in starts[0]:
            for column in starts[1]:
                own = slice(None) if together else slice(channel, channel + 1)
                window = (slice(None), own, slice(row, row + size[0]), slice(column, column + size[1]))
                covered = inputs.clone()
                covered[window] = 0.5
                drop = own_scores(model, inputs) - own_scores(model, covered)
                drops[window] += drop[:, None, None, None]
                counts[window] += 1
    found = occlusion(model, inputs, TARGETS, Patches(size, step, together), fill=0.5)
    assert found.shape[1] == (1 if together else 2)
    np.testing.assert_allclose(found, (drops / counts)[:, : found.shape[1]], rtol=1e-3, atol=1e-5)


def test_occlusion_of_sequences_by_hand():
    """The score counts A; a window of two covered by a quarter of each letter loses what A it holds."""
    network = chain(letters=Correlation(1, 4, 1, 1, bias=False), pool=GlobalPool("average"))
    with torch.no_grad():
        network.letters.weight[:] = torch.tensor([4.0, 0, 0, 0])[None, :, None]
    one_hot = nn.functional.one_hot(torch.tensor([[0, 1, 1, 2]]), 4).transpose(1, 2).float()
    found = occlusion(network, one_hot, 0, Patches(2, 2, together=True), fill=0.25)
    assert found.tolist() == [[[0.5, 0.5, -0.5, -0.5]]]


def test_methods_work_on_both_strands():
    network = build("deepbind", 4, (40,), 2, {"strands": "max", "filters": 4, "length": 8}).eval()
    inputs = torch.rand(2, 4, 40)
    assert gradients(network, inputs, 1).shape == (2, 4, 40)
    assert integrated_gradients(network, inputs, 1, steps=4).shape == (2, 4, 40)
    assert occlusion(network, inputs, 1, Patches(10, 10, together=True)).shape == (2, 1, 40)


def test_refusals(model, inputs):
    for method in (gradients, guided_backpropagation, integrated_gradients):
        with pytest.raises(InputError, match=r"target: \[3\]; outputs are 0 to 2"):
            method(model, inputs, 3)
    with pytest.raises(InputError, match=r"target: \[-1, 0, 1\]; outputs are 0 to 2"):
        occlusion(model, inputs, torch.tensor([0, -1, 1]), Patches(4))
    with pytest.raises(InputError, match=r"windows: size 2, step 3; 1 <= step <= size <= 16"):
        occlusion(model, inputs, 0, Patches(2, 3))
    with pytest.raises(InputError, match="windows: size 17"):
        occlusion(model, inputs, 0, Patches(17))
    with pytest.raises(InputError, match="layer: 'summary' gives 6 numbers without a place"):
        grad_cam(model, inputs, 0, "summary")
    with pytest.raises(InputError, match="steps: 0; at least 1"):
        integrated_gradients(model, inputs, 0, steps=0)


def state(model: nn.Module) -> dict[str, object]:
    """Return all that a method could leave behind."""
    hooks = [
        len(each)
        for module in model.modules()
        for each in (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
    ]
    return {
        "tensors": [tensor.clone() for tensor in model.state_dict().values()],
        "gradients": [parameter.grad for parameter in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "hooks": hooks,
    }


EVERY = {
    "gradients": lambda model, inputs, target, layer: gradients(model, inputs, target),
    "guided": lambda model, inputs, target, layer: guided_backpropagation(model, inputs, target),
    "integrated": lambda model, inputs, target, layer: integrated_gradients(model, inputs, target, steps=2),
    "gradcam": grad_cam,
    "occlusion": lambda model, inputs, target, layer: occlusion(
        model, inputs, target, Patches(tuple(inputs.shape[2:]), tuple(inputs.shape[2:]))
    ),
    "deconvnet": lambda model, inputs, target, layer: project(model, inputs, layer, target),
}


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize("target", [0, 99])
@pytest.mark.parametrize("name", [*IMAGES, "basset"])
def test_model_and_inputs_are_given_back_unchanged_also_after_an_error(name, target, method):
    small = {"basset": {"filters": [4, 4, 4], "hidden": [4, 4]}, "deepyeast": {"filters": [4], "repeats": [1]}}
    shape = (4, 201) if name in SEQUENCES else (2, 32, 32)
    network = build(name, shape[0], shape[1:], 2, small.get(name, {})).train()
    layer = next(name for name, module in network.named_modules() if isinstance(module, Correlation))
    before, inputs = state(network), torch.randn(2, *shape)
    if target:
        with pytest.raises(InputError):
            EVERY[method](network, inputs, target, layer)
    else:
        EVERY[method](network, inputs, target, layer)
    after = state(network)
    assert all(torch.equal(*pair) for pair in zip(before.pop("tensors"), after.pop("tensors"), strict=True))
    assert before == after
    assert not inputs.requires_grad


def test_hooks_of_captum_are_gone_when_the_network_fails():
    model = nn.Sequential(nn.ReLU(), nn.Linear(3, 1))  # three numbers expected, two given
    before = state(model)["hooks"]
    for method in (guided_backpropagation, gradients):
        with pytest.raises(RuntimeError):
            method(model, torch.zeros(1, 2), 0)
    with pytest.raises(ZeroDivisionError), explaining(model, 0):
        raise ZeroDivisionError
    assert state(model)["hooks"] == before

"""Correlation and convolution against a literal double sum, torch and scipy."""

import itertools

import numpy as np
import pytest
import scipy.signal
import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.convolution import (
    Convolution,
    Correlation,
    convolve,
    correlate,
    first_correlation,
    least_length,
    output_size,
    padding_sides,
    per_dimension,
)

SPACES = {1: ((9,), (3,)), 2: ((6, 7), (3, 2))}
GEOMETRIES = [
    {},
    {"stride": 2},
    {"padding": "same"},
    {"padding": "full"},
    {"padding": 1, "stride": 3},
    {"dilation": 2},
    {"dilation": 2, "padding": "same", "stride": 2},
    {"groups": 2},
    {"groups": 2, "dilation": 2, "padding": "full", "stride": 2},
]


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def double_sum(maps, weight, flip, stride=1, padding="valid", dilation=1, groups=1):
    """Sum products one by one, straight from the definition, over zeros outside the maps."""
    batch, _, *space = maps.shape
    out, per_group, *size = weight.shape
    reach = [dilation * (n - 1) for n in size]
    before = {"valid": [0] * len(size), "same": [r // 2 for r in reach], "full": reach}.get(
        padding, [padding] * len(size)
    )
    after = {"same": [r - r // 2 for r in reach]}.get(padding, before)
    positions = [
        range((n + a + b - r - 1) // stride + 1) for n, a, b, r in zip(space, before, after, reach, strict=True)
    ]
    result = np.zeros((batch, out, *map(len, positions)))
    for example, filter_, *place in itertools.product(range(batch), range(out), *positions):
        first = filter_ // (out // groups) * per_group
        total = 0.0
        for channel, *offset in itertools.product(range(per_group), *map(range, size)):
            source = [p * stride + u * dilation - b for p, u, b in zip(place, offset, before, strict=True)]
            inside = all(0 <= s < n for s, n in zip(source, space, strict=True))
            tap = [n - 1 - u for n, u in zip(size, offset, strict=True)] if flip else offset
            if inside:
                total += maps[example, first + channel, *source] * weight[filter_, channel, *tap]
        result[example, filter_, *place] = total
    return result


@pytest.mark.parametrize("ndim", SPACES)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize(("operation", "flip"), [(correlate, False), (convolve, True)])
def test_operations_are_the_double_sum(ndim, geometry, operation, flip):
    space, size = SPACES[ndim]
    maps, weight = draw(2, 4, *space), draw(2, 4 // geometry.get("groups", 1), *size)
    expected = double_sum(maps.numpy(), weight.numpy(), flip, **geometry)
    np.testing.assert_allclose(operation(maps, weight, **geometry).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(("ndim", "peer"), [(1, nn.functional.conv1d), (2, nn.functional.conv2d)])
def test_correlate_is_torch(ndim, peer):
    space, size = SPACES[ndim]
    maps, weight, bias = draw(2, 4, *space), draw(6, 2, *size), draw(6)
    ours = correlate(maps, weight, bias, stride=2, padding=1, dilation=2, groups=2)
    torch.testing.assert_close(ours, peer(maps, weight, bias, stride=2, padding=1, dilation=2, groups=2))


@pytest.mark.parametrize("size", [3, 4])
def test_same_pads_as_torch_does(size):
    maps, weight = draw(1, 2, 9), draw(3, 2, size)
    with pytest.warns(UserWarning, match="even kernel") if size == 4 else pytest.MonkeyPatch.context():
        expected = nn.functional.conv1d(maps, weight, padding="same")
    torch.testing.assert_close(correlate(maps, weight, padding="same"), expected)


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize("ndim", SPACES)
@pytest.mark.parametrize(
    ("operation", "peer"), [(correlate, scipy.signal.correlate), (convolve, scipy.signal.convolve)]
)
def test_operations_are_scipy(mode, ndim, operation, peer):
    maps, weight = draw(1, 1, *[7, 6][:ndim]), draw(1, 1, *[3, 5][:ndim])
    expected = peer(maps[0, 0].numpy(), weight[0, 0].numpy(), mode=mode)
    np.testing.assert_allclose(operation(maps, weight, padding=mode)[0, 0].numpy(), expected, atol=1e-12)


def test_convolution_of_an_impulse_is_the_kernel_and_correlation_its_mirror():
    impulse = torch.tensor([[[0.0, 0.0, 1.0, 0.0, 0.0]]])
    kernel = torch.tensor([[[1.0, 2.0, 3.0]]])
    assert convolve(impulse, kernel).flatten().tolist() == [1, 2, 3]
    assert correlate(impulse, kernel).flatten().tolist() == [3, 2, 1]


def test_gradients_are_right():
    maps, weight, bias = (tensor.requires_grad_() for tensor in (draw(1, 2, 5), draw(2, 2, 3), draw(2)))
    assert torch.autograd.gradcheck(lambda *given: convolve(*given, stride=2, padding="same"), (maps, weight, bias))


@pytest.mark.parametrize("layer", [Correlation, Convolution])
def test_lecture_layer(layer):
    filters = layer(2, 3, 10, 5)
    assert sum(parameter.numel() for parameter in filters.parameters()) == 760
    assert filters(torch.zeros(1, 3, 32, 32)).shape == (1, 10, 28, 28)


@pytest.mark.parametrize(("layer", "operation"), [(Correlation, correlate), (Convolution, convolve)])
def test_layers_hand_their_numbers_on(layer, operation):
    geometry = {"stride": (2, 1), "padding": "full", "dilation": (1, 2), "groups": 2}
    network, maps = layer(2, 4, 6, (3, 2), **geometry), draw(2, 4, 6, 7).float()
    torch.testing.assert_close(network(maps), operation(maps, network.weight, network.bias, **geometry))


def test_he_initialisation():
    torch.manual_seed(0)
    layer = Correlation(1, 40, 500, 5)
    assert layer.weight.var().item() == pytest.approx(2 / 200, rel=0.02)
    assert not layer.bias.any()
    assert Correlation(1, 4, 2, 3, bias=False).bias is None


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((32, 5), 28),
        ((7, 3, 2), 3),
        ((7, 3, 3), 2),
        ((32, 5, 1, 2), 32),
        ((10, 4, 1, "same"), 10),
        ((10, 4, 3, "same"), 4),
        ((10, 4, 1, "full"), 13),
        ((10, 3, 1, "valid", 4), 2),
        ((10, 3, 1, "full", 2), 14),
        ((3, 3), 1),
    ],
    ids=str,
)
def test_output_size(numbers, expected):
    assert output_size(*numbers) == expected


@pytest.mark.parametrize("length", range(1, 12))
@pytest.mark.parametrize("size", range(1, 5))
@pytest.mark.parametrize("stride", range(1, 4))
def test_output_size_is_what_comes_out_and_same_keeps_the_ceiling(length, size, stride):
    found = correlate(torch.zeros(1, 1, length), torch.zeros(1, 1, size), stride=stride, padding="same").shape[2]
    assert found == output_size(length, size, stride, "same") == -(-length // stride)


def test_least_length_is_the_shortest_that_leaves_one():
    layers = [(19, 1), (3, 3), (11, 1), (4, 4)]

    def left(length):
        for size, stride in layers:
            length = output_size(length, size, stride)
        return length

    assert left(least_length(layers)) == 1
    with pytest.raises(InputError, match="spans 4 positions of 3"):
        left(least_length(layers) - 1)


def test_first_correlation_is_the_first():
    first = Correlation(1, 4, 2, 3)
    assert first_correlation(nn.Sequential(nn.ReLU(), first, Correlation(1, 2, 2, 3))) is first


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: output_size(4, 5), "spans 5 positions of 4"),
        (lambda: output_size(9, 3, dilation=5), "spans 11 positions of 9"),
        (lambda: output_size(9, 3, stride=0), "stride 0"),
        (lambda: padding_sides(3, "reflect"), "'reflect'; one of valid, same, full"),
        (lambda: padding_sides(3, -1), "-1; one of"),
        (lambda: per_dimension((3, 3, 3), 2), "3 values .* for 2 dimensions"),
        (lambda: correlate(torch.zeros(1, 1, 3), torch.zeros(1, 1, 5)), "spans 5 positions of 3"),
        (lambda: first_correlation(nn.Linear(2, 2)), "no Correlation among the layers of Linear"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()

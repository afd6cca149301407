"""Trained with channels last, every network on sequences has the scores and gradients that it has as it is."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convoscope.models import SEQUENCES, build
from convoscope.nn import first_layer
from convoscope.nn.channels_last import ChannelsLast, PositionByPosition, pays
from convoscope.nn.convolution import Correlation
from convoscope.training.device import Compute, repeatable

LENGTH = 200
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("deepbind", {"strands": "filter", "pool": "max+average", "knots": 5}),
    ("deepbind", {"strands": "single", "knots": 5}),
    ("basset", {"strands": "mean"}),
    ("tower", {"pool": "max+average"}),
]


def one_hot(count: int, kind: torch.dtype = torch.float64) -> Tensor:
    return functional.one_hot(torch.randint(4, (count, LENGTH)), 4).transpose(1, 2).to(kind)


def trained(network: nn.Module, inputs: Tensor) -> list[Tensor]:
    """Return the scores and the gradient of every weight."""
    torch.manual_seed(7)  # of dropout
    network.zero_grad()
    scores = network(inputs)
    scores.sin().sum().backward()
    return [scores.detach(), *(parameter.grad.clone() for parameter in network.parameters())]


@pytest.mark.parametrize(("name", "options"), [*((name, {}) for name in SEQUENCES), *OTHERS])
def test_scores_and_gradients_are_those_of_the_network_itself(name: str, options: dict[str, Any]) -> None:
    torch.manual_seed(1)
    network, inputs = build(name, 4, (LENGTH,), 2, options).double(), one_hot(6)
    for layer in network.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0  # drawn in the order of memory
    for plain, fast in zip(trained(network, inputs), trained(PositionByPosition(network), inputs), strict=True):
        torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


def test_in_single_precision_gradients_agree_to_five_digits() -> None:
    torch.manual_seed(1)
    network, inputs = build("deepbind", 4, (LENGTH,), 1, {"dropout": 0.0}), one_hot(32, torch.float32)
    plain, fast = trained(network, inputs), trained(PositionByPosition(network), inputs)
    largest = max(gradient.abs().max().item() for gradient in plain[1:])
    for expected, found in zip(plain, fast, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5 * largest)


@pytest.mark.parametrize(
    ("name", "options", "faster"),
    [
        ("deepbind", {}, True),
        ("deepbind", {"strands": "filter", "pool": "max"}, True),
        ("deepbind", {"pool": "max+average"}, False),
        ("deepbind", {"knots": 5}, False),
        ("basset", {}, True),
        ("tower", {"pool": "max"}, False),
        ("deepsea", {}, True),
        ("deepyeast", {}, True),
        ("residual", {}, True),
        ("lenet", {}, True),
    ],
)
def test_which_networks_gain(name: str, options: dict[str, Any], faster: bool) -> None:
    space = (LENGTH,) if name in SEQUENCES else (64, 64)
    network = build(name, 4, space, 1, options)
    with repeatable(1):
        assert pays(network) is faster
        prepared = Compute(torch.device("cpu"), torch.float32).prepare(network)
    assert isinstance(prepared, PositionByPosition) is faster


def test_predictions_are_computed_as_ever() -> None:
    network, inputs = build("basset", 4, (LENGTH,), 1).eval(), one_hot(3, torch.float32)
    assert torch.equal(PositionByPosition(network).eval()(inputs), network(inputs))


def test_maps_have_their_channels_next_to_each_other() -> None:
    layer, inputs = Correlation(1, 4, 5, 9), one_hot(2, torch.float32)
    seen = []
    layer.register_forward_hook(lambda _, __, maps: seen.append(maps.stride(1)))
    PositionByPosition(layer)(inputs)
    layer(inputs)
    assert seen == [1, LENGTH - 8]


def test_the_maximum_behind_a_first_layer_needs_no_gradient_of_its_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(first_layer.FirstCorrelation, "backward", refuse)
    network = build("deepbind", 4, (LENGTH,), 1, {})
    trained(PositionByPosition(network), one_hot(3, torch.float32))


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), [(1, 0, 1, 1), (2, 0, 1, 1), (1, 2, 3, 2)])
def test_correlations_of_every_kind(stride: int, padding: int, dilation: int, groups: int) -> None:
    shapes = [(2, 4, 30), (6, 4 // groups, 5), (6,)]
    maps, weight, bias = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    kernels, numbers = (weight.requires_grad_(), bias.requires_grad_()), ((stride,), (padding,), (dilation,), groups)
    expected = functional.conv1d(maps, *kernels, *numbers)
    with ChannelsLast():
        found = functional.conv1d(maps, *kernels, *numbers)
    torch.testing.assert_close(found, expected)
    own, other = (torch.autograd.grad(result.sin().sum(), kernels) for result in (found, expected))
    torch.testing.assert_close(own, other)


def test_the_maximum_of_whole_maps_is_the_first_of_equals() -> None:
    maps = torch.randint(5, (3, 4, 20)).double()
    maps[0, 0, 7] = torch.nan
    last = maps.transpose(1, 2).contiguous().transpose(1, 2)
    assert (maps.stride(1), last.stride(1)) == (20, 1)
    for found, expected in zip(first_layer.whole_maximum(last), maps.max(2), strict=True):
        torch.testing.assert_close(found, expected, equal_nan=True)


def test_where_the_input_has_a_gradient_too() -> None:
    network, inputs = build("deepbind", 4, (LENGTH,), 1, {"dropout": 0.0}).double(), one_hot(3).requires_grad_()
    expected, found = (
        torch.autograd.grad(shown(inputs).sum(), inputs)[0] for shown in (network, PositionByPosition(network))
    )
    torch.testing.assert_close(found, expected)


def test_numbers_that_are_none_stay_so() -> None:
    network, inputs = build("deepbind", 4, (LENGTH,), 1, {}), one_hot(3, torch.float32)
    inputs[0] = torch.nan
    assert trained(PositionByPosition(network), inputs)[0].isnan().any()


@pytest.mark.parametrize("inputs", [one_hot(3), one_hot(3).contiguous(), torch.randn(3, 4)])
def test_padding_and_joining_copy_whole_positions(inputs: Tensor) -> None:
    """Channels stay next to each other, so that the correlation behind need not turn them."""
    plain = torch.cat([functional.pad(inputs, (2, 3), value=0.25)] * 2)
    with ChannelsLast():
        found = torch.cat([functional.pad(inputs, (2, 3), value=0.25)] * 2)
        others = torch.cat([inputs, inputs], 1)
    assert torch.equal(found, plain) and torch.equal(others, torch.cat([inputs, inputs], 1))
    assert found.stride(1) == 1 or inputs.stride(1) != 1 or inputs.ndim == 2

"""Correlations by fewer products in training against torch's own: maps and every gradient."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from convoscope.models import build
from convoscope.nn import trained_products
from convoscope.nn.channels_last import ChannelsLast
from convoscope.nn.convolution import Correlation
from convoscope.nn.trained_products import _Blockwise, correlate_trained, may_pay, plan, toom_cook
from convoscope.training.device import repeatable

CORRELATE = {1: functional.conv1d, 2: functional.conv2d}


@pytest.fixture
def one_thread() -> Iterator[None]:
    with repeatable(1):
        yield


def drawn(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    numbers = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return numbers.to(dtype).requires_grad_()


def gradients(maps: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(maps.sin().sum(), inputs)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize(
    ("space", "size"), [((8, 4), (3, 3)), ((7, 10), (3, 3)), ((9,), (3,)), ((20,), (11,)), ((70,), (7,)), ((93,), (4,))]
)
def test_maps_and_gradients_are_those_of_torch(
    monkeypatch: pytest.MonkeyPatch, space: tuple[int, ...], size: tuple[int, ...], padding: int, bias: bool
) -> None:
    monkeypatch.setattr(trained_products, "SHARE", 1e9)
    monkeypatch.setattr(trained_products, "TOGETHER", 10_000)  # one example, or two, at a time
    plan.cache_clear()
    kernels = [drawn(5, 3, *size), *([drawn(5)] if bias else [])]
    maps, ndim = drawn(3, 3, *space), len(space)
    options = (*kernels, *([] if bias else [None]), (1,) * ndim, (padding,) * ndim, (1,) * ndim, 1)
    found, expected = correlate_trained(maps, *options), CORRELATE[ndim](maps, *options)
    plan.cache_clear()
    assert found is not None and found.stride(1) == 1
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    for own, other in zip(gradients(found, maps, *kernels), gradients(expected, maps, *kernels), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("padding", [(1, 1), (0, 0), (2, 1)])
@pytest.mark.parametrize("channels", [150, 64])
@pytest.mark.usefixtures("one_thread")
def test_loops_on_one_thread_give_what_products_of_matrices_do(
    monkeypatch: pytest.MonkeyPatch, channels: int, padding: tuple[int, int], bias: bool
) -> None:
    for name in ("SHARE", "SHARE_OF_LOOPS"):
        monkeypatch.setattr(trained_products, name, 1e9)
    plan.cache_clear()
    maps, weight = drawn(4, channels, 10, 21, dtype=torch.float32), drawn(136, channels, 3, 3, dtype=torch.float32)
    parts = [maps, weight, *([drawn(136, dtype=torch.float32)] if bias else [])]
    seen = []
    for threads in (1, 2):
        how = plan((136, channels, 3, 3), (10, 21), padding, torch.float32, threads)
        assert how is not None and (how.along is None) is (threads > 1)
        found = _Blockwise.apply(maps.movedim(1, -1), weight, parts[2] if bias else None, how)
        slopes = drawn(*found.shape, dtype=torch.float32).detach()
        seen.append([found, *torch.autograd.grad(found, parts, slopes)])
    plan.cache_clear()
    for one, other in zip(*seen, strict=True):
        # Sums of some thousand products in another order.
        torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-5 * other.abs().max().item())


@pytest.mark.usefixtures("one_thread")
def test_maps_that_are_no_number_stay_so() -> None:
    maps, weight = drawn(1, 128, 12, 12, dtype=torch.float32), drawn(128, 128, 3, 3, dtype=torch.float32)
    broken = maps.detach().clone()
    broken[0, 5, 5, 5] = torch.nan
    found = correlate_trained(broken, weight, None, (1, 1), (1, 1), (1, 1), 1)
    assert found is not None and found.isnan().any()


@pytest.mark.parametrize(("channels", "filters", "space", "size"), [(300, 200, (60,), 11), (128, 128, (16, 16), 3)])
def test_single_precision_rounds_little_more_than_a_plain_correlation(
    channels: int, filters: int, space: tuple[int, ...], size: int
) -> None:
    ndim = len(space)
    maps, weight = drawn(2, channels, *space), drawn(filters, channels, *(size,) * ndim)
    options = (None, (1,) * ndim, (1,) * ndim, (1,) * ndim, 1)
    exact = CORRELATE[ndim](maps, weight, *options)
    slopes = drawn(*exact.shape).detach()
    expected = [exact, *torch.autograd.grad(exact, (maps, weight), slopes)]
    short = maps.detach().float().requires_grad_(), weight.detach().float().requires_grad_()
    found = correlate_trained(*short, *options)
    assert found is not None
    for own, other in zip([found, *torch.autograd.grad(found, short, slopes.float())], expected, strict=True):
        assert ((own - other).abs().max() / other.abs().max()).item() < 5e-6


def test_a_kernel_of_three_by_hand() -> None:
    steps = toom_cook(3)
    found = steps.after @ (
        (steps.before @ torch.arange(6.0).double()) * (steps.kernels @ torch.tensor([1.0, 2, 4]).double())
    )
    torch.testing.assert_close(found, torch.tensor([10.0, 17, 24, 31]).double())  # 0 + 2 + 8, 1 + 4 + 12, …
    assert (steps.before.shape, steps.kernels.shape, steps.after.shape) == ((6, 6), (6, 3), (4, 6))


@pytest.mark.parametrize(
    ("layer", "fewer"),
    [
        (Correlation(1, 300, 200, 11), True),
        (Correlation(1, 4, 300, 19), False),
        (Correlation(2, 64, 128, 3, padding="same"), True),
        (Correlation(2, 64, 128, 3, stride=2), False),
        (Correlation(2, 64, 128, 3, dilation=2), False),
        (Correlation(2, 128, 128, 3, groups=2), False),
        (Correlation(2, 128, 128, 5), False),
        (Correlation(2, 64, 64, 3), True),
        (Correlation(2, 32, 32, 3), False),
    ],
)
@pytest.mark.usefixtures("one_thread")
def test_it_pays_for_many_channels(layer: Correlation, fewer: bool) -> None:
    assert may_pay(layer) is fewer
    maps = drawn(1, layer.weight.shape[1] * layer.groups, *(60,) * (layer.weight.ndim - 2), dtype=torch.float32)
    with ChannelsLast():
        node = layer(maps).movedim(1, -1).grad_fn
    names = []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    assert any("_Blockwise" in name for name in names) is fewer


def test_neither_fixed_kernels_nor_shorter_numbers_nor_small_maps() -> None:
    maps, weight = drawn(1, 128, 16, 16, dtype=torch.float32), drawn(128, 128, 3, 3, dtype=torch.float32)
    options = (None, (1, 1), (1, 1), (1, 1), 1)
    assert correlate_trained(maps, weight, *options) is not None
    assert correlate_trained(maps[..., :5, :5], weight, *options) is None  # two by two blocks of 4 by 4 outputs
    assert correlate_trained(maps, weight.detach(), *options) is None
    with torch.autocast("cpu", torch.bfloat16):
        assert correlate_trained(maps, weight, *options) is None


def test_deepyeast_has_the_gradients_that_it_has_as_it_is() -> None:
    torch.manual_seed(1)
    network = build("deepyeast", 2, (16, 16), 3, {"hidden": (8,)}).double()
    images, seen = torch.randn(4, 2, 16, 16).double(), []
    for context in (torch.enable_grad(), ChannelsLast()):
        with context:
            scores = network(images)
        network.zero_grad()
        scores.sin().sum().backward()
        seen.append([scores.detach(), *(parameter.grad.clone() for parameter in network.parameters())])
    for expected, found in zip(*seen, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-8)

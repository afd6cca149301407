"""Layers on images in few passes over maps, in training on one thread, against torch's own."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convoscope.models import build
from convoscope.nn import few_passes
from convoscope.nn.blocks import Residual
from convoscope.nn.channels_last import PositionByPosition, pays
from convoscope.nn.few_passes import halved, normalised, serves, subsampled
from convoscope.nn.joined import Joined, JoinedResidual, joined
from convoscope.nn.pooling import Pool
from convoscope.nn.squash import Squash, Subsample
from convoscope.training.device import repeatable


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with repeatable(1):
        yield


def drawn(*shape: int) -> Tensor:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    return maps.contiguous(memory_format=torch.channels_last).requires_grad_()


def trained(network: nn.Module, images: Tensor, layers: nn.Module) -> list[Tensor]:
    """Return what a network gives, the gradients of images and weights, and its statistics."""
    images = images.detach().clone(memory_format=torch.channels_last).requires_grad_()
    network.train()
    found = network(images)
    slopes = torch.randn(found.shape, generator=torch.Generator().manual_seed(2)).to(found.dtype)
    found.backward(slopes)
    gradients = [weight.grad for weight in layers.parameters() if weight.grad is not None]
    return [found.detach(), images.grad, *gradients, *layers.buffers()]  # type: ignore[list-item]


def check_near(layers: nn.Module, together: Callable[[nn.Module], nn.Module], images: Tensor, near: float) -> None:
    """Compare layers with others that compute together, both with the plain ones in double precision."""
    for layer in layers.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight)  # also less than 0
            nn.init.normal_(layer.bias)
    own = deepcopy(layers)
    found = trained(together(own), images, own)
    twin = deepcopy(layers).double()
    expected = trained(twin, images.double(), twin)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() <= near * other.abs().max()


LAYERS = {
    "normalised": lambda maps: nn.Sequential(nn.BatchNorm2d(maps)),
    "rectified": lambda maps: nn.Sequential(nn.BatchNorm2d(maps, momentum=0.3), nn.ReLU()),
    "added": lambda maps: Residual(nn.Sequential(nn.BatchNorm2d(maps), nn.ReLU(), nn.Conv2d(maps, maps, 1))),
    "pooled": lambda _: nn.Sequential(Pool(2, "max", 2)),
    "subsampled": lambda maps: nn.Sequential(Squash(), Subsample(maps), Squash()),
}


@pytest.mark.parametrize("shape", [(7, 6, 10, 9), (3, 16, 32, 32), (2, 600, 5, 4), (1, 1, 3, 2), (300, 5, 7, 3)])
@pytest.mark.parametrize("kind", LAYERS)
def test_maps_gradients_and_statistics_are_those_of_torch(kind: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    layers, maps = LAYERS[kind](shape[1]), drawn(*shape)
    twin = joined(layers)
    assert isinstance(twin, JoinedResidual) if kind == "added" else isinstance(twin[0], Joined)  # type: ignore[index]
    check_near(layers, joined, maps, 1e-5)


@pytest.mark.parametrize("name", ["residual", "lenet"])
@pytest.mark.parametrize("space", [(64, 64), (37, 50)])
def test_networks_have_the_gradients_that_they_have_as_they_are(name: str, space: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    network = build(name, 2, space, 5, {}).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert pays(network)
    check_near(network, PositionByPosition, drawn(6, 2, *space), 1e-4)  # torch's own are as far from double precision


def test_a_large_mean_does_no_harm() -> None:
    norm = nn.BatchNorm2d(3)
    maps = drawn(64, 3, 20, 20).detach() + torch.tensor([1000.0, -300, 0])[:, None, None]
    maps[0, 2] += 1e5  # an outlier of a channel whose mean it moves
    maps = maps.contiguous(memory_format=torch.channels_last).requires_grad_()
    found = normalised(maps, norm)[1]
    exact = functional.batch_norm(maps.double(), None, None, training=True)
    torch.testing.assert_close(found.double(), exact, rtol=1e-4, atol=1e-3)
    assert norm.num_batches_tracked == 1


@pytest.mark.parametrize("size", [(8, 8), (7, 5)])
def test_of_equal_numbers_the_first_has_the_gradient_and_no_number_stays_none(size: tuple[int, int]) -> None:
    maps = drawn(4, 3, *size).detach().round().contiguous(memory_format=torch.channels_last)
    maps[0, 0, 0, 1] = torch.nan
    maps.requires_grad_()
    found, expected = halved(maps), functional.max_pool2d(maps, 2)
    torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)
    slopes = torch.randn_like(found)
    assert torch.equal(*(torch.autograd.grad(one, maps, slopes)[0] for one in (found, expected)))


def test_maps_that_are_no_number_stay_so() -> None:
    maps = drawn(2, 3, 4, 4).detach()
    maps[0, 0, 0, 0] = torch.nan
    maps.requires_grad_()
    assert normalised(maps, nn.BatchNorm2d(3), rectified=True)[1][:, 0].isnan().all()
    assert subsampled(maps, torch.ones(3, 1, 1), torch.zeros(3, 1, 1))[0, 0, 0, 0].isnan()


def test_tangents_of_large_and_small_numbers() -> None:
    maps = torch.tensor([0.0, 1e-6, 0.1, 3, 11, 50, -50, torch.inf])[:, None, None, None].expand(8, 1, 2, 2)
    maps = maps.contiguous(memory_format=torch.channels_last).requires_grad_()
    layer = Subsample(1)
    found = subsampled(maps, layer.coefficient, layer.bias)
    torch.testing.assert_close(found, Squash().eval()(layer(Squash().eval()(maps))), rtol=1e-6, atol=0)


def test_what_it_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = drawn(2, 3, 4, 4)
    assert serves(maps)
    plain = maps.detach().contiguous(memory_format=torch.contiguous_format).requires_grad_()
    others = [maps.detach(), maps.double(), plain, drawn(1, 3, 1, 1), maps.flatten(2), maps[:0]]
    assert not any(map(serves, others))
    with torch.autocast("cpu", torch.bfloat16):
        assert not serves(maps)
    with torch.no_grad():
        assert not serves(maps)
    with repeatable(2):
        assert not serves(maps)
        assert not pays(build("lenet", 2, (64, 64), 3, {}))
    with monkeypatch.context() as patch:
        patch.setattr(few_passes.distributed, "is_initialized", lambda: True)
        assert not serves(maps)


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm2d(3, affine=False),
        nn.BatchNorm2d(3, momentum=None),
        nn.BatchNorm2d(3, track_running_stats=False),
        Pool(2, "max", 3),
        Pool(2, "average", 2),
        Pool(2, "max", 2, 1),
    ],
)
def test_layers_of_other_settings_stay(layer: nn.Module) -> None:
    assert joined(nn.Sequential(layer))[0] is layer  # type: ignore[index]


def test_layers_with_fixed_statistics_stay() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())
    twin, maps = joined(network), drawn(4, 3, 5, 5)
    network[0].eval()
    assert torch.equal(twin(maps), network(maps))


def test_a_training_is_repeatable_and_its_network_has_its_weights_once() -> None:
    seen = []
    for _ in range(2):
        torch.manual_seed(3)
        network = build("residual", 2, (32, 32), 3, {}).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        fast = PositionByPosition(network)
        assert len(list(fast.parameters())) == len(list(network.parameters()))
        assert list(fast.state_dict()) == [f"network.{name}" for name in network.state_dict()]
        seen.append(trained(fast, drawn(8, 2, 32, 32), network))
    assert all(torch.equal(one, other) for one, other in zip(*seen, strict=True))

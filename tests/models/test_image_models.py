"""Networks for images: every row of IMAGES keeps the contract, and has the papers' numbers."""

from typing import Any

import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.models import IMAGES, MODELS, SEQUENCES, build, option_names
from convoscope.models.lenet import SEEN, PartialCorrelation, Squash, Subsample
from convoscope.nn.convolution import Correlation, first_correlation
from convoscope.nn.layers import layer_table
from convoscope.training.optimizers import AdamW

SIDE = 32
# Fewer filters where the paper's would make the tests slow; a new row of IMAGES needs no entry.
SMALL: dict[str, dict[str, Any]] = {
    "deepyeast": {"filters": [6, 8], "repeats": [1, 2], "hidden": [16, 12]},
    "residual": {"filters": [6, 8], "blocks": [1, 1]},
}
PAPER = {"first": "paper"}


def draw(batch: int = 6, channels: int = 2, space: tuple[int, int] = (SIDE, SIDE)) -> torch.Tensor:
    return torch.randn(batch, channels, *space, generator=torch.Generator().manual_seed(1))


def small(name: str, channels: int = 2, space: tuple[int, ...] = (SIDE, SIDE), outputs: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return build(name, channels, space, outputs, SMALL.get(name, {}))


def size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def test_the_tables_do_not_overlap():
    assert len(MODELS) == len(SEQUENCES) + len(IMAGES)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("space", [(SIDE, SIDE), (37, 41)])
def test_any_channels_any_space(name, channels, space):
    model = small(name, channels, space)
    assert model(draw(4, channels, space)).shape == (4, 3)
    filters = first_correlation(model)
    assert filters.weight.shape[1] == channels
    assert filters is next(module for module in model.modules() if isinstance(module, Correlation))


@pytest.mark.parametrize("name", IMAGES)
def test_gradient_reaches_every_parameter(name):
    model = small(name)
    model(draw(16)).square().sum().backward()
    silent = [key for key, parameter in model.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    assert silent == []


@pytest.mark.parametrize("name", IMAGES)
def test_examples_do_not_meet(name):
    model = small(name).eval()
    with torch.no_grad():
        together, alone = model(draw()), torch.cat([model(example[None]) for example in draw()])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", IMAGES)
def test_same_seed_same_network(name):
    first, second = (small(name).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", IMAGES)
def test_scores_are_raw_and_of_a_size_that_learns(name):
    # In training mode, where the batch normalises what a first layer of small weights gives.
    scores = small(name, outputs=200)(draw())
    assert scores.min() < 0 < scores.max()
    assert not torch.allclose(scores.sum(1), torch.ones(6))
    assert 0.05 < scores.std() < 5


@pytest.mark.parametrize("name", IMAGES)
def test_parameters_of_the_table_of_layers_add_up(name):
    model = small(name)
    assert sum(row.parameters for row in layer_table(model, 2, (SIDE, SIDE))) == size(model)


@pytest.mark.parametrize("name", IMAGES)
def test_image_too_small_names_the_least_and_that_one_fits(name):
    with pytest.raises(InputError, match=f"crops.size: 1 is too small for {name}; at least [0-9]+") as refusal:
        build(name, 2, (64, 1), 1)
    least = int(str(refusal.value).split("at least ")[1].split(",")[0])
    assert build(name, 2, (least, least), 1).eval()(draw(2, 2, (least, least))).shape == (2, 1)
    with pytest.raises(InputError, match=f"crops.size: {least - 1} is too small"):
        build(name, 2, (least - 1, 64), 1)


@pytest.mark.parametrize("name", IMAGES)
def test_sequences_are_refused(name):
    with pytest.raises(InputError, match=f"model.name: {name} reads images, not sequences"):
        build(name, 4, (201,), 1)


@pytest.mark.parametrize("name", IMAGES)
def test_options_are_named_and_checked(name):
    takes = ", ".join(option_names(name))
    with pytest.raises(InputError, match=f"model.options: unknown option 'filter'; {name} takes {takes}"):
        build(name, 2, (64, 64), 1, {"filter": 8})
    with pytest.raises(InputError, match=r"model\.options\.dropout: .*less than 1; found 1.0"):
        build(name, 2, (64, 64), 1, {"dropout": 1.0})


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("lenet", {"shrink": 0}, r"model\.options\.shrink: .*greater than or equal to 1; found 0"),
        ("lenet", {"shrink": 5}, "crops.size: 64 is too small for lenet; at least 90"),
        ("deepyeast", {"filters": [64]}, "1 filters, 3 repeats for deepyeast; one of each per stage"),
        ("deepyeast", {"filters": [], "repeats": []}, "at least one stage"),
        ("deepyeast", {"filters": [4] * 7, "repeats": [1] * 7}, "too small for deepyeast; at least 128"),
        ("residual", {"blocks": [1, 0, 1]}, r"model\.options\.blocks\.1: .*greater than or equal to 1"),
        ("residual", {"blocks": [1]}, "3 filters, 1 blocks for residual; one of each per stage"),
        ("residual", {"pool": "sum"}, r"model\.options\.pool: .*found 'sum'"),
    ],
)
def test_wrong_options_are_refused(name, options, message):
    with pytest.raises(InputError, match=message):
        build(name, 2, (64, 64), 1, options)


def test_lenet_has_the_papers_layers():
    rows = {row.layer: row for row in layer_table(build("lenet", 1, (32, 32), 10, PAPER), 1, (32, 32))}
    counts = {layer: rows[layer].parameters for layer in ("c1", "s2", "c3", "s4", "c5", "f6", "scores")}
    assert list(counts.values()) == [156, 12, 1_516, 32, 48_120, 10_164, 850]
    shapes = [rows[layer].output for layer in ("c1", "s2", "c3", "s4", "c5", "f6")]
    assert shapes == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (84,)]
    assert rows["c3"].multiply_adds + 16 * 100 == 151_600  # connections, as the paper counts them
    assert rows["c5"].receptive_field == (32, 32)


def test_lenet_covers_or_shrinks_large_images():
    whole, shrunk = (build("lenet", 1, (64, 64), 10, {**PAPER, "shrink": shrink}) for shrink in (1, 2))
    assert whole.c5.weight.shape == (120, 16, 13, 13)
    assert size(shrunk) == 60_850
    images = draw(2, 1, (64, 64))
    averaged = images.unflatten(3, (32, 2)).unflatten(2, (32, 2)).mean(dim=(3, 5))
    torch.testing.assert_close(shrunk(images), shrunk[1:](averaged))


def test_squashing_is_the_same_in_training_bit_by_bit():
    maps, gradient = torch.randn(2, 3, 6, 8, 8).unbind()
    maps.requires_grad_()
    found = [layer(maps) for layer in (Squash().train(), Squash().eval())]
    assert torch.equal(*found)
    assert torch.equal(*(torch.autograd.grad(squashed, maps, gradient)[0] for squashed in found))


def test_subsampling_and_squashing_by_hand():
    layer = Subsample(2)
    with torch.no_grad():
        layer.coefficient[:, 0, 0] = torch.tensor([1.0, 0.5])
        layer.bias[:, 0, 0] = torch.tensor([0.0, 10.0])
    maps = torch.tensor([[1.0, 2, 9], [3, 4, 9], [9, 9, 9]]).expand(1, 2, 3, 3)
    assert layer(maps).flatten().tolist() == [10.0, 15.0]
    assert Squash()(torch.tensor([-1.0, 0.0, 1.0, 50.0])).tolist() == pytest.approx([-1, 0, 1, 1.7159], abs=1e-4)


def test_partial_connections_are_the_papers():
    assert [len(several) for several in SEEN] == [3] * 6 + [4] * 9 + [6]
    assert len(set(SEEN)) == 16
    assert all(sum(below in several for several in SEEN) == 10 for below in range(6))  # every map of S2 is seen alike
    layer = PartialCorrelation(6, SEEN, 5)
    assert [tuple(kernel.flatten(1).any(1).nonzero().flatten().tolist()) for kernel in layer.weight] == list(SEEN)
    maps, changed = draw(1, 6, (9, 9)), draw(1, 6, (9, 9))
    changed[:, 3] += 1
    moved = (layer(maps) != layer(changed)).flatten(2).any(2)[0]
    assert moved.tolist() == [3 in several for several in SEEN]


def test_partial_correlation_is_the_sum_over_what_is_connected():
    layer, maps = PartialCorrelation(3, ((0, 2), (1,)), 2), draw(2, 3, (4, 5))
    kernels = layer.connections.detach()
    single = [nn.functional.conv2d(maps[:, [k]], kernels[None, [n]]) for n, k in enumerate((0, 2, 1))]
    torch.testing.assert_close(layer(maps).detach(), torch.cat([single[0] + single[1], single[2]], dim=1))


def test_deepyeast_has_the_papers_size_and_sight():
    model = build("deepyeast", 2, (64, 64), 12, PAPER)
    assert size(model) == 10_987_788
    rows = {row.layer: row for row in layer_table(model, 2, (64, 64))}
    assert rows["stage3.pool"].output == (256, 8, 8)
    assert rows["stage3.pool"].receptive_field == (52, 52)


def test_deepyeast_normalises_before_every_rectifier():
    layers = [type(layer).__name__ for layer in build("deepyeast", 2, (16, 16), 2, SMALL["deepyeast"]).modules()]
    before = [layers[place - 1] for place, layer in enumerate(layers) if layer == "ReLU"]
    assert before == ["BatchNorm2d"] * 3 + ["BatchNorm1d"] * 2


def test_residual_blocks_begin_as_what_came_in():
    model = small("residual").eval()
    block = model.stage1.block1
    nn.init.zeros_(block.branch.correlation2.weight)
    maps = draw(2, 6, (8, 8))
    torch.testing.assert_close(block(maps), maps)


def test_residual_learns_where_a_channel_is_bright_within_thirty_steps():
    """Class 0: a small spot of channel 0 next to one of channel 1; class 1: the two far apart."""
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    images, labels = draw(300, 2, (24, 24)) * 0.3, torch.arange(300) % 2
    for image, far in zip(images, labels.tolist(), strict=True):
        row, column = torch.randint(3, 12, (2,), generator=generator).tolist()
        image[0, row : row + 3, column : column + 3] += 2
        image[1, row + 7 * far : row + 7 * far + 3, column + 7 * far : column + 7 * far + 3] += 2
    model = build("residual", 2, (24, 24), 2, {"filters": [8, 16], "blocks": [1, 1]})
    optimizer = AdamW(model.parameters(), lr=1e-2)
    for _ in range(30):
        chosen = torch.randint(0, 200, (32,), generator=generator)
        loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model.eval()(images[200:]).argmax(1) == labels[200:]).float().mean() > 0.9


def test_partial_kernels_are_drawn_by_what_each_map_sees():
    torch.manual_seed(1)
    layer = PartialCorrelation(40, (tuple(range(40)), (0, 1), (2, 3)), 15)
    few, many = layer.connections[-4:].std(), layer.connections[:40].std()
    assert few.item() == pytest.approx((2 * 225) ** -0.5, rel=0.1)
    assert many.item() == pytest.approx((40 * 225) ** -0.5, rel=0.1)


@pytest.mark.parametrize("name", IMAGES)
def test_first_kernels_are_large_and_begin_small(name):
    """A fiftieth of He's deviation, and a normalisation that takes their scale out again before the scores."""
    model = build(name, 2, (64, 64), 3, {**SMALL.get(name, {}), **({"filters": [64, 8]} if name != "lenet" else {})})
    first = first_correlation(model)
    assert first.kernel_size == (7, 7)
    assert first.weight.std().item() == pytest.approx(0.02 * (2 / 98) ** 0.5, rel=0.1)


@pytest.mark.parametrize("name", ["lenet", "deepyeast"])
def test_the_papers_first_kernels_begin_as_they_did(name):
    first = first_correlation(build(name, 2, (64, 64), 3, PAPER))
    assert first.kernel_size == {"lenet": (5, 5), "deepyeast": (3, 3)}[name]
    assert first.weight.std().item() > 0.1


@pytest.mark.parametrize("name", ["lenet", "deepyeast"])
def test_the_scale_of_first_kernels_is_free(name):
    model = small(name)
    images = draw(16)
    before = model(images)
    with torch.no_grad():
        first_correlation(model).weight.mul_(3)
    torch.testing.assert_close(model(images), before, atol=0.05, rtol=0.05)

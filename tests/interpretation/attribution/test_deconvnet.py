"""The deconvnet: switches, transposed filters, and the whole way against unpooling written out by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.deconvnet import project
from convoscope.models import build
from convoscope.nn.blocks import chain
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import Pool


def test_switches_restore_positions_exactly():
    """Every pooled number goes back to the place that it came from, by itself."""
    maps = torch.randperm(2 * 64, generator=torch.Generator().manual_seed(1)).float().view(1, 2, 8, 8)
    model = chain(pool=Pool(2, "max", 2))
    for channel in range(2):
        for row in range(4):
            for column in range(4):
                found = project(model, maps, "pool", channel, np.array([[row, column]]))
                square = maps[0, channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
                image = torch.as_tensor(found.images)[0]
                assert int((image != 0).sum()) == 1
                [place] = (image == square.max()).nonzero().tolist()
                assert place == (maps[0] == square.max()).nonzero()[0].tolist()
                assert found.values.tolist() == [square.max()]


def test_switches_restore_positions_in_sequences():
    maps = torch.tensor([[[1.0, 9, 2, 3, 7, 8]]])
    images = [project(chain(pool=Pool(1, "max", 3)), maps, "pool", 0, np.array([[at]])).images for at in (0, 1)]
    assert [image.tolist() for image in images] == [[[[0, 9, 0, 0, 0, 0]]], [[[0, 0, 0, 0, 0, 8]]]]


@pytest.mark.parametrize("channels", [1, 3])
def test_one_layer_gives_back_the_filter(channels):
    layer = Correlation(2, channels, 4, 3)
    model, inputs = chain(layer=layer, rectify=nn.ReLU()), torch.randn(1, channels, 9, 9)
    found = project(model, inputs, "rectify", 2)
    row, column = found.positions[0]
    expected = np.zeros((channels, 9, 9), dtype=np.float32)
    expected[:, row : row + 3, column : column + 3] = layer.weight[2].detach() * float(found.values[0])
    np.testing.assert_allclose(found.images[0], expected, rtol=1e-5, atol=1e-7)
    assert found.values[0] == pytest.approx(float(model(inputs)[0, 2].max().detach()))


def test_equals_unpooling_rectifying_and_filtering_written_out():
    torch.manual_seed(1)
    first, second = Correlation(2, 2, 5, 3, padding=1), Correlation(2, 5, 6, 3, padding=1)
    model = chain(c1=first, r1=nn.ReLU(), p1=Pool(2, "max", 2), c2=second, r2=nn.ReLU(), p2=Pool(2, "max", 2))
    inputs = torch.randn(3, 2, 12, 12)
    with torch.no_grad():
        maps1, switches1 = F.max_pool2d(first(inputs).relu(), 2, return_indices=True)
        maps2, switches2 = F.max_pool2d(second(maps1).relu(), 2, return_indices=True)
        alone = torch.zeros_like(maps2)
        alone[:, 4, 1, 2] = maps2[:, 4, 1, 2]
        back = F.max_unpool2d(alone, switches2, 2).relu()
        back = F.conv_transpose2d(back, second.weight, padding=1)
        back = F.max_unpool2d(back, switches1, 2).relu()
        back = F.conv_transpose2d(back, first.weight, padding=1)
    found = project(model, inputs, "p2", 4, np.array([[1, 2]] * 3))
    np.testing.assert_allclose(found.images, back, rtol=1e-4, atol=1e-6)
    assert found.values == pytest.approx(maps2[:, 4, 1, 2])


@pytest.mark.parametrize("name", ["lenet", "deepyeast", "residual"])
def test_any_layer_of_any_network(name):
    small = {"deepyeast": {"filters": [4, 6], "repeats": [1, 1]}, "residual": {"filters": [4, 6], "blocks": [1, 1]}}
    model = build(name, 3, (32, 32), 2, small.get(name, {})).eval()
    for layer, module in model.named_modules():
        if not list(module.children()):
            found = project(model, torch.randn(2, 3, 32, 32), layer, 1)
            assert found.images.shape == (2, 3, 32, 32)


def test_dense_units_have_no_position():
    model = chain(flatten=nn.Flatten(), dense=nn.Linear(12, 3))
    found = project(model, torch.ones(2, 3, 4), "dense", 0)
    assert found.positions.shape == (2, 0)
    np.testing.assert_allclose(found.images[0], model.dense.weight[0].detach().view(3, 4) * float(found.values[0]))


def test_refusals():
    model, inputs = chain(layer=Correlation(2, 1, 2, 3)), torch.zeros(2, 1, 5, 5)
    with pytest.raises(InputError, match="channel: 2 of layer 'layer'; 0 to 1"):
        project(model, inputs, "layer", 2)
    for wrong in ([[0, 3], [0, 0]], [[0, 0]], [[0, -1], [0, 0]]):
        with pytest.raises(InputError, match=r"positions: .*; one place in a map of \(3, 3\) for each example"):
            project(model, inputs, "layer", 0, np.array(wrong))

"""Strongest examples and the patches behind them, by hand and against the support of the gradient."""

import numpy as np
import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.activations import (
    UnitFrame,
    embedding,
    frame_of,
    patches,
    strongest_examples,
)
from convoscope.interpretation.attribution.layer_outputs import one_output, outputs_of, watched
from convoscope.models import build
from convoscope.nn.blocks import chain
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool, Pool


def stack(ndim: int = 2) -> nn.Sequential:
    network = chain(
        a=Correlation(ndim, 1, 2, 5, padding="same", bias=False),
        pool=Pool(ndim, "average", 2),
        b=Correlation(ndim, 2, 2, 4, stride=2, padding="same", dilation=2, bias=False),
        c=Correlation(ndim, 2, 1, 3, bias=False),
    )
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    return network


@pytest.mark.parametrize("layer", ["a", "pool", "b", "c"])
@pytest.mark.parametrize("ndim", [1, 2])
def test_frame_is_the_support_of_the_gradient(layer, ndim):
    network, side = stack(ndim), 60
    frame = frame_of(network, 1, (side,) * ndim, layer)
    image = torch.zeros(1, 1, *(side,) * ndim, requires_grad=True)
    with watched(network, layer) as outputs:
        network(image)
    maps = one_output(outputs, layer, 1)
    for at in (0, 1, maps.shape[-1] // 2, maps.shape[-1] - 1):
        [arrived] = torch.autograd.grad(maps[(0, 0, *(at,) * ndim)], image, retain_graph=True)
        for dimension in range(ndim):
            others = [axis for axis in range(ndim) if axis != dimension]
            seen = arrived[0, 0].abs().sum(others).nonzero().flatten() if others else arrived[0, 0].nonzero().flatten()
            begin = frame.start[dimension] + at * frame.jump[dimension]
            end = begin + frame.field[dimension] - 1
            assert (int(seen.min()), int(seen.max())) == (max(begin, 0), min(end, side - 1))


def test_frames_by_hand():
    assert frame_of(stack(), 1, (60, 60), "a") == UnitFrame((5, 5), (1, 1), (-2, -2))
    assert frame_of(stack(), 1, (60, 60), "pool") == UnitFrame((6, 6), (2, 2), (-2, -2))
    model = build("deepyeast", 2, (64, 64), 12, {"first": "paper"})
    assert frame_of(model, 2, (64, 64), "stage3.pool") == UnitFrame((52, 52), (8, 8), (-22, -22))
    assert frame_of(model, 2, (64, 64), "stage3") == frame_of(model, 2, (64, 64), "stage3.pool")
    assert frame_of(model, 2, (64, 64), "scores") == UnitFrame((64, 64), (0, 0), (0, 0))


def spots() -> torch.Tensor:
    images = torch.zeros(5, 2, 6, 6)
    for number, (row, column) in enumerate([(1, 1), (4, 2), (0, 5), (3, 3), (5, 0)]):
        images[number, 0, row, column] = [3.0, 5, 1, 5, 2][number]
        images[number, 1, 5 - row, column] = number
    return images


def batched(images: torch.Tensor, size: int):
    return [(np.arange(at, min(at + size, len(images))), images[at : at + size]) for at in range(0, len(images), size)]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_strongest_by_hand_in_any_batches(size):
    [found] = strongest_examples(chain(same=nn.Identity()), batched(spots(), size), ["same"], count=3)
    assert found.rows.tolist() == [[1, 3, 0], [4, 3, 2]]  # of equals the first
    assert found.values.tolist() == [[5, 5, 3], [4, 3, 2]]
    assert found.positions.tolist() == [[[4, 2], [3, 3], [1, 1]], [[0, 0], [2, 3], [5, 5]]]


def test_each_of_several_layers_has_its_own():
    model, layers = chain(a=Correlation(2, 2, 3, 3), r=nn.ReLU()), ["r", "a"]
    together = strongest_examples(model, batched(spots(), 2), layers, 2)
    for layer, found in zip(layers, together, strict=True):
        [alone] = strongest_examples(model, batched(spots(), 2), [layer], 2)
        assert all((one == other).all() for one, other in zip(found, alone, strict=True))


def test_fewer_examples_than_wanted():
    [found] = strongest_examples(chain(same=nn.Identity()), batched(spots(), 2), ["same"], count=9)
    assert found.values.shape == (2, 5)


def test_units_without_a_place():
    model = chain(pool=GlobalPool("max"))
    [found] = strongest_examples(model, batched(spots(), 2), ["pool"], 2)
    assert found.rows.tolist() == [[1, 3], [4, 3]]
    assert found.positions.shape == (2, 2, 0)
    whole = patches(spots()[:2].numpy(), found.positions[0], frame_of(model, 2, (6, 6), "pool"))
    np.testing.assert_array_equal(whole, spots()[:2])


def test_the_patch_explains_the_activation():
    """A network of one unit, given the patch alone, gives the activation of the unit that saw it."""
    torch.manual_seed(1)
    model = chain(a=Correlation(2, 2, 3, 3), r=nn.ReLU(), p=Pool(2, "max", 2), b=Correlation(2, 3, 4, 3, stride=2))
    images = torch.randn(8, 2, 30, 30)
    [found], frame = strongest_examples(model, batched(images, 3), ["b"], 4), frame_of(model, 2, (30, 30), "b")
    assert frame == UnitFrame((8, 8), (4, 4), (0, 0))
    for channel in range(4):
        cut = patches(images.numpy()[found.rows[channel]], found.positions[channel], frame)
        alone = outputs_of(model, torch.as_tensor(cut), "b")[:, channel].flatten()
        np.testing.assert_allclose(alone, found.values[channel], rtol=1e-5)


def test_patches_beyond_the_border_are_filled():
    image = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    frame = UnitFrame((3, 3), (2, 2), (-1, -1))
    cut = patches(image, np.array([[0, 1]]), frame, fill=-1)
    assert cut[0, 0].tolist() == [[-1, -1, -1], [1, 2, 3], [5, 6, 7]]
    assert patches(image, np.array([[2, 0]]), frame, fill=-1)[0, 0].tolist() == [[-1, 12, 13], [-1] * 3, [-1] * 3]
    assert (
        patches(image, np.array([[1, 1]]), UnitFrame((9, 9), (1, 1), (-4, -4)))[0, 0].tolist() == image[0, 0].tolist()
    )


def test_embedding_is_the_input_of_the_last_dense_layer():
    model = chain(pool=GlobalPool("average"), hidden=nn.Linear(2, 5), rectify=nn.ReLU(), scores=nn.Linear(5, 3)).train()
    found = embedding(model, spots())
    assert found.shape == (5, 5)
    np.testing.assert_allclose(found, model[:3](spots()).detach())
    assert model.training
    both = build("deepbind", 4, (40,), 2, {"strands": "mean", "filters": 4, "length": 8})
    one_hot = torch.rand(3, 4, 40)
    np.testing.assert_allclose(embedding(both, one_hot), embedding(both, one_hot.flip(1, 2)), rtol=1e-5, atol=1e-6)


def test_refusals():
    with pytest.raises(InputError, match="no examples; at least one"):
        strongest_examples(stack(), [], ["a"])
    with pytest.raises(InputError, match="count: 0; at least 1"):
        strongest_examples(stack(), [], ["a"], 0)
    with pytest.raises(InputError, match="layer: no 'z' in the model"):
        frame_of(stack(), 1, (60, 60), "z")
    with pytest.raises(InputError, match="no dense layer in Sequential; embeddings need one"):
        embedding(stack(), torch.zeros(1, 1, 60, 60))
    unused = stack()
    unused.b.spare = nn.Identity()
    with pytest.raises(InputError, match=r"layer: 'b\.spare' is not used by the model"):
        frame_of(unused, 1, (60, 60), "b.spare")

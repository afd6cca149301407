"""Correlations by fewer products against torch's own."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses

from convoscope.nn import fewer_products
from convoscope.nn.fewer_products import BLOCK, BlockCorrelation, pays, products

CLOSE = {torch.float32: {"rtol": 1e-5, "atol": 1e-5}, torch.float64: {"rtol": 1e-12, "atol": 1e-12}}


def drawn(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("dtype", list(CLOSE))
@pytest.mark.parametrize(("size", "positions"), [(11, 7), (7, 5), (1, 4), (4, 1), (2, 9)])
def test_all_outputs_that_see_a_block(size, positions, dtype):
    weight, blocks = drawn(3, 5, size, dtype=dtype), drawn(4, positions, 5, dtype=dtype)
    found = products(weight, positions, 1 - size, positions + size - 1).of(blocks)
    expected = F.conv1d(F.pad(blocks.transpose(1, 2), (size - 1, size - 1)), weight)
    torch.testing.assert_close(found.transpose(1, 2), expected, **CLOSE[dtype])


def test_a_block_by_hand():
    # One channel, one filter: 1·4 + 2·5 and 1·5 + 2·6.
    found = products(torch.tensor([[[1.0, 2.0]]]), 3, 0, 2).of(torch.tensor([[[4.0], [5.0], [6.0]]]))
    torch.testing.assert_close(found.flatten(), torch.tensor([14.0, 17.0]))


@pytest.mark.parametrize("dtype", list(CLOSE))
@pytest.mark.parametrize("length", [11, 20, 33, 34, 80, 117])
@pytest.mark.parametrize("bias", [True, False])
def test_whole_maps(monkeypatch, length, bias, dtype):
    monkeypatch.setattr(fewer_products, "SHARE", 100)
    monkeypatch.setattr(fewer_products, "TOGETHER", 3)
    weight, maps = drawn(6, 4, 11, dtype=dtype), drawn(3, 4, length, dtype=dtype)
    offset = drawn(6, dtype=dtype) if bias else None
    layer = BlockCorrelation(weight, offset)
    torch.testing.assert_close(layer(maps), F.conv1d(maps, weight, offset), **CLOSE[dtype])
    assert bool(layer._known) == (length - 10 > BLOCK - 10)


def test_it_pays_for_many_channels_and_long_kernels_only():
    assert pays(torch.empty(200, 300, 11), BLOCK, 0, BLOCK - 10)
    assert pays(torch.empty(200, 300, 11), 7, -10, 17)
    assert not pays(torch.empty(200, 300, 11), 1, -10, 11)
    assert not pays(torch.empty(64, 64, 3), BLOCK, 0, BLOCK - 2)
    assert not pays(torch.empty(300, 4, 19), BLOCK, 0, BLOCK - 18)

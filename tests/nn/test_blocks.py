"""Shared blocks against the same thing written out."""

import torch
from torch import nn

from convoscope.nn.blocks import Residual, chain, correlation_block, dense_head, dilated_residual
from convoscope.nn.convolution import correlate


def test_chain_keeps_order_and_names_and_leaves_out_none():
    layers = chain(first=nn.ReLU(), left_out=None, last=nn.Flatten())
    assert [name for name, _ in layers.named_children()] == ["first", "last"]


def test_correlation_block_is_the_textbook_order():
    block = correlation_block(2, (3, 4), (3, 2), pool=2, norm=True, dropout=0.5).eval()
    nn.init.normal_(block.normalise.weight)  # negative scales too: rectifier and pooling must still commute
    maps = torch.randn(2, 3, 8, 9)
    rectified = block.normalise(correlate(maps, block.correlation.weight)).relu()
    torch.testing.assert_close(block(maps), nn.functional.max_pool2d(rectified, 2))
    assert block.correlation.bias is None


def test_plain_correlation_block_has_a_bias_and_nothing_else():
    block = correlation_block(1, (4, 2), 3)
    assert [name for name, _ in block.named_children()] == ["correlation", "rectify"]
    assert sum(parameter.numel() for parameter in block.parameters()) == 4 * 2 * 3 + 2


def test_an_exponential_gets_normalised_maps():
    block = correlation_block(1, (4, 2), 3, pool=2, activation="exponential").eval()
    block.normalise.running_var.fill_(4.0)
    maps = torch.randn(2, 4, 9)
    found = correlate(maps, block.correlation.weight) / (4 + block.normalise.eps) ** 0.5
    torch.testing.assert_close(block(maps), nn.functional.max_pool1d(found.exp(), 2))


def test_dense_head_counts():
    assert sum(parameter.numel() for parameter in dense_head(10, [], 3).parameters()) == 33
    assert sum(parameter.numel() for parameter in dense_head(10, [5], 3).parameters()) == 55 + 18
    assert sum(parameter.numel() for parameter in dense_head(10, [5], 3, norm=True).parameters()) == 50 + 10 + 18


def test_scores_are_raw():
    head = dense_head(2, [], 1)
    nn.init.constant_(head.scores.weight, -3)
    nn.init.zeros_(head.scores.bias)
    assert head(torch.ones(1, 2)).item() == -6


def test_residual_adds():
    assert Residual(nn.ReLU())(torch.tensor([-1.0, 2.0])).tolist() == [-1, 4]


def test_dilated_residual_keeps_the_shape_and_reaches_as_far_as_its_dilation():
    block = dilated_residual(1, 2, 3, dilation=4, dropout=0.3).eval()
    maps = torch.randn(1, 2, 21, requires_grad=True)
    scores = block(maps)
    assert scores.shape == maps.shape
    scores[0, 0, 10].backward()
    seen = maps.grad[0].abs().sum(0).nonzero().flatten().tolist()
    assert set(seen) <= {6, 10, 14}
    assert 10 in seen

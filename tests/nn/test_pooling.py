"""Pooling: hand-made values, torch, and that no channel meets another."""

import pytest
import torch

from convoscope.errors import InputError
from convoscope.nn.pooling import KINDS, GlobalPool, Pool

MAP = torch.tensor([[[1.0, 3.0, 2.0, 6.0, 9.0], [0.0, -2.0, -4.0, -4.0, 7.0]]])
SPACES = {1: (9,), 2: (6, 7)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("max", [[3, 6], [0, -4]]),
        ("average", [[2, 4], [-1, -4]]),
        ("max+average", [[3, 6], [0, -4], [2, 4], [-1, -4]]),
    ],
)
def test_pool_by_hand(kind, expected):
    assert Pool(1, kind, 2)(MAP)[0].tolist() == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [("max", [9, 7]), ("average", [4.2, -0.6]), ("max+average", [9, 7, 4.2, -0.6])]
)
def test_global_pool_by_hand(kind, expected):
    assert GlobalPool(kind)(MAP)[0].tolist() == pytest.approx(expected)


def test_pool_is_torch_in_two_dimensions():
    maps = torch.randn(2, 3, 6, 7)
    ours = Pool(2, "max+average", (3, 2), stride=(2, 1))(maps)
    peers = [layer((3, 2), stride=(2, 1))(maps) for layer in (torch.nn.MaxPool2d, torch.nn.AvgPool2d)]
    torch.testing.assert_close(ours, torch.cat(peers, dim=1))


@pytest.mark.parametrize("ndim", SPACES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", [lambda ndim, kind: Pool(ndim, kind, 3), lambda ndim, kind: GlobalPool(kind)])
def test_no_channel_meets_another(ndim, kind, layer):
    maps = torch.randn(2, 5, *SPACES[ndim])
    changed = maps.clone()
    changed[:, 2] += 10
    before, after = layer(ndim, kind)(maps), layer(ndim, kind)(changed)
    differs = (before != after).reshape(*before.shape[:2], -1).any(2).all(0)
    assert differs.nonzero().flatten().tolist() == [2 + 5 * part for part in range(len(KINDS[kind]))]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Pool(1, "median", 2), "'median'; one of max, average, max.average"),
        (lambda: GlobalPool("min"), "'min'; one of"),
        (lambda: Pool(1, "max", 6)(MAP), "spans 6 positions of 5"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_gradient_goes_to_one_of_equals() -> None:
    maps = torch.ones(1, 2, 3, requires_grad=True)
    pooled = GlobalPool("max")(maps)
    pooled.sum().backward()
    assert maps.grad is not None
    assert maps.grad.sum(2).tolist() == [[1, 1]]
    assert maps.grad.count_nonzero() == 2
    torch.testing.assert_close(GlobalPool("max")(maps.detach()), pooled.detach(), rtol=0, atol=0)

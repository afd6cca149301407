"""Prediction in pieces against prediction of everything at once."""

import gc

import pytest
import torch

from convoscope.models import build
from convoscope.nn import pieces
from convoscope.nn.pieces import in_pieces, piece_size


@pytest.mark.parametrize(
    ("name", "shape", "size"),
    # The largest outputs are those of 7,168, 16,384 and 174,600 numbers an example.
    [("deepbind", (4, 201), 128), ("residual", (2, 32, 32), 64), ("basset", (4, 600), 32)],
)
def test_the_widest_layer_of_a_piece_has_at_most_six_megabytes_but_for_few_examples(
    name: str, shape: tuple[int, ...], size: int
) -> None:
    network = build(name, shape[0], shape[1:], 2).eval()
    assert piece_size(network, shape) == size


def test_where_nothing_but_scores_is_kept_pieces_are_twice_as_large() -> None:
    network = build("deepbind", 4, (201,), 2).eval()
    seen: list[int] = []
    network.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    in_pieces(network, torch.rand(300, 4, 201))
    assert seen == [1, 256, 44]  # one to measure the layers


@pytest.mark.parametrize("count", [0, 1, 32, 100])
def test_scores_are_those_of_all_at_once(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "piece_size", lambda *_: 32)
    network = build("basset", 4, (300,), 3).eval()
    inputs = torch.rand(count, 4, 300)
    with torch.inference_mode():
        torch.testing.assert_close(in_pieces(network, inputs), network(inputs))


def test_a_network_is_forgotten_when_nobody_has_it() -> None:
    known = len(pieces._widest)
    network = build("deepbind", 4, (100,), 1).eval()
    piece_size(network, (4, 100))
    assert len(pieces._widest) == known + 1
    del network
    gc.collect()
    assert len(pieces._widest) == known

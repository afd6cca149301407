"""Pictures that show more than noise, by waves whose share is known."""

import numpy as np
import pytest
import torch

from convoscope.interpretation.attribution.activation_maximisation import Ascent
from convoscope.interpretation.attribution.image_summary import classes_of, units_of, untrained_networks
from convoscope.interpretation.attribution.structure import coarse_share, structured
from convoscope.models import build

SIDE = 32
METADATA = {"architecture": "residual", "channels": 2, "space": [SIDE, SIDE], "labels": ["a", "b", "c"],
            "options": {"filters": [4, 6], "blocks": [1, 1], "size": 3}}  # fmt: skip


def waves(cycles: float, size: float = 1.0) -> np.ndarray:
    """Two channels with one wave along each dimension; the mean does not count."""
    wave = size * np.sin(np.arange(SIDE) * 2 * np.pi * cycles / SIDE)
    return np.stack([np.tile(wave, (SIDE, 1)), np.tile(wave, (SIDE, 1)).T]) + 5


def test_power_is_split_at_eight_waves_per_side() -> None:
    images = np.stack([waves(8), waves(9), waves(3, 3.0) + waves(12), np.full((2, SIDE, SIDE), 7.0)])
    np.testing.assert_allclose(coarse_share(images), [1, 0, 0.9, 0], atol=1e-9)


@pytest.mark.parametrize(("noise", "shown"), [(0.5, True), (6.0, False)])
def test_structure_is_more_than_most_and_more_than_untrained(noise: float, shown: bool) -> None:
    generator = np.random.default_rng(0)
    untrained = generator.normal(size=(40, 2, SIDE, SIDE))
    images = np.stack([waves(2)] * 3) + noise * generator.normal(size=(3, 2, SIDE, SIDE))
    assert structured(images, untrained).tolist() == [shown] * 3
    assert not structured(images, np.stack([waves(2)] * 9)).any()  # untrained networks' are as coarse
    fine = np.stack([waves(12)] * 9)
    halves = np.stack([waves(3, 1.1) + waves(12), waves(3, 0.9) + waves(12)])  # .55 and .45 of the power are coarse
    assert structured(halves, fine).tolist() == [True, False]


def test_an_untrained_network_shows_no_more_than_others() -> None:
    others = untrained_networks(METADATA, 1)
    assert len(others) == 7 and all(not one.training for one in others)  # of three classes, 21 images
    torch.manual_seed(99)
    network = build("residual", 2, (SIDE, SIDE), 3, METADATA["options"]).eval()
    found = classes_of(network, METADATA, Ascent(steps=12), others, 1)
    assert found["classes"].shape == (3, 2, SIDE, SIDE)
    assert found["classes:structured"].sum() <= 1
    again = classes_of(network, METADATA, Ascent(steps=12), others, 1)
    np.testing.assert_array_equal(again["classes"], found["classes"])


def test_projections_are_compared_where_untrained_networks_are_given() -> None:
    torch.manual_seed(3)
    network = build("residual", 2, (SIDE, SIDE), 3, METADATA["options"]).eval()
    inputs = torch.rand(12, 2, SIDE, SIDE)
    [units] = units_of(network, [(np.arange(12), inputs)], ["rectify"], 2)
    chosen = inputs[torch.as_tensor(units.strongest.rows.ravel())]
    found = units.arrays(network, chosen, untrained_networks(METADATA, 1))
    assert found["structured"].shape == (2, 9) and found["structured"].dtype == np.uint8
    assert "structured" not in units.arrays(network, chosen, [])

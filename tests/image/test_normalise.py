import numpy as np
import pytest
import torch

from convoscope.image import normalise
from convoscope.modality import image_encode


@pytest.fixture
def crops() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, (7, 2, 9, 8)).astype(np.uint16)


def test_figures_by_hand() -> None:
    crops = np.array([[[[1, 1], [3, 3]]], [[[5, 5], [5, 5]]]], dtype=np.uint8)
    assert normalise.fit(crops, np.array([0]), "standard") == {"offset": [2.0], "scale": [1.0]}
    assert normalise.fit(crops, np.array([1]), "standard") == {"offset": [5.0], "scale": [255.0]}  # constant
    assert normalise.fit(crops, np.array([0]), "percentile") == {"offset": [1.0], "scale": [2.0]}
    assert normalise.fit(crops, np.array([0, 1]), "depth") == {"offset": [0.0], "scale": [255.0]}


def test_ranks_of_percentiles_by_hand() -> None:
    hundred = np.arange(100, dtype=np.uint8).reshape(1, 1, 10, 10)  # a hundredth lies at 0 or below, 99 at 98
    assert normalise.fit(hundred, np.array([0]), "percentile") == {"offset": [0.0], "scale": [98.0]}


@pytest.mark.parametrize("strategy", ["standard", "log", "percentile"])
@pytest.mark.parametrize("background", [0, 1])
def test_sparse_channels_stay_near_zero(strategy, background) -> None:
    generator = np.random.default_rng(1)
    spots = np.where(generator.random((50, 1, 24, 24)) < 0.008, 20000, generator.integers(0, background + 1, 24))
    crops = np.concatenate([spots, np.zeros_like(spots)], axis=1).astype(np.uint16)
    figures = normalise.fit(crops, np.arange(50), strategy)
    facts = {"channel_names": ["a", "b"], "dtype": "uint16"}
    for scope, own in (("training", figures), ("crop", {})):
        settings = {"normalise": {"scope": scope, "strategy": strategy, "figures": own}}
        read = torch.from_numpy(crops.astype(np.float32))
        found = image_encode({**facts, **settings}, torch.device("cpu"))(read).numpy()
        assert np.abs(found).max() < 24.1  # of n pixels none is further from the mean than √n standard deviations
        assert np.ptp(found[:, 0], axis=(1, 2)).min() > 0.5 and not found[:, 1].any()


@pytest.mark.parametrize("strategy", normalise.STRATEGIES)
def test_a_channel_that_is_constant_in_the_training_alone(strategy) -> None:
    crops = np.full((2, 1, 2, 2), 7, dtype=np.uint16)
    crops[1, 0, 0, 0] = 65535
    figures = normalise.fit(crops, np.array([0]), strategy)
    values = np.log1p(crops[1]) if strategy == "log" else crops[1]
    assert 0.5 < (values.max() - figures["offset"][0]) / figures["scale"][0] <= 1


@pytest.mark.parametrize("chunk", [2, 1000])
def test_training_figures_are_those_of_numpy_whatever_the_chunk(crops, chunk, monkeypatch) -> None:
    monkeypatch.setattr(normalise, "CHUNK", chunk)
    rows = np.array([0, 2, 3, 5, 6])  # the last chunk has one
    found = normalise.fit(crops, rows, "standard")
    np.testing.assert_allclose(found["offset"], crops[rows].mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(found["scale"], crops[rows].std(axis=(0, 2, 3)))
    assert normalise.fit(np.vstack([crops, crops * 0]), rows, "standard") == found  # other rows do not count


@pytest.mark.parametrize("strategy", normalise.STRATEGIES)
@pytest.mark.parametrize("shape", [(9, 8), (10, 10), (1, 1)])  # of 100 pixels a percentile is one of them
def test_a_crop_alone_is_normalised_as_a_training_set_of_one(shape, strategy) -> None:
    crops = np.random.default_rng(4).integers(0, 4000, (7, 2, *shape)).astype(np.uint16)
    alone = normalise.each_alone(torch.from_numpy(crops.astype(np.float32)), strategy, 65535)
    for number, crop in enumerate(alone.numpy()):
        figures = normalise.fit(crops, np.array([number]), strategy)
        offset, scale = (np.array(figures[name])[:, None, None] for name in ("offset", "scale"))
        counts = np.log1p(crops[number]) if strategy == "log" else crops[number]
        np.testing.assert_allclose(crop, (counts - offset) / scale, rtol=1e-4, atol=1e-5)


def test_groups_have_figures_of_their_own(crops) -> None:
    found = normalise.fit_groups(crops, ["a", "b", "a", "b", "b", "b", "b"], "standard")
    assert found == {"a": normalise.fit(crops, np.array([0, 2]), "standard"), "b": found["b"]}
    assert found["a"] != found["b"]


@pytest.mark.parametrize("count", [1, 22, 33333, 65521])  # 5445 times the logarithm of 23, over 5445, is another
@pytest.mark.parametrize("strategy", ["standard", "log", "percentile"])
def test_constant_channels_have_no_deviation_by_rounding(strategy, count) -> None:
    crops = np.full((5, 1, 33, 33), count, dtype=np.uint16)
    whole = normalise.full_scale(strategy, 65535)
    assert normalise.fit(crops, np.arange(5), strategy)["scale"] == [whole]
    assert not normalise.each_alone(torch.from_numpy(crops.astype(np.float32)), strategy, 65535).any()

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
    assert normalise.fit_crops(crops, np.array([0]), "standard") == {"offset": [2.0], "scale": [1.0]}
    assert normalise.fit_crops(crops, np.array([1]), "standard") == {"offset": [5.0], "scale": [255.0]}  # constant
    assert normalise.fit_crops(crops, np.array([0]), "percentile") == {"offset": [1.0], "scale": [2.0]}
    assert normalise.fit_crops(crops, np.array([0, 1]), "depth") == {"offset": [0.0], "scale": [255.0]}


def test_ranks_of_percentiles_by_hand() -> None:
    hundred = np.arange(100, dtype=np.uint8).reshape(1, 1, 10, 10)  # a hundredth lies at 0 or below, 99 at 98
    assert normalise.fit_crops(hundred, np.array([0]), "percentile") == {"offset": [0.0], "scale": [98.0]}


@pytest.mark.parametrize("strategy", ["standard", "log", "percentile"])
@pytest.mark.parametrize("background", [0, 1])
def test_sparse_channels_stay_near_zero(strategy, background) -> None:
    generator = np.random.default_rng(1)
    spots = np.where(generator.random((50, 1, 24, 24)) < 0.008, 20000, generator.integers(0, background + 1, 24))
    crops = np.concatenate([spots, np.zeros_like(spots)], axis=1).astype(np.uint16)
    statistics = normalise.fit_crops(crops, np.arange(50), strategy)
    facts = {"channel_names": ["a", "b"], "dtype": "uint16"}
    for scope, own in (("training", statistics), ("crop", {})):
        settings = {"normalise": {"scope": scope, "strategy": strategy, "figures": own}}
        read = torch.from_numpy(crops.astype(np.float32))
        found = image_encode({**facts, **settings}, torch.device("cpu"))(read).numpy()
        assert np.abs(found).max() < 24.1  # of n pixels none is further from the mean than √n standard deviations
        assert np.ptp(found[:, 0], axis=(1, 2)).min() > 0.5 and not found[:, 1].any()


@pytest.mark.parametrize("strategy", normalise.STRATEGIES)
def test_a_channel_that_is_constant_in_the_training_alone(strategy) -> None:
    crops = np.full((2, 1, 2, 2), 7, dtype=np.uint16)
    crops[1, 0, 0, 0] = 65535
    statistics = normalise.fit_crops(crops, np.array([0]), strategy)
    values = np.log1p(crops[1]) if strategy == "log" else crops[1]
    assert 0.5 < (values.max() - statistics["offset"][0]) / statistics["scale"][0] <= 1


def level(*counts: int, side: int = 10, dtype: type = np.uint8) -> np.ndarray:
    """Return one crop of 100, but for its last pixels, which have these counts."""
    crop = np.full(side * side, 100, dtype=dtype)
    crop[side * side - len(counts) :] = counts
    return crop.reshape(1, 1, side, side)


@pytest.mark.parametrize(
    ("crops", "offset", "scale"),
    [
        (level(101), 100.01, 1.0),  # deviates by 0.0995
        (level(*[101] * 49), 100.49, 1.0),  # by 0.4999
        (level(*[101] * 50), 100.5, 0.5),  # by half a grey level: as it is
        (level(104), 100.04, 4.0),  # by 0.398
        (level(106), 100.06, 36 * 0.11**0.5 / 20),  # by 0.597
        (level(0, 101, side=300, dtype=np.uint16), 100 - 99 / 90000, 101.0),  # a dark and a bright pixel
    ],
)
def test_a_deviation_below_half_a_grey_level_by_hand(crops, offset, scale) -> None:
    found = normalise.fit_crops(crops, np.array([0]), "standard")
    assert found["offset"] == pytest.approx([offset], rel=1e-12)
    assert found["scale"] == pytest.approx([scale], rel=1e-3)


def test_such_a_deviation_under_the_other_normalisations() -> None:
    crops = level(104)
    log = normalise.fit_crops(crops, np.array([0]), "log")
    assert log["scale"] == pytest.approx([np.log(105 / 101)])
    assert normalise.fit_crops(crops, np.array([0]), "percentile") == {"offset": [100.0], "scale": [4.0]}
    assert normalise.fit_crops(crops, np.array([0]), "depth") == {"offset": [0.0], "scale": [255.0]}
    more = level(*[101] * 50)  # half of the pixels: enough
    assert normalise.fit_crops(more, np.array([0]), "log")["scale"] == pytest.approx([np.log(102 / 101) / 2])


@pytest.mark.parametrize("strategy", ["standard", "log", "percentile"])
@pytest.mark.parametrize("level_", [0, 1, 100, 254])
@pytest.mark.parametrize("share", [0.0005, 0.02, 0.3])
def test_noise_of_a_nearly_dead_channel_is_not_blown_up(strategy, level_, share) -> None:
    generator = np.random.default_rng(2)
    crops = (level_ + (generator.random((6, 1, 40, 40)) < share)).astype(np.uint8)
    crops[:, 0, 0, 0] = level_ + 1
    statistics = normalise.fit_crops(crops, np.arange(6), strategy)
    facts = {"channel_names": ["a"], "dtype": "uint8"}
    for scope, own in (("training", statistics), ("crop", {})):
        settings = {"normalise": {"scope": scope, "strategy": strategy, "figures": own}}
        found = image_encode({**facts, **settings}, torch.device("cpu"))(torch.from_numpy(crops.astype(np.float32)))
        assert np.abs(found.numpy()).max() <= 1.002 and found.std() < 0.5
        assert np.ptp(found.numpy(), axis=(1, 2, 3)) == pytest.approx(
            1, abs=2e-3
        )  # photons and masks of 0 and 1 are still told apart


@pytest.mark.parametrize("chunk", [2, 1000])
def test_training_figures_are_those_of_numpy_whatever_the_chunk(crops, chunk, monkeypatch) -> None:
    monkeypatch.setattr(normalise, "CHUNK", chunk)
    rows = np.array([0, 2, 3, 5, 6])  # the last chunk has one
    found = normalise.fit_crops(crops, rows, "standard")
    np.testing.assert_allclose(found["offset"], crops[rows].mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(found["scale"], crops[rows].std(axis=(0, 2, 3)))
    assert normalise.fit_crops(np.vstack([crops, crops * 0]), rows, "standard") == found  # other rows do not count


@pytest.mark.parametrize("strategy", normalise.STRATEGIES)
@pytest.mark.parametrize("shape", [(9, 8), (10, 10), (1, 1)])  # of 100 pixels a percentile is one of them
@pytest.mark.parametrize("largest", [3999, 1], ids=["bright", "one grey level"])
def test_a_crop_alone_is_normalised_as_a_training_set_of_one(shape, strategy, largest) -> None:
    crops = np.random.default_rng(4).integers(0, largest + 1, (7, 2, *shape)).astype(np.uint16)
    alone = normalise.each_alone(torch.from_numpy(crops.astype(np.float32)), strategy, 65535)
    for number, crop in enumerate(alone.numpy()):
        statistics = normalise.fit_crops(crops, np.array([number]), strategy)
        offset, scale = (np.array(statistics[name])[:, None, None] for name in ("offset", "scale"))
        counts = np.log1p(crops[number]) if strategy == "log" else crops[number]
        np.testing.assert_allclose(crop, (counts - offset) / scale, rtol=1e-4, atol=1e-5)


def test_groups_have_figures_of_their_own(crops) -> None:
    found = normalise.group_rows(["a", "b", "a", "b", "1", "b", "b"])
    assert {name: rows.tolist() for name, rows in found.items()} == {"a": [0, 2], "b": [1, 3, 5, 6], "1": [4]}
    assert normalise.fit_crops(crops, found["a"], "standard") != normalise.fit_crops(crops, found["b"], "standard")


@pytest.mark.parametrize("count", [1, 22, 33333, 65521])  # 5445 times the logarithm of 23, over 5445, is another
@pytest.mark.parametrize("strategy", ["standard", "log", "percentile"])
def test_constant_channels_have_no_deviation_by_rounding(strategy, count) -> None:
    crops = np.full((5, 1, 33, 33), count, dtype=np.uint16)
    whole = normalise.full_scale(strategy, 65535)
    assert normalise.fit_crops(crops, np.arange(5), strategy)["scale"] == [whole]
    assert not normalise.each_alone(torch.from_numpy(crops.astype(np.float32)), strategy, 65535).any()


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_deviations_are_those_of_torch(memory: torch.memory_format) -> None:
    crops = (torch.randn(20, 2, 9, 9, generator=torch.Generator().manual_seed(1)) * 80 + 900).round()
    crops[0], crops[1, 0, 0, 0] = 7.3, 60_000
    pixels = crops.contiguous(memory_format=memory).flatten(2)
    assert torch.equal(normalise._deviation(pixels), pixels.std(2, correction=0))

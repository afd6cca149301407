import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from convoscope.evaluation import image_baselines
from convoscope.evaluation.image_baselines import CELL_BASELINES, predict_cell_baseline
from convoscope.evaluation.image_features import SCALES, energies, in_chunks, intensities, places


@pytest.fixture(autouse=True)
def small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grow a tenth of the trees: no test is about their number."""
    monkeypatch.setattr(image_baselines, "TREES", 30)


@pytest.fixture
def textures() -> tuple[np.ndarray, np.ndarray]:
    """Crops of equal brightness, smooth or grainy."""
    generator = np.random.default_rng(0)
    grain = generator.normal(size=(80, 1, 16, 16))
    smooth = ndimage.gaussian_filter(grain, (0, 0, 2, 2)) * 6
    classes = np.arange(80) % 2
    images = np.where(classes[:, None, None, None] == 1, grain, smooth)
    return (1000 + 100 * images).clip(0, 65535).astype(np.uint16), classes


def test_energies_do_not_see_brightness_nor_orientation(textures) -> None:
    crops = textures[0].astype(np.float32)
    found = energies(crops)
    assert found.shape == (80, 6 * len(SCALES))
    np.testing.assert_allclose(energies(crops * 3 + 50), found, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(energies(np.rot90(crops, 1, (2, 3))), found, rtol=1e-3, atol=1e-4)


def test_energies_are_those_of_each_channel_of_each_crop_alone() -> None:
    crops = np.random.default_rng(1).normal(size=(3, 2, 16, 16)).astype(np.float32)
    found = energies(crops)
    np.testing.assert_allclose(np.concatenate([energies(crop[None]) for crop in crops]), found, rtol=1e-5)
    image = (crops[1, 1] - crops[1, 1].mean()) / crops[1, 1].std()
    smooth = ndimage.gaussian_filter(image, SCALES[0])
    gradient = np.hypot(ndimage.sobel(smooth, 0), ndimage.sobel(smooth, 1))
    curvature = np.abs(ndimage.gaussian_laplace(image, SCALES[0]))
    expected = [gradient.mean(), gradient.std(), curvature.mean(), curvature.std(), smooth.std(), smooth.max()]
    np.testing.assert_allclose(found[1, 1:12:2], expected, rtol=1e-4)


def test_intensities_by_hand() -> None:
    crop = np.arange(16.0).reshape(1, 1, 4, 4)
    assert intensities(crop)[0].tolist() == pytest.approx([7.5, np.arange(16.0).std(), 0.15, 3.75, 7.5, 11.25, 14.85])
    two = in_chunks(intensities, np.repeat(crop, 3, axis=0).astype(np.uint8), np.array([0, 2]))
    np.testing.assert_allclose(two, np.repeat(intensities(crop), 2, axis=0))


def test_places_only_where_they_are_known() -> None:
    table = pd.DataFrame({"x": ["1", "5"], "y": ["2", "6"]})
    assert places(table).tolist() == [[1, 2], [5, 6]]
    assert places(table.assign(x=["", "5"])) is None
    assert places(table.assign(x="1", y="1")) is None


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
def test_texture_is_learned_from_energies_only(textures, task) -> None:
    codes, classes = textures
    labels = np.eye(2)[classes]
    rows = np.arange(80)
    scores = {}
    for name in ("filters", "intensity"):
        features = CELL_BASELINES[name](pd.DataFrame(), codes, rows)
        predicted = predict_cell_baseline(features, labels, rows[:40], rows[40:60], task, 1)
        assert predicted.shape == (80, 2)
        scores[name] = (predicted[60:].argmax(axis=1) == classes[60:]).mean()
    assert scores["filters"] == 1.0


def test_labels_of_the_test_rows_are_not_looked_at(textures) -> None:
    codes, classes = textures
    features, rows = energies(codes.astype(np.float32)), np.arange(80)
    labels = np.eye(2)[classes]
    first = predict_cell_baseline(features, labels, rows[:40], rows[40:60], "multiclass", 1)
    labels[60:] = labels[60:, ::-1]
    np.testing.assert_array_equal(
        predict_cell_baseline(features, labels, rows[:40], rows[40:60], "multiclass", 1), first
    )

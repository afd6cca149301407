"""Values of many dimensions on two axes."""

from importlib.util import find_spec

import numpy as np
import pytest

from convoscope.prediction.projection import principal, umap_points


def test_components_are_those_of_a_singular_value_decomposition() -> None:
    values = np.random.default_rng(1).normal(size=(30, 4)) * [5, 3, 1, 0.1] + 7
    points, shares = principal(values)
    left, sizes, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(points), np.abs(left[:, :2] * sizes[:2]), atol=1e-9)
    assert shares.tolist() == pytest.approx((sizes[:2] ** 2 / (sizes**2).sum()).tolist())
    one, share = principal(np.arange(3.0)[:, None])
    assert one[:, 1].tolist() == [0, 0, 0] and share.tolist() == [1, 0]


@pytest.mark.skipif(find_spec("umap") is None, reason="no umap-learn; pip install umap-learn")
def test_umap_keeps_clumps_apart_and_is_the_same_again() -> None:
    clumps = np.repeat([0, 1], 30)
    values = np.random.default_rng(1).normal(size=(60, 5)) + 50 * clumps[:, None]
    points = umap_points(values)
    assert points is not None and points.shape == (60, 2)
    middles = np.stack([points[clumps == k].mean(axis=0) for k in (0, 1)])
    nearest = np.linalg.norm(points[:, None] - middles, axis=2).argmin(axis=1)
    assert (nearest == clumps).all() and (umap_points(values) == points).all()


def test_there_is_no_umap_of_few_values() -> None:
    assert umap_points(np.zeros((19, 3))) is None

"""Values of many dimensions on two axes."""

import numpy as np
import pytest

from convoscope.prediction.projection import principal


def test_components_are_those_of_a_singular_value_decomposition() -> None:
    values = np.random.default_rng(1).normal(size=(30, 4)) * [5, 3, 1, 0.1] + 7
    points, shares = principal(values)
    left, sizes, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(points), np.abs(left[:, :2] * sizes[:2]), atol=1e-9)
    assert shares.tolist() == pytest.approx((sizes[:2] ** 2 / (sizes**2).sum()).tolist())
    one, share = principal(np.arange(3.0)[:, None])
    assert one[:, 1].tolist() == [0, 0, 0] and share.tolist() == [1, 0]

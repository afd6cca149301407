"""Filters next to classic kernels: what is planted is found, what is noise is not called near."""

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.interpretation.attribution.kernel_similarity import COLUMNS, nearest_kernels, transform, zooms_of
from convoscope.nn.kernels import KERNELS, fit_kernel, gabor, laplacian_8, sobel_x, sobel_y

NULL = np.random.default_rng(2).normal(size=(300, 1, 5, 5))


def one(kernel: np.ndarray, null: np.ndarray = NULL) -> dict[str, object]:
    return nearest_kernels(kernel[None, None], null, KERNELS).iloc[0].to_dict()


def test_no_change_and_quarter_turns_are_exact():
    for kernel in (sobel_x(), laplacian_8(), KERNELS["difference_x"](), KERNELS["roberts_main"]()):
        np.testing.assert_allclose(transform(kernel, 5, 0, 1.0), fit_kernel(kernel, 5), atol=1e-12)
    turned = [transform(sobel_x(), 5, angle, 1.0) for angle in (90, 180, 270)]
    # Bright on the right, turned counterclockwise: bright above, on the left, below.
    for found, expected in zip(turned, (-sobel_y(), -sobel_x(), sobel_y()), strict=True):
        np.testing.assert_allclose(found, fit_kernel(expected, 5), atol=1e-12)


def test_whole_zooms_repeat_pixels_and_areas_are_kept():
    small = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(transform(small, 6, 0, 3.0), np.kron(small, np.ones((3, 3))), atol=1e-12)
    assert transform(np.ones((3, 3)), 9, 30, 1.5).sum() == pytest.approx(9 * 1.5**2, rel=0.02)


def test_zooms_reach_from_three_pixels_to_the_whole_filter():
    assert zooms_of(3, 3) == [1.0]
    assert zooms_of(9, 5) == pytest.approx([0.3536, 0.5, 0.7071, 1.0], abs=1e-4)
    assert 1.0 in zooms_of(17, 7)


@pytest.mark.parametrize("name", ["sobel_x", "laplacian_8", "roberts_main", "mean"])
@pytest.mark.parametrize("scale", [1.0, -0.01])
def test_a_kernel_is_nearest_to_itself_up_to_sign_and_scale(name, scale):
    found = one(scale * fit_kernel(KERNELS[name](), 5))
    assert (found["kernel"], found["angle"], found["zoom"]) == (name, 0, 1.0)
    assert found["cosine"] == pytest.approx(np.sign(scale))
    assert found["p_value"] == pytest.approx(1 / 301)


def test_rotation_is_found():
    only_x = {"sobel_x": sobel_x, "mean": KERNELS["mean"]}
    found = nearest_kernels(fit_kernel(sobel_y(), 5)[None, None], NULL, only_x).iloc[0]
    assert (found["kernel"], found["angle"]) == ("sobel_x", 90)
    assert found["cosine"] == pytest.approx(-1)
    assert one(fit_kernel(sobel_y(), 5))["kernel"] == "sobel_y"  # what needs no turn comes first
    stripes = fit_kernel(gabor(2.0 * 0.5**0.5, 4.0 * 0.5**0.5, angle=-45), 13)
    found = one(stripes, np.random.default_rng(3).normal(size=(100, 1, 13, 13)))
    assert (found["kernel"], found["angle"], found["zoom"]) == ("gabor", 45, pytest.approx(0.5**0.5))
    assert found["cosine"] > 0.95


def test_noise_is_as_near_as_noise():
    filters = np.random.default_rng(5).normal(size=(40, 2, 5, 5))
    table = nearest_kernels(filters, NULL, KERNELS)
    assert list(table.columns) == COLUMNS
    assert table[["filter", "channel"]].to_numpy().tolist() == [[f, c] for f in range(40) for c in range(2)]
    assert table["q_value"].min() > 0.05
    assert 0.3 < table["p_value"].median() < 0.7


def test_a_dead_filter_is_near_nothing():
    found = one(np.zeros((5, 5)))
    assert (found["cosine"], found["p_value"]) == (0.0, 1.0)


def test_other_sizes_are_refused():
    with pytest.raises(InputError, match=r"filters: \(1, 1, 3, 3\) and, untrained, \(300, 1, 5, 5\); both"):
        nearest_kernels(sobel_x()[None, None], NULL, KERNELS)

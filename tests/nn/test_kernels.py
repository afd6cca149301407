"""Named kernels: the lecture's numbers, scipy, scikit-image, and what all of them have in common."""

import inspect

import numpy as np
import pytest
import scipy.ndimage
from skimage.filters import gabor_kernel

from convoscope.errors import InputError
from convoscope.nn import kernels
from convoscope.nn.kernels import KERNELS, fit_kernel, separate

SMOOTHING = ("mean", "gaussian_3x3", "gaussian")
SEPARABLE = {name for name in KERNELS if not name.startswith(("roberts", "laplacian"))}
WRITTEN = {
    "mean": np.full((3, 3), 1 / 9),
    "gaussian_3x3": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "difference_x": [[-1, 1]],
    "difference_y": [[-1], [1]],
    "central_x": [[-0.5, 0, 0.5]],
    "central_y": [[-0.5], [0], [0.5]],
    "prewitt_x": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt_y": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "roberts_main": [[1, 0], [0, -1]],
    "roberts_anti": [[0, 1], [-1, 0]],
    "laplacian_4": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
    "laplacian_8": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
}


@pytest.mark.parametrize("name", WRITTEN)
def test_kernels_are_the_written_ones(name):
    np.testing.assert_array_equal(KERNELS[name](), WRITTEN[name])


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_is_a_plain_array_with_default_numbers_that_nobody_shares(name):
    kernel = KERNELS[name]()
    assert KERNELS[name].__name__ == name
    assert (kernel.dtype, kernel.ndim) == (np.float64, 2)
    kernel += 1
    assert not np.array_equal(KERNELS[name](), kernel)


@pytest.mark.parametrize("name", KERNELS)
def test_smoothing_keeps_a_flat_image_and_the_others_see_nothing_in_it(name):
    assert KERNELS[name]().sum() == pytest.approx(float(name in SMOOTHING), abs=1e-15)


@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.5])
def test_gaussian_is_the_formula(sigma):
    kernel = kernels.gaussian(sigma)
    v, u = np.mgrid[: len(kernel), : len(kernel)] - len(kernel) // 2
    density = np.exp(-(u**2 + v**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
    np.testing.assert_allclose(kernel, density / density.sum(), rtol=1e-12)
    # Sampled at whole pixels and cut off, the density itself is nearly one already.
    assert density.sum() == pytest.approx(1, abs=5e-4)


def test_gaussian_3x3_is_the_gaussian_that_halves_from_pixel_to_pixel():
    cut = fit_kernel(kernels.gaussian(1 / np.sqrt(2 * np.log(2))), 3)
    np.testing.assert_allclose(cut / cut.sum(), kernels.gaussian_3x3(), rtol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 1.7])
@pytest.mark.parametrize(
    ("name", "order"), [("gaussian", 0), ("gaussian_x", (0, 1)), ("gaussian_y", (1, 0))], ids=lambda given: str(given)
)
def test_gaussian_derivatives_are_scipy(name, order, sigma):
    image = np.random.default_rng(1).normal(size=(40, 33))
    ours = scipy.ndimage.correlate(image, KERNELS[name](sigma))
    np.testing.assert_allclose(ours, scipy.ndimage.gaussian_filter(image, sigma, order), atol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 1.7])
def test_laplacian_of_gaussian_is_scipy_less_what_scipy_sees_in_a_flat_image(sigma):
    image = np.random.default_rng(1).normal(size=(40, 33))
    flat = scipy.ndimage.gaussian_laplace(np.ones((40, 40)), sigma)[20, 20]
    expected = scipy.ndimage.gaussian_laplace(image, sigma) - flat * scipy.ndimage.gaussian_filter(image, sigma)
    assert -2e-4 < flat < -1e-4
    ours = scipy.ndimage.correlate(image, kernels.laplacian_of_gaussian(sigma))
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_derivatives_of_a_ramp_and_of_a_bowl_are_known(sigma):
    y, x = np.mgrid[-20:21, -20:21].astype(float)

    def at_centre(image, kernel):
        return scipy.ndimage.correlate(image, kernel)[20, 20]

    ramp, bowl = 3 * x + 7 * y, x**2 + y**2
    for name, scale in (("difference", 1), ("central", 1), ("prewitt", 6), ("sobel", 8), ("gaussian", 1)):
        numbers = (sigma,) if name == "gaussian" else ()
        # scipy stands on the other middle pixel of an even kernel; a ramp has one slope everywhere.
        assert at_centre(ramp, KERNELS[f"{name}_x"](*numbers)) / scale == pytest.approx(3, rel=0.002)
        assert at_centre(ramp, KERNELS[f"{name}_y"](*numbers)) / scale == pytest.approx(7, rel=0.002)
    assert at_centre(bowl, kernels.laplacian_4()) == pytest.approx(-4)
    assert at_centre(bowl, kernels.laplacian_8()) == pytest.approx(-12)
    assert at_centre(bowl, kernels.laplacian_of_gaussian(sigma)) == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize(("angle", "phase", "aspect"), [(0, 0, 1.0), (30, 0, 0.5), (110, 90, 0.8)])
def test_gabor_is_scikit_image_less_what_a_flat_image_shows(angle, phase, aspect):
    ours = kernels.gabor(1.5, 5.0, angle, phase, aspect)
    numbers = {"theta": np.deg2rad(angle), "sigma_x": 1.5, "sigma_y": 1.5 / aspect, "n_stds": 8}
    theirs = fit_kernel(np.real(gabor_kernel(1 / 5, offset=np.deg2rad(phase), **numbers)), len(ours))
    envelope = fit_kernel(np.abs(gabor_kernel(1 / 5, **numbers)), len(ours))
    expected = theirs - theirs.sum() / envelope.sum() * envelope
    np.testing.assert_allclose(ours, expected / envelope.sum(), atol=1e-12)


def test_odd_gabor_is_an_edge_that_rises_along_its_angle():
    upright = kernels.gabor_odd()
    np.testing.assert_allclose(upright, -upright[:, ::-1], atol=1e-15)
    assert upright[8, 9] > 0 > upright[8, 7]
    np.testing.assert_allclose(kernels.gabor_odd(angle=90), upright.T, atol=1e-15)


@pytest.mark.parametrize("name", KERNELS)
def test_separate_gives_the_kernel_back_or_nothing(name):
    kernel = KERNELS[name]()
    factors = separate(kernel)
    assert (factors is not None) == (np.linalg.matrix_rank(kernel) == 1) == (name in SEPARABLE)
    if factors is not None:
        np.testing.assert_allclose(np.outer(factors.column, factors.row), kernel, atol=1e-15)


def test_separate_by_hand_and_of_nothing():
    column, row = separate(kernels.sobel_x())
    assert column.tolist() == [0.5, 1, 0.5]
    assert row.tolist() == [-2, 0, 2]
    assert separate(np.zeros((3, 3))) is None


def test_fit_cuts_and_pads_around_the_pixel_that_the_kernel_stands_on():
    np.testing.assert_array_equal(fit_kernel(kernels.roberts_main(), 3), [[0, 0, 0], [0, 1, 0], [0, 0, -1]])
    np.testing.assert_array_equal(fit_kernel(np.arange(25).reshape(5, 5), 3), [[6, 7, 8], [11, 12, 13], [16, 17, 18]])
    np.testing.assert_array_equal(fit_kernel(np.arange(9).reshape(3, 3), 4)[:3, :3], np.arange(9).reshape(3, 3))


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("size", range(2, 12))
def test_fitted_kernels_do_the_same_wherever_they_fit(name, size):
    kernel = KERNELS[name]()
    if max(kernel.shape) <= size:
        padded = fit_kernel(kernel, size)
        assert padded.shape == (size, size)
        image = np.random.default_rng(2).normal(size=(30, 30))
        ours = [scipy.ndimage.correlate(image, part, origin=[-(n % 2 == 0) for n in part.shape]) for part in
                (kernel, padded)]  # fmt: skip
        np.testing.assert_allclose(ours[0][12:18, 12:18], ours[1][12:18, 12:18], atol=1e-12)


@pytest.mark.parametrize("name", [name for name, make in KERNELS.items() if inspect.signature(make).parameters])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_numbers_must_be_positive(name, value):
    first = next(iter(inspect.signature(KERNELS[name]).parameters))
    with pytest.raises(InputError, match=f"kernel: {first} {value}; a number above 0"):
        KERNELS[name](value)


def test_gabor_refuses_a_wave_without_length():
    with pytest.raises(InputError, match="wavelength 0"):
        kernels.gabor(wavelength=0)
    with pytest.raises(InputError, match="size 0"):
        fit_kernel(kernels.mean(), 0)

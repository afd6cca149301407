"""Classic filtering: the lecture's known answers, scipy.ndimage, and the laws of convolution."""

import itertools

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch

from convoscope.errors import InputError
from convoscope.nn.convolution import correlate
from convoscope.nn.filtering import (
    BORDERS,
    compose,
    convolve_image,
    correlate_image,
    gradient,
    laplacian_edges,
    theorem_gap,
    zero_crossings,
)
from convoscope.nn.kernels import KERNELS, gaussian, gaussian_x, gaussian_y, laplacian_4, mean, sobel_x, sobel_y

# The lecture's image: a bright square with a hole, and one bright pixel.
LECTURE = np.zeros((10, 10), dtype=np.uint8)
LECTURE[2:7, 3:8] = 90
LECTURE[5, 4] = 0
LECTURE[8, 2] = 90
AVERAGED = [
    [0, 10, 20, 30, 30, 30, 20, 10],
    [0, 20, 40, 60, 60, 60, 40, 20],
    [0, 30, 60, 90, 90, 90, 60, 30],
    [0, 30, 50, 80, 80, 90, 60, 30],
    [0, 30, 50, 80, 80, 90, 60, 30],
    [0, 20, 30, 50, 50, 60, 40, 20],
    [10, 20, 30, 30, 30, 30, 20, 10],
    [10, 10, 10, 0, 0, 0, 0, 0],
]
SCIPY = {"zero": "constant", "reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "wrap": "wrap"}
ODD = np.random.default_rng(3).normal(size=(4, 3))  # even times odd, of full rank, no symmetry
EVERY = {name: make() for name, make in KERNELS.items()} | {"mean_10": mean(10), "random": ODD}


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def circle(size: int = 41, radius: float = 12) -> np.ndarray:
    v, u = np.mgrid[:size, :size] - size // 2
    return 1000.0 * (np.hypot(u, v) <= radius)


def test_lecture_image_averaged():
    np.testing.assert_allclose(correlate_image(LECTURE, mean(), "valid"), AVERAGED, atol=1e-12)


def test_difference_is_the_lecture_s():
    image = draw(6, 7)
    expected = [[image[y, x + 1] - image[y, x] for x in range(6)] for y in range(6)]
    np.testing.assert_allclose(correlate_image(image, EVERY["difference_x"], "valid"), expected)
    expected = [[image[y + 1, x] - image[y, x] for x in range(7)] for y in range(5)]
    np.testing.assert_allclose(correlate_image(image, EVERY["difference_y"], "valid"), expected)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("padding", ["valid", "same", "full"])
def test_filtering_is_what_a_layer_does(name, padding):
    images, kernel = draw(2, 40, 41), EVERY[name]
    layer = correlate(torch.from_numpy(images)[:, None], torch.from_numpy(kernel.copy())[None, None], padding=padding)
    border = {"same": "zero"}.get(padding, padding)
    np.testing.assert_allclose(correlate_image(images, kernel, border), layer.numpy()[:, 0], atol=1e-12)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("border", SCIPY)
def test_filtering_is_scipy(name, border):
    image, kernel = draw(11, 12), EVERY[name]
    # Of two middle pixels we stand on the upper left one, scipy.ndimage.correlate on the other.
    origin = [-1 if size % 2 == 0 else 0 for size in kernel.shape]
    expected = scipy.ndimage.correlate(image, kernel, mode=SCIPY[border], origin=origin)
    np.testing.assert_allclose(correlate_image(image, kernel, border), expected, atol=1e-12)
    expected = scipy.ndimage.convolve(image, kernel, mode=SCIPY[border])
    np.testing.assert_allclose(convolve_image(image, kernel, border), expected, atol=1e-12)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("border", ["valid", "full"])
def test_borders_that_change_the_size_are_scipy_signal(name, border):
    image, kernel = draw(19, 20), EVERY[name]
    expected = scipy.signal.correlate2d(image, kernel, border)
    np.testing.assert_allclose(correlate_image(image, kernel, border), expected, atol=1e-12)
    np.testing.assert_allclose(convolve_image(image, kernel, border), scipy.signal.convolve2d(image, kernel, border),
                               atol=1e-12)  # fmt: skip


@pytest.mark.parametrize("border", BORDERS)
def test_convolution_is_the_correlation_with_the_kernel_flipped_in_both_dimensions(border):
    image = draw(9, 8)
    np.testing.assert_array_equal(convolve_image(image, ODD, border), correlate_image(image, ODD[::-1, ::-1], border))
    assert not np.allclose(convolve_image(image, ODD, border), correlate_image(image, ODD, border))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("kernel", [ODD, gaussian()], ids=["whole", "separable"])
def test_every_map_is_filtered_alone_and_given_back_unchanged(border, kernel):
    images = (1000 * draw(2, 3, 12, 10)).astype(np.int16)
    images.setflags(write=False)
    result = correlate_image(images, kernel, border)
    for place in itertools.product(range(2), range(3)):
        np.testing.assert_allclose(result[place], correlate_image(images[place], kernel, border), atol=1e-9)


def test_unsigned_images_do_not_wrap_around():
    assert correlate_image(np.array([[200, 100]], dtype=np.uint8), EVERY["difference_x"], "valid").tolist() == [[-100]]


def test_two_filters_are_one():
    image, first, second = draw(12, 13), ODD, draw(3, 2)
    twice = correlate_image(correlate_image(image, first, "valid"), second, "valid")
    np.testing.assert_allclose(correlate_image(image, compose(first, second), "valid"), twice, atol=1e-12)


def test_two_gaussians_are_a_wider_one():
    image = draw(30, 30)
    twice = correlate_image(correlate_image(image, gaussian(1.5)), gaussian(2.0))
    np.testing.assert_allclose(twice, correlate_image(image, gaussian(2.5)), atol=2e-3)


@pytest.mark.parametrize("derivative", ["difference_x", "sobel_y", "laplacian_4"])
def test_derivative_theorem(derivative):
    image = 4000 + 1000 * draw(24, 24)
    assert 0 < theorem_gap(image, gaussian(1.5), KERNELS[derivative]()) < 1e-9
    np.testing.assert_allclose(
        correlate_image(correlate_image(image, gaussian(1.5), "valid"), KERNELS[derivative](), "valid"),
        correlate_image(image, compose(gaussian(1.5), KERNELS[derivative]()), "valid"),
        atol=1e-9,
    )


def test_the_formula_s_derivative_of_a_gaussian_is_nearly_that_of_the_difference():
    image = draw(40, 40)
    sampled = correlate_image(image, compose(gaussian(2.0), EVERY["central_x"]), "valid")
    written = correlate_image(image, gaussian_x(2.0), "valid")[:, 1:-1]
    assert np.corrcoef(sampled.ravel(), written.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("slope", "angle"), [((2, 0), 0.0), ((0, 3), 90.0), ((-1, 0), 180.0), ((1, 1), 45.0), ((1, -1), -45.0)]
)
def test_gradient_of_a_ramp(slope, angle):
    y, x = np.mgrid[:9, :9]
    found = gradient(slope[0] * x + slope[1] * y, border="valid")
    for part, value in zip(found, [*slope, np.hypot(*slope), np.deg2rad(angle)], strict=True):
        np.testing.assert_allclose(part, value, atol=1e-12)


def test_gradient_takes_the_kernels_that_it_is_given():
    image = draw(20, 20)
    found = gradient(image, gaussian_x(2.0), gaussian_y(2.0))
    np.testing.assert_allclose(
        found.magnitude, scipy.ndimage.gaussian_gradient_magnitude(image, 2.0, mode="mirror"), atol=1e-12
    )
    np.testing.assert_array_equal(gradient(image).x * 8, gradient(image, sobel_x(), sobel_y()).x)


def test_gradient_of_a_disc_points_inward():
    image = correlate_image(circle(), gaussian(1.5))
    found = gradient(image)
    v, u = np.mgrid[:41, :41] - 20
    strong = found.magnitude > 0.5 * found.magnitude.max()
    turned = np.angle(np.exp(1j * (found.direction - np.arctan2(-v, -u))))
    assert np.abs(turned[strong]).max() < np.deg2rad(8)


def test_zero_crossings_by_hand():
    response = np.array([[4.0, 1.0, -3.0], [4.0, 0.0, -4.0], [4.0, 4.0, 4.0]])
    assert zero_crossings(response).astype(int).tolist() == [[0, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert zero_crossings(response, 4.5).astype(int).tolist() == [[0, 0, 0], [0, 1, 1], [0, 0, 0]]
    assert not zero_crossings(response, 8).any()
    ties = zero_crossings(np.array([[1.0, -1.0], [1.0, -1.0]]))
    assert ties.tolist() == [[True, False], [True, False]]


def test_zero_crossings_do_not_depend_on_sign_scale_or_axis():
    response = draw(2, 12, 13)
    marks = zero_crossings(response)
    np.testing.assert_array_equal(marks, zero_crossings(-3 * response))
    np.testing.assert_array_equal(marks, zero_crossings(response.swapaxes(1, 2)).swapaxes(1, 2))
    assert not zero_crossings(np.abs(response)).any()


def test_laplacian_edges_are_the_outline_of_a_disc():
    edges = laplacian_edges(circle(), sigma=1.5, threshold=10)
    v, u = np.nonzero(edges) - np.array([[20], [20]])
    assert np.abs(np.hypot(u, v) - 12).max() < 1.5
    assert scipy.ndimage.label(edges, np.ones((3, 3)))[1] == 1
    assert scipy.ndimage.label(~edges)[1] == 2


def test_smoothing_first_saves_the_edges():
    noisy = circle() + 100 * draw(41, 41)
    outline = zero_crossings(correlate_image(circle(), laplacian_4()), 100)
    raw = zero_crossings(correlate_image(noisy, laplacian_4()), 100)
    smooth = laplacian_edges(noisy, 2.0, 20)
    assert raw.sum() > 5 * outline.sum()
    v, u = np.nonzero(smooth) - np.array([[20], [20]])
    assert np.mean(np.abs(np.hypot(u, v) - 12) < 2) > 0.95


def test_a_flat_image_at_a_camera_s_offset_has_no_slope_and_no_edges():
    flat = np.full((30, 30), 4096, dtype=np.uint16)
    assert np.abs(gradient(flat).magnitude).max() < 1e-9
    assert not laplacian_edges(flat, 2.0, 1e-6).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: correlate_image(draw(4, 4), mean(), "mirror"), "'mirror'; one of valid, zero, reflect"),
        (lambda: correlate_image(draw(4), mean()), r"images \(4,\) and kernel"),
        (lambda: convolve_image(draw(4, 4), np.ones(3)), r"kernel \(3,\)"),
        (lambda: correlate_image(draw(4, 4), mean(5), "valid"), "spans 5 positions of 4"),
        (lambda: correlate_image(draw(4, 4), np.ones((0, 3))), r"kernel \(0, 3\)"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InputError, match=message):
        call()

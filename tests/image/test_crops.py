import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops

from convoscope.image.crops import (
    Box,
    background_levels,
    box_centre,
    check_centre,
    check_pixels,
    corner,
    cut_square,
    isolated,
    lies_within,
    object_boxes,
)
from convoscope.image.image_files import UnusableError


@pytest.fixture
def image():
    return np.random.default_rng(2).integers(1, 4000, (2, 30, 40), dtype=np.uint16)


@pytest.mark.parametrize("size", [8, 9, 64])
def test_no_window_has_a_centre_nearer_to_the_point(size):
    for x in np.linspace(20, 22, 41):
        left = corner(0, x, size)[0]
        distance = [abs(first + (size - 1) / 2 - x) for first in (left - 1, left, left + 1)]
        assert distance[1] <= min(distance) + 1e-9


def test_a_box_as_large_as_the_crop_is_the_crop():
    x, y = box_centre(Box(11, 4, 19, 12), 8)
    assert corner(x, y, 8) == (4, 11)


@pytest.mark.parametrize(("top", "left"), [(0, 0), (-3, 5), (25, 35), (-2, -2), (10, 39), (22, 32), (-20, 3), (50, 50)])
def test_cutting_is_slicing_a_padded_image(top, left, image):
    fill = np.array([7, 9])
    padded = np.stack([np.pad(c, 60, constant_values=value) for c, value in zip(image, fill, strict=True)])
    crop = cut_square(image, top, left, 8, fill)
    np.testing.assert_array_equal(crop.pixels, padded[:, top + 60 : top + 68, left + 60 : left + 68])
    assert crop.pixels.dtype == image.dtype
    inside = crop.pixels[(slice(None), *crop.inside)]
    np.testing.assert_array_equal(
        inside, image[:, max(top, 0) : max(top + 8, 0), max(left, 0) : max(left + 8, 0)].reshape(inside.shape)
    )
    assert lies_within(image, top, left, 8) == (inside.shape == (2, 8, 8))


def test_the_pixel_at_the_centre(image):
    for x, y in ((20, 13), (9, 22)):
        top, left = corner(x, y, 9)
        np.testing.assert_array_equal(cut_square(image, top, left, 9, np.zeros(2)).pixels[:, 4, 4], image[:, y, x])


def test_a_crop_is_a_copy(image):
    before = image.copy()
    cut_square(image, 0, 0, 8, np.zeros(2)).pixels[:] = 0
    np.testing.assert_array_equal(image, before)


def test_background_by_hand():
    image = np.array([[[10, 20, 30, 90]], [[1, 2, 3, 9]]], dtype=np.uint16)
    mask = np.array([[0, 0, 0, 5]])
    assert background_levels(image, mask).tolist() == [20, 2]
    assert background_levels(image, np.ones((1, 4), dtype=int)).tolist() == background_levels(image).tolist() == [13, 1]
    assert background_levels(image).dtype == np.uint16
    assert background_levels(np.arange(101, dtype=np.uint8).reshape(1, 1, 101)).tolist() == [10]


def test_neighbours_become_background():
    pixels = np.array([[[1, 2], [3, 4]]], dtype=np.uint16)
    found = isolated(pixels, np.array([[0, 5], [6, 5]]), 5, np.array([9]))
    assert found.tolist() == [[[1, 2], [9, 4]]]
    assert found.dtype == np.uint16


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
def test_boxes_are_those_of_skimage(dtype):
    spots = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(60, 50)), 2) > 0.05
    mask = ndimage.label(spots)[0].astype(dtype)
    found = object_boxes(mask)
    expected = {
        region.label: (region.bbox[1], region.bbox[0], region.bbox[3], region.bbox[2]) for region in regionprops(mask)
    }
    assert {value: tuple(box) for value, box in found.items()} == expected
    assert len(expected) > 5


def test_boxes_of_huge_values_and_of_no_object():
    assert object_boxes(np.array([[0, 2_000_000_000]])) == {2_000_000_000: Box(1, 0, 2, 1)}
    assert object_boxes(np.zeros((3, 3), dtype=int)) == {}
    assert object_boxes(np.array([[4]])) == {4: Box(0, 0, 1, 1)}


def test_boxes_of_one_pixel_and_of_the_whole_crop():
    assert box_centre(Box(5, 4, 6, 12), 8) == (5, 7.5)
    assert box_centre(Box(5, 4, 13, 5), 8) == (8.5, 4)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (Box(5, 5, 5, 9), "no object: the box from 5,5 to 5,9 holds no pixel"),
        (Box(9, 5, 5, 9), "holds no pixel"),
        (Box(5, 9, 9, 9), "holds no pixel"),
        (Box(0, 0, 4, 9), "wrong size: the cell is 4 x 9 pixels"),
        (Box(0, 0, 9, 4), "wrong size: the cell is 9 x 4 pixels; crops.size is 8"),
    ],
)
def test_boxes_that_are_none(box, said):
    with pytest.raises(UnusableError, match=said):
        box_centre(box, 8)


@pytest.mark.parametrize(("x", "y"), [(-0.5, 0), (39.5, 29.5), (0, 0)])
def test_centres_on_a_pixel(x, y, image):
    check_centre(x, y, image)


@pytest.mark.parametrize(("x", "y"), [(-0.6, 0), (0, -1), (40, 5), (5, 30), (1e300, 0), (np.nan, 3)])
def test_centres_on_no_pixel(x, y, image):
    with pytest.raises(UnusableError, match=r"out of frame: centre .* in an image of 40 x 30 pixels"):
        check_centre(x, y, image)


# 8 to 16 bits at the right end of two bytes; 12, 14, 10, 8 and 11 bits at the left one.
TOPS = [255, 511, 1023, 2047, 4095, 8191, 16383, 32767, 65535, 65520, 65532, 65472, 65280, 65504]


@pytest.mark.parametrize(("top", "dtype"), [(255, np.uint8), *((top, np.uint16) for top in TOPS)])
def test_saturation_is_a_share_of_one_channel(top, dtype):
    pixels = np.full((2, 10, 10), 5, dtype=dtype)
    pixels[1, 0] = top  # 10 %
    check_pixels(pixels, 0.1, ["a", "b"])
    with pytest.raises(UnusableError, match=f"saturated: 10.0% of b is at {top}; crops.saturated is 0.09"):
        check_pixels(pixels, 0.09, ["a", "b"])
    pixels[1, 0] = top - 1
    check_pixels(pixels, 0, ["a", "b"])


def test_a_crop_that_shows_nothing():
    pixels = np.full((2, 4, 4), 7, dtype=np.uint8)
    with pytest.raises(UnusableError, match="empty"):
        check_pixels(pixels, 0.05, ["a", "b"])
    pixels[1] = 8
    with pytest.raises(UnusableError, match="empty: every pixel of every channel is the same"):
        check_pixels(pixels, 0.05, ["a", "b"])
    pixels[1, 0, 0] = 9  # one channel may be dark
    check_pixels(pixels, 0.05, ["a", "b"])

import numpy as np
import pytest
from scipy import ndimage
from skimage.draw import disk
from skimage.measure import find_contours, points_in_poly

from convoscope.image.outlines import area, polygons


def test_one_pixel_is_a_square_of_its_corners():
    [[ring]] = polygons(np.pad(np.ones((1, 1), bool), ((2, 0), (5, 0))))
    assert sorted(map(tuple, ring[:-1].tolist())) == [(5, 2), (5, 3), (6, 2), (6, 3)]
    assert (ring[0] == ring[-1]).all() and area(ring) == 1


def test_a_hole_is_a_ring_of_its_own():
    region = np.ones((3, 4), bool)
    region[1, 2] = False
    [[outer, hole]] = polygons(region)
    assert (area(outer), area(hole)) == (12, -1)
    assert len(outer) == len(hole) == 5  # corners alone, and the first again


def test_pixels_that_touch_at_a_corner_are_two_polygons():
    found = polygons(np.eye(2, dtype=bool))
    assert [[area(ring) for ring in polygon] for polygon in found] == [[1], [1]]


def test_a_hole_that_touches_the_outside_at_a_corner_does_not_cut_the_ring():
    region = np.ones((3, 3), bool)
    region[0, 0] = region[1, 1] = False
    [rings] = polygons(region)
    assert [area(ring) for ring in rings] == [8, -1]
    assert all(len(np.unique(ring[:-1], axis=0)) == len(ring) - 1 for ring in rings)


def test_nothing_has_no_outline():
    assert polygons(np.zeros((3, 3), bool)) == []


@pytest.mark.parametrize("seed", range(8))
def test_outlines_hold_exactly_the_pixels(seed):
    region = np.random.default_rng(seed).random((13, 17)) < (0.3, 0.5, 0.6, 0.8)[seed % 4]
    found = polygons(region)
    assert len(found) == ndimage.label(region)[1]
    inside = np.zeros(region.shape, int)
    centres = np.argwhere(np.ones(region.shape)) + 0.5
    for rings in found:
        assert [area(ring) > 0 for ring in rings] == [True] + [False] * (len(rings) - 1)
        for ring in rings:
            assert (ring[0] == ring[-1]).all() and len(np.unique(ring[:-1], axis=0)) == len(ring) - 1
            assert (np.abs(np.diff(ring, axis=0)).min(axis=1) == 0).all()
            turns = np.diff(ring, axis=0)[:, 0] == 0
            assert (turns[:-1] != turns[1:]).all() and turns[0] != turns[-1]  # no corner lies on a straight side
            inside += np.sign(area(ring)).astype(int) * points_in_poly(centres, ring[:, ::-1]).reshape(region.shape)
    np.testing.assert_array_equal(inside, region)


def test_the_contour_of_a_disk_is_that_of_scikit_image():
    region = np.zeros((60, 70), bool)
    region[disk((30, 40), 20)] = True
    [[ring]] = polygons(region)
    [contour] = find_contours(region, 0.5)
    x, y = contour[:, 1] + 0.5, contour[:, 0] + 0.5  # from centres of pixels to corners
    assert area(ring) == region.sum()
    assert area(ring) == pytest.approx(abs(area(np.stack([x, y], axis=1))), rel=0.06)
    np.testing.assert_allclose(ring.min(axis=0), [x.min(), y.min()])
    np.testing.assert_allclose(ring.max(axis=0), [x.max(), y.max()])

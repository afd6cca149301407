"""The camera: light goes through the optics by the book, noise has the variance of the formula."""

import numpy as np
import pytest

from convoscope.image.simulation.camera import DEPTH, OFFSET, READ_NOISE, Optics, expose, illumination, photograph

CLEAR = Optics(blur=0, tilt=(0, 0), background=(0, 0), bleed=((1, 0), (0, 1)), gain=2)


def test_illumination_is_a_plane_of_mean_one():
    plane = illumination(5, 4, (0.2, -0.4))
    assert plane.mean() == pytest.approx(1)
    assert plane[0, -1] - plane[0, 0] == pytest.approx(0.2) and plane[-1, 0] - plane[0, 0] == pytest.approx(-0.4)
    assert illumination(1, 1, (0.5, 0.5)).tolist() == [[1]]


def test_a_point_becomes_the_point_spread_function():
    light = np.zeros((2, 41, 41))
    light[1, 20, 20] = 100
    seen = expose(light, CLEAR._replace(blur=2.0))
    y, x = np.mgrid[-20:21, -20:21]
    gauss = np.exp(-(x**2 + y**2) / 8) / (8 * np.pi)
    assert seen[1] == pytest.approx(100 * gauss, abs=0.01) and not seen[0].any()


def test_bleed_background_and_tilt_by_hand():
    light = np.stack([np.full((3, 3), 10.0), np.full((3, 3), 100.0)])
    seen = expose(light, CLEAR._replace(bleed=((1, 0.1), (0.5, 1)), background=(3, 7)))
    assert seen[0] == pytest.approx(10 + 0.1 * 100 + 3) and seen[1] == pytest.approx(100 + 0.5 * 10 + 7)
    tilted = expose(light, CLEAR._replace(tilt=(1, 0)))
    assert tilted[0, 0] == pytest.approx([5, 10, 15])


def test_counts_have_the_mean_and_variance_of_the_formula():
    counts = photograph(np.full((2, 300, 300), 50.0), CLEAR, np.random.default_rng(1)).astype(float)
    assert counts.mean() == pytest.approx(OFFSET + 2 * 50, abs=0.2)
    assert counts.var() == pytest.approx(2**2 * 50 + READ_NOISE**2 + 1 / 12, rel=0.02)
    assert abs(np.corrcoef(counts[:, :, 1:].ravel(), counts[:, :, :-1].ravel())[0, 1]) < 0.02


def test_the_camera_saturates():
    counts = photograph(np.full((2, 2, 2), 1e5), CLEAR, np.random.default_rng(1))
    assert counts.dtype == np.uint16 and (counts == DEPTH).all()


def test_the_generator_decides():
    light = np.full((2, 8, 8), 20.0)
    first, again, other = (photograph(light, CLEAR, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)

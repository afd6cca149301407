"""Simulated cells have the geometry of budding yeast, and depths are what a ruler says."""

import numpy as np
import pytest

from convoscope.image.simulation.anatomy import (
    BUDDED,
    LENGTHENING,
    RADIUS,
    Ellipse,
    depth,
    edge,
    grow_cell,
    inside,
    shell,
)

TILTED = Ellipse(2, -1, 6, 3, 0.7)


def cells(number, side=64):
    return [grow_cell(side, np.random.default_rng(seed)) for seed in range(number)]


def test_depth_along_the_axes():
    ellipse = Ellipse(1, 2, 4, 1, np.pi / 2)  # its long axis points down
    x, y = np.array([1, 1, 1, 2]), np.array([2, 6, 8, 2])
    assert depth(ellipse, x, y) == pytest.approx([2, 0, -1, 0])


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.5, 4.0])
def test_the_edge_has_depth_nought_and_lies_at_its_share(angle):
    x, y = edge(TILTED, angle)
    assert depth(TILTED, np.array([x]), np.array([y])) == pytest.approx([0], abs=1e-9)
    halfway = np.array(edge(TILTED, angle, 0.5)) - [2, -1]
    assert halfway * 2 == pytest.approx(np.array([x, y]) - [2, -1])


def test_turning_an_ellipse_turns_its_depths():
    y, x = np.mgrid[-8:9, -8:9]
    upright = depth(Ellipse(0, 0, 5, 2, 0), x, y)
    assert depth(Ellipse(0, 0, 5, 2, np.pi / 2), x, y) == pytest.approx(np.rot90(upright))


def test_inside_and_shell():
    depths = np.array([-2, -0.5, 0, 0.25, 3])
    assert inside(depths).tolist() == [0, 0, 0.5, 0.75, 1]
    assert shell(np.array([0, 1.5, -1.5]), 1.5) == pytest.approx([1, np.exp(-0.5), np.exp(-0.5)])


def test_the_area_of_a_cell_is_that_of_its_ellipse():
    y, x = np.mgrid[:64, :64] - 31.5
    assert inside(depth(Ellipse(0, 0, 18, 12, 0.4), x, y)).sum() == pytest.approx(np.pi * 18 * 12, rel=0.01)


def test_mothers_are_of_the_size_and_shape_given():
    grown = cells(300)
    radii = np.array([cell.radius for cell in grown]) / 64
    ratios = np.array([cell.mother.a / cell.mother.b for cell in grown])
    assert RADIUS[0] <= radii.min() and radii.max() <= RADIUS[1] and np.ptp(radii) > 0.8 * np.ptp(RADIUS)
    assert LENGTHENING[0] <= ratios.min() and ratios.max() <= LENGTHENING[1]
    assert np.mean([cell.bud is not None for cell in grown]) == pytest.approx(BUDDED, abs=0.08)


def test_organelles_lie_within_their_mother_and_apart():
    for cell in cells(100):
        mother, nucleus, vacuole = (inside(cell.depth_of(part)) for part in ("mother", "nucleus", "vacuole"))
        assert (nucleus * (1 - mother)).sum() < 0.03 * nucleus.sum()
        assert (vacuole * (1 - mother)).sum() < 0.03 * vacuole.sum()
        assert (nucleus * vacuole).sum() < 0.35 * min(nucleus.sum(), vacuole.sum())
        assert (cell.cytoplasm <= inside(cell.body) + 1e-12).all()
        assert (cell.cytoplasm * np.maximum(nucleus, vacuole)).max() <= 0.25  # of pixels on an edge


def test_a_bud_touches_its_mother_and_sticks_out():
    for cell in [cell for cell in cells(60) if cell.bud]:
        mother, bud = inside(cell.depth_of("mother")), inside(cell.depth_of("bud"))
        assert (bud * mother).sum() > 0 and (bud * (1 - mother)).sum() > 0.5 * bud.sum()
        assert np.array_equal(cell.body, np.maximum(cell.depth_of("mother"), cell.depth_of("bud")))
        assert inside(cell.body)[mother > 0].all()


def test_a_larger_crop_shows_the_same_cell_larger():
    small, large = (grow_cell(side, np.random.default_rng(5)) for side in (64, 128))
    assert large.radius == pytest.approx(2 * small.radius)
    assert inside(large.body).sum() == pytest.approx(4 * inside(small.body).sum(), rel=0.02)


def test_the_seed_decides():
    first, again, other = (grow_cell(48, np.random.default_rng(seed)) for seed in (1, 1, 2))
    parts = lambda cell: (cell.mother, cell.bud, cell.nucleus, cell.vacuole)  # noqa: E731
    assert parts(first) == parts(again) and first.mother != other.mother
    assert first.x.shape == (48, 48) and first.x[0, 0] == first.y[0, 0] == -23.5


def test_depths_are_computed_once():
    cell = grow_cell(32, np.random.default_rng(1))
    assert cell.body is cell.body and cell.cytoplasm is cell.cytoplasm
    assert cell.depth_of("vacuole") is cell.depth_of("vacuole")

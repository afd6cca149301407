"""Every localisation lies where its name says, and looks like what it is taken for."""

import numpy as np
import pytest

from convoscope.image.simulation.anatomy import grow_cell, inside
from convoscope.image.simulation.localisations import LOCALISATIONS, Habit, drawn, scatter, spots, tubule, uneven, unit

USUAL = Habit()
# Table 1 of Pärnamaa & Parts (2017), in its spelling but for capitals.
DEEPYEAST = {
    "cell periphery", "cytoplasm", "endosome", "ER", "Golgi", "mitochondrion", "nuclear periphery", "nucleus",
    "peroxisome", "spindle pole", "vacuole", "vacuolar membrane",
}  # fmt: skip


def generator(seed=1):
    return np.random.default_rng(seed)


def examples(label, habit=USUAL, number=40):
    """Yield cells and their drawings, scaled to a sum of 1."""
    for seed in range(number):
        cell = grow_cell(64, generator(seed))
        drawing = LOCALISATIONS[label].draw(cell, habit, generator(1000 + seed))
        yield cell, drawing / drawing.sum()


def within(label, part, number=40):
    """Return the share of a localisation's light that lies in one part of the cell, over cells."""
    return np.mean([(light * inside(cell.depth_of(part))).sum() for cell, light in examples(label, number=number)])


def test_the_twelve_classes_and_what_they_are_taken_for():
    assert set(LOCALISATIONS) == DEEPYEAST
    for label, row in LOCALISATIONS.items():
        assert row.like and set(row.like) <= DEEPYEAST - {label}


@pytest.mark.parametrize("label", LOCALISATIONS)
def test_light_is_not_negative_and_belongs_to_the_cell(label):
    for cell, light in examples(label, number=15):
        assert light.shape == (64, 64) and np.isfinite(light).all() and light.min() >= 0
        assert light[cell.body > -4].sum() > 0.97


@pytest.mark.parametrize("label", LOCALISATIONS)
def test_the_generator_decides(label):
    cell = grow_cell(64, generator())
    draw = LOCALISATIONS[label].draw
    assert np.array_equal(draw(cell, USUAL, generator(2)), draw(cell, USUAL, generator(2)))


def test_filled_organelles():
    assert within("nucleus", "nucleus") > 0.92 and within("nucleus", "vacuole") < 0.1
    assert within("vacuole", "vacuole") > 0.92 and within("vacuole", "nucleus") < 0.1
    assert within("cytoplasm", "vacuole") < 0.05


@pytest.mark.parametrize(
    ("label", "part"), [("nuclear periphery", "nucleus"), ("vacuolar membrane", "vacuole"), ("cell periphery", "body")]
)
def test_membranes_are_shells(label, part):
    for cell, light in examples(label, number=10):
        depths = cell.body if part == "body" else cell.depth_of(part)
        assert light[np.abs(depths) < 2.5].sum() > 0.85
        assert abs((light * depths).sum()) < 0.5


def test_the_er_is_at_the_nucleus_and_below_the_cell_s_edge():
    for cell, light in examples("ER", number=20):
        near = np.abs(cell.depth_of("nucleus")) < 3
        below = (cell.body > -2) & (cell.body < 5) & ~near
        assert light[near].sum() > 0.2 and light[below].sum() > 0.1 and light[near | below].sum() > 0.85


def test_spots_lie_where_their_organelles_do():
    def away(label, part):
        pairs = examples(label)
        return np.mean(
            [(light * np.abs(cell.body if part == "body" else cell.depth_of(part))).sum() for cell, light in pairs]
        )

    assert away("spindle pole", "nucleus") < 1.5 < 3 < away("Golgi", "nucleus")
    assert away("endosome", "vacuole") < 3 < away("Golgi", "vacuole")
    assert away("peroxisome", "body") < away("endosome", "body")
    assert away("mitochondrion", "body") < 6


def test_two_poles_apart_only_where_there_is_a_bud():
    one = 2 * np.pi * 1.7**2  # the sum of a Gaussian spot of height 1
    numbers = {True: [], False: []}
    for seed in range(80):
        cell = grow_cell(64, generator(seed))
        drawing = LOCALISATIONS["spindle pole"].draw(cell, USUAL, generator(seed))
        numbers[cell.bud is not None].append(drawing.sum() / unit(cell) ** 2 / one)
        assert drawing.max() < 1.1  # two in one place would be twice as bright
    assert numbers[False] == pytest.approx([1] * len(numbers[False]), rel=0.05)
    assert set(np.rint(numbers[True])) == {1, 2} and 1.3 < np.mean(numbers[True]) < 1.9


@pytest.mark.parametrize("label", ["endosome", "Golgi", "peroxisome", "mitochondrion"])
def test_a_protein_s_habit_is_number_and_width(label):
    draw, cell = LOCALISATIONS[label].draw, grow_cell(64, generator(3))
    few, many = (np.mean([draw(cell, Habit(n), generator(s)).sum() for s in range(40)]) for n in (1, 3))
    assert 2 < many / few < 3.5
    thin, wide = (draw(cell, Habit(1, width), generator(4)).sum() for width in (1, 1.5))
    assert wide / thin == pytest.approx(1.5**2, rel=0.05)


def test_numbers_are_at_least_one_and_around_the_mean():
    numbers = [drawn(4, Habit(1.5), generator(seed)) for seed in range(2000)]
    assert min(numbers) >= 1 and np.mean(numbers) == pytest.approx(6, abs=0.2)
    assert {drawn(0.01, USUAL, generator(seed)) for seed in range(20)} == {1}


def test_spots_by_hand_and_their_sum():
    cell = grow_cell(65, generator())
    one = spots(cell, np.array([[3.0, -5.0]]), 2.0)
    assert one[32 - 5, 32 + 3] == 1 and one[32 - 5, 32 + 5] == pytest.approx(np.exp(-0.5))
    assert one.sum() == pytest.approx(2 * np.pi * 4)
    both = spots(cell, np.array([[3.0, -5.0], [-10.0, 0.0]]), 2.0)
    assert both == pytest.approx(one + spots(cell, np.array([[-10.0, 0.0]]), 2.0))


def test_scattered_points_stay_where_the_weights_are():
    cell = grow_cell(64, generator())
    weights = np.zeros((64, 64))
    weights[10, 20], weights[30, 40] = 1, 3
    points = scatter(cell, weights, 4000, generator())
    right = points[:, 0] > 0
    assert right.mean() == pytest.approx(0.75, abs=0.03)
    assert np.abs(points[right] - [40 - 31.5, 30 - 31.5]).max() <= 0.5
    assert points[~right].mean(axis=0) == pytest.approx([20 - 31.5, 10 - 31.5], abs=0.05)


def test_tubules_follow_the_edge_from_within():
    for seed in range(30):
        cell = grow_cell(64, generator(seed))
        points = tubule(cell, generator(seed))
        assert points.shape == (24, 2)
        assert np.hypot(*np.diff(points, axis=0).T).max() < 4  # a line, not a cloud
        assert np.hypot(*(points / np.max([cell.mother.a, cell.mother.b])).T).max() < 0.93


def test_unevenness_is_a_factor():
    cell = grow_cell(64, generator())
    assert (uneven(cell, cell.mother, 0, generator()) == 1).all()
    factor = uneven(cell, cell.mother, 0.4, generator())
    assert 0 <= factor.min() < 0.9 and 1.1 < factor.max() <= 1.4

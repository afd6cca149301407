"""Cells give the light that their protein says; dirt falls outside of them."""

import numpy as np
import pytest

from convoscope.image.simulation.anatomy import grow_cell, inside
from convoscope.image.simulation.levels import Protein
from convoscope.image.simulation.localisations import LOCALISATIONS, Habit
from convoscope.image.simulation.painting import (
    OWN_LIGHT,
    litter,
    paint_cell,
    paint_dead,
    paint_speck,
    paste,
    shares,
    spread,
)

NUCLEAR = Protein("p1", "nucleus", abundance=1, free=0.2, like="cytoplasm", second=0.1, number=1, width=1)
ER = NUCLEAR._replace(label="ER", like="nuclear periphery")


def generator(seed=1):
    return np.random.default_rng(seed)


def test_shares_by_hand():
    many = [shares(ER, generator(seed)) for seed in range(3000)]
    mean = {label: np.mean([cell[label] for cell in many]) for label in many[0]}
    assert mean == pytest.approx({"ER": 0.8 * 0.9, "nuclear periphery": 0.8 * 0.1, "cytoplasm": 0.2}, abs=0.02)
    assert np.std([cell["cytoplasm"] for cell in many]) > 0.04  # cells of one protein differ


@pytest.mark.parametrize("protein", [NUCLEAR, ER, ER._replace(label="cytoplasm"), ER._replace(free=0.89, second=0.59)])
def test_shares_add_up(protein):
    for seed in range(50):
        cell = shares(protein, generator(seed))
        assert sum(cell.values()) == pytest.approx(1) and min(cell.values()) >= 0


@pytest.mark.parametrize("label", LOCALISATIONS)
def test_each_localisation_gives_its_light(label):
    cell = grow_cell(64, generator())
    light = spread(cell, label, Habit(), generator())
    assert light.sum() == pytest.approx(LOCALISATIONS[label].light * inside(cell.body).sum())


def test_the_marker_leaves_the_vacuole_dark_and_the_protein_is_where_it_should():
    cell = grow_cell(64, generator(2))
    marker, protein = paint_cell(cell, NUCLEAR, generator(2))
    core = {part: cell.depth_of(part) > 1.5 for part in ("nucleus", "vacuole")}
    assert marker[core["vacuole"]].mean() < 0.5 * marker[core["nucleus"]].mean()
    assert protein[core["nucleus"]].mean() > 2 * protein[core["vacuole"]].mean()
    assert not marker[cell.body < -1].any() and not protein[cell.body < -1].any()


def test_twice_the_protein_is_twice_the_light_but_for_the_cell_s_own():
    cell = grow_cell(64, generator())
    one, two = (paint_cell(cell, ER._replace(abundance=amount), generator(3)) for amount in (1, 2))
    own = paint_cell(cell, ER._replace(abundance=0), generator(3))[1]
    assert two[1] - own == pytest.approx(2 * (one[1] - own))
    assert np.array_equal(one[0], two[0]) and 0 < own.max() <= OWN_LIGHT


def test_paste_clips():
    image = np.zeros((1, 3, 4))
    patch = np.arange(1.0, 5).reshape(1, 2, 2)
    paste(image, patch, -1, -1)
    paste(image, patch, 2, 1)
    paste(image, patch, 3, 2)
    assert image[0].tolist() == [[4, 0, 0, 0], [0, 0, 1, 2], [0, 0, 3, 4 + 1]]
    for left, top in ((-2, 0), (4, 0), (0, -2), (0, 3), (9, 9), (-9, -9)):
        before = image.copy()
        paste(image, patch, left, top)
        assert np.array_equal(image, before)


def test_dirt():
    for seed in range(20):
        dead, speck = paint_dead(64, generator(seed)), paint_speck(64, generator(seed))
        assert dead.shape == speck.shape == (2, 64, 64)
        for channel in dead:  # even, in both channels
            assert len(np.unique(channel[channel > 0.999 * channel.max()])) == 1 and channel[32, 32] == channel.max()
        assert not speck[0].any() and 3 < (speck[1] > 0).sum() < 100 < (dead[0] > 0).sum()


def test_litter_falls_into_gaps_only():
    gaps = np.array([[40, 40], [120, 40], [200, 40]] * 20)
    light = np.zeros((2, 80, 400))
    litter(light, gaps, 64, generator())
    assert light[:, :, :240].any() and not light[:, :, 260:].any()
    again, none = np.zeros_like(light), np.zeros_like(light)
    litter(again, gaps, 64, generator())
    litter(none, gaps[:0], 64, generator())
    assert np.array_equal(light, again) and not none.any()

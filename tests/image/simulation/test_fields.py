"""Simulated fields hold the cells that their table names, at their places, with an effect at every level."""

import numpy as np
import pandas as pd
import pytest

from convoscope.config.image import CellSimulation
from convoscope.image.simulation import fields as simulate
from convoscope.image.simulation.camera import OFFSET
from convoscope.image.simulation.fields import draw_field, draw_fields, grid, mislabel, well_names
from convoscope.image.simulation.levels import draw_plates, draw_proteins
from convoscope.image.simulation.localisations import LOCALISATIONS

SPEC = CellSimulation(proteins=2, plates=2, fields=1, cells=6, size=40)
COLUMNS = ["cell", "image", "x", "y", "label", "protein", "plate", "well", "field", "true_label"]


@pytest.fixture(scope="module")
def fields():
    return list(draw_fields(SPEC))


@pytest.fixture(scope="module")
def cells(fields):
    return pd.concat([field.cells for field in fields], ignore_index=True)


def crop(image, x, y, side):
    left, top = round(x - (side - 1) / 2), round(y - (side - 1) / 2)
    return image[:, max(0, top) : top + side, max(0, left) : left + side]


def test_the_table(fields, cells):
    assert list(cells) == COLUMNS and len(cells) == 12 * 2 * 2 * 6
    assert cells["cell"].is_unique and cells["field"].nunique() == cells["image"].nunique() == len(fields) == 48
    first = cells.iloc[0]
    assert first["cell"] == "plate1-A01-f1-c01" and first["image"] == "fields/plate1-A01-f1.ome.tif"
    assert (first["plate"], first["well"], first["field"]) == ("plate1", "plate1-A01", "plate1-A01-f1")
    for narrow, wide in (("field", "well"), ("well", "plate"), ("well", "protein"), ("protein", "true_label")):
        assert (cells.groupby(narrow)[wide].nunique() == 1).all()
    assert (cells.groupby("protein")["plate"].nunique() == 2).all()
    labels = {protein.protein: protein.label for protein in draw_proteins(SPEC)}
    assert (cells["protein"].map(labels) == cells["true_label"]).all()


def test_the_share_of_wrong_labels(cells):
    assert (cells["label"] != cells["true_label"]).sum() == round(0.03 * len(cells))
    honest = next(draw_fields(SPEC.model_copy(update={"wrong": 0.0}))).cells
    assert (honest["label"] == honest["true_label"]).all()


def test_a_cell_stands_at_every_centre_and_no_crop_leaves_the_field(fields):
    for field in fields:
        centres = np.rint(field.cells[["x", "y"]].to_numpy()).astype(int)
        marker = field.image[0].astype(float)
        at = marker[centres[:, 1], centres[:, 0]] - 100
        assert np.median(at) > 2 * (np.percentile(marker, 10) - 100)
        for x, y in field.cells[["x", "y"]].itertuples(index=False):
            assert crop(field.image, x, y, SPEC.size).shape == (2, SPEC.size, SPEC.size)


def test_centres_are_centres(monkeypatch):
    """No half pixel is lost between the patch, the field and the table."""

    def dot(cell, protein, generator):
        return np.stack([1e5 * (np.hypot(cell.x, cell.y) < 3)] * 2)

    monkeypatch.setattr(simulate, "paint_cell", dot)
    monkeypatch.setattr(simulate, "litter", lambda *arguments: None)
    monkeypatch.setattr(simulate, "FINDING", 0.0)
    field = next(draw_fields(SPEC))
    light = np.clip(field.image[0].astype(float) - 500, 0, None)
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    for row in field.cells.itertuples():
        near = light * (np.hypot(x - row.x, y - row.y) < 10)
        assert (near * x).sum() / near.sum() == pytest.approx(row.x, abs=0.1)
        assert (near * y).sum() / near.sum() == pytest.approx(row.y, abs=0.1)


def test_the_same_seed_gives_the_same_fields(fields):
    for field, again in zip(fields, draw_fields(SPEC), strict=True):
        assert np.array_equal(field.image, again.image) and field.cells.equals(again.cells)
    other = next(draw_fields(SPEC.model_copy(update={"seed": 2})))
    assert not np.array_equal(other.image, fields[0].image)


def test_the_seed_decides_on_cells_of_the_same_protein_and_plate(fields, monkeypatch):
    proteins, plates = draw_proteins(SPEC), draw_plates(SPEC)
    monkeypatch.setattr(simulate, "draw_proteins", lambda spec: proteins)
    monkeypatch.setattr(simulate, "draw_plates", lambda spec: plates)
    assert np.array_equal(next(draw_fields(SPEC)).image, fields[0].image)
    other = next(draw_fields(SPEC.model_copy(update={"seed": 2})))
    assert other.name == fields[0].name and not np.array_equal(other.image, fields[0].image)


def test_a_plate_s_light_is_that_of_its_cells():
    [protein, *_], [plate, _] = draw_proteins(SPEC), draw_plates(SPEC)
    sums = []
    for light in (1.0, 3.0):
        image, _ = draw_field(SPEC, protein, plate._replace(light=light), np.random.default_rng(1))
        sums.append((image - OFFSET - plate.gain * plate.background).sum())
    assert sums[1] / sums[0] == pytest.approx(3, rel=0.03)


def test_a_further_plate_leaves_the_images_of_the_others(fields):
    more = draw_fields(SPEC.model_copy(update={"plates": 3}))
    for field, again in zip(fields, more, strict=False):
        assert field.name == again.name and np.array_equal(field.image, again.image)


def test_there_is_an_effect_at_every_level():
    """The brightness of one class differs between plates, between proteins and between cells."""
    spec = CellSimulation(proteins=2, plates=3, cells=3, size=24, wrong=0.0)
    rows = []
    for field in draw_fields(spec):
        for row in field.cells.itertuples():
            own = crop(field.image, row.x, row.y, 11).astype(float) - 100
            rows.append((row.plate, row.protein, row.field, row.true_label, np.log(own[1].mean())))
    table = pd.DataFrame(rows, columns=["plate", "protein", "field", "label", "light"])
    table["light"] -= table.groupby("label")["light"].transform("mean")
    within = table.groupby("field")["light"].std().mean()
    proteins = table.groupby("protein")["light"].mean().std()
    plates = np.ptp(table.groupby("plate")["light"].mean())
    assert within > 0.1 and proteins > 0.1 and plates > 0.05


@pytest.mark.parametrize(("cells", "size"), [(1, 24), (2, 40), (5, 24)])
def test_small_fields(cells, size):
    field = next(draw_fields(CellSimulation(proteins=1, plates=1, cells=cells, size=size)))
    assert len(field.cells) == cells and field.image.dtype == np.uint16
    assert all(crop(field.image, row.x, row.y, size).shape[1:] == (size, size) for row in field.cells.itertuples())


def test_wells():
    assert well_names(96)[-1] == "H12" and well_names(97)[12] == "A13" and well_names(384)[-1] == "P24"
    assert well_names(1536)[-1] == "FF48"  # after Z comes AA
    for number in (1, 60, 500, 7000):
        assert len(set(well_names(number))) == number


@pytest.mark.parametrize("share", [0, 0.03, 0.5, 1])
def test_mislabel(share):
    labels = np.repeat(np.array(list(LOCALISATIONS)), 50)
    given = mislabel(labels, share, np.random.default_rng(1))
    assert (given != labels).sum() == round(share * 600) and set(given) <= set(labels)
    assert labels.tolist() == np.repeat(np.array(list(LOCALISATIONS)), 50).tolist()


def test_grid_is_line_by_line():
    assert grid(3, 2).tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]

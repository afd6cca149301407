"""Proteins and plates differ among each other, and the seed alone decides how."""

import numpy as np
import pytest

from convoscope.config.image import CellSimulation
from convoscope.image.simulation.levels import draw_plates, draw_proteins, field_optics
from convoscope.image.simulation.localisations import LOCALISATIONS

SPEC = CellSimulation()


def test_every_localisation_has_its_proteins():
    proteins = draw_proteins(SPEC)
    assert [protein.protein for protein in proteins] == [f"p{number:02d}" for number in range(1, 61)]
    labels = [protein.label for protein in proteins]
    assert {label: labels.count(label) for label in labels} == dict.fromkeys(LOCALISATIONS, 5)
    assert labels != sorted(labels)
    assert all(protein.like in LOCALISATIONS[protein.label].like for protein in proteins)


def test_proteins_of_a_localisation_differ():
    for label in LOCALISATIONS:
        own = [protein for protein in draw_proteins(SPEC) if protein.label == label]
        for trait in ("abundance", "free", "second", "number", "width"):
            assert len({getattr(protein, trait) for protein in own}) == 5


def test_shares_leave_most_of_the_protein_at_its_place():
    for protein in draw_proteins(CellSimulation(proteins=40)):
        assert (1 - protein.free) * (1 - protein.second) > 0.35
        assert min(protein.abundance, protein.number, protein.width) > 0


def test_a_further_plate_leaves_the_others_as_they_are():
    three, four = draw_plates(SPEC), draw_plates(CellSimulation(plates=4))
    assert four[:3] == three and len({plate.gain for plate in four}) == 4
    assert [plate.plate for plate in three] == ["plate1", "plate2", "plate3"]


def test_the_seed_decides():
    other = CellSimulation(seed=2)
    assert draw_proteins(SPEC) == draw_proteins(SPEC) != draw_proteins(other)
    assert draw_plates(SPEC) != draw_plates(other)


def test_fields_stray_around_their_plate():
    [plate] = draw_plates(CellSimulation(plates=1))
    fields = [field_optics(plate, np.random.default_rng(seed)) for seed in range(400)]
    assert min(field.blur for field in fields) >= plate.blur and len({field.blur for field in fields}) == 400
    tilts = np.array([field.tilt for field in fields])
    assert tilts.mean(axis=0) == pytest.approx([plate.tilt_right, plate.tilt_down], abs=0.02)
    assert tilts.std(axis=0) == pytest.approx([0.08, 0.08], rel=0.15)
    assert fields[0].gain == plate.gain and fields[0].bleed == ((1, plate.bleed), (plate.bleed / 2, 1))
    steep = field_optics(plate._replace(tilt_right=3.0), np.random.default_rng(1))
    assert steep.tilt[0] == 0.8  # illumination stays positive

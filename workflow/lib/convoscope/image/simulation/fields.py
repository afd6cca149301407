"""Cells with a known truth: plates, wells, fields and cells, each level with an effect of its own.

What makes real cell images hard is here too: proteins that share a localisation but not their brightness, their
number of spots or what they leave in the cytoplasm, so that an unseen protein is harder than an unseen cell; plates
with their own light, blur and background; neighbours and dirt that reach into the crop; dim cells; wrong labels.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import CellSimulation
from convoscope.image.simulation.anatomy import grow_cell
from convoscope.image.simulation.camera import photograph
from convoscope.image.simulation.levels import Plate, Protein, draw_plates, draw_proteins, field_optics
from convoscope.image.simulation.localisations import LOCALISATIONS
from convoscope.image.simulation.painting import CHANNELS, litter, paint_cell, paste

PITCH = 0.7  # distance of neighbours by the crop's side: cells may touch, and reach into each other's crops
STRAY = 0.08  # by which cells stray from the grid, and by the side
FINDING = 0.012  # standard deviation of a centre as a segmentation finds it, by the side
MARGIN = 0.5 + STRAY + 0.05  # from the outer cells of the grid to the edge, by the side: no crop leaves the field


class SimulatedField(NamedTuple):
    """One image ``(2, height, width)`` uint16 and its cells, with the columns of ``cells.tsv``."""

    name: str
    image: np.ndarray
    cells: pd.DataFrame


def well_names(number: int) -> list[str]:
    """Return names of wells such as ``C07``, line by line, on the smallest plate of 96, 384, 1536, … with enough.

    >>> well_names(14)[:2], well_names(14)[-1]
    (['A01', 'A02'], 'B02')
    """
    times = 1
    while 96 * times**2 < number:
        times *= 2
    lines, columns = np.divmod(np.arange(number), 12 * times)
    letters = [chr(ord("A") + k % 26) * (k // 26 + 1) for k in lines.tolist()]
    return [f"{letter}{column + 1:02d}" for letter, column in zip(letters, columns.tolist(), strict=True)]


def mislabel(labels: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Replace the given share of labels, rounded to whole cells, by another class at random.

    Parameters
    ----------
    labels
        ``(cells,)``.
    share
        From 0 to 1.
    generator
        Source of randomness.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    wrong = generator.permutation(len(labels))[: round(share * len(labels))]
    codes[wrong] = (codes[wrong] + generator.integers(1, len(classes), len(wrong))) % len(classes)
    return classes[codes]


def draw_field(
    spec: CellSimulation, protein: Protein, plate: Plate, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the cells of one field on a loose grid and photograph them.

    Parameters
    ----------
    spec
        The simulation.
    protein, plate
        What is seen, and where.
    generator
        Source of everything that varies within the plate.

    Returns
    -------
    image, centres
        ``(2, height, width)`` uint16 and ``(cells, 2)`` x, y of the centres, as a segmentation would find them.
    """
    side = spec.size
    columns = int(np.ceil(np.sqrt(spec.cells)))
    counts = np.array([columns, -(-spec.cells // columns)])
    width, height = np.rint(((counts - 1) * PITCH + 2 * MARGIN) * side).astype(int)
    light = np.zeros((len(CHANNELS), height, width))
    litter(light, (grid(*(counts + 1)) - 0.5) * PITCH * side + MARGIN * side, side, generator)
    slots = (grid(*counts)[: spec.cells] * PITCH + MARGIN) * side
    corners = np.rint(slots + generator.uniform(-STRAY, STRAY, slots.shape) * side - side / 2).astype(int)
    for left, top in corners.tolist():
        paste(light, paint_cell(grow_cell(side, generator), protein, generator), left, top)
    centres = corners + (side - 1) / 2 + generator.normal(0, FINDING * side, corners.shape)
    return photograph(plate.light * light, field_optics(plate, generator), generator), centres


def grid(columns: int, rows: int) -> np.ndarray:
    """Return the whole-number places ``(columns · rows, 2)``, x and y, line by line.

    >>> grid(2, 2).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return np.stack(np.divmod(np.arange(columns * rows), columns)[::-1], axis=1)


def draw_fields(spec: CellSimulation) -> Iterator[SimulatedField]:
    """Yield field after field, the same for the same simulation; only one is in memory at a time."""
    proteins, wells = draw_proteins(spec), well_names(len(LOCALISATIONS) * spec.proteins)
    truth = np.tile(np.repeat([protein.label for protein in proteins], spec.fields * spec.cells), spec.plates)
    given = mislabel(truth, spec.wrong, np.random.default_rng([spec.seed, 3])).reshape(-1, spec.cells)
    labels = iter(given)
    for number, plate in enumerate(draw_plates(spec)):
        for index, (protein, well) in enumerate(zip(proteins, wells, strict=True)):
            for field in range(spec.fields):
                generator = np.random.default_rng([spec.seed, 4, number, index, field])
                image, centres = draw_field(spec, protein, plate, generator)
                name = f"{plate.plate}-{well}-f{field + 1}"
                yield SimulatedField(name, image, _describe(name, centres, next(labels), protein, plate))


def _describe(name: str, centres: np.ndarray, labels: np.ndarray, protein: Protein, plate: Plate) -> pd.DataFrame:
    """Return the rows of ``cells.tsv`` of one field.

    Parameters
    ----------
    name
        The field's.
    centres
        ``(cells, 2)``, x and y.
    labels
        The labels that the table gives, ``(cells,)``.
    protein, plate
        What is seen, and where.
    """
    columns = {
        "cell": [f"{name}-c{number + 1:02d}" for number in range(len(centres))],
        "image": f"fields/{name}.ome.tif",
        "x": centres[:, 0].round(1),
        "y": centres[:, 1].round(1),
        "label": labels,
        "protein": protein.protein,
        "plate": plate.plate,
        "well": name.rsplit("-", 1)[0],
        "field": name,
        "true_label": protein.label,
    }
    return pd.DataFrame(columns)

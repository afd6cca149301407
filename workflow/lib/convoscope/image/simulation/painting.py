"""The light that cells give off in two channels, and what else lies on the glass: dead cells and specks.

Light is in photons per pixel; patches are ``(2, side, side)``, the marker before the protein.
"""

import numpy as np

from convoscope.image.simulation.anatomy import Anatomy, Ellipse, depth, grow_cell, inside
from convoscope.image.simulation.levels import Protein
from convoscope.image.simulation.localisations import LOCALISATIONS, Habit

CHANNELS = ("marker", "protein")
MARKER_LIGHT = 60.0  # of an average cell's marker
PROTEIN_LIGHT = 45.0  # of an average cell, were its protein spread evenly
OWN_LIGHT = 4.0  # of a cell's own fluorescence in the protein's channel
DEAD, SPECK = 0.15, 0.15  # share of the gaps between cells with a dead cell, with a speck


def paint_cell(cell: Anatomy, protein: Protein, generator: np.random.Generator) -> np.ndarray:
    """Return the light of one cell: the marker in the cytosol, and the protein.

    Parameters
    ----------
    cell
        The cell.
    protein
        The protein that is seen in it.
    generator
        Source of what varies from cell to cell: amounts, spots, unevenness.
    """
    dome = np.sqrt(np.clip(cell.body / cell.radius, 0, 1)) * inside(cell.body)
    vacuole, nucleus = inside(cell.depth_of("vacuole")), inside(cell.depth_of("nucleus"))
    marker = dome * (1 - 0.7 * vacuole) * (1 - 0.1 * nucleus)
    habit = Habit(protein.number, protein.width)
    parts = [share * spread(cell, name, habit, generator) for name, share in shares(protein, generator).items()]
    amounts = generator.lognormal(0, 0.3, 2) * [MARKER_LIGHT, PROTEIN_LIGHT * protein.abundance]
    return np.stack([amounts[0] * marker, amounts[1] * sum(parts) + OWN_LIGHT * dome])


def shares(protein: Protein, generator: np.random.Generator) -> dict[str, float]:
    """Return how one cell's protein is shared between localisations; the shares add up to 1."""
    free = float(np.clip(protein.free + generator.normal(0, 0.06), 0, 0.9))
    second = float(np.clip(protein.second + generator.normal(0, 0.08), 0, 0.6))
    parts = [(protein.label, (1 - free) * (1 - second)), (protein.like, (1 - free) * second), ("cytoplasm", free)]
    total = dict.fromkeys((label for label, _ in parts), 0.0)
    for label, share in parts:
        total[label] += share
    return total


def spread(cell: Anatomy, label: str, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return one localisation's light, its sum that of an evenly filled cell times the class's relative light.

    Parameters
    ----------
    cell, label, habit
        What is drawn.
    generator
        Source of spots and unevenness.
    """
    row = LOCALISATIONS[label]
    drawing = row.draw(cell, habit, generator)
    return drawing * (row.light * inside(cell.body).sum() / drawing.sum())


def paint_dead(side: int, generator: np.random.Generator) -> np.ndarray:
    """Return a dead cell: shrunken, filled evenly, often the brightest thing around."""
    cell = grow_cell(side, generator)
    shrunken = generator.uniform(0.65, 0.95)
    body = inside(depth(cell.mother._replace(a=cell.mother.a * shrunken, b=cell.mother.b * shrunken), cell.x, cell.y))
    amounts = generator.lognormal([-0.3, 0.9], 0.6) * [MARKER_LIGHT, PROTEIN_LIGHT]
    return amounts[:, None, None] * body


def paint_speck(side: int, generator: np.random.Generator) -> np.ndarray:
    """Return a speck of dirt that glows in the protein's channel."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    radius = side * generator.uniform(0.015, 0.05)
    right, down = generator.normal(0, 0.05 * side, 2)
    grain = Ellipse(right, down, radius * 1.3, radius, generator.uniform(0, np.pi))
    light = generator.lognormal(1.5, 0.6) * PROTEIN_LIGHT
    return np.stack([np.zeros((side, side)), light * inside(depth(grain, x, y))])


def paste(light: np.ndarray, patch: np.ndarray, left: int, top: int) -> None:
    """Add a patch ``(C, side, side)`` to an image ``(C, H, W)`` in place; what is outside of the image is lost.

    Parameters
    ----------
    light, patch
        The image and what is added to it.
    left, top
        Column and row of the patch's first pixel, also negative.
    """
    height, width = patch.shape[1:]
    rows = slice(max(0, -top), min(height, light.shape[1] - top))
    columns = slice(max(0, -left), min(width, light.shape[2] - left))
    if rows.start < rows.stop and columns.start < columns.stop:
        part = patch[:, rows, columns]
        light[:, top + rows.start : top + rows.stop, left + columns.start : left + columns.stop] += part


def litter(light: np.ndarray, gaps: np.ndarray, side: int, generator: np.random.Generator) -> None:
    """Put dead cells and specks at random into the gaps between cells, in place.

    Parameters
    ----------
    light
        ``(2, height, width)``.
    gaps
        Centres of the gaps, ``(N, 2)``, x and y.
    side
        Pixels per side of a patch.
    generator
        Source of randomness.
    """
    corners = np.rint(gaps + generator.normal(0, 0.05 * side, gaps.shape) - side / 2).astype(int)
    for left, top in corners.tolist():
        draw = generator.random()
        if draw < DEAD + SPECK:
            paste(light, (paint_dead if draw < DEAD else paint_speck)(side, generator), left, top)

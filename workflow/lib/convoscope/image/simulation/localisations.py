"""Where a protein is in a yeast cell: the twelve localisations of DeepYeast as drawings on one cell's geometry.

The classes are those of Pärnamaa & Parts (2017). ``LOCALISATIONS`` holds for each how it is drawn, how much light it
gives beside a protein that fills the cell, and the classes that people and networks take it for.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convoscope.image.simulation.anatomy import Anatomy, Ellipse, edge, inside, shell


class Habit(NamedTuple):
    """What proteins of one localisation differ in: factors of the number and of the width of spots and shells."""

    number: float = 1
    width: float = 1


Draw = Callable[[Anatomy, Habit, np.random.Generator], np.ndarray]


class Localisation(NamedTuple):
    """One class: its drawing, its light relative to a cell filled evenly, and what it is taken for."""

    draw: Draw
    light: float
    like: tuple[str, ...]


def unit(cell: Anatomy) -> float:
    """Return what widths are measured in, in pixels: about 100 nm in a cell of 5 µm."""
    return cell.radius / 24


def _draw_cytoplasm(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the cell without its vacuole; the nucleus lets some of it in."""
    return cell.cytoplasm + 0.45 * inside(cell.depth_of("nucleus"))


def _draw_nucleus(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the filled nucleus."""
    return inside(cell.depth_of("nucleus"))


def _draw_vacuole(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the filled vacuole."""
    return inside(cell.depth_of("vacuole"))


def _draw_nuclear_periphery(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the nuclear envelope, uneven along its way."""
    return shell(cell.depth_of("nucleus"), habit.width * 1.6 * unit(cell)) * uneven(cell, cell.nucleus, 0.4, generator)


def _draw_vacuolar_membrane(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the membrane of the vacuole, uneven along its way."""
    return shell(cell.depth_of("vacuole"), habit.width * 1.6 * unit(cell)) * uneven(cell, cell.vacuole, 0.4, generator)


def _draw_cell_periphery(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the plasma membrane of mother and bud."""
    return shell(cell.body, habit.width * 1.6 * unit(cell)) * uneven(cell, cell.mother, 0.4, generator)


def _draw_er(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return the nuclear envelope and patches below the plasma membrane: the endoplasmic reticulum of yeast."""
    width = habit.width * 1.8 * unit(cell)
    cortex = shell(cell.body - 2.5 * unit(cell), width) * uneven(cell, cell.mother, 1.0, generator)
    return shell(cell.depth_of("nucleus"), width) + generator.uniform(0.6, 1.2) * cortex


def _draw_mitochondrion(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return a few bent tubules below the plasma membrane."""
    points = [tubule(cell, generator) for _ in range(drawn(3, habit, generator))]
    return spots(cell, np.concatenate(points), habit.width * 2.0 * unit(cell))


def _draw_endosome(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return a few larger spots next to the vacuole."""
    places = shell(cell.depth_of("vacuole") + 2 * unit(cell), 3 * unit(cell)) * cell.cytoplasm
    return spots(cell, scatter(cell, places, drawn(4, habit, generator), generator), habit.width * 2.6 * unit(cell))


def _draw_golgi(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return several spots anywhere in the cytoplasm."""
    return spots(
        cell, scatter(cell, cell.cytoplasm, drawn(7, habit, generator), generator), habit.width * 2.2 * unit(cell)
    )


def _draw_peroxisome(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return a few small spots below the plasma membrane."""
    places = shell(cell.body - 5 * unit(cell), 3 * unit(cell)) * cell.cytoplasm
    return spots(cell, scatter(cell, places, drawn(4, habit, generator), generator), habit.width * 1.5 * unit(cell))


def _draw_spindle_pole(cell: Anatomy, habit: Habit, generator: np.random.Generator) -> np.ndarray:
    """Return one spot on the nuclear envelope, in a cell with a bud often a second one opposite."""
    angles = [generator.uniform(0, 2 * np.pi)]
    if cell.bud is not None and generator.random() < 0.6:
        angles.append(angles[0] + np.pi)
    points = np.array([edge(cell.nucleus, angle) for angle in angles])
    return spots(cell, points, habit.width * 1.7 * unit(cell))


def drawn(mean: float, habit: Habit, generator: np.random.Generator) -> int:
    """Return a number of structures, at least one, around the class's mean times the protein's factor."""
    return int(max(1, generator.poisson(mean * habit.number)))


def scatter(cell: Anatomy, weights: np.ndarray, number: int, generator: np.random.Generator) -> np.ndarray:
    """Return points ``(number, 2)`` drawn from the patch with the given weights, anywhere within their pixel."""
    chosen = generator.choice(weights.size, number, p=weights.ravel() / weights.sum())
    centres = np.stack([cell.x.ravel()[chosen], cell.y.ravel()[chosen]], axis=1)
    return centres + generator.uniform(-0.5, 0.5, centres.shape)


def spots(cell: Anatomy, points: np.ndarray, width: float) -> np.ndarray:
    """Return Gaussian spots of height 1 at points ``(N, 2)``; where they overlap, they add up."""
    columns = np.exp(-0.5 * ((cell.x[0] - points[:, :1]) / width) ** 2)
    lines = np.exp(-0.5 * ((cell.y[:, 0] - points[:, 1:]) / width) ** 2)
    return lines.T @ columns


def tubule(cell: Anatomy, generator: np.random.Generator) -> np.ndarray:
    """Return points ``(24, 2)`` along one tubule that follows the cell's edge at a wandering depth."""
    start, span = generator.uniform(0, 2 * np.pi), generator.uniform(0.5, 1.6) * generator.choice([-1, 1])
    steps = np.cumsum(generator.normal(0, 0.035, 24))
    shares = np.clip(generator.uniform(0.62, 0.88) + steps, 0.35, 0.92)
    angles = start + np.linspace(0, span, 24)
    return np.array([edge(cell.mother, angle, share) for angle, share in zip(angles, shares, strict=True)])


def uneven(cell: Anatomy, around: Ellipse, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Return a factor that varies with the direction from an ellipse's centre, between 0 and 1 + ``amount``."""
    direction = np.arctan2(cell.y - around.y, cell.x - around.x)
    waves = sum(generator.normal() * np.cos(k * direction + generator.uniform(0, 2 * np.pi)) for k in (1, 2, 3))
    return np.clip(1 + amount * waves / 2, 0, 1 + amount)


LOCALISATIONS = {
    "cell periphery": Localisation(_draw_cell_periphery, 0.8, ("ER", "cytoplasm")),
    "cytoplasm": Localisation(_draw_cytoplasm, 1.0, ("nucleus", "ER")),
    "endosome": Localisation(_draw_endosome, 0.35, ("Golgi", "vacuolar membrane")),
    "ER": Localisation(_draw_er, 0.8, ("nuclear periphery", "cell periphery")),
    "Golgi": Localisation(_draw_golgi, 0.45, ("endosome", "peroxisome")),
    "mitochondrion": Localisation(_draw_mitochondrion, 0.6, ("ER", "Golgi")),
    "nuclear periphery": Localisation(_draw_nuclear_periphery, 0.6, ("ER", "nucleus")),
    "nucleus": Localisation(_draw_nucleus, 0.7, ("nuclear periphery", "cytoplasm")),
    "peroxisome": Localisation(_draw_peroxisome, 0.3, ("Golgi", "spindle pole")),
    "spindle pole": Localisation(_draw_spindle_pole, 0.2, ("peroxisome", "nuclear periphery")),
    "vacuole": Localisation(_draw_vacuole, 0.7, ("vacuolar membrane", "nucleus")),
    "vacuolar membrane": Localisation(_draw_vacuolar_membrane, 0.6, ("vacuole", "endosome")),
}

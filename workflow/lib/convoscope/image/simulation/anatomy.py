"""Cells as geometry: a body with or without a bud, a nucleus next to a vacuole, and where a pixel lies in them.

Lengths are in pixels. Places are offsets ``(x, y)`` from the centre of the mother cell, x to the right, y down. What
varies from cell to cell is drawn from ranges that fit budding yeast under a 60× lens (a mother cell is about 5 µm).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

RADIUS = (0.205, 0.265)  # of a mother cell, as a share of the crop's side
LENGTHENING = (1.0, 1.3)  # long by short axis of a mother cell
BUDDED = 0.4  # share of cells with a bud
BUD = (0.3, 0.65)  # radius of a bud by that of its mother
NUCLEUS = (0.36, 0.48)  # radius of the nucleus by the cell's
VACUOLE = (0.32, 0.5)  # radius of the vacuole by the cell's: near that of the nucleus, so that size tells little
ORGANELLE_AT = (0.42, 0.5)  # distance of their centres from the cell's, by the cell's radius
TURN = 0.6  # radians by which the vacuole strays from the side opposite to the nucleus


class Ellipse(NamedTuple):
    """An ellipse: its centre, its half axes and the direction of the first one in radians."""

    x: float
    y: float
    a: float
    b: float
    angle: float


@dataclass(frozen=True)
class Anatomy:
    """One cell on a patch of pixels; each depth ``(side, side)`` is positive inside, in pixels to the edge.

    ``body`` is the mother with its bud, ``nucleus`` and ``vacuole`` belong to the mother. Depths are computed once.
    """

    mother: Ellipse
    bud: Ellipse | None
    nucleus: Ellipse
    vacuole: Ellipse
    x: np.ndarray
    y: np.ndarray

    @property
    def radius(self) -> float:
        """Mean radius of the mother."""
        return float(np.sqrt(self.mother.a * self.mother.b))

    @cached_property
    def body(self) -> np.ndarray:
        """Depth within mother or bud, whichever is deeper."""
        own = self.depth_of("mother")
        return own if self.bud is None else np.maximum(own, self.depth_of("bud"))

    @cached_property
    def cytoplasm(self) -> np.ndarray:
        """Share of each pixel that is cell but neither nucleus nor vacuole."""
        free = 1 - np.maximum(inside(self.depth_of("nucleus")), inside(self.depth_of("vacuole")))
        return inside(self.body) * free

    @cached_property
    def _depths(self) -> dict[str, np.ndarray]:
        """The depths that were asked for, by part."""
        return {}

    def depth_of(self, part: str) -> np.ndarray:
        """Depth within one part, such as ``nucleus``."""
        if part not in self._depths:
            self._depths[part] = depth(getattr(self, part), self.x, self.y)
        return self._depths[part]


def depth(ellipse: Ellipse, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how deep points lie within an ellipse, in pixels, negative outside; exact for circles.

    >>> depth(Ellipse(0, 0, 3, 3, 0), np.array([0, 2, 5]), np.zeros(3)).tolist()
    [3.0, 1.0, -2.0]
    """
    cos, sin = np.cos(ellipse.angle), np.sin(ellipse.angle)
    along = (x - ellipse.x) * cos + (y - ellipse.y) * sin
    across = (y - ellipse.y) * cos - (x - ellipse.x) * sin
    return (1 - np.hypot(along / ellipse.a, across / ellipse.b)) * np.sqrt(ellipse.a * ellipse.b)


def inside(depths: np.ndarray) -> np.ndarray:
    """Return the share of a pixel that lies inside, from its depth."""
    return np.clip(depths + 0.5, 0, 1)


def shell(depths: np.ndarray, width: float) -> np.ndarray:
    """Return a Gaussian shell of standard deviation ``width`` along the edge where the depth is 0."""
    return np.exp(-0.5 * (depths / width) ** 2)


def edge(ellipse: Ellipse, angle: float, share: float = 1) -> tuple[float, float]:
    """Return the point on an ellipse (or on the one of ``share`` its size within) in a direction from its first axis.

    >>> edge(Ellipse(1, 0, 4, 2, 0), 0.0)
    (5.0, 0.0)
    """
    along, across = share * ellipse.a * np.cos(angle), share * ellipse.b * np.sin(angle)
    cos, sin = np.cos(ellipse.angle), np.sin(ellipse.angle)
    return float(ellipse.x + along * cos - across * sin), float(ellipse.y + along * sin + across * cos)


def grow_cell(side: int, generator: np.random.Generator) -> Anatomy:
    """Draw one cell at random on a patch of ``side`` pixels, its centre in the middle."""
    radius, stretch = side * generator.uniform(*RADIUS), np.sqrt(generator.uniform(*LENGTHENING))
    mother = Ellipse(0, 0, radius * stretch, radius / stretch, generator.uniform(0, 2 * np.pi))
    towards = generator.uniform(0, 2 * np.pi)
    nucleus = _organelle(mother, towards, generator.uniform(*NUCLEUS), generator)
    away = towards + np.pi + generator.uniform(-TURN, TURN)
    vacuole = _organelle(mother, away, generator.uniform(*VACUOLE), generator)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return Anatomy(mother, _grow_bud(mother, generator), nucleus, vacuole, x, y)


def _grow_bud(mother: Ellipse, generator: np.random.Generator) -> Ellipse | None:
    """Return a bud at one of the mother's ends, or nothing."""
    if generator.random() > BUDDED:
        return None
    size, turn = generator.uniform(*BUD), generator.normal(0, 0.3)
    radius = size * np.sqrt(mother.a * mother.b)
    x, y = edge(mother, turn, 1 + 0.85 * radius / mother.a)
    return Ellipse(x, y, radius * 1.1, radius / 1.1, mother.angle + turn)


def _organelle(mother: Ellipse, angle: float, size: float, generator: np.random.Generator) -> Ellipse:
    """Return an organelle of the given share of the cell's radius, off the cell's centre in a direction."""
    radius, stretch = size * np.sqrt(mother.a * mother.b), np.sqrt(generator.uniform(1, 1.25))
    x, y = edge(mother, angle, generator.uniform(*ORGANELLE_AT))
    return Ellipse(x, y, radius * stretch, radius / stretch, generator.uniform(0, 2 * np.pi))

"""What simulated cells have in common: proteins of a localisation, plates, fields, each with an effect of its own."""

from typing import NamedTuple

import numpy as np

from convoscope.config.image import CellSimulation
from convoscope.image.simulation.camera import Optics
from convoscope.image.simulation.localisations import LOCALISATIONS


class Protein(NamedTuple):
    """What the cells of one protein have in common.

    ``abundance`` is relative; ``free`` is the share of it in the cytoplasm, ``second`` the share at the other
    localisation ``like``; ``number`` and ``width`` are as in :class:`~convoscope.image.simulation.localisations.Habit`.
    """

    protein: str
    label: str
    abundance: float
    free: float
    like: str
    second: float
    number: float
    width: float


class Plate(NamedTuple):
    """What the images of one plate have in common.

    ``light`` is the relative light of its cells, ``background`` that of empty pixels in photons; the others are as in
    :class:`~convoscope.image.simulation.camera.Optics`.
    """

    plate: str
    gain: float
    light: float
    blur: float
    background: float
    tilt_right: float
    tilt_down: float
    bleed: float


def draw_proteins(spec: CellSimulation) -> list[Protein]:
    """Draw ``spec.proteins`` proteins for each localisation; their names do not tell which is which."""
    generator = np.random.default_rng([spec.seed, 1])
    labels = [label for label in LOCALISATIONS for _ in range(spec.proteins)]
    digits = len(str(len(labels)))
    numbers = generator.permutation(len(labels)) + 1
    drawn = [_draw_protein(f"p{n:0{digits}}", label, generator) for n, label in zip(numbers, labels, strict=True)]
    return sorted(drawn)


def _draw_protein(name: str, label: str, generator: np.random.Generator) -> Protein:
    """Draw one protein of a localisation."""
    return Protein(
        protein=name,
        label=label,
        abundance=float(generator.lognormal(0, 0.45)),
        free=float(generator.uniform(0.05, 0.45)),
        like=str(generator.choice(LOCALISATIONS[label].like)),
        second=float(generator.uniform(0, 0.3)),
        number=float(generator.lognormal(0, 0.3)),
        width=float(generator.lognormal(0, 0.2)),
    )


def draw_plates(spec: CellSimulation) -> list[Plate]:
    """Draw the plates; adding one leaves the others as they are."""
    return [_draw_plate(f"plate{k + 1}", np.random.default_rng([spec.seed, 2, k])) for k in range(spec.plates)]


def _draw_plate(name: str, generator: np.random.Generator) -> Plate:
    """Draw one plate."""
    return Plate(
        plate=name,
        gain=float(8 * generator.lognormal(0, 0.15)),
        light=float(generator.lognormal(0, 0.25)),
        blur=float(generator.uniform(0.9, 1.6)),
        background=float(generator.uniform(3, 12)),
        tilt_right=float(generator.normal(0, 0.2)),
        tilt_down=float(generator.normal(0, 0.2)),
        bleed=float(generator.uniform(0.02, 0.08)),
    )


def field_optics(plate: Plate, generator: np.random.Generator) -> Optics:
    """Return the plate's optics with the focus and the tilt of one field."""
    tilt = np.clip(generator.normal([plate.tilt_right, plate.tilt_down], 0.08), -0.8, 0.8)
    return Optics(
        blur=float(np.hypot(plate.blur, generator.normal(0, 0.6))),
        tilt=(float(tilt[0]), float(tilt[1])),
        background=(plate.background, plate.background),
        bleed=((1, plate.bleed), (plate.bleed / 2, 1)),
        gain=plate.gain,
    )

"""From light to camera counts: illumination, blur, bleed-through, shot noise, read noise, saturation.

Images are ``(channels, height, width)``; light is in photons per pixel and exposure.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

OFFSET = 100.0  # counts of a dark pixel
READ_NOISE = 3.0  # standard deviation of the camera's own noise, in counts
DEPTH = 2**16 - 1  # largest count


class Optics(NamedTuple):
    """How light becomes an image.

    ``blur`` is the standard deviation of the point-spread function in pixels, ``tilt`` the change of illumination
    across the image to the right and down, ``background`` the light of an empty pixel of each channel, ``bleed`` the
    share of each channel's light that is seen in the other ones as ``[seen in, comes from]``, ``gain`` the counts per
    photon.
    """

    blur: float
    tilt: tuple[float, float]
    background: tuple[float, ...]
    bleed: tuple[tuple[float, ...], ...]
    gain: float


def illumination(height: int, width: int, tilt: tuple[float, float]) -> np.ndarray:
    """Return the relative illumination ``(height, width)``, a plane that is 1 in the middle.

    >>> illumination(1, 3, (0.5, 0)).tolist()
    [[0.75, 1.0, 1.25]]
    """
    right, down = (np.linspace(-0.5, 0.5, size) if size > 1 else np.zeros(1) for size in (width, height))
    return 1 + tilt[0] * right[None, :] + tilt[1] * down[:, None]


def expose(light: np.ndarray, optics: Optics) -> np.ndarray:
    """Return the photons expected in every pixel, ``(channels, height, width)``.

    Parameters
    ----------
    light
        Light given off, ``(channels, height, width)``.
    optics
        The microscope.
    """
    lit = light * illumination(light.shape[1], light.shape[2], optics.tilt)
    blurred = gaussian_filter(lit, (0, optics.blur, optics.blur), mode="constant")
    mixed = np.tensordot(np.asarray(optics.bleed), blurred, axes=1)
    return mixed + np.asarray(optics.background)[:, None, None]


def photograph(light: np.ndarray, optics: Optics, generator: np.random.Generator) -> np.ndarray:
    """Return the counts of a 16-bit camera, ``(channels, height, width)`` uint16.

    Parameters
    ----------
    light
        Light given off, ``(channels, height, width)``.
    optics
        The microscope.
    generator
        Source of the noise.
    """
    photons = generator.poisson(expose(light, optics))
    counts = OFFSET + optics.gain * photons + generator.normal(0, READ_NOISE, light.shape)
    return np.clip(np.rint(counts), 0, DEPTH).astype(np.uint16)

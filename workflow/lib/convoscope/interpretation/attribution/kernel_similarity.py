"""Which classic kernel a learned filter looks like, and whether untrained filters look as much like one."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.evaluation.rates import q_values

COLUMNS = ["filter", "channel", "kernel", "cosine", "angle", "zoom", "p_value", "q_value"]
ANGLES = tuple(range(0, 360, 15))
# Points per pixel and dimension at which a turned or zoomed kernel is read.
POINTS = 6


class Bank(NamedTuple):
    """Classic kernels turned and zoomed: ``kernels (entries, size, size)`` of norm 1, and what each is."""

    kernels: np.ndarray
    names: np.ndarray
    angles: np.ndarray
    zooms: np.ndarray


def transform(kernel: np.ndarray, size: int, angle: float, zoom: float) -> np.ndarray:
    """Turn and zoom a kernel about its middle and lay it on ``(size, size)`` pixels.

    Each pixel is the mean over its area of the turned kernel, whose own pixels are squares of one number. Angle 0 and
    zoom 1 give the kernel itself; as in `nn.kernels.fit_kernel`, even sizes stand on the upper left of their middle.

    Parameters
    ----------
    kernel
        ``(rows, columns)``.
    size
        Pixels per side; what lies beyond is cut off.
    angle
        Degrees, counterclockwise as it is seen, with rows growing downward.
    zoom
        Sides of the result by sides of the kernel.
    """
    points = (np.arange(size * POINTS) + 0.5) / POINTS - 0.5 - (size - 1) / 2
    rows, columns, turn = points[:, None], points, np.deg2rad(angle)
    back = (rows * np.cos(turn) + columns * np.sin(turn), columns * np.cos(turn) - rows * np.sin(turn))
    read, inside = [], np.True_
    for coordinates, side in zip(back, kernel.shape, strict=True):
        # Half a pixel where the kernel fills whole pixels and one of the two sizes is even, the other odd.
        shift = 0.5 * ((size - side * zoom) % 2 == 1)
        place = np.rint((coordinates - shift) / zoom + (side - 1) / 2).astype(int)
        nearest = np.minimum(np.maximum(place, 0), side - 1)
        inside = inside & (place == nearest)
        read.append(nearest)
    fine = kernel[read[0], read[1]] * inside
    return fine.reshape(size, POINTS, size, POINTS).mean(axis=(1, 3))


def zooms_of(side: int, size: int) -> list[float]:
    """Return the zooms, by factors of √2, between three pixels and the whole filter; 1 is always one of them.

    >>> [round(zoom, 2) for zoom in zooms_of(3, 7)]
    [1.0, 1.41, 2.0]
    """
    smallest, largest = min(3, side) / side, max(1.0, size / side)
    steps = range(int(np.ceil(2 * np.log2(smallest) - 1e-9)), int(np.floor(2 * np.log2(largest) + 1e-9)) + 1)
    return [2.0 ** (step / 2) for step in steps]


def _bank(kernels: Mapping[str, Callable[[], np.ndarray]], size: int) -> Bank:
    """Turn and zoom every kernel of a table such as `nn.kernels.KERNELS` for filters of ``size × size``.

    What is turned and zoomed least stands first, so that it is taken of those that are as near.
    """
    made = {name: make() for name, make in kernels.items()}
    entries = [
        (transform(kernel, size, angle, zoom), name, angle, zoom)
        for name, kernel in made.items()
        for zoom in zooms_of(max(kernel.shape), size)
        for angle in ANGLES
    ]
    entries.sort(key=lambda entry: (min(entry[2], 360 - entry[2]), abs(np.log(entry[3]))))
    images, names, angles, zooms = (np.array(field) for field in zip(*entries, strict=True))
    return Bank(_units(images), names, angles, zooms)


def _units(images: np.ndarray) -> np.ndarray:
    """Bring ``(entries, size, size)`` to norm 1; what is zero stays zero."""
    norms = np.linalg.norm(images, axis=(1, 2), keepdims=True)
    return images / np.where(norms > 0, norms, 1)


def _cosines(filters: np.ndarray, classic: Bank) -> np.ndarray:
    """Return the cosine of each filter ``(filters, size, size)`` with each entry, ``(filters, entries)``."""
    return np.einsum("fij,eij->fe", _units(filters.astype(np.float64)), classic.kernels)


def nearest_kernels(
    filters: np.ndarray, untrained: np.ndarray, kernels: Mapping[str, Callable[[], np.ndarray]]
) -> pd.DataFrame:
    """Find for every filter and channel the classic kernel with the largest cosine, up to sign, scale and rotation.

    Parameters
    ----------
    filters
        Weights of a first layer ``(filters, channels, size, size)``.
    untrained
        Weights ``(filters, channels, size, size)`` of as many untrained networks of the same kind as can be had: the
        p-value is the share of them that are as near to any kernel, one added to both counts.
    kernels
        Names and functions, such as `nn.kernels.KERNELS`.

    Returns
    -------
    pandas.DataFrame
        One row per filter and channel, columns ``COLUMNS``. The cosine is negative for the kernel's negative; the
        kernel is turned by ``angle`` degrees counterclockwise and ``zoom`` times as wide as in the table; q-values
        are Benjamini and Hochberg's over all rows.

    Raises
    ------
    InputError
        If filters are not square or the untrained ones have another size.
    """
    size = filters.shape[-1]
    if filters.ndim != 4 or filters.shape[-2] != size or untrained.shape[-2:] != (size, size) or not untrained.size:
        shapes = f"{filters.shape} and, untrained, {untrained.shape}"
        raise InputError(f"filters: {shapes}; both (filters, channels, size, size) with one size")
    classic = _bank(kernels, size)
    found = _cosines(filters.reshape(-1, size, size), classic)
    best = np.abs(found).round(3).argmax(axis=1)
    near = np.take_along_axis(found, best[:, None], axis=1)[:, 0]
    null = np.sort(np.abs(_cosines(untrained.reshape(-1, size, size), classic)).max(axis=1))
    as_near = len(null) - np.searchsorted(null, np.abs(near) - 1e-12)
    p_values = (1 + as_near) / (1 + len(null))
    places = np.indices(filters.shape[:2]).reshape(2, -1)
    fields = [*places, classic.names[best], near, classic.angles[best], classic.zooms[best], p_values]
    return pd.DataFrame(dict(zip(COLUMNS, [*fields, q_values(p_values)], strict=True)))

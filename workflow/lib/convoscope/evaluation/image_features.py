"""What can be told of a crop without learning: energies of classic filters, intensities, the place in the field."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import ndimage

CHUNK = 256  # crops filtered at once
SCALES = (1.0, 2.0, 4.0)  # pixels, of the Gaussian
SPACE = (2, 3)  # axes of height and width: no filter may mix crops, nor channels
LEVELS = (1, 25, 50, 75, 99)  # percentiles


def _summaries(maps: np.ndarray) -> list[np.ndarray]:
    """Return mean and standard deviation of every map ``(n, channels, height, width)``, each ``(n, channels)``."""
    return [maps.mean(axis=(2, 3)), maps.std(axis=(2, 3))]


def _sobel(images: np.ndarray, across: int, along: int) -> np.ndarray:
    """Return the derivative across one axis of images, smoothed along the other; scipy's smooths along all others."""
    return ndimage.correlate1d(ndimage.correlate1d(images, (-1, 0, 1), across), (1, 2, 1), along)


def energies(crops: np.ndarray) -> np.ndarray:
    """Describe crops by how strongly classic filters answer, whatever the direction.

    Every crop is standardised by channel first, so that brightness tells nothing. At three Gaussian scales: the
    Sobel gradient's magnitude, the Laplacian of the Gaussian, and what the smoothing leaves; and the correlation
    of every pair of channels.

    Parameters
    ----------
    crops
        ``(n, channels, height, width)``.

    Returns
    -------
    ``(n, features)`` float32.
    """
    level, spread = crops.mean(axis=(2, 3), keepdims=True), crops.std(axis=(2, 3), keepdims=True)
    images = (crops - level) / np.where(spread > 0, spread, 1)
    columns = []
    for scale in SCALES:
        smooth = ndimage.gaussian_filter(images, scale, axes=SPACE)
        gradient = np.hypot(_sobel(smooth, *SPACE), _sobel(smooth, *SPACE[::-1]))
        curvature = np.abs(ndimage.gaussian_laplace(images, scale, axes=SPACE))
        columns += [*_summaries(gradient), *_summaries(curvature), smooth.std(axis=(2, 3)), smooth.max(axis=(2, 3))]
    first, second = np.triu_indices(images.shape[1], 1)
    columns.append((images[:, first] * images[:, second]).mean(axis=(2, 3)))
    return np.concatenate(columns, axis=1).astype(np.float32)


def intensities(crops: np.ndarray) -> np.ndarray:
    """Describe crops by how bright they are: mean, spread and percentiles of each channel, ``(n, features)``."""
    flat = crops.reshape(*crops.shape[:2], -1)
    levels = np.percentile(flat, LEVELS, axis=2)
    return np.concatenate([*_summaries(crops), *levels], axis=1).astype(np.float32)


def in_chunks(function: Callable[[np.ndarray], np.ndarray], codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Apply a function of crops to some rows of stored codes, a few at a time."""
    parts = [
        function(np.asarray(codes[rows[start : start + CHUNK]], dtype=np.float32))
        for start in range(0, len(rows), CHUNK)
    ]
    return np.concatenate(parts)


def places(table: pd.DataFrame) -> np.ndarray | None:
    """Return the cells' centres in their fields ``(n, 2)``, or nothing where they are not known."""
    where = table[["x", "y"]].apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
    return where if np.isfinite(where).all() and np.ptp(where) > 0 else None

"""Cutting cells out of images: windows of one size, what lies beyond the border, what makes a crop worthless.

Pixel centres are at whole numbers, x is the column and y the row, the origin is at the top left.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage

from convoscope.image.request import UnusableError

# Largest values of the cameras whose counts are kept in 1 or 2 bytes: 2 bytes hold 8 to 16 bits, at their right end
# (4095 of 12 bits) or at their left one (65520).
CEILINGS = {
    1: {255},
    2: {(1 << bits) - 1 for bits in range(8, 17)} | {((1 << bits) - 1) << (16 - bits) for bits in (8, 10, 11, 12, 14)},
}
NEARLY_ALL = 0.95  # share of crops in which a channel has one value, from which on it tells nothing
DARK = 10  # percentile of an image without a mask that is taken for the background


class Box(NamedTuple):
    """A half-open box in pixels."""

    left: float
    top: float
    right: float
    bottom: float


class Crop(NamedTuple):
    """A window of an image: ``pixels (C, S, S)`` and the part of it, rows and columns, that lies in the image."""

    pixels: np.ndarray
    inside: tuple[slice, slice]


def corner(x: float, y: float, size: int) -> tuple[int, int]:
    """Return row and column of the first pixel of the window whose centre is nearest to a point.

    A whole number as centre of an even window is the right one of its two middle pixels.

    >>> corner(32, 31.5, 64), corner(2, 2, 5)
    ((0, 0), (0, 0))
    """
    return int(np.ceil(y - size / 2)), int(np.ceil(x - size / 2))


def lies_within(image: np.ndarray, top: int, left: int, size: int) -> bool:
    """Tell whether a window lies wholly in an image ``(C, H, W)``."""
    height, width = image.shape[1:]
    return 0 <= top <= height - size and 0 <= left <= width - size


def cut_square(image: np.ndarray, top: int, left: int, size: int, fill: np.ndarray) -> Crop:
    """Cut a square window out of an image.

    Parameters
    ----------
    image
        ``(C, H, W)``.
    top, left
        First row and column of the window, which may lie outside.
    size
        Pixels per side.
    fill
        ``(C,)`` values beyond the border.
    """
    height, width = image.shape[1:]
    rows = slice(min(max(-top, 0), size), min(max(height - top, 0), size))
    columns = slice(min(max(-left, 0), size), min(max(width - left, 0), size))
    pixels = np.empty((len(image), size, size), dtype=image.dtype)
    pixels[:] = np.asarray(fill).reshape(-1, 1, 1)
    pixels[:, rows, columns] = image[:, rows.start + top : rows.stop + top, columns.start + left : columns.stop + left]
    return Crop(pixels, (rows, columns))


def background_levels(image: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Return each channel's value where no cell is, ``(C,)`` of the image's depth.

    The median outside of all objects of the mask; the tenth percentile where there is no mask, or all is object.
    """
    outside = None if mask is None else mask == 0
    known = outside is not None and bool(outside.any())
    pixels = image[:, outside] if known else image.reshape(len(image), -1)
    return np.rint(np.percentile(pixels, 50 if known else DARK, axis=1)).astype(image.dtype)


def isolated(pixels: np.ndarray, mask: np.ndarray, value: int, fill: np.ndarray) -> np.ndarray:
    """Return a crop with the pixels of all objects but one set to the background.

    Parameters
    ----------
    pixels
        ``(C, S, S)``.
    mask
        ``(S, S)``: 0 where no object is.
    value
        The object to keep.
    fill
        ``(C,)`` values of the background.
    """
    others = (mask != 0) & (mask != value)
    return np.where(others, np.asarray(fill, dtype=pixels.dtype).reshape(-1, 1, 1), pixels)


def object_boxes(mask: np.ndarray) -> dict[int, Box]:
    """Return the bounding box of every object of a label image ``(H, W)``, by its value; values may be any.

    >>> object_boxes(np.array([[0, 7, 7], [0, 0, 7]]))
    {7: Box(left=1, top=0, right=3, bottom=2)}
    """
    numbers, values = pd.factorize(mask.ravel())
    boxes = ndimage.find_objects(numbers.reshape(mask.shape) + 1)
    found = {int(value): box for value, box in zip(values, boxes, strict=True) if value != 0}
    return {value: Box(columns.start, rows.start, columns.stop, rows.stop) for value, (rows, columns) in found.items()}


def box_centre(box: Box, size: int) -> tuple[float, float]:
    """Return ``x, y`` of a box's centre; refuse a box without a pixel and one that a crop cannot hold."""
    width, height = box.right - box.left, box.bottom - box.top
    if width <= 0 or height <= 0:
        raise UnusableError(
            f"no object: the box from {box.left:g},{box.top:g} to {box.right:g},{box.bottom:g} holds no pixel"
        )
    if max(width, height) > size:
        raise UnusableError(f"wrong size: the cell is {width:g} x {height:g} pixels; crops.size is {size}")
    return (box.left + box.right - 1) / 2, (box.top + box.bottom - 1) / 2


def check_centre(x: float, y: float, image: np.ndarray) -> None:
    """Refuse a centre that is on no pixel of the image."""
    height, width = image.shape[1:]
    if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
        raise UnusableError(f"out of frame: centre {x:g},{y:g} in an image of {width} x {height} pixels")


def constant(crops: np.ndarray) -> np.ndarray:
    """Tell which channels of crops ``(…, channels, height, width)`` have one value alone: ``(…, channels)``.

    >>> constant(np.array([[[3, 3]], [[3, 4]]]))
    array([ True, False])
    """
    return crops.max(axis=(-2, -1)) == crops.min(axis=(-2, -1))


def check_pixels(pixels: np.ndarray, largest: float, names: list[str]) -> None:
    """Refuse a crop that shows nothing, and one whose camera was overexposed.

    Parameters
    ----------
    pixels
        ``(C, height, width)``, the part inside of the image.
    largest
        Share of a channel's pixels that may be at the camera's maximum.
    names
        Of the channels.
    """
    for channel, name in zip(pixels, names, strict=True):
        top = int(channel.max())
        share = float(np.mean(channel == top)) if top in CEILINGS[pixels.dtype.itemsize] else 0.0
        if share > largest:
            raise UnusableError(f"saturated: {share:.1%} of {name} is at {top}; crops.saturated is {largest:g}")
    if constant(pixels).all():
        found = ", ".join(f"{name} {channel.max()}" for channel, name in zip(pixels, names, strict=True))
        raise UnusableError(f"empty: every pixel of every channel is the same: {found}")

"""Whether the places of cells are what they should be: pixels, and values of label images, which begin at 1."""

import logging
from collections.abc import Sequence

import numpy as np

from convoscope.image.request import UnusableError

MANY = 20  # cells that do not lie in one quarter of their images by chance


class Reach:
    """How far into their images the centres of cells reach, as shares of width and height.

    Places in micrometres crowd into the upper left corner, where they are pixels too.
    """

    def __init__(self) -> None:
        self.cells, self.farthest, self.shares = 0, (0.0, 0.0), (0.0, 0.0)

    def add(self, x: float, y: float, image: np.ndarray) -> None:
        """Add a cell with its centre in an image ``(channels, height, width)``."""
        height, width = image.shape[1:]
        self.cells += 1
        self.farthest = max(self.farthest[0], x), max(self.farthest[1], y)
        self.shares = max(self.shares[0], x / width), max(self.shares[1], y / height)

    def report(self) -> None:
        """Warn where all of many cells lie in the upper left quarter of their images."""
        if self.cells >= MANY and max(self.shares) < 0.5:
            x, y = self.farthest
            logging.warning(
                "crops: all %d cells lie in the upper left quarter of their images, x up to %.4g and y up to %.4g; "
                "places are read in pixels: divide micrometres by the size of a pixel", self.cells, x, y
            )  # fmt: skip


def check_numbers(objects: np.ndarray, values: Sequence[int]) -> None:
    """Refuse cells of one image whose objects are counted from 0 where its label image counts from 1.

    Each would be cut where the next one lies. Parameters are the numbers in the table ``(n,)`` and the ``values`` of
    the objects of the label image, without the background, which is 0.
    """
    if len(values) and len(objects) and objects.min() == 0 and objects.max() == max(values) - 1:
        raise UnusableError(
            f"no object: numbers from 0 to {objects.max():g} in the table, from {min(values)} to {max(values)} in the "
            "label image, where 0 is the background; add 1 to those of the table"
        )

"""Sequence logos with true heights."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from convoscope.report.style import BASES, INK

INVISIBLE = 0.01  # bits; letters lower than this would only make the file larger
WIDTH = 0.92  # of a letter, in columns


def letter_heights(matrix: np.ndarray) -> np.ndarray:
    """Return the height in bits of every letter: its probability times the information of its column.

    Information is log2(letters) − entropy, over a uniform background (Schneider & Stephens 1990), without the
    correction for small samples.

    >>> letter_heights(np.array([[0.5, 0.5, 0, 0], [0.25] * 4])).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    surprise = np.log2(matrix, out=np.zeros_like(matrix), where=matrix > 0)
    information = np.log2(matrix.shape[1]) + (matrix * surprise).sum(axis=1, keepdims=True)
    return matrix * np.maximum(information, 0)


def reverse_complement(matrix: np.ndarray) -> np.ndarray:
    """Return the matrix ``(length, 4)``, letters in the order ACGT, as read on the other strand."""
    return matrix[::-1, ::-1]


def letter_colors(letters: str) -> Mapping[str, str]:
    """Return the colour of every letter; those that are no bases are drawn in ink."""
    return {letter: BASES.get(letter, INK) if len(letters) == 4 else INK for letter in letters}


@cache
def letter_outline(letter: str) -> Path:
    """Return a bold letter's outline, stretched to the unit square."""
    outline = TextPath((0, 0), letter, size=1, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    box = outline.get_extents()
    return outline.transformed(Affine2D().translate(-box.x0, -box.y0).scale(1 / box.width, 1 / box.height))


def stack_letters(heights: np.ndarray) -> list[tuple[int, int, float, float]]:
    """Return ``(column, letter, bottom, height)`` of every visible letter, the highest of a column on top.

    >>> stack_letters(np.array([[0.5, 0.25, 0.0, 0.0]]))
    [(0, 1, 0.0, 0.25), (0, 0, 0.25, 0.5)]
    """
    placed = []
    for column, row in enumerate(heights):
        bottom = 0.0
        for letter in np.argsort(row, kind="stable"):
            if row[letter] >= INVISIBLE:
                placed.append((column, int(letter), bottom, float(row[letter])))
            bottom += float(row[letter])
    return placed


def draw_logo(matrix: np.ndarray, letters: str, start: int, axes: Axes, alpha: float = 1.0) -> None:
    """Draw one matrix as a logo from column ``start`` on.

    One collection per letter: drawing it takes milliseconds, where one patch per letter takes seconds per logo.

    Parameters
    ----------
    matrix
        Probabilities ``(length, letters)``.
    letters
        In the order of the columns.
    start
        Where the middle of the first column stands on the x axis.
    axes
        Where to draw.
    alpha
        Less than 1 for a motif that is no match.
    """
    placed = stack_letters(letter_heights(np.asarray(matrix, dtype=float)))
    tints = letter_colors(letters)
    for index, letter in enumerate(letters):
        outline = letter_outline(letter)
        paths = [
            outline.transformed(Affine2D().scale(WIDTH, height).translate(start + column - WIDTH / 2, bottom))
            for column, which, bottom, height in placed
            if which == index
        ]
        collection = PathCollection(paths, facecolors=tints[letter], linewidths=0, alpha=alpha)
        axes.add_collection(collection, autolim=False)
    axes.set_xlim(start - 0.5, start + len(matrix) - 0.5)
    axes.set_ylim(0, np.log2(len(letters)))
    axes.set_yticks([0, 1, 2] if len(letters) == 4 else [0, 2, 4])
    axes.set_xticks([])

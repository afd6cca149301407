"""Outlines of objects along the edges of their pixels: polygons whose area is the number of pixels.

Pixel ``(row, column)`` covers ``column`` to ``column + 1`` and ``row`` to ``row + 1``, as in QuPath: half a pixel from
the package's own places, where centres of pixels are at whole numbers.
"""

from itertools import repeat

import numpy as np
from scipy import ndimage

Edge = tuple[int, int, int, int]  # x, y, and the step to the next corner
Polygon = list[np.ndarray]  # closed rings (corners, 2) of x, y: the outer one, then holes

# Neighbour (down, right) without the object; where the edge towards it starts in its pixel; its step. The object is on
# the right hand of who walks along on the screen.
SIDES = (
    ((-1, 0), (0, 0), (1, 0)),
    ((0, 1), (1, 0), (0, 1)),
    ((1, 0), (1, 1), (-1, 0)),
    ((0, -1), (0, 1), (0, -1)),
)


def _edges(component: np.ndarray) -> dict[Edge, None]:
    """Return the edges between a component ``(H, W)`` bool and what is around it, as an ordered set."""
    height, width = component.shape
    padded = np.pad(component, 1)
    found: dict[Edge, None] = {}
    for (down, right), (x, y), (along_x, along_y) in SIDES:
        neighbour = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        rows, columns = np.nonzero(component & ~neighbour)
        starts = zip((columns + x).tolist(), (rows + y).tolist(), repeat(along_x), repeat(along_y))
        found.update(dict.fromkeys(starts))
    return found


def _rings(component: np.ndarray) -> list[np.ndarray]:
    """Return the closed rings ``(corners, 2)`` of x, y around a component whose pixels touch at their sides.

    Where pixels of the component touch at a corner alone, rings turn left, so that none touches itself.
    """
    known = _edges(component)
    left = dict(known)
    found = []
    while left:
        first = edge = next(iter(left))
        corners = []
        while edge in left:
            del left[edge]
            x, y, right, down = edge[0] + edge[2], edge[1] + edge[3], edge[2], edge[3]
            turns = ((down, -right), (right, down), (-down, right))
            edge = next(following for turn in turns if (following := (x, y, *turn)) in known)
            if edge[2:] != (right, down):
                corners.append((x, y))
        assert edge == first
        found.append(np.array([*corners, corners[0]]))
    return found


def area(ring: np.ndarray) -> float:
    """Return the area within a closed ring by the shoelace formula; negative for holes.

    >>> area(np.array([[0, 0], [2, 0], [2, 3], [0, 3], [0, 0]]))
    6.0
    """
    x, y = ring.T.astype(np.float64)
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2


def polygons(region: np.ndarray) -> list[Polygon]:
    """Return a polygon for every part of a region ``(H, W)`` bool whose pixels touch at their sides.

    Outer rings have a positive area by the shoelace formula in x, y (RFC 7946: counterclockwise), holes a negative one.

    >>> [ring.tolist() for ring in polygons(np.array([[True, True]]))[0]]
    [[[2, 0], [2, 1], [0, 1], [0, 0], [2, 0]]]
    """
    parts, several = ndimage.label(region)
    found = []
    for number, box in enumerate(ndimage.find_objects(parts, several), start=1):
        shift = np.array([box[1].start, box[0].start])
        around = [ring + shift for ring in _rings(parts[box] == number)]
        found.append(sorted(around, key=area, reverse=True))
    return found

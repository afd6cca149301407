"""The strongest patches of some units, and the part of each that the unit responds to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.report.classes import ENOUGH
from convoscope.report.montage import channel_key, colour, limits, name_line
from convoscope.report.style import drawing, headline, say


def draw(path: Path, *, card: Mapping[str, Any], interpretation: Mapping[str, np.ndarray]) -> None:
    """Draw, for units of the first and the last maps, nine patches and their projections."""
    units = [(place, unit) for place in ("first", "last") for unit in range(len(interpretation[f"{place}:channels"]))]
    table = pd.DataFrame(
        [
            {
                "layer": place,
                "unit": int(interpretation[f"{place}:channels"][unit]),
                "rank": rank + 1,
                "activation": value,
            }
            for place, unit in units
            for rank, value in enumerate(interpretation[f"{place}:values"][unit])
        ]
    )
    hidden = without_structure(interpretation.get("last:structured"))
    with drawing(path, 1.0 + 0.72 * len(units), table) as figure:
        headline(figure, patches_finding(hidden))
        grid = figure.subplots(len(units), 2, squeeze=False)
        for (place, unit), (left, right) in zip(units, grid, strict=True):
            name = f"{place} layer,\nunit {int(interpretation[f'{place}:channels'][unit])}"
            _draw_unit(interpretation[f"{place}:patches"][unit], name, left)
            if hidden and place == "last":
                say(right, "no more structure than untrained networks'" if unit == 0 else "")
            else:
                _draw_unit(projected(interpretation[f"{place}:projections"][unit]), "", right)
        grid[0][0].set_title("patches")
        grid[0][1].set_title("deconvolutional projections")
        figure.supxlabel(channel_key(card["channel_names"]))


def without_structure(shown: np.ndarray | None) -> bool:
    """Tell whether most projections of the last maps show no more than those of untrained networks."""
    return shown is not None and bool((shown > 0).mean() < ENOUGH)


def patches_finding(hidden: bool) -> str:
    """Say what is shown, and what is not.

    >>> patches_finding(hidden=True)
    'The nine strongest patches of some units; projections of the last maps show no structure and are not drawn'
    """
    shown = "The nine strongest patches of some units"
    missing = "; projections of the last maps show no structure and are not drawn"
    return shown + (missing if hidden else ", and the part of each that it responds to")


def mosaic(images: np.ndarray, columns: int = 9, gap: int = 1) -> np.ndarray:
    """Lay RGB images ``(n, height, width, 3)`` side by side on white, a given number per line."""
    count, height, width = images.shape[:3]
    lines = -(-count // columns)
    canvas = np.ones((lines * (height + gap) - gap, columns * (width + gap) - gap, 3))
    for place, image in enumerate(images):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        canvas[top : top + height, left : left + width] = image
    return canvas


def _draw_unit(images: np.ndarray, title: str, axes: Axes) -> None:
    """Draw nine images ``(9, channels, height, width)``, channels as colours, stretched together."""
    axes.imshow(mosaic(colour(images, limits(images))), interpolation="nearest")
    name_line(axes, title)


def projected(images: np.ndarray) -> np.ndarray:
    """Return projections as shares of the largest of each image, so that faint ones show; signs are kept as bright."""
    largest = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    return np.abs(images) / np.where(largest > 0, largest, 1)

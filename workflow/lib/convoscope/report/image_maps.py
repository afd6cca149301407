"""What decided the surest right answers: maps of several methods, cell by cell."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.report.kernels import draw_signed
from convoscope.report.montage import channel_key, colour, draw_tile, limits
from convoscope.report.style import drawing, headline
from convoscope.report.wording import number

MAPS = {"occlusion": "occlusion", "integrated": "integrated gradients", "guided": "guided backpropagation"}


def draw(path: Path, *, card: Mapping[str, Any], interpretation: Mapping[str, np.ndarray]) -> None:
    """Draw one line per cell: the crop, three methods by channel, and Grad-CAM."""
    inputs, probabilities = interpretation["map:inputs"], interpretation["chances"]
    names, labels = card["channel_names"], card["labels"]
    table = pd.DataFrame(
        {"class": [labels[target] for target in interpretation["targets"]], "probability": probabilities}
    )
    images = colour(inputs, limits(inputs)) if len(inputs) else np.empty((0,))
    with drawing(path, 1.0 + 1.35 * max(1, len(inputs)), table) as figure:
        headline(figure, _maps_finding(probabilities.tolist() or [0], interpretation["map:native"].tolist()))
        grid = figure.subplots(max(1, len(inputs)), 2 + len(MAPS) * len(names), squeeze=False)
        for cell, line in enumerate(grid[: len(inputs)]):
            draw_tile(images[cell], str(table["class"][cell]), number(probabilities[cell], 2), line[0])
            _draw_maps(interpretation, cell, line[1:])
        titles = [f"{title.split()[0]}\n{name}" for title in MAPS.values() for name in names]
        for axes, title in zip(grid[0][1:], [*titles, "Grad-CAM"], strict=True):
            axes.set_title(title, loc="center", fontweight="normal")
        figure.supxlabel(f"crops: {channel_key(names)}; maps: red speaks for the class, blue against it")


def _draw_maps(interpretation: Mapping[str, np.ndarray], cell: int, line: Sequence[Any]) -> None:
    """Draw the maps of one cell: every method's channels on one scale, and Grad-CAM."""
    place = iter(line)
    for method in MAPS:
        values = interpretation[f"map:{method}"][cell]
        for channel, axes in zip(values, place, strict=False):
            draw_signed(channel, axes, float(np.abs(values).max()))
    line[-1].imshow(interpretation["map:gradcam"][cell, 0], cmap="magma", interpolation="nearest")
    line[-1].set_axis_off()


def _maps_finding(probabilities: Sequence[float], native: Sequence[int]) -> str:
    """Say whose answers are explained, and how coarse Grad-CAM really is."""
    low, high = number(min(probabilities), 2), number(max(probabilities), 2)
    coarse = " × ".join(str(side) for side in native)
    right = f"What decided the surest right answers on test cells (probability {low} to {high})"
    return f"{right}; Grad-CAM has {coarse} pixels of its own"

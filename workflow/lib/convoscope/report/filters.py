"""What a network on images looks at: filters, patches, maps, class images, and the control of the maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import BLUE, ORANGE, VERMILION
from convoscope.report.montage import colour, limits, name_line
from convoscope.report.style import FAINT, INK, MUTED, number, whole_numbers

NEAREST = ("filter", "channel", "kernel", "cosine", "q_value")
CONTROL = ("method", "layers", "similarity")
SURE = 0.05
DRAWN = 32  # filters
MAPS = {"occlusion": "occlusion", "integrated": "integrated gradients", "guided": "guided backpropagation"}
METHODS = {
    "gradient": ("gradient", BLUE),
    "guided": ("guided backpropagation", VERMILION),
    "gradcam": ("Grad-CAM", ORANGE),
}


def draw_signed(image: np.ndarray, axes: Axes, bound: float | None = None) -> None:
    """Draw signed numbers ``(height, width)``: red above zero, blue below, white at zero."""
    largest = bound or float(np.abs(image).max()) or 1.0
    axes.imshow(image, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
    axes.set_axis_off()


def kernels_finding(table: pd.DataFrame) -> str:
    """Say how many filters are nearer to a classic kernel than those of untrained networks."""
    near = int((table["q_value"] <= SURE).sum())
    if not near:
        return f"None of {len(table)} filter channels is nearer to a classic kernel than untrained ones are"
    best = table.loc[table["q_value"] <= SURE, "kernel"].value_counts().index[0]
    return (
        f"{near} of {len(table)} filter channels are nearer to a classic kernel than untrained ones: most often {best}"
    )


def draw_filter(image: np.ndarray, row: Mapping[str, Any], axes: Axes) -> None:
    """Draw one channel of one filter with the name of its nearest classic kernel."""
    draw_signed(image, axes)
    sure = row["q_value"] <= SURE
    axes.set_title(
        str(row["kernel"]).replace("_", " "),
        fontsize=6.5,
        loc="center",
        pad=2,
        color=INK if sure else MUTED,
        fontweight="bold" if sure else "normal",
    )
    text = f"{number(row['cosine'], 2)}, q {number(row['q_value'], 2)}"
    axes.text(0.5, -0.04, text, ha="center", va="top", transform=axes.transAxes, fontsize=6, color=MUTED)


def mosaic(images: np.ndarray, columns: int = 9, gap: int = 1) -> np.ndarray:
    """Lay RGB images ``(n, height, width, 3)`` side by side on white, so many to a line."""
    count, height, width = images.shape[:3]
    lines = -(-count // columns)
    canvas = np.ones((lines * (height + gap) - gap, columns * (width + gap) - gap, 3))
    for place, image in enumerate(images):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        canvas[top : top + height, left : left + width] = image
    return canvas


def draw_unit(images: np.ndarray, title: str, axes: Axes) -> None:
    """Draw nine images ``(9, channels, height, width)``, channels as colours, stretched together."""
    axes.imshow(mosaic(colour(images, limits(images))), interpolation="nearest")
    name_line(axes, title)


def projected(images: np.ndarray) -> np.ndarray:
    """Return projections as shares of the largest of each image, so that faint ones show; signs are kept as bright."""
    largest = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    return np.abs(images) / np.where(largest > 0, largest, 1)


def maps_finding(chances: Sequence[float], native: Sequence[int]) -> str:
    """Say whose answers are explained, and how coarse Grad-CAM really is."""
    low, high = number(min(chances), 2), number(max(chances), 2)
    coarse = " × ".join(str(side) for side in native)
    return (
        f"What decided the surest right answers (probability {low} to {high}); Grad-CAM has {coarse} pixels of its own"
    )


def control_finding(table: pd.DataFrame) -> str:
    """Name the methods whose maps do not depend on what the network learned."""
    last = table[table["layers"] == table["layers"].max()].set_index("method")["similarity"]
    stuck = [METHODS[str(name)][0] for name, value in last.items() if value > 0.5]
    figures = ", ".join(f"{METHODS[str(name)][0]} {number(value, 2)}" for name, value in last.items())
    verdict = f"; {' and '.join(stuck)} would look the same for an untrained network" if stuck else ""
    return f"With all weights drawn anew, maps correlate with the trained network's by {figures}{verdict}"


def draw_control(table: pd.DataFrame, axes: Axes) -> None:
    """Draw the correlation of maps with the trained network's by the number of layers that were drawn anew."""
    for name, part in table.groupby("method", sort=False):
        title, tint = METHODS[str(name)]
        axes.plot(part["layers"], part["similarity"], "o-", color=tint, label=title, markersize=4)
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.set_ylim(-0.3, 1.05)
    whole_numbers(axes.xaxis)
    axes.set_xlabel("layers drawn anew, from the scores to the input")
    axes.set_ylabel("rank correlation of the maps")
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

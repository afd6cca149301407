"""Filters of the first layer and the classic kernels that are most similar."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.errors import InputError
from convoscope.report.style import INK, MUTED, drawing, headline
from convoscope.report.wording import number, shorten

SIGNIFICANT = 0.05
DRAWN, COLUMNS = 32, 8  # filters, and how many of them side by side
EPONYMS = {"gaussian", "laplacian", "prewitt", "sobel", "roberts", "gabor"}
KEY = "red adds, blue subtracts; below: the most similar classic kernel (bold where q ≤ .05), cosine similarity, q"


def draw(
    path: Path, *, card: Mapping[str, Any], interpretation: Mapping[str, np.ndarray], nearest: pd.DataFrame
) -> None:
    """Draw each channel of each filter under its nearest classic kernel."""
    filters, channels = interpretation["filters"], card["channel_names"]
    for name, size in zip(("filter", "channel"), filters.shape, strict=False):
        if not nearest[name].between(0, size - 1).all():
            raise InputError(
                f"nearest: a {name} that is not one of the {size} of the arrays; both of one run of interpret-images"
            )
    shown = nearest[nearest["filter"] < DRAWN]
    places = {name: place for place, name in enumerate(sorted(set(shown["filter"])))}
    lines = max(1, -(-len(places) // COLUMNS))
    with drawing(path, 1.0 + 1.75 * lines * len(channels), nearest) as figure:
        headline(figure, kernels_finding(nearest))
        grid = figure.subplots(lines * len(channels), COLUMNS, squeeze=False)
        for axes in grid.ravel():
            axes.set_axis_off()
        for row in shown.to_dict("records"):
            line, column = divmod(places[row["filter"]], COLUMNS)
            axes = grid[line * len(channels) + row["channel"], column]
            _draw_filter(filters[row["filter"], row["channel"]], {str(key): value for key, value in row.items()}, axes)
            if column == 0:
                axes.text(-0.1, 0.5, shorten(channels[row["channel"]], 12), ha="right", va="center",
                          transform=axes.transAxes)  # fmt: skip
        figure.supxlabel(KEY)


def draw_signed(image: np.ndarray, axes: Axes, bound: float | None = None) -> None:
    """Draw signed numbers ``(height, width)``: red above zero, blue below, white at zero."""
    largest = bound or float(np.abs(image).max()) or 1.0
    axes.imshow(image, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
    axes.set_axis_off()


def kernel_name(kernel: str) -> str:
    """Write the name of a kernel as the field does.

    >>> kernel_name("prewitt_y"), kernel_name("gaussian_3x3"), kernel_name("mean")
    ('Prewitt y', 'Gaussian 3×3', 'mean')
    """
    words = kernel.replace("3x3", "3×3").split("_")
    return " ".join(word.capitalize() if word in EPONYMS else word for word in words)


def kernels_finding(table: pd.DataFrame) -> str:
    """Say how many filters are nearer to a classic kernel than those of untrained networks."""
    near = int((table["q_value"] <= SIGNIFICANT).sum())
    if not near:
        return f"None of {len(table)} filter channels is nearer to a classic kernel than untrained ones are"
    best = table.loc[table["q_value"] <= SIGNIFICANT, "kernel"].value_counts().index[0]
    nearer = f"{near} of {len(table)} filter channels are nearer to a classic kernel than untrained ones"
    return f"{nearer}: most often {kernel_name(best)}"


def _draw_filter(image: np.ndarray, row: Mapping[str, Any], axes: Axes) -> None:
    """Draw one channel of one filter, below it the name of its nearest classic kernel."""
    draw_signed(image, axes)
    significant = row["q_value"] <= SIGNIFICANT
    if row["channel"] == 0:
        axes.set_title(f"filter {row['filter']}", loc="center", pad=3, fontweight="normal")
    weight = "bold" if significant else "normal"
    under: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "ha": "center",
        "va": "top",
        "color": INK if significant else MUTED,
    }
    axes.annotate(shorten(kernel_name(row["kernel"]), 15), (0.5, 0), (0, -3), fontweight=weight, **under)
    axes.annotate(f"{number(row['cosine'], 2)}, q {number(row['q_value'], 3)}", (0.5, 0), (0, -17), **under)

"""Filters of the first layer and the classic kernels that are most similar."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.errors import InputError
from convoscope.report.style import INK, MUTED, drawing, headline, number, small_multiples

SIGNIFICANT = 0.05
DRAWN = 32  # filters


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
    with drawing(path, 0.8 + 1.0 * -(-len(shown) // 12), nearest) as figure:
        headline(figure, kernels_finding(nearest))
        for row, axes in zip(shown.to_dict("records"), small_multiples(figure, len(shown), 12), strict=True):
            _draw_filter(filters[row["filter"], row["channel"]], {str(key): value for key, value in row.items()}, axes)
        order = " and ".join(channels) if len(channels) < 3 else ", ".join(channels)
        figure.supxlabel(f"alternating {order}; cosine with the kernel; bold where q ≤ .05", fontsize=8)


def draw_signed(image: np.ndarray, axes: Axes, bound: float | None = None) -> None:
    """Draw signed numbers ``(height, width)``: red above zero, blue below, white at zero."""
    largest = bound or float(np.abs(image).max()) or 1.0
    axes.imshow(image, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
    axes.set_axis_off()


def kernels_finding(table: pd.DataFrame) -> str:
    """Say how many filters are nearer to a classic kernel than those of untrained networks."""
    near = int((table["q_value"] <= SIGNIFICANT).sum())
    if not near:
        return f"None of {len(table)} filter channels is nearer to a classic kernel than untrained ones are"
    best = table.loc[table["q_value"] <= SIGNIFICANT, "kernel"].value_counts().index[0]
    return (
        f"{near} of {len(table)} filter channels are nearer to a classic kernel than untrained ones: most often {best}"
    )


def _draw_filter(image: np.ndarray, row: Mapping[str, Any], axes: Axes) -> None:
    """Draw one channel of one filter with the name of its nearest classic kernel."""
    draw_signed(image, axes)
    significant = row["q_value"] <= SIGNIFICANT
    axes.set_title(
        str(row["kernel"]).replace("_", " "),
        fontsize=6.5,
        loc="center",
        pad=2,
        color=INK if significant else MUTED,
        fontweight="bold" if significant else "normal",
    )
    text = f"{number(row['cosine'], 2)}, q {number(row['q_value'], 2)}"
    axes.text(0.5, -0.04, text, ha="center", va="top", transform=axes.transAxes, fontsize=6, color=MUTED)

"""The control of maps: how much they change when the weights are replaced by random ones."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import BLUE, ORANGE, VERMILION
from convoscope.report.style import FAINT, drawing, headline, whole_numbers
from convoscope.report.wording import number

METHODS = {
    "gradient": ("gradient", BLUE),
    "guided": ("guided backpropagation", VERMILION),
    "gradcam": ("Grad-CAM", ORANGE),
}


def draw(path: Path, *, control: pd.DataFrame) -> None:
    """Draw how the maps of copies with random weights correlate with the trained network's."""
    with drawing(path, 3.6, control, width=9) as figure:
        headline(figure, control_finding(control))
        draw_control(control, figure.subplots())


def control_finding(table: pd.DataFrame) -> str:
    """Name the methods whose maps do not depend on what the network learned."""
    last = table[table["layers"] == table["layers"].max()].set_index("method")["similarity"]
    stuck = [METHODS[str(name)][0] for name, value in last.items() if value > 0.5]
    figures = ", ".join(f"{METHODS[str(name)][0]} {number(value, 2)}" for name, value in last.items())
    verdict = f"; {' and '.join(stuck)} would look the same for an untrained network" if stuck else ""
    return f"With all weights randomised, maps correlate with the trained network's by {figures}{verdict}"


def draw_control(table: pd.DataFrame, axes: Axes) -> None:
    """Draw the correlation of maps with the trained network's by the number of layers with random weights."""
    for name, part in table.groupby("method", sort=False):
        title, tint = METHODS[str(name)]
        axes.plot(part["layers"], part["similarity"], "o-", color=tint, label=title, markersize=4)
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.set_ylim(-0.3, 1.05)
    whole_numbers(axes.xaxis)
    axes.set_xlabel("layers randomised, from the scores to the input")
    axes.set_ylabel("rank correlation of the maps")
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

"""Axes of counts have ticks at whole numbers only, also where few are counted."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convoscope.report.class_counts import draw_sides, sides_table
from convoscope.report.control import draw_control
from convoscope.report.dropped import draw_dropped, draw_negatives, dropped_table
from convoscope.report.learning import best_epochs, draw_curves, learning_table
from convoscope.report.places import counts_table, draw_counts
from convoscope.report.variant_panels import differences_table, draw_differences


def dropped(count: int, axes: Axes) -> Axis:
    draw_dropped(dropped_table(pd.DataFrame({"reason": ["duplicate"] * count, "label": "a"})), axes)
    return axes.xaxis


def negatives(count: int, axes: Axes) -> Axis:
    draw_negatives(pd.DataFrame({"bin": ["0.4-0.5"], "requested": [count], "obtained": [count - 1]}), axes)
    return axes.yaxis


def sequences(count: int, axes: Axes) -> Axis:
    draw_counts(counts_table(pd.Series(["test"] * count), np.array(["positive"] * count)), axes)
    return axes.xaxis


def cells(count: int, axes: Axes) -> Axis:
    own = [f"plate{number}" for number in range(count)]
    draw_sides(sides_table(np.array(["a"] * count), np.array(["test"] * count), pd.Series(own)), "plate", axes,
               Figure().subplots())  # fmt: skip
    return axes.xaxis


def groups(count: int, axes: Axes) -> Axis:
    own = [f"plate{number}" for number in range(count)]
    draw_sides(sides_table(np.array(["a"] * count), np.array(["test"] * count), pd.Series(own)), "plate",
               Figure().subplots(), axes)  # fmt: skip
    return axes.xaxis


def epochs(count: int, axes: Axes) -> Axis:
    history = pd.DataFrame({"epoch": np.arange(count) + 1, "split": "validation", "loss": 0.5, "metric": 0.5})
    table = learning_table({"holdout.1": history})
    draw_curves(table, best_epochs(table), "loss", axes)
    return axes.xaxis


def layers(count: int, axes: Axes) -> Axis:
    draw_control(pd.DataFrame({"method": "gradient", "layers": np.arange(count), "similarity": 0.5}), axes)
    return axes.xaxis


def variants(count: int, axes: Axes) -> Axis:
    table = pd.DataFrame({"id": "v", "chrom": "c", "pos": 1, "ref": "A", "alt": "C", "a:difference": [0.5] * count})
    draw_differences(differences_table(table, ["a"]), table, axes)
    return axes.yaxis


@pytest.mark.parametrize("draw", [dropped, negatives, sequences, cells, groups, epochs, layers, variants])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_counts_have_whole_ticks(draw: Callable[[int, Axes], Axis], count: int) -> None:
    figure = Figure(figsize=(11, 3))
    axis = draw(count, figure.subplots())
    FigureCanvasAgg(figure).draw()
    low, high = sorted(axis.get_view_interval())
    shown = [place for minor in (False, True) for place, label in zip(
        axis.get_ticklocs(minor=minor), axis.get_ticklabels(minor=minor), strict=True) if label.get_text()]  # fmt: skip
    ticks = [place for place in shown if low <= place <= high]
    assert ticks and all(float(place).is_integer() for place in ticks)

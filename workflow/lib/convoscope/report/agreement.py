"""Predicted against measured values of a regression."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.report.measures import MEAN, chief_label, pick
from convoscope.report.style import MUTED, say
from convoscope.report.wording import interval, number, shorten


def agreement_finding(measures: pd.DataFrame) -> str:
    """Say how much of the variance the predictions explain."""
    label = chief_label(measures)
    row = pick(measures, "model", label, "pearson")
    where = "the mean of the labels" if label == MEAN else label
    if not np.isfinite(row["value"]):
        return f"Correlation is not defined on {where}: the values do not vary"
    return f"Predicted and measured values correlate with r = {number(row['value'])} " + (
        f"({interval(row['low'], row['high'])}) on {where}"
    )


def draw_agreement(measured: pd.DataFrame, measures: pd.DataFrame, log: bool, axes: Axes) -> None:
    """Draw the density of one label's test examples over measured and predicted value.

    Parameters
    ----------
    measured
        ``label prediction measured`` of one label.
    measures
        Flattened metrics, for the correlation in the title.
    log
        Draw log(1 + value), for counts.
    axes
        Where to draw.
    """
    if measured.empty:
        return say(axes, "no test examples")
    x, y = (measured[column].to_numpy(dtype=float) for column in ("measured", "prediction"))
    if log:
        x, y = np.log1p(x.clip(min=0)), np.log1p(y.clip(min=0))
    axes.hexbin(x, y, gridsize=32, bins="log", mincnt=1, cmap="cividis_r", linewidths=0)
    ends = [min(x.min(), y.min()), max(x.max(), y.max())]
    axes.plot(ends, ends, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    label = str(measured["label"].iloc[0])
    correlation = number(pick(measures, "model", label, "pearson")["value"])
    scale = "log(1 + {})" if log else "{}"
    axes.set(xlabel=scale.format("measured"), ylabel=scale.format("predicted"))
    axes.set_title(f"{shorten(label, 22)}: r = {correlation}, n = {len(x):,}")
    return None

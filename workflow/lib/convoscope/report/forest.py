"""Every metric with its interval: one line per label, one mark per method."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from convoscope.report.measures import (
    MEAN,
    chief_metrics,
    differences_table,
    measures_and_ceiling,
    measures_table,
    performance_finding,
)
from convoscope.report.style import (
    FAINT,
    drawing,
    headline,
    method_colors,
    method_name,
    metric_name,
    say,
    shorten,
)

LABELS = 30


def draw(path: Path, *, metrics: Mapping[str, Any]) -> None:
    """Draw the two chief metrics side by side, with the intervals of all methods."""
    measures, chief = measures_table(metrics), chief_metrics(metrics["task"])
    labels, drawn = forest_rows(measures), measures_and_ceiling(metrics)
    with drawing(path, 1.4 + 0.42 * len(labels), drawn) as figure:
        headline(figure, performance_finding(measures, differences_table(metrics), chief[0]))
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, metric in zip((left, right), chief, strict=True):
            draw_forest(drawn, labels, metric, axes)
        handles, names = left.get_legend_handles_labels()
        if handles:
            right.legend(handles, names, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def forest_rows(measures: pd.DataFrame, limit: int = LABELS) -> list[str]:
    """Return the labels to draw, the mean last; the worst of the model's when there are more than ``limit``."""
    labels = [label for label in dict.fromkeys(measures["label"]) if label != MEAN]
    if len(labels) > limit:
        own = measures[(measures["method"] == "model") & measures["label"].isin(labels)]
        main = own[own["metric"] == own["metric"].iloc[0]]
        worst = set(main.sort_values("value")["label"].head(limit))
        labels = [label for label in labels if label in worst]
    return labels + ([MEAN] if (measures["label"] == MEAN).any() else [])


def draw_forest(measures: pd.DataFrame, labels: list[str], metric: str, axes: Axes) -> None:
    """Draw points with intervals; a figure that is not defined has no mark."""
    part = measures[measures["metric"] == metric].dropna(subset=["value"])
    if part.empty:
        return say(axes, f"{metric_name(metric)} is not defined on this test split")
    methods = list(dict.fromkeys(measures["method"]))
    tints = method_colors(methods)
    for place, method in enumerate(methods):
        shift = (place - (len(methods) - 1) / 2) * 0.22
        rows = part[(part["method"] == method) & part["label"].isin(labels)]
        y = [labels.index(label) + shift for label in rows["label"]]
        axes.hlines(y, rows["low"], rows["high"], color=tints[method], linewidth=1.6)
        size = 34 if method == "model" else 20
        axes.scatter(rows["value"], y, color=tints[method], s=size, zorder=3, label=method_name(method))
    axes.set_yticks(range(len(labels)), [shorten(label, 30) for label in labels])
    axes.set_ylim(len(labels) - 0.45, -0.55)
    if labels[-1] == MEAN:
        axes.axhline(len(labels) - 1.5, color="#999999", linewidth=0.8)
    if metric == "auroc":
        axes.axvline(0.5, color="#999999", linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_xlabel(f"{metric_name(metric)} on the test split")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.tick_params(axis="y", length=0)
    return None

"""Every metric with its interval: one line per label, one mark per method."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from convoscope.report.measures import (
    ALL,
    MEAN,
    accuracy_tables,
    chief_metrics,
    measures_and_ceiling,
    verdict_finding,
)
from convoscope.report.style import FAINT, drawing, headline, method_colors, say
from convoscope.report.wording import method_name, metric_name, shorten

LABELS = 30
TOGETHER = {MEAN: "mean", ALL: "all (accuracy)"}  # rows of several labels
# What is drawn of classes that exclude each other. Counted over all examples, both are the accuracy.
OF_CLASSES = {"sensitivity": "recall", "precision": "precision"}


def draw(path: Path, *, metrics: Mapping[str, Any]) -> None:
    """Draw two metrics side by side, with the intervals of all methods."""
    drawn, shown = forest_table(metrics)
    labels = forest_rows(drawn, next(iter(shown)))
    with drawing(path, 1.4 + 0.42 * len(labels), drawn) as figure:
        headline(figure, verdict_finding(metrics))
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, (metric, name) in zip((left, right), shown.items(), strict=True):
            draw_forest(drawn, labels, metric, axes, name)
        handles, names = left.get_legend_handles_labels()
        if handles:
            right.legend(handles, names, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def forest_table(metrics: Mapping[str, Any]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return what is drawn: all metrics by label, and the two of them that have a panel, with their names.

    Of classes that exclude each other these are recall and precision, with the accuracy as a row of both.
    """
    every = measures_and_ceiling(metrics)
    if "overall" not in metrics:
        return every, {metric: metric_name(metric) for metric in chief_metrics(metrics["task"])}
    accuracy, _ = accuracy_tables(metrics["overall"])
    return pd.concat([every, *(accuracy.assign(metric=metric) for metric in OF_CLASSES)]), OF_CLASSES


def forest_rows(measures: pd.DataFrame, metric: str, limit: int = LABELS) -> list[str]:
    """Return the labels to draw, those of several labels last; the worst of the model's if there are over ``limit``."""
    every = dict.fromkeys(measures["label"])
    labels = [label for label in every if label not in TOGETHER]
    if len(labels) > limit:
        own = measures[(measures["method"] == "model") & (measures["metric"] == metric)]
        worst = set(own[own["label"].isin(labels)].sort_values("value")["label"].head(limit))
        labels = [label for label in labels if label in worst]
    return labels + [label for label in TOGETHER if label in every]


def draw_forest(measures: pd.DataFrame, labels: list[str], metric: str, axes: Axes, name: str) -> None:
    """Draw points with intervals, under the name of the metric; a figure that is not defined has no mark."""
    part = measures[measures["metric"] == metric].dropna(subset=["value"])
    if part.empty:
        return say(axes, f"{name} is not defined on this test split")
    methods = list(dict.fromkeys(measures["method"]))
    tints = method_colors(methods)
    for place, method in enumerate(methods):
        shift = (place - (len(methods) - 1) / 2) * 0.22
        rows = part[(part["method"] == method) & part["label"].isin(labels)]
        y = [labels.index(label) + shift for label in rows["label"]]
        axes.hlines(y, rows["low"], rows["high"], color=tints[method], linewidth=1.6)
        size = 34 if method == "model" else 20
        axes.scatter(rows["value"], y, color=tints[method], s=size, zorder=3, label=method_name(method))
    axes.set_yticks(range(len(labels)), [TOGETHER.get(label) or shorten(label, 30) for label in labels])
    axes.set_ylim(len(labels) - 0.45, -0.55)
    if labels[-1] in TOGETHER:
        axes.axhline(len(labels) - 0.5 - len(TOGETHER.keys() & {*labels}), color="#999999", linewidth=0.8)
    if metric == "auroc":
        axes.axvline(0.5, color="#999999", linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_xlabel(f"{name} on the test split")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.tick_params(axis="y", length=0)
    return None

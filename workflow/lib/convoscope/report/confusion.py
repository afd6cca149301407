"""Which classes are taken for which, and how well each is found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.errors import InputError
from convoscope.palette import BLUE, ORANGE
from convoscope.report.measures import measures_table
from convoscope.report.style import FAINT, INK, drawing, headline, name_columns


def draw(path: Path, *, card: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """Draw the confusion matrix with the recall and precision of each class."""
    labels = card["labels"]
    if "confusion" not in metrics:
        raise InputError("metrics: no confusion; only tasks with one class per example have one")
    table, measures = confusion_table(np.array(metrics["confusion"]), labels), measures_table(metrics)
    with drawing(path, 1.6 + 0.42 * len(labels), table) as figure:
        headline(figure, confusion_finding(table))
        left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
        draw_confusion(table, left)
        _draw_recalls(measures[measures["method"] == "model"], labels, right)


def confusion_table(counts: np.ndarray, labels: list[str]) -> pd.DataFrame:
    """Return columns ``true called cells share``, the share being of the true class."""
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    true, called = np.indices(counts.shape)
    names = np.array(labels, dtype=object)
    return pd.DataFrame(
        {
            "true": names[true.ravel()],
            "called": names[called.ravel()],
            "cells": counts.ravel(),
            "share": shares.ravel(),
        }
    )


def confusion_finding(table: pd.DataFrame) -> str:
    """Name the most frequent confusion."""
    wrong = table[(table["true"] != table["called"]) & (table["cells"] > 0)]
    if wrong.empty:
        return "No test cell is taken for another class"
    worst = wrong.sort_values("share", kind="stable").to_dict("records")[-1]
    called = f"{worst['share']:.0%} of its test cells are called {worst['called']}"
    return f"{worst['true']} is most often mistaken: {called}"


def draw_confusion(table: pd.DataFrame, axes: Axes) -> None:
    """Draw true classes as rows, called ones as columns; shares of the row as colour, per cent as text."""
    names = list(dict.fromkeys(table["true"]))
    shares = table.pivot(index="true", columns="called", values="share").loc[names, names].to_numpy()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            tint = "white" if share > 0.55 else INK
            axes.text(column, row, f"{share * 100:.0f}", ha="center", va="center", color=tint)
    name_columns(names, axes)
    cells = table.groupby("true")["cells"].sum()
    axes.set_yticks(range(len(names)), [f"{name} ({cells[name]:,})" for name in names])
    axes.set_xlabel("called")
    axes.set_ylabel("true (test cells)")
    axes.spines[:].set_visible(False)
    axes.set_title("per cent of the true class")


def _draw_recalls(measures: pd.DataFrame, names: list[str], axes: Axes) -> None:
    """Draw recall and precision of each class with their intervals, in the order of the confusion's rows.

    ``measures`` has columns ``label metric value low high`` of the model.
    """
    for shift, metric, title, tint in (
        (-0.15, "sensitivity", "recall", BLUE),
        (0.15, "precision", "precision", ORANGE),
    ):
        rows = measures[measures["metric"] == metric].set_index("label").reindex(names)
        places = np.arange(len(names)) + shift
        axes.hlines(places, rows["low"], rows["high"], color=tint, linewidth=1.2)
        axes.plot(rows["value"], places, "o", color=tint, markersize=4.5, label=title)
    axes.set_xlim(-0.02, 1.02)
    axes.set_yticks(range(len(names)), [])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("recall, precision")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)

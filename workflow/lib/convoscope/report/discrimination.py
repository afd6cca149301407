"""ROC and precision–recall curves of the model and its baselines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D

from convoscope.config.tasks import TASKS
from convoscope.report.agreement import agreement_finding, draw_agreement
from convoscope.report.measures import measured_predictions, measures_table, pick
from convoscope.report.style import (
    FAINT,
    MUTED,
    PANELS,
    drawing,
    headline,
    legend_above,
    method_colors,
    panel_width,
    say,
    small_multiples,
)
from convoscope.report.wording import METHODS, method_name, metric_name, number, shorten

RATE = 0.05
BEST, WORST = 2, 4  # labels whose curves are drawn where there are more
AXES = {
    "roc": ("false positive rate", "true positive rate", "auroc"),
    "pr": ("recall", "precision", "auprc"),
}


def draw(
    path: Path,
    *,
    card: Mapping[str, Any],
    examples: pd.DataFrame,
    metrics: Mapping[str, Any],
    curves: pd.DataFrame,
    predictions: pd.DataFrame,
) -> None:
    """Draw ROC and precision-recall curves; of regressions, measured against predicted values."""
    task, measures = TASKS[card["task"]], measures_table(metrics)
    labels = chosen_labels(card["labels"], measures) if task.binary else card["labels"][:PANELS]
    measured = measured_predictions(predictions, examples, labels)
    if task.binary:
        _show_curves(curves, measured, measures, labels, path)
    else:
        _show_agreement(measured, measures, task.log_axes, path)


def chosen_labels(labels: Sequence[str], measures: pd.DataFrame) -> list[str]:
    """Return the labels whose curves are drawn: of many, the network's best and, after them, its worst by AUROC."""
    own = measures[(measures["method"] == "model") & (measures["metric"] == "auroc") & measures["label"].isin(labels)]
    ranked = list(own.dropna(subset=["value"]).sort_values("value", ascending=False, kind="stable")["label"])
    if len(labels) <= BEST + WORST:
        return list(labels)
    return [*ranked[:BEST], *ranked[BEST:][-WORST:]] or list(labels[: BEST + WORST])


def _show_curves(
    curves: pd.DataFrame, measured: pd.DataFrame, measures: pd.DataFrame, labels: Sequence[str], path: Path
) -> None:
    """Draw a pair of axes per label, two labels on a line."""
    there = set(measured["label"]) or set(curves["label"])
    labels = [label for label in labels if label in there]
    rows = max(1, -(-len(labels) // 2))
    height = 3.6 + 0.2 * max(0, curves["method"].nunique() - 3)  # areas stand over each panel, a line a method
    with drawing(path, 1.0 + height * rows, curves) as figure:
        headline(figure, discrimination_finding(curves))
        parts: Any = figure.subfigures(2, 1, height_ratios=[0.3, height * rows])
        name_methods(_in_order(curves["method"]), parts[0])
        grid = small_multiples(parts[1], 2 * len(labels), 4)
        for place, label in enumerate(labels):
            chance = float((measured.loc[measured["label"] == label, "measured"] > 0.5).mean())
            for axes, kind in zip(grid[2 * place : 2 * place + 2], ("roc", "pr"), strict=True):
                draw_curve(curves[curves["label"] == label], measures, kind, chance, axes, named=False)


def _show_agreement(measured: pd.DataFrame, measures: pd.DataFrame, log: bool, path: Path) -> None:
    """Draw one panel per label."""
    labels = list(dict.fromkeys(measured["label"]))
    with drawing(path, 0.7 + 3.4 * max(1, -(-len(labels) // 3)), measured, panel_width(len(labels), 3)) as figure:
        headline(figure, agreement_finding(measures))
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            draw_agreement(measured[measured["label"] == label], measures, log, axes)


def _in_order(methods: pd.Series) -> list[str]:
    """Return the distinct methods in the order of all figures."""
    known = list(METHODS)
    return sorted(dict.fromkeys(methods), key=lambda name: known.index(name) if name in known else len(known))


def sensitivity_at(curves: pd.DataFrame, method: str, rate: float = RATE) -> float:
    """Return the true positive rate at a false positive rate, averaged over the labels; NaN without curves."""
    found = []
    for _, part in curves[(curves["method"] == method) & (curves["curve"] == "roc")].groupby("label"):
        roc = part.sort_values(["x", "y"])
        found.append(np.interp(rate, roc["x"], roc["y"]))
    return float(np.mean(found)) if found else float("nan")


def discrimination_finding(curves: pd.DataFrame) -> str:
    """Say which part of the positives is found at a false positive rate of five percent, by whom."""
    methods = list(dict.fromkeys(curves["method"]))
    found = {method: sensitivity_at(curves, method) for method in methods}
    found = {method: share for method, share in found.items() if share == share}
    if "model" not in found:
        return "No ROC curve: the test split holds positives or negatives only"
    others = sorted((share, method) for method, share in found.items() if method != "model")
    compared = f", {method_name(others[-1][1])} {others[-1][0]:.0%}" if others else ""
    labels = curves["label"].nunique()
    mean = f" (mean of {labels} labels)" if labels > 1 else ""
    return f"At {RATE:.0%} false positives the CNN finds {found['model']:.0%} of the test positives{compared}{mean}"


def name_methods(methods: Sequence[str], part: SubFigure) -> None:
    """Write the key of all panels into a strip over them."""
    handles = [Line2D([], [], color=tint, label=method_name(method)) for method, tint in method_colors(methods).items()]
    part.legend(handles=handles, loc="center left", ncols=max(1, len(handles)), borderaxespad=0.2)


def _area(measures: pd.DataFrame, method: str, label: str, metric: str) -> str:
    """Write the area under a method's curve with its interval."""
    row = pick(measures, method, label, metric)
    bounds = f" ({number(row['low'])}–{number(row['high'])})" if np.isfinite(row["low"]) else ""
    return f"{number(row['value'])}{bounds}"


def draw_curve(
    curves: pd.DataFrame, measures: pd.DataFrame, kind: str, chance: float, axes: Axes, named: bool = True
) -> None:
    """Draw one kind of curve of one label.

    Parameters
    ----------
    curves
        Rows of ``curves.tsv`` of one label.
    measures
        Flattened metrics, for the areas in the legend.
    kind
        ``roc`` or ``pr``.
    chance
        Part of positives among the test examples: the precision of guessing.
    axes
        Where to draw.
    named
        Whether the legend names the methods; if not, it has their areas alone.
    """
    x_name, y_name, metric = AXES[kind]
    part = curves[curves["curve"] == kind]
    if part.empty:
        return say(axes, "one kind of example only")
    tints = method_colors(_in_order(part["method"]))
    label = str(part["label"].iloc[0])
    if kind == "roc":
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    elif np.isfinite(chance):
        axes.axhline(chance, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
        x_name += f" (dotted: chance {number(chance, 2)})"
    for method, tint in reversed(tints.items()):
        rows = part[part["method"] == method]
        words = [*([method_name(method)] if named else []), _area(measures, method, label, metric)]
        axes.plot(rows["x"], rows["y"], color=tint, label=" ".join(words))
    handles, _ = axes.get_legend_handles_labels()
    legend_above(axes, handles[::-1], f"{shorten(label, 15)}: {metric_name(metric)}")
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel=x_name, ylabel=y_name, aspect="equal")
    axes.grid(color=FAINT, linewidth=0.5)
    return None

"""Sanity controls: what the same training reaches where there should be nothing to learn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import BLUE, ORANGE, VERMILION
from convoscope.report.measures import MEAN
from convoscope.report.style import FAINT, MUTED, drawing, headline
from convoscope.report.wording import interval, metric_name, number, shorten

LABELS = 30  # rows of the figure; the page has all
NAMES = {
    "permuted_labels": {"sequence": "permuted labels", "image": "permuted labels"},
    "shuffled_inputs": {"sequence": "composition alone", "image": "intensities alone"},
}
TINTS = {"permuted_labels": ORANGE, "shuffled_inputs": VERMILION}
ABOVE = "above chance"


def draw(path: Path, *, card: Mapping[str, Any], sanity: pd.DataFrame) -> None:
    """Draw controls with their intervals, the network and chance, one line per label."""
    labels = list(dict.fromkeys(sanity["label"]))[-LABELS:]
    with drawing(path, 1.4 + 0.42 * len(labels), sanity) as figure:
        headline(figure, sanity_finding(sanity, card["modality"]))
        axes = figure.subplots()
        draw_controls(sanity, labels, card["modality"], axes)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def control_name(control: str, modality: str) -> str:
    """Return what a control takes away, in words.

    >>> control_name("shuffled_inputs", "sequence")
    'composition alone'
    """
    return NAMES.get(control, {}).get(modality, control.replace("_", " "))


def sanity_finding(table: pd.DataFrame, modality: str) -> str:
    """Say what each control reaches on the mean over labels, or the only label, and warn of those above chance."""
    labels = list(dict.fromkeys(table["label"]))
    chief = MEAN if MEAN in labels else labels[0]
    parts = []
    for row in table[table["label"] == chief].to_dict("records"):
        bounds = f" ({interval(row['low'], row['high'], 2)})" if row["low"] == row["low"] else ""
        reached = f"{metric_name(row['metric'])} {number(row['value'], 2)}{bounds}"
        parts.append(f"with {control_name(row['control'], modality)} {reached}")
    words = "; ".join(parts)
    own = table.loc[table["label"] == chief, "model"].iloc[0]
    words = f"{words[0].upper()}{words[1:]}; the network reaches {number(own, 2)}"
    above = dict.fromkeys(control_name(name, modality) for name in table.loc[table["verdict"] == ABOVE, "control"])
    return f"{words}. Warning: {' and '.join(above)} above chance" if above else words


def draw_controls(table: pd.DataFrame, labels: list[str], modality: str, axes: Axes) -> None:
    """Draw one line per label: a mark and its interval for each control, the network's value, a line at chance."""
    controls = list(dict.fromkeys(table["control"]))
    for place, control in enumerate(controls):
        rows = table[(table["control"] == control) & table["label"].isin(labels)]
        y = [labels.index(label) + 0.2 * (place - (len(controls) - 1) / 2) for label in rows["label"]]
        axes.hlines(y, rows["low"], rows["high"], color=TINTS.get(control, MUTED), linewidth=1.6)
        axes.scatter(rows["value"], y, color=TINTS.get(control, MUTED), s=24, zorder=3,
                     label=control_name(control, modality))  # fmt: skip
    own = table[table["control"] == controls[0]].set_index("label")["model"].reindex(labels)
    axes.scatter(own, range(len(labels)), color=BLUE, s=34, zorder=3, label="CNN")
    axes.axvline(table["chance"].iloc[0], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), label="chance")
    axes.set_yticks(range(len(labels)), [shorten(label, 30) for label in labels])
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.set_xlabel(f"{metric_name(table['metric'].iloc[0])} on the test split")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)

"""The same network under harder and harder splits: how much of its accuracy is knowing the neighbours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.config.image import CellSplit
from convoscope.evaluation.shortcuts import brightness_names_the_group
from convoscope.report.measures import MEAN
from convoscope.report.style import FAINT, drawing, headline, method_colors
from convoscope.report.wording import method_name, number

RUNG = "by."  # what folders of other splits begin with
METRICS = {"accuracy": "accuracy", "macro_recall": "macro recall", "ece": "expected calibration error"}


def draw(path: Path, *, rungs: Mapping[str, Mapping[str, Any]], spec: CellSplit) -> None:
    """Draw accuracy, macro recall and calibration error by split, in the order of the ladder.

    Parameters
    ----------
    path
        The ``.svg``.
    rungs
        Content of each ``metrics.json`` by its folder: ``by.<rung>``, or the experiment's, which is split by ``spec``.
    spec
        The experiment's own split.
    """
    own = " and ".join(spec.by) or "cell"
    table = ladder_table({
        folder.removeprefix(RUNG) if folder.startswith(RUNG) else own: content for folder, content in rungs.items()
    })  # fmt: skip
    with drawing(path, 3.9, table) as figure:
        headline(figure, ladder_finding(table))
        panels = figure.subplots(1, len(METRICS))
        for name, axes in zip(METRICS, panels, strict=True):
            _draw_ladder(table, name, axes)
        figure.legend(handles=panels[-1].get_lines(), loc="outside lower left", ncols=table["method"].nunique())


def ladder_table(rungs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Flatten the overall metrics of several splits.

    Parameters
    ----------
    rungs
        Name of the split (what stays together) to the content of its ``metrics.json``, in the order of the ladder.

    Returns
    -------
    Columns ``split method figure value low high n groups``, the last the groups that the test split has.
    """
    rows = []
    for name, content in rungs.items():
        groups = content.get("groups", {}).get(MEAN)
        for method, metrics in content["overall"].items():
            for metric, estimate in metrics.items():
                if not metric.endswith("_difference"):
                    rows.append({"split": name, "method": method, "figure": metric, **estimate, "groups": groups})
    return pd.DataFrame(rows)


def ladder_finding(table: pd.DataFrame) -> str:
    """Say how far the accuracy of the network falls from its best split to its worst."""
    own = table[(table["method"] == "model") & (table["figure"] == "accuracy")].set_index("split")["value"]
    if len(own) < 2:
        return f"Accuracy {number(own.iloc[0], 2)} under one split; name columns under ladder to see others"
    listed = ", ".join(f"{number(value, 2)} by {split}" for split, value in own.items())
    drop = float(own.max() - own.min())
    words = f"Accuracy under each split: {listed}; the choice of split changes it by {number(drop, 2)}"
    every = table[table["figure"] == "accuracy"]
    splits = {str(split): dict(zip(one["method"], one["value"], strict=True)) for split, one in every.groupby("split")}
    return words + ("; brightness names the group" if brightness_names_the_group(splits) else "")


def _counted(split: str, groups: Any) -> str:
    """Return the name of a split with the number of groups that it tests."""
    return split if not groups or groups != groups else f"{split}\n({groups:.0f} group{'s' if groups > 1 else ''})"


def _draw_ladder(table: pd.DataFrame, metric: str, axes: Axes) -> None:
    """Draw one metric by split, one dot per method with its interval; each split tests other cells."""
    rows = table[table["figure"] == metric]
    splits = list(dict.fromkeys(rows["split"]))
    methods = list(dict.fromkeys(rows["method"]))
    tints = method_colors(methods)
    for number_, method in enumerate(methods):
        own = rows[rows["method"] == method].set_index("split").reindex(splits)
        places = np.arange(len(splits)) + 0.1 * (number_ - (len(methods) - 1) / 2)
        strong = method == "model"
        axes.vlines(places, own["low"], own["high"], color=tints[method], linewidth=1.4)
        axes.plot(
            places,
            own["value"],
            "o",
            color=tints[method],
            label=method_name(method),
            markersize=7 if strong else 5,
        )
    counts = rows.groupby("split")["groups"].first()
    axes.set_xticks(range(len(splits)), [_counted(split, counts.get(split)) for split in splits])
    axes.set_xlim(-0.4, len(splits) - 0.6)
    axes.set_xlabel("what stays together in a split")
    axes.set_ylabel(METRICS[metric])
    axes.grid(axis="y", color=FAINT, linewidth=0.5)

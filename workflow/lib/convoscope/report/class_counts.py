"""How many cells and groups of every class train, validate and test."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.dataset import split_names
from convoscope.report.style import FAINT, drawing, fold_colors, headline, whole_numbers
from convoscope.tables import require_columns


def draw(path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame) -> None:
    """Draw cells and groups by class and split."""
    require_columns(examples, "examples", ["group"])
    splits = split_names(examples, card, next(iter(card["folds"])))
    table = sides_table(class_names(examples, card["labels"]), splits, examples["group"])
    with drawing(path, 1.4 + 0.26 * table["class"].nunique(), table) as figure:
        headline(figure, sides_finding(table, card["by"]))
        draw_sides(table, card["by"], *figure.subplots(1, 2, sharey=True))


def class_names(examples: pd.DataFrame, labels: Sequence[str]) -> np.ndarray:
    """Return the labels of each example joined by ``+``, ``(n,)``; ``none`` where it has none."""
    names = np.array(labels, dtype=object)
    positive = examples[list(labels)].to_numpy(np.float32) > 0.5
    return np.array(["+".join(names[row]) or "none" for row in positive], dtype=object)


def sides_table(classes: np.ndarray, sides: np.ndarray, groups: pd.Series) -> pd.DataFrame:
    """Return columns ``class split cells groups``, all of ``(n,)`` cells counted."""
    table = pd.DataFrame({"class": classes, "split": sides, "group": groups.to_numpy(object)})
    counted = table.groupby(["class", "split"])["group"].agg(["size", "nunique"]).reset_index()
    return counted.rename(columns={"size": "cells", "nunique": "groups"})


def sides_finding(table: pd.DataFrame, unit: str) -> str:
    """Say how unequal the classes are, and how few groups the scarcest has in the test split."""
    sizes = table.groupby("class")["cells"].sum()
    tested = table[table["split"] == "test"]
    times = f"{sizes.max() / sizes.min():.1f} times the cells of the smallest"
    text = f"{int(sizes.sum()):,} cells; the largest class has {times}"
    if unit != "cell" and len(tested):
        least = int(tested["groups"].min())
        text += f"; the scarcest class is tested on {least} {unit}{'s' if least != 1 else ''}"
    return text


def draw_sides(table: pd.DataFrame, unit: str, cells: Axes, groups: Axes) -> None:
    """Draw stacked bars by class: cells on the left, groups on the right."""
    names = list(dict.fromkeys(table["class"]))
    tints = fold_colors(table["split"].tolist())
    for axes, column in ((cells, "cells"), (groups, "groups")):
        left = np.zeros(len(names))
        for split, tint in tints.items():
            width = table[table["split"] == split].set_index("class")[column].reindex(names, fill_value=0).to_numpy()
            axes.barh(names, width, left=left, color=tint, height=0.7, label=split)
            left += width
        axes.set_xlabel(column if column == "cells" or unit == "cell" else f"groups ({unit})")
        whole_numbers(axes.xaxis)
        axes.grid(axis="x", color=FAINT, linewidth=0.5)
    cells.invert_yaxis()
    groups.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

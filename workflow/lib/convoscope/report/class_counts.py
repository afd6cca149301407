"""How many cells and groups of every class train, validate and test."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.report.style import FAINT, fold_colors, whole_numbers


def sides_table(classes: np.ndarray, sides: np.ndarray, groups: pd.Series) -> pd.DataFrame:
    """Return columns ``class split cells groups``, all of ``(n,)`` cells counted."""
    table = pd.DataFrame({"class": classes, "split": sides, "group": groups.to_numpy(object)})
    counted = table.groupby(["class", "split"])["group"].agg(["size", "nunique"]).reset_index()
    return counted.rename(columns={"size": "cells", "nunique": "groups"})


def sides_finding(table: pd.DataFrame, unit: str) -> str:
    """Say how unequal the classes are, and how few groups the scarcest has in the test split."""
    sizes = table.groupby("class")["cells"].sum()
    tested = table[table["split"] == "test"]
    text = f"{int(sizes.sum()):,} cells; the largest class has {sizes.max() / sizes.min():.1f} times the smallest"
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

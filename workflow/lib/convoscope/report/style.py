"""The one look of every figure, and what is written of it: pictures, and the table that it draws."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from convoscope.files import replacing
from convoscope.palette import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, colors
from convoscope.report.items import WRITTEN_WITH_FIGURES
from convoscope.report.pictures import write_pdf, write_png, write_svg
from convoscope.report.wording import fold_order
from convoscope.tables import write_table

INK, MUTED, FAINT = "#222222", "#777777", "#DDDDDD"
BASES = {"A": GREEN, "C": BLUE, "G": ORANGE, "T": VERMILION, "U": VERMILION}
FOLDS = {"train": "#8C8C8C", "validation": ORANGE, "test": BLUE}
METHOD_COLORS = {
    "model": BLUE,
    "kmer": ORANGE,
    "gc": "#8C8C8C",
    "filters": ORANGE,
    "intensity": "#8C8C8C",
    "position": PURPLE,
    "ceiling": INK,
    "second": BLUE,
    "logistic": ORANGE,
    "difference": "#8C8C8C",
}
WIDTH = 11.0  # inches; 1056 CSS pixels, what the report shows without scrolling
TEXT = 10.5  # points of all text but titles: 6.7 in a page of two columns, where ``WIDTH`` becomes 7 inches
TILTED = 20  # columns that are wide enough for a tilted name
PANELS = 12  # labels with panels of their own; tables and the forest have them all
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#555555",
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": TEXT,
    "axes.titleweight": "bold",
    "axes.titlepad": 6,
    "figure.facecolor": "white",
    "figure.labelsize": TEXT,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TEXT,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "lines.linewidth": 1.6,
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,  # TrueType, which programs can edit
    "svg.fonttype": "none",  # text that can be searched, selected and edited, and is smaller than its outlines
    "svg.hashsalt": "convoscope",  # the same drawing is the same bytes
    "text.color": INK,
    "xtick.color": "#555555",
    "xtick.labelcolor": INK,
    "xtick.labelsize": TEXT,
    "ytick.color": "#555555",
    "ytick.labelcolor": INK,
    "ytick.labelsize": TEXT,
}


def panel_width(count: int, columns: int) -> float:
    """Return the inches that this number of panels needs, so that a lonely one is not stretched over the page."""
    return min(WIDTH, max(6.5, WIDTH * count / columns))


def fold_colors(values: Sequence[str]) -> dict[str, str]:
    """Return the colour of each fold; the three named splits always have the same."""
    others = [fold for fold in fold_order(values) if fold not in FOLDS]
    return {fold: FOLDS[fold] for fold in fold_order(values) if fold in FOLDS} | dict(
        zip(others, colors(len(others)), strict=True)
    )


def method_colors(methods: Sequence[str]) -> dict[str, str]:
    """Return the colour of each method: fixed for those that are always there, else further along the palette."""
    spare = iter([VERMILION, GREEN, PURPLE, SKY, *colors(20)])
    return {method: METHOD_COLORS[method] if method in METHOD_COLORS else next(spare) for method in methods}


def headline(figure: Figure, finding: str) -> None:
    """Write what the figure shows over it, wrapped to its width."""
    lines = balanced(finding, int(figure.get_figwidth() * 9))
    figure.suptitle(lines, x=0.005, ha="left", fontsize=13, fontweight="bold")


def balanced(text: str, columns: int) -> str:
    """Wrap a text to as few lines as it needs, which are about equally long: no word has a line of its own.

    >>> print(balanced("one two three four five", 20))
    one two three
    four five
    """
    fewest = len(textwrap.wrap(text, columns))
    widths = range(len(text) // max(fewest, 1), columns + 1)
    return next((textwrap.fill(text, width) for width in widths if len(textwrap.wrap(text, width)) <= fewest), text)


def mark_parts(parts: Iterable[SubFigure]) -> None:
    """Mark where each part of a tall figure lies, so that the report can show and print them one by one."""
    for place, part in enumerate(parts):
        part.patch.set_gid(f"part-{place + 1}")


def whole_numbers(axis: Axis) -> None:
    """Let an axis of counts have ticks at whole numbers only, however small its range."""
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def small_multiples(figure: Figure | SubFigure, count: int, columns: int) -> list[Axes]:
    """Return this number of axes in rows of ``columns``; places left over stay empty, and no axes at all say so."""
    rows = max(1, -(-count // columns))
    grid = figure.subplots(rows, max(1, min(columns, count)), squeeze=False).ravel()
    for axes in grid[count:]:
        axes.set_axis_off()
    if not count:
        say(grid[0], "nothing to show")
    return list(grid[:count])


def name_columns(names: Sequence[str], axes: Axes) -> None:
    """Write the names of columns, which are one unit wide, below them: tilted, and upright where they are narrow."""
    tilt, side = (45, "top") if len(names) <= TILTED else (90, "center")
    axes.set_xticks(range(len(names)), names, rotation=tilt, ha="right", va=side, rotation_mode="anchor")


def legend_above(axes: Axes, handles: Sequence[Any], title: str) -> None:
    """Put a legend over the axes, its title in place of theirs."""
    words: dict[str, Any] = {
        "loc": "lower left",
        "bbox_to_anchor": (-0.03, 1.0),
        "title": title,
        "alignment": "left",
        "title_fontproperties": {"weight": "bold", "size": TEXT},
    }
    axes.legend(handles=handles, **words)


def say(axes: Axes, text: str) -> None:
    """Write a sentence in place of a plot that has nothing to show."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=axes.transAxes)


def _save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG."""
    with matplotlib.rc_context(STYLE):
        write_svg(figure, path)


def _copy(figure: Figure, pdf: Path, png: Path) -> None:
    """Write copies of a figure that is saved."""
    with matplotlib.rc_context(STYLE):
        write_pdf(figure, pdf)
        write_png(figure, pdf, png)


@contextmanager
def drawing(path: Path, height: float, table: pd.DataFrame, width: float = WIDTH) -> Iterator[Figure]:
    """Yield an empty figure in the house style; write it, copies and its table when the block ends well.

    Parameters
    ----------
    path
        The ``.svg``; copies and table go to the same name with the endings `WRITTEN_WITH_FIGURES`.
    height, width
        Inches.
    table
        What the figure draws.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        with replacing(path, *map(path.with_suffix, WRITTEN_WITH_FIGURES)) as (picture, pdf, png, text):
            _save(figure, picture)
            _copy(figure, pdf, png)
            write_table(table, text)

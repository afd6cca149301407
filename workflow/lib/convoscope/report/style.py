"""The one look of every figure, and what is written of it: pictures, and the table that it draws."""

import math
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
from convoscope.tables import write_table

INK, MUTED, FAINT = "#222222", "#777777", "#DDDDDD"
BASES = {"A": GREEN, "C": BLUE, "G": ORANGE, "T": VERMILION, "U": VERMILION}
FOLDS = {"train": "#8C8C8C", "validation": ORANGE, "test": BLUE}
METHODS = {
    "model": ("CNN", BLUE),
    "kmer": ("k-mers", ORANGE),
    "gc": ("GC alone", "#8C8C8C"),
    "filters": ("classic filters", ORANGE),
    "intensity": ("intensity alone", "#8C8C8C"),
    "position": ("position alone", PURPLE),
    "ceiling": ("ceiling: nobody can pass", INK),
    "second": ("second network", BLUE),
    "logistic": ("logistic regression", ORANGE),
    "difference": ("largest |difference|", "#8C8C8C"),
}
METRICS = {
    "accuracy": "accuracy",
    "binary_accuracy": "accuracy, label against rest",
    "macro_recall": "macro recall",
    "ece": "calibration error",
    "ece_scaled": "calibration error, scaled",
    "log_loss": "log loss",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "mcc": "MCC",
    "f1": "F1",
    "mse": "mean squared error",
    "pearson": "Pearson r",
    "spearman": "Spearman ρ",
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


def fold_order(values: Sequence[str]) -> list[str]:
    """Return the distinct folds in reading order: train, validation, test, then numbers.

    >>> fold_order(["test", "10", "2", "train", "test"])
    ['train', 'test', '2', '10']
    """
    known = list(FOLDS)
    return sorted(set(values), key=lambda fold: (known.index(fold) if fold in known else len(known), len(fold), fold))


def fold_name(fold: str) -> str:
    """Write a fold so that a number reads as one.

    >>> fold_name("test"), fold_name("3")
    ('test', 'fold 3')
    """
    return fold if fold in FOLDS else f"fold {fold}"


def panel_width(count: int, columns: int) -> float:
    """Return the inches that this number of panels needs, so that a lonely one is not stretched over the page."""
    return min(WIDTH, max(6.5, WIDTH * count / columns))


def fold_colors(values: Sequence[str]) -> dict[str, str]:
    """Return the colour of each fold; the three named splits always have the same."""
    others = [fold for fold in fold_order(values) if fold not in FOLDS]
    return {fold: FOLDS[fold] for fold in fold_order(values) if fold in FOLDS} | dict(
        zip(others, colors(len(others)), strict=True)
    )


def method_name(method: str) -> str:
    """Return the name of a method as the figures write it."""
    return METHODS.get(method, (method, ""))[0]


def method_colors(methods: Sequence[str]) -> dict[str, str]:
    """Return the colour of each method: fixed for those that are always there, else further along the palette."""
    spare = iter([VERMILION, GREEN, PURPLE, SKY, *colors(20)])
    return {method: METHODS[method][1] if method in METHODS else next(spare) for method in methods}


def metric_name(metric: str) -> str:
    """Return the name of a metric as the field writes it."""
    return METRICS.get(metric, metric)


def number(value: float | None, digits: int = 3) -> str:
    """Write a number without a leading zero, and a dash for one that is not defined.

    >>> number(0.9463), number(-0.05, 2), number(1.0, 2), number(float("nan"))
    ('.946', '−.05', '1.00', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) > 0 else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def quantity(value: float | None, digits: int = 3) -> str:
    """Write a number in a unit of any size with significant digits, and a dash for one that is not defined.

    >>> quantity(2.5e-7), quantity(-0.5), quantity(0.0), quantity(1234567.0), quantity(float("nan"))
    ('2.5e-07', '−0.5', '0', '1.23e+06', '–')
    >>> quantity(999.6), quantity(-7104.0)
    ('1,000', '−7,100')
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{digits}g}"
    size = float(text)
    return ("−" if value < 0 else "") + (f"{size:,.0f}" if 1000 <= size < 1e6 else text)


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Write an interval.

    >>> interval(-0.012, 0.07, 2)
    '−.01 to .07'
    """
    return f"{number(low, digits)} to {number(high, digits)}"


def shorten(text: str, width: int) -> str:
    """Cut a long name in its middle, where names of a series differ least.

    >>> shorten("a_very_long_label_name_17", 12)
    'a_very…me_17'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[len(text) - tail :]


def headline(figure: Figure, finding: str) -> None:
    """Write what the figure shows over it, wrapped to its width."""
    columns = int(figure.get_figwidth() * 9)
    figure.suptitle(textwrap.fill(finding, columns), x=0.005, ha="left", fontsize=13, fontweight="bold")


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

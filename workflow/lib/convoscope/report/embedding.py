"""Cells as the last layer sees them, on two axes: whether classes lie together, or plates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.dataset import split_names
from convoscope.palette import PALETTE
from convoscope.prediction.projection import principal
from convoscope.report.class_counts import class_names
from convoscope.report.style import MUTED, drawing, headline, say
from convoscope.report.wording import shorten
from convoscope.tables import find_rows

CELLS, ASKED = 1000, 5000  # held-out cells that are drawn; training cells among which their nearest is
MARKERS, TINTS = "osD^vP", PALETTE[:-1]  # yellow is faint on white
PANELS = 3
LEGEND = 14  # values that a legend names; more are written where their cells are
ROOM = np.array([0.2, 0.055])  # that a name takes of the width and height


def draw(path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, embeddings: Mapping[str, np.ndarray]) -> None:
    """Draw held-out cells on the first two principal components, by class and by grouping columns.

    Parameters
    ----------
    path
        The ``.svg``.
    card, examples
        Of the experiment.
    embeddings
        ``cells (cells, units)`` of the last layer, their ``ids (cells,)``, and ``umap (cells, 2)`` if there is one.
    """
    rows = examples.iloc[find_rows(pd.Series(embeddings["ids"]), examples["id"], "embeddings")]
    splits = split_names(rows, card, next(iter(card["folds"])))
    cells = np.asarray(embeddings["cells"], dtype=np.float64)
    chosen = spread_out(np.flatnonzero(splits == "test"), CELLS)
    columns = _columns(rows, card, chosen)
    kin = kinship(cells, chosen, spread_out(np.flatnonzero(splits == "train"), ASKED), columns)
    pairs = {name: (points[chosen], axes) for name, points, axes in _projections(cells, embeddings.get("umap"))}
    places = {f"{name}{k + 1}": points[:, k] for name, (points, _) in pairs.items() for k in range(2)}
    shown = pd.DataFrame({"id": rows["id"].to_numpy()[chosen], **places})
    shown = shown.assign(**{name: values[chosen] for name, values in columns.items()})
    with drawing(path, 5.6 * len(pairs), shown) as figure:
        headline(figure, embedding_finding(kin, len(shown)))
        if not columns:
            return say(figure.subplots(), "fewer than two classes and groups are held out")
        grid = figure.subplots(len(pairs), len(columns), squeeze=False)
        for line, (pair, (_, titles)) in zip(grid, pairs.items(), strict=True):
            for name, axes in zip(columns, line, strict=True):
                _draw_points(shown, name, [f"{pair}1", f"{pair}2"], axes)
                axes.set(xlabel=titles[0], ylabel=titles[1])
    return None


def _projections(cells: np.ndarray, umap: np.ndarray | None) -> list[tuple[str, np.ndarray, tuple[str, str]]]:
    """Return name, points ``(cells, 2)`` and titles of the axes: principal components, and UMAP where it is known."""
    points, shares = principal(cells)
    titles = (f"component 1 ({shares[0]:.0%} of the variance)", f"component 2 ({shares[1]:.0%})")
    return [("pc", points, titles)] + ([] if umap is None else [("umap", umap, ("UMAP 1", "UMAP 2"))])


def _columns(rows: pd.DataFrame, card: Mapping[str, Any], chosen: np.ndarray) -> dict[str, np.ndarray]:
    """Return the class of every cell, and its values of the columns that group cells most coarsely."""
    found = {name: rows[name].astype(str).to_numpy(object) for name in card.get("groups", []) if name in rows}
    counts = {name: len(set(values[chosen])) for name, values in found.items()}
    coarse = sorted((name for name in found if counts[name] > 1), key=lambda name: counts[name])
    classes = class_names(rows, card["labels"])
    first = {"class": classes} if len(set(classes[chosen])) > 1 else {}
    return first | {name: found[name] for name in coarse[: PANELS - 1]}


def spread_out(rows: np.ndarray, limit: int) -> np.ndarray:
    """Return at most this number of rows, evenly spaced.

    >>> spread_out(np.arange(10), 5).tolist()
    [0, 2, 4, 6, 8]
    """
    return rows[np.linspace(0, len(rows), min(limit, len(rows)), endpoint=False).astype(int)]


def kinship(
    cells: np.ndarray, asking: np.ndarray, asked: np.ndarray, columns: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Ask how often the nearest of other cells has the same value, against chance.

    Parameters
    ----------
    cells
        ``(cells, units)``.
    asking, asked
        Rows that have a nearest cell, and those among which it is.
    columns
        Values ``(cells,)`` of each column.

    Returns
    -------
    Columns ``column share chance``; columns without a value that is on both sides are left out.

    Examples
    --------
    >>> cells, plates = np.array([[0.0], [1.0], [9.0], [8.0]]), np.array(["p", "p", "q", "q"])
    >>> kinship(cells, np.array([0, 2]), np.array([1, 3]), {"plate": plates}).values.tolist()
    [['plate', 1.0, 0.5]]
    """
    ours, theirs = cells[asking].astype(np.float64), cells[asked].astype(np.float64)
    nearest = ((theirs**2).sum(axis=1) - 2 * ours @ theirs.T).argmin(axis=1)
    found = []
    for name, values in columns.items():
        alike = values[asking][:, None] == values[asked]
        if alike.any():
            found.append((name, float(alike[np.arange(len(asking)), nearest].mean()), float(alike.mean())))
    return pd.DataFrame(found, columns=["column", "share", "chance"])


def embedding_finding(kin: pd.DataFrame, count: int) -> str:
    """Say what the nearest cells share more often than chance would have it."""
    told = [
        f"the same {row['column']} in {row['share']:.0%} ({row['chance']:.0%} by chance)"
        for row in kin.to_dict("records")
    ]
    cells = f"{count:,} test cells"
    return f"{cells}: the nearest training cell has {', '.join(told)}" if told else f"{cells} on two axes"


def _draw_points(shown: pd.DataFrame, column: str, pair: list[str], axes: Axes) -> None:
    """Draw the cells by the values of a column, each with a colour and a marker of its own."""
    values = list(dict.fromkeys(sorted(shown[column].astype(str))))
    for place, value in enumerate(values):
        own = shown[shown[column] == value]
        tint, marker = TINTS[place % len(TINTS)], MARKERS[place // len(TINTS) % len(MARKERS)]
        axes.plot(own[pair[0]], own[pair[1]], marker, color=tint, markersize=3.4, alpha=0.75, markeredgewidth=0,
                  label=shorten(value, 20))  # fmt: skip
    axes.set_title(f"by {column}" + ("" if len(values) <= LEGEND else f" ({len(values)})"))
    axes.axhline(0, color=MUTED, linewidth=0.3)
    axes.axvline(0, color=MUTED, linewidth=0.3)
    if len(values) <= LEGEND:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, markerscale=1.8)
    else:
        _write_names(shown, values, column, pair, axes)


def _write_names(shown: pd.DataFrame, values: list[str], column: str, pair: list[str], axes: Axes) -> None:
    """Write values in the middle of their cells, as far as there is room."""
    middles = shown.groupby(column)[pair].median().loc[values].to_numpy()
    room = np.ptp(shown[pair].to_numpy(), axis=0) * ROOM
    written: list[np.ndarray] = []
    for place, (value, middle) in enumerate(zip(values, middles, strict=True)):
        if all((np.abs(middle - other) > room).any() for other in written):
            box = {"boxstyle": "round,pad=0.1", "fc": "white", "ec": TINTS[place % len(TINTS)], "alpha": 0.85}
            axes.annotate(shorten(value, 12), tuple(middle), ha="center", va="center", bbox=box)
            written.append(middle)

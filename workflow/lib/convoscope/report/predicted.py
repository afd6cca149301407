"""Predictions of windows without labels, compared with those of the test split."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.errors import InputError
from convoscope.palette import BLUE, VERMILION
from convoscope.report.style import FAINT, MUTED, PANELS, drawing, headline, panel_width, small_multiples
from convoscope.report.wording import number, shorten
from convoscope.tables import find_rows, require_columns

SERIES = {
    "given": (BLUE, "{}"),
    "sites": (VERMILION, "test windows with it"),
    "others": (MUTED, "test windows without"),
}
POINTS = 200  # of a curve
COLUMNS = 3


def draw(
    path: Path,
    *,
    predicted: pd.DataFrame,
    examples: pd.DataFrame,
    metrics: Mapping[str, Any],
    predictions: pd.DataFrame,
    name: str,
) -> None:
    """Draw the distribution of the scores of windows without labels, compared with those of the test split.

    Parameters
    ----------
    path
        The ``.svg``.
    predicted
        Table of ``predict-bed`` or ``predict-fasta``.
    examples, metrics, predictions
        Of the experiment whose networks predicted it.
    name
        Of the windows.
    """
    labels = labels_of(predicted)
    if not labels or predicted.empty:
        raise InputError("predicted: no row, or no column of a spread; a table of predict-bed or predict-fasta")
    require_columns(examples, "examples", labels)
    known = _known_predictions(predictions, examples)
    thresholds = metrics.get("thresholds", {}).get("model", {})
    limits = {label: float(np.mean(list(thresholds.get(label, {}).values()) or [np.nan])) for label in labels}
    counted = [count(predicted, known, label, limits[label]) for label in labels]
    shown = counted[:PANELS]
    points = pd.concat([curves(predicted, known, row.label) for row in shown], ignore_index=True)
    with drawing(path, 0.7 + 2.6 * -(-len(shown) // COLUMNS), points, panel_width(len(shown), COLUMNS)) as figure:
        headline(figure, predicted_finding(counted, f"windows of {name}"))
        grid = small_multiples(figure, len(shown), COLUMNS)
        for row, axes in zip(shown, grid, strict=True):
            _draw_predicted(points[points["label"] == row.label], row, name, axes)
        grid[0].set_ylabel("windows that score\nat least as high (%)")
        grid[0].legend(loc="lower left")


def _known_predictions(found: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Return ``label prediction truth`` of the test split; windows whose label is unknown are left out."""
    test = found[found["split"] == "test"]
    rows = find_rows(test["id"], windows["id"], "predictions")
    truth = np.full(len(test), np.nan)
    for label, places in test.groupby("label", sort=False).indices.items():
        truth[places] = windows[label].to_numpy(dtype=float)[rows[places]]
    return test[["label", "prediction"]].assign(truth=truth).dropna()


class Counted(NamedTuple):
    """One label: how many of how many windows score above its threshold, and the medians here and in the test split."""

    label: str
    windows: int
    called: float
    threshold: float
    median: float
    test: float


def labels_of(names: Iterable[Any]) -> list[str]:
    """Return the labels of a table of predictions, which each have a column and one of their spread."""
    return [str(name).removesuffix(":spread") for name in names if str(name).endswith(":spread")]


def count(table: pd.DataFrame, known: pd.DataFrame, label: str, threshold: float) -> Counted:
    """Count the windows that a label is called for.

    Parameters
    ----------
    table
        New predictions, a column per label.
    known
        ``label prediction truth`` of the test split.
    label
        One of the labels.
    threshold
        Of its calls; NaN where the task has none.
    """
    values = table[label].to_numpy(dtype=float)
    called = float((values > threshold).sum()) if np.isfinite(threshold) else float("nan")
    test = known.loc[known["label"] == label, "prediction"].median()
    return Counted(label, len(values), called, threshold, float(np.median(values)), float(test))


def curves(table: pd.DataFrame, known: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the share of windows that score at least as high as each value: ``label series prediction share n``.

    >>> table = pd.DataFrame({"a": [0.1, 0.4]})
    >>> known = pd.DataFrame({"label": "a", "prediction": [0.5], "truth": [1.0]})
    >>> curves(table, known, "a").to_dict("list")["share"]
    [1.0, 0.5, 1.0]
    """
    test = known[known["label"] == label]
    sites = test["truth"] > (0.5 if test["truth"].isin((0, 1)).all() else test["truth"].median())
    parts = []
    for series, values in (("given", table[label]), ("sites", test.loc[sites, "prediction"]),
                           ("others", test.loc[~sites, "prediction"])):  # fmt: skip
        ordered = np.sort(values.to_numpy(dtype=float))
        # Evenly spaced on the axis of shares, which is logarithmic: the few highest are what one looks for.
        ranks = np.unique(np.geomspace(1, max(len(ordered), 1), POINTS).round().astype(int))[::-1][: len(ordered)]
        part = pd.DataFrame({"prediction": ordered[len(ordered) - ranks], "share": ranks / max(len(ordered), 1)})
        parts.append(part.assign(label=label, series=series, n=len(ordered)))
    return pd.concat(parts, ignore_index=True)


def predicted_finding(counted: list[Counted], what: str) -> str:
    """Say for which label most windows are called, or how their median compares with the test split."""
    first = counted[0]
    if not np.isfinite(first.called):
        places = f"{number(first.median)} for {first.label}, {number(first.test)} in the test split"
        return f"{first.windows:,} {what}: the median prediction is {places}"
    best = max(counted, key=lambda one: one.called)
    whole = f"{best.called:,.0f} of {best.windows:,} {what} are called {best.label}"
    percent = f"{number(100 * best.called / best.windows, 1)} %"
    return f"{whole} ({percent}" + (f", most of the {len(counted)} labels)" if len(counted) > 1 else ")")


def _draw_predicted(part: pd.DataFrame, row: Counted, what: str, axes: Axes) -> None:
    """Draw how large a share of windows scores at least so high.

    Parameters
    ----------
    part
        Rows of :func:`curves` of one label.
    row
        Its count.
    what
        Name of the new windows.
    axes
        Where to draw.
    """
    for series, (color, name) in SERIES.items():
        one = part[part["series"] == series]
        if len(one):
            text = f"{name.format(shorten(what, 20))} ({int(one['n'].iloc[0]):,})"
            axes.step(one["prediction"], 100 * one["share"], where="pre", color=color, label=text)
    if np.isfinite(row.threshold):
        axes.axvline(row.threshold, color=FAINT, linewidth=1, zorder=0)
        title = f"{shorten(row.label, 16)}: {row.called:,.0f} of {row.windows:,} called"
    else:
        title = f"{shorten(row.label, 16)}: median {number(row.median)}, test {number(row.test)}"
    axes.set_title(title)
    axes.set_yscale("log")
    axes.set_ylim(100 / max(part["n"].max(), 10) / 1.5, 130)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("prediction")

"""Predictions of cells without labels compared with those of the test split: called classes and probabilities."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.evaluation.collect import to_matrix
from convoscope.palette import BLUE, VERMILION
from convoscope.report.predicted import labels_of
from convoscope.report.style import FAINT, MUTED, drawing, headline
from convoscope.report.wording import number, shorten
from convoscope.tables import require_columns

POINTS = 200  # of a curve
TALLEST = 40  # calls that are drawn
NONE = "none"  # what a cell is called for which no label reaches its threshold
SERIES = {"given": (BLUE, "{}"), "right": (VERMILION, "test cells called right"),
          "wrong": (MUTED, "test cells called wrong")}  # fmt: skip


def draw(
    path: Path,
    *,
    predicted_cells: pd.DataFrame,
    examples: pd.DataFrame,
    metrics: Mapping[str, Any],
    predictions: pd.DataFrame,
    name: str,
) -> None:
    """Draw called classes and probabilities of cells without labels, compared with those of the test split.

    Parameters
    ----------
    path
        The ``.svg``.
    predicted_cells
        Table of ``predict-cells``.
    examples, metrics, predictions
        Of the experiment whose networks predicted it.
    name
        Of the cells.
    """
    new, test, counted = compare(predicted_cells, examples, metrics, predictions)
    points, shown = curves(new, test), counted.head(TALLEST)
    whole = pd.concat([shown.assign(part="calls"), points.assign(part="confidence")], ignore_index=True)
    with drawing(path, max(3.2, 1.5 + 0.26 * len(shown)), whole) as figure:
        headline(figure, cells_finding(counted, new, test, name))
        left, right = figure.subplots(1, 2)
        _draw_counts(shown, name, left)
        _draw_confidence(points, name, right)


class Scored(NamedTuple):
    """N cells: what each is called, and its highest prediction; ``right`` where the truth is known."""

    called: np.ndarray  # (N,) text
    confidence: np.ndarray  # (N,)
    right: np.ndarray | None = None  # (N,) bool


def score(values: np.ndarray, labels: list[str], thresholds: np.ndarray | None, truth: np.ndarray | None) -> Scored:
    """Call cells by their predictions.

    Parameters
    ----------
    values
        Predictions ``(N, labels)``.
    labels
        Their names.
    thresholds
        ``(labels,)`` above or at which a label is called, or None: exactly the highest is.
    truth
        ``(N, labels)`` 0 and 1, NaN where unknown, if there is one.

    Examples
    --------
    >>> score(np.array([[0.2, 0.7]]), ["a", "b"], None, np.array([[1.0, 0.0]])).right.tolist()
    [False]
    """
    hits = values >= thresholds if thresholds is not None else np.eye(len(labels), dtype=bool)[values.argmax(axis=1)]
    names = np.array(labels, dtype=object)
    called = np.array(["+".join(names[row]) or NONE for row in hits], dtype=object)
    right = None if truth is None else ((hits == (truth > 0.5)) | np.isnan(truth)).all(axis=1)
    return Scored(called, values.max(axis=1), right)


def count(given: Scored, test: Scored, labels: list[str]) -> pd.DataFrame:
    """Return how many cells are called what, most first: ``called cells share test_share confidence``.

    Shares are of all cells, here and in the test split; the confidence is the median. Labels and calls of the test
    split that no cell is called are counted too.

    >>> one = Scored(np.array(["a", "a", "b"]), np.array([0.5, 0.75, 1.0]))
    >>> count(one, one, ["a", "b", "c"]).round(3).to_dict("list")["share"]
    [0.667, 0.333, 0.0]
    """
    table = pd.DataFrame({"called": given.called, "confidence": given.confidence})
    found = table.groupby("called")["confidence"].agg(cells="size", confidence="median").reset_index()
    found["share"] = found["cells"] / len(table)
    tested = pd.Series(test.called, dtype=object).value_counts(normalize=True)
    found["test_share"] = found["called"].map(tested).fillna(0.0).astype(float)
    missing = [name for name in dict.fromkeys([*labels, *tested.index]) if name not in set(found["called"])]
    shares = tested.reindex(missing, fill_value=0.0).to_numpy()
    more = pd.DataFrame({"called": missing, "cells": 0, "share": 0.0, "test_share": shares})
    whole = pd.concat([found, more], ignore_index=True) if missing else found
    whole = whole.sort_values(["cells", "called"], ascending=[False, True], ignore_index=True)
    return whole[["called", "cells", "share", "test_share", "confidence"]]


def curves(given: Scored, test: Scored) -> pd.DataFrame:
    """Return the share of cells that are at least so sure: ``series confidence share n``.

    >>> one = Scored(np.array(["a", "a"]), np.array([0.5, 0.75]), np.array([True, False]))
    >>> found = curves(one, one)
    >>> found[found["series"] == "given"][["confidence", "share"]].to_numpy().tolist()
    [[0.5, 1.0], [0.75, 0.5]]
    """
    right = test.right if test.right is not None else np.ones(len(test.confidence), dtype=bool)
    parts = []
    for series, values in {
        "given": given.confidence, "right": test.confidence[right], "wrong": test.confidence[~right]
    }.items():  # fmt: skip
        ordered = np.sort(values)
        ranks = np.unique(np.linspace(0, max(len(ordered) - 1, 0), POINTS).round().astype(int))[: len(ordered)]
        part = pd.DataFrame({"confidence": ordered[ranks], "share": 1 - ranks / max(len(ordered), 1)})
        parts.append(part.assign(series=series, n=len(ordered)))
    return pd.concat(parts, ignore_index=True)[["series", "confidence", "share", "n"]]


def cells_finding(table: pd.DataFrame, given: Scored, test: Scored, name: str) -> str:
    """Say what most cells are called, and how confident the networks are compared with the test split."""
    best = table.iloc[0]
    percent = f"{number(100 * best['share'], 1)} %"
    confidence = f"median confidence {number(float(np.median(given.confidence)), 2)}"
    tested = f", {number(float(np.median(test.confidence)), 2)} in the test split" if len(test.confidence) else ""
    called = f"{best['cells']:,} of {len(given.called):,} cells of {name} are called {best['called']} ({percent})"
    return f"{called}; {confidence}{tested}"


def _draw_counts(table: pd.DataFrame, name: str, axes: Axes) -> None:
    """Draw the share of every call as a bar, that in the test split as a mark."""
    places = np.arange(len(table))
    axes.barh(places, 100 * table["share"], color=BLUE, height=0.6, label=shorten(name, 24))
    axes.plot(
        100 * table["test_share"], places, "|", color=VERMILION, markersize=11, markeredgewidth=2, label="test split"
    )
    axes.set_yticks(places, [f"{shorten(str(row.called), 20)} ({row.cells:,})" for row in table.itertuples()])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel("cells that are called so (%)")
    axes.set_title("calls")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)


def _draw_confidence(points: pd.DataFrame, name: str, axes: Axes) -> None:
    """Draw how large a share of the cells has at least such a confidence; ``points`` are those of :func:`curves`."""
    for series, (color, text) in SERIES.items():
        one = points[points["series"] == series]
        if len(one):
            label = f"{text.format(shorten(name, 20))} ({int(one['n'].iloc[0]):,})"
            axes.step(one["confidence"], 100 * one["share"], where="pre", color=color, label=label)
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 103)
    axes.set_xlabel("confidence")
    axes.set_ylabel("cells at least as sure (%)")
    axes.grid(color=FAINT, linewidth=0.5)
    axes.set_title("confidence")
    axes.legend(loc="lower left")


def compare(
    predicted: pd.DataFrame, examples: pd.DataFrame, metrics: Mapping[str, Any], predictions: pd.DataFrame
) -> tuple[Scored, Scored, pd.DataFrame]:
    """Return the calls of new cells and of the test split, and how many are called what, as :func:`count`."""
    labels = labels_of(predicted)
    if not labels or predicted.empty:
        raise InputError("predicted_cells: no row, or no column of a spread; a table of predict-cells")
    require_columns(examples, "examples", labels)
    limits = _limits_of(metrics, labels)
    new = score(predicted[labels].to_numpy(np.float64), labels, limits, None)
    test = score(*_tested(predictions, examples, labels, limits))
    return new, test, count(new, test, labels)


def _limits_of(metrics: Mapping[str, Any], labels: list[str]) -> np.ndarray | None:
    """Return the mean threshold of each label over the folds, ``(labels,)``; None where the highest class is called."""
    if TASKS[metrics["task"]].exclusive:
        return None
    found = metrics.get("thresholds", {}).get("model", {})
    means = []
    for label in labels:
        values = list(found.get(label, {}).values())
        if not values:
            raise InputError(f"metrics: no threshold of {label!r} in every fold; those of the experiment of the cells")
        means.append(np.mean(values))
    return np.array(means)


def _tested(
    found: pd.DataFrame, examples: pd.DataFrame, labels: list[str], limits: np.ndarray | None
) -> tuple[np.ndarray, list[str], np.ndarray | None, np.ndarray]:
    """Return predictions and truth of the test split as :func:`score` takes them."""
    test = found[found["split"] == "test"]
    table = examples.set_index("id")
    ids = pd.Index(dict.fromkeys(test["id"]))
    return to_matrix(test, ids, labels), labels, limits, table.loc[ids, labels].to_numpy(np.float64)

"""What the cells of a protein, well or field are together: one call per group, how sure, and whether it is right."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convoscope.evaluation.votes import Votes, vote
from convoscope.palette import BLUE, VERMILION
from convoscope.report.style import FAINT, MUTED, drawing, headline, name_columns, say
from convoscope.report.wording import number, shorten
from convoscope.tables import find_rows

GROUPS = 60  # rows of the figure; the table has them all
COLUMNS = ["column", "group", "cells", "true", "called", "right", "confidence", "answered"]


def draw(
    path: Path,
    *,
    card: Mapping[str, Any],
    examples: pd.DataFrame,
    metrics: Mapping[str, Any],
    predictions: pd.DataFrame,
) -> None:
    """Draw the mean probabilities of the groups of the first column whose groups have one class each.

    Parameters
    ----------
    path
        The ``.svg``; its table has the groups of every such column.
    card, examples, predictions
        Of the experiment; the test split of the predictions is shown.
    metrics
        Content of ``metrics.json``, where ``votes`` has the least confidence of an answer.
    """
    labels, least = list(card["labels"]), _least(metrics)
    found = collect(card, examples, predictions)
    table = votes_table(found, labels, least)
    column = next(iter(found), "")
    shown = _least_sure(table[table["column"] == column], labels)
    with drawing(path, 1.9 + 0.21 * max(len(shown), 4), table) as figure:
        headline(figure, votes_finding(table, column))
        if shown.empty:
            return say(figure.subplots(), "no column has groups of one class each in the test split")
        left, right = figure.subplots(1, 2, width_ratios=[2.2, 1])
        _draw_probabilities(shown, found[column], labels, left)
        _draw_confidence(shown, least.get(column), right)
    return None


def _least_sure(table: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return the rows to draw, wrong and unsure ones first where there are many, in the order of the classes."""
    chosen = table.sort_values(["right", "confidence"], kind="stable").head(GROUPS)
    places = chosen["true"].map({name: place for place, name in enumerate(labels)})
    return chosen.assign(place=places).sort_values(["place", "group"], kind="stable")


def _least(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the least confidence of an answer, by grouping column."""
    return {name: float(estimates["least_confidence"]) for name, estimates in (metrics.get("votes") or {}).items()}


def collect(card: Mapping[str, Any], examples: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, Votes]:
    """Return the votes of the test cells over every grouping column whose groups have one class each."""
    labels = list(card["labels"])
    test = predictions[(predictions["split"] == "test") & predictions["label"].isin(labels)]
    wide = test.pivot_table(index="id", columns="label", values="prediction", aggfunc="mean")[labels].dropna()
    rows = examples.iloc[find_rows(pd.Series(wide.index), examples["id"], "predictions")]
    values = wide.to_numpy(np.float64)
    total = values.sum(axis=1, keepdims=True)
    probabilities = np.divide(values, total, out=np.full(values.shape, 1 / len(labels)), where=total > 0)
    truth = rows[labels].to_numpy(np.float64).argmax(axis=1)
    columns = [name for name in card.get("groups", []) if name in rows]
    votes = {name: vote(rows[name].astype(str).to_numpy(object), truth, probabilities) for name in columns}
    return {name: one for name, one in votes.items() if one is not None and len(one.names) > 1}


def votes_table(votes: Mapping[str, Votes], labels: Sequence[str], least: Mapping[str, float]) -> pd.DataFrame:
    """Return one row per group of every column.

    Parameters
    ----------
    votes
        By grouping column.
    labels
        Names of the classes.
    least
        Least confidence of an answer, by column.

    Returns
    -------
    Columns ``column group cells true called right confidence answered`` (the last empty where it is not known).
    """
    names, parts = np.array(labels, dtype=object), []
    for column, one in votes.items():
        called, confidence = one.probabilities.argmax(axis=1), one.probabilities.max(axis=1)
        told = np.where(confidence >= least[column], "yes", "no") if column in least else ""
        right = np.where(called == one.truth, "yes", "no")
        parts.append(pd.DataFrame({
            "column": column, "group": one.names, "cells": one.cells, "true": names[one.truth],
            "called": names[called], "right": right, "confidence": confidence, "answered": told,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def votes_finding(table: pd.DataFrame, column: str) -> str:
    """Say how many groups are called right, and which are not."""
    if table.empty:
        return "No vote: the groups of every column hold several classes"
    own = table[table["column"] == column]
    wrong = own[own["right"] == "no"].sort_values("confidence", ascending=False, kind="stable")
    text = f"{len(own) - len(wrong)} of {len(own)} {column}s that no network saw are called right by their cells"
    named = [f"{row['group']} ({row['true']} called {row['called']})" for row in wrong.head(4).to_dict("records")]
    more = f" and {len(wrong) - 4} more" if len(wrong) > 4 else ""
    return f"{text}; not {', '.join(named)}{more}" if named else text


def _draw_probabilities(shown: pd.DataFrame, votes: Votes, labels: Sequence[str], axes: Axes) -> None:
    """Draw the mean probability of every class for every group; a frame marks the true class."""
    places = {str(name): number for number, name in enumerate(votes.names)}
    values = votes.probabilities[[places[str(name)] for name in shown["group"]]]
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, (name, called) in enumerate(zip(shown["true"], shown["called"], strict=True)):
        place, other = list(labels).index(name), list(labels).index(called)
        tint = BLUE if place == other else VERMILION
        axes.add_patch(Rectangle((place - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=tint, linewidth=1.6))
        if len(labels) <= 20:
            strong = values[row, other] > 0.55
            axes.text(other, row, number(values[row, other], 2), ha="center", va="center",
                      color="white" if strong else "black")  # fmt: skip
    name_columns([shorten(name, 22) for name in labels], axes)
    axes.set_yticks(range(len(shown)), [f"{shorten(str(group), 18)} ({cells})" for group, cells in
                                        zip(shown["group"], shown["cells"], strict=True)])  # fmt: skip
    axes.set_ylabel(f"{shown['column'].iloc[0]} (cells)")
    axes.set_xlabel("class")
    every = len(votes.names)
    few = f"; {len(shown)} of {every}, wrong or least sure" if len(shown) < every else ""
    axes.set_title(f"mean probability, the true class framed{few}")
    axes.spines[:].set_visible(False)


def _draw_confidence(shown: pd.DataFrame, least: float | None, axes: Axes) -> None:
    """Draw how sure each call is, filled where it is right."""
    places = np.arange(len(shown))
    for right, tint, marker, name in (("yes", BLUE, "o", "right"), ("no", VERMILION, "X", "wrong")):
        own = (shown["right"] == right).to_numpy()
        axes.plot(shown["confidence"].to_numpy()[own], places[own], marker, color=tint, markersize=6, label=name)
    if least:
        axes.axvline(
            least, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), label=f"no answer below {number(least, 2)}"
        )
    axes.set_xlim(0, 1.02)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(places, [])
    axes.set_xlabel("confidence (mean probability of the call)")
    axes.grid(color=FAINT, linewidth=0.5)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, columnspacing=1.0)

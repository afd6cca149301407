"""What the model says of positives and of negatives, and where the threshold cuts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.config.tasks import TASKS
from convoscope.palette import BLUE, VERMILION
from convoscope.report.measures import measured_predictions
from convoscope.report.style import FAINT, INK, PANELS, drawing, headline, panel_width, say, small_multiples
from convoscope.report.wording import number, shorten

BINS = 30
KINDS = {"positive": BLUE, "negative": VERMILION, "measured": BLUE, "predicted": VERMILION}


def draw(
    path: Path,
    *,
    card: Mapping[str, Any],
    examples: pd.DataFrame,
    metrics: Mapping[str, Any],
    predictions: pd.DataFrame,
) -> None:
    """Draw the distribution of predictions with the thresholds, one panel per label."""
    task = TASKS[card["task"]]
    measured = measured_predictions(predictions, examples, card["labels"][:PANELS])
    thresholds = metrics.get("thresholds", {}).get("model", {})
    table = score_table(measured, task.binary)
    labels = list(dict.fromkeys(table["label"]))
    if task.exclusive:
        finding = class_finding(measured)
    else:
        finding = score_finding(*called(measured, thresholds)) if task.binary else spread_finding(measured)
    with drawing(path, 0.7 + 2.5 * max(1, -(-len(labels) // 3)), table, panel_width(len(labels), 3)) as figure:
        headline(figure, finding)
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            draw_scores(table[table["label"] == label], thresholds.get(label, {}), axes)


def score_table(measured: pd.DataFrame, binary: bool) -> pd.DataFrame:
    """Count the test predictions per label, kind and bin.

    Parameters
    ----------
    measured
        ``label prediction measured`` of the test examples.
    binary
        Kinds are positives and negatives if true, else measured and predicted values.

    Returns
    -------
    ``label kind examples low high share``: ``share`` is the bin's part of the ``examples`` of the kind.
    """
    rows = []
    for label, part in measured.groupby("label", sort=False):
        truth, score = part["measured"].to_numpy(dtype=float), part["prediction"].to_numpy(dtype=float)
        kinds = {"positive": score[truth > 0.5], "negative": score[truth <= 0.5]}
        if not binary:
            kinds = {"measured": truth, "predicted": score}
        values = np.concatenate(list(kinds.values()))
        edges = np.linspace(0, 1, BINS + 1) if binary else np.histogram_bin_edges(values, BINS)
        for kind, value in kinds.items():
            part_of = np.histogram(value, edges)[0] / max(len(value), 1)
            rows += [(label, kind, len(value), *bin_) for bin_ in zip(edges[:-1], edges[1:], part_of, strict=True)]
    return pd.DataFrame(rows, columns=["label", "kind", "examples", "low", "high", "share"])


def called(measured: pd.DataFrame, thresholds: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    """Return which part of the positives and of the negatives lies at or above its fold's threshold."""
    limit = [
        thresholds.get(label, {}).get(str(fold))
        for label, fold in zip(measured["label"], measured["fold"], strict=True)
    ]
    cut = pd.to_numeric(pd.Series(limit, index=measured.index, dtype=object), errors="coerce")
    known = measured.assign(above=measured["prediction"] >= cut)[cut.notna()]
    positive = known["measured"] > 0.5
    return float(known.loc[positive, "above"].mean()), float(known.loc[~positive, "above"].mean())


def score_finding(positives: float, negatives: float) -> str:
    """Say what the threshold does."""
    if not np.isfinite([positives, negatives]).all():
        return "The threshold cannot be judged: the test split lacks positives, negatives or a threshold"
    caught = f"{positives:.0%} of the positives and {negatives:.0%} of the negatives"
    return f"Of the test split, the threshold chosen on validation calls {caught}"


def class_finding(measured: pd.DataFrame) -> str:
    """Say how probable the true class and the others are, where the most probable one is called, without a threshold.

    >>> class_finding(pd.DataFrame({"measured": [1.0, 0.0, 0.0], "prediction": [0.8, 0.3, 0.1]}))
    'Test examples have a mean probability of .800 of the true class, of .200 of any other; the most probable is called'
    """
    true = measured["measured"] > 0.5
    own, other = (measured.loc[side, "prediction"].mean() for side in (true, ~true))
    if not np.isfinite([own, other]).all():
        return "The probabilities cannot be compared: the test split has one class"
    means = f"{number(own)} of the true class, of {number(other)} of any other"
    return f"Test examples have a mean probability of {means}; the most probable is called"


def spread_finding(measured: pd.DataFrame) -> str:
    """Say how much predictions vary in comparison with the measured values, as the mean over labels.

    >>> spread_finding(pd.DataFrame({"label": "a", "measured": [0.0, 4.0], "prediction": [1.0, 2.0]}))
    'The standard deviation of the predictions is 25% of that of the measured values'
    """
    spread = measured.groupby("label")[["prediction", "measured"]].std().dropna()
    spread = spread[spread["measured"] > 0]
    if spread.empty:
        return "The measured values do not vary: there is nothing to predict"
    ratio = float((spread["prediction"] / spread["measured"]).mean())
    several = f", on average over {len(spread)} labels" if len(spread) > 1 else ""
    return f"The standard deviation of the predictions is {ratio:.0%} of that of the measured values{several}"


def draw_scores(table: pd.DataFrame, thresholds: Mapping[str, float], axes: Axes) -> None:
    """Draw two outlines of histograms for one label and one line per fold's threshold."""
    if table.empty:
        return say(axes, "no test examples")
    for kind, part in table.groupby("kind", sort=False):
        tint = KINDS[str(kind)]
        edges = np.append(part["low"].to_numpy(), part["high"].iloc[-1])
        axes.stairs(part["share"] * 100, edges, color=tint, fill=True, alpha=0.15)
        name = f"{kind}, n = {part['examples'].iloc[0]:,}"
        axes.stairs(part["share"] * 100, edges, color=tint, label=name, linewidth=1.3)
    for place, cut in enumerate(thresholds.values()):
        words = ("threshold" if len(thresholds) == 1 else "thresholds of the folds") if place == 0 else None
        axes.axvline(cut, color=INK, linewidth=1, linestyle=(0, (3, 2)), label=words)
    values = "prediction" if "positive" in table["kind"].to_numpy() else "measured or predicted value"
    axes.set(xlabel=values, ylabel="examples (%)", title=shorten(str(table["label"].iloc[0]), 30))
    axes.set_ylim(0, 140 * table["share"].max())  # room for the legend
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.legend(loc="upper center", frameon=True, facecolor="white", edgecolor="none", framealpha=0.9)
    return None

"""Do predictions mean what they say? Predicted against observed, in bins of equal numbers of examples."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.config.tasks import TASKS
from convoscope.palette import BLUE
from convoscope.report.measures import measured_predictions
from convoscope.report.style import FAINT, MUTED, PANELS, drawing, headline, panel_width, say, small_multiples
from convoscope.report.wording import number, quantity, shorten

Z = 1.959964  # 97.5th percentile of the normal distribution
BINS = 10
MANY = 6  # panels where there are more classes
CALLED = "the class that is called"
CLOSE = 0.02  # mean difference up to which no direction is told; of the observed range where values are measured
# By the sign of predicted - observed of the higher and of the lower half of predictions; 0 is within chance.
LEANS = {
    (1, 1): " (too high)",
    (-1, -1): " (too low)",
    (1, -1): " ({wide}: high ones too high, low ones too low)",
    (-1, 1): " ({narrow}: high ones too low, low ones too high)",
    (1, 0): " (high ones too high)",
    (-1, 0): " (high ones too low)",
    (0, 1): " (low ones too high)",
    (0, -1): " (low ones too low)",
}
OF_PROBABILITIES = {"wide": "too sure", "narrow": "not sure enough"}
OF_VALUES = {"wide": "spread too far", "narrow": "spread too little"}


def draw(path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, predictions: pd.DataFrame) -> None:
    """Draw predicted against observed in bins, one panel per label; of many classes, the called and the worst ones."""
    task, labels = card["task"], list(card["labels"])
    if TASKS[task].exclusive and len(labels) > MANY:
        table = many_classes(measured_predictions(predictions, examples, labels), task)
    else:
        table = calibration_table(measured_predictions(predictions, examples, labels[:PANELS]), task)
    labels = list(dict.fromkeys(table["label"]))
    with drawing(path, 0.7 + 2.8 * max(1, -(-len(labels) // 3)), table, panel_width(len(labels), 3)) as figure:
        headline(figure, calibration_finding(table[table["label"] == CALLED] if CALLED in labels else table, task))
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            draw_calibration(table[table["label"] == label], task, axes)


def wilson(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a rate (Wilson 1927).

    >>> [round(float(bound), 3) for bound in wilson(np.array([1] * 8 + [0] * 2))]
    [0.49, 0.943]
    """
    n, rate = len(values), float(np.mean(values))
    middle = (rate + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(rate * (1 - rate) / n + Z**2 / (4 * n**2))
    return middle - half, middle + half


def normal(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a mean; NaN for a single value."""
    error = Z * float(np.std(values, ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return float(np.mean(values)) - error, float(np.mean(values)) + error


def _counted(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a mean of counts, never below 0.

    Zeros do not vary, yet leave a small rate open: of n zeros it is 0 to 3.69 / n (Garwood 1936).

    >>> [round(bound, 4) for bound in _counted(np.zeros(20))]
    [0.0, 0.1844]
    """
    if not np.any(values):
        return 0.0, float(-np.log(0.025)) / len(values)
    low, high = normal(values)
    return float(np.maximum(low, 0.0)), high


INTERVALS: dict[str, Callable[[np.ndarray], tuple[float, float]]] = {
    "rates": wilson,
    "values": normal,
    "counts": _counted,
}


def calibration_table(measured: pd.DataFrame, task: str, bins: int = BINS) -> pd.DataFrame:
    """Average predicted and measured values in bins of equal numbers of examples.

    Parameters
    ----------
    measured
        ``label prediction measured`` of the test examples.
    task
        Decides between the interval of a rate and that of a mean.
    bins
        Most bins per label; at least twenty examples each, so that small tests have fewer.

    Returns
    -------
    ``label examples predicted observed low high``.
    """
    rows = []
    for label, part in measured.groupby("label", sort=False):
        ordered = part.sort_values("prediction", kind="stable")
        count = max(1, min(bins, len(ordered) // 20))
        for places in np.array_split(np.arange(len(ordered)), count):
            chosen = ordered.iloc[places]
            truth = chosen["measured"].to_numpy(dtype=float)
            low, high = INTERVALS[TASKS[task].interval](truth)
            rows.append((label, len(chosen), chosen["prediction"].mean(), truth.mean(), low, high))
    return pd.DataFrame(rows, columns=["label", "examples", "predicted", "observed", "low", "high"])


def many_classes(measured: pd.DataFrame, task: str) -> pd.DataFrame:
    """Return the bins of the class that each example is called, then those of the classes that are furthest off.

    Parameters
    ----------
    measured
        ``id fold label prediction measured`` of the test examples, with classes that exclude each other.
    task
        As in :func:`calibration_table`.
    """
    called = measured.loc[measured.groupby(["id", "fold"], sort=False)["prediction"].idxmax()].assign(label=CALLED)
    every = calibration_table(measured, task)
    worst = list(calibration_errors(every).sort_values(ascending=False, kind="stable").index[: MANY - 1])
    parts = [calibration_table(called, task), *(every[every["label"] == label] for label in worst)]
    return pd.concat(parts, ignore_index=True)


def calibration_errors(table: pd.DataFrame) -> pd.Series:
    """Return the expected calibration error of each label: mean |predicted − observed|, weighted by examples."""
    gap = (table["predicted"] - table["observed"]).abs() * table["examples"]
    labels = table["label"]
    return gap.groupby(labels, sort=False).sum() / table["examples"].groupby(labels, sort=False).sum()


def _side(part: pd.DataFrame) -> int:
    """Return the sign of predicted - observed over some bins, 0 where their intervals hold the difference."""
    gap = part["predicted"] - part["observed"]
    reach = (part["high"] - part["observed"]).where(gap > 0, part["observed"] - part["low"])
    total = float((gap * part["examples"]).sum())
    chance = float(np.linalg.norm(reach * part["examples"]))  # NaN where a bin has no interval
    return int(np.sign(total)) if abs(total) > chance else 0


def _lean(table: pd.DataFrame, whole: float, words: dict[str, str]) -> str:
    """Say in which direction predictions are off, if by more than chance and a small part of the ``whole``."""
    weights = table["examples"] / table["examples"].sum()
    if ((table["predicted"] - table["observed"]).abs() * weights).sum() <= CLOSE * whole:
        return ""
    high = (table["predicted"] > (table["predicted"] * weights).sum()).to_numpy()
    halves = [table[high], table[~high]] if 0 < high.sum() < len(table) else [table, table]
    return LEANS.get((_side(halves[0]), _side(halves[1])), "").format(**words)


def _on_diagonal(table: pd.DataFrame) -> str:
    """Count the bins whose interval holds their mean prediction; nothing where no bin has an interval."""
    known = table.dropna(subset=["low", "high"])
    held = int(known["predicted"].between(known["low"], known["high"]).sum())
    return f"; {held} of {len(known)} intervals include the diagonal" if len(known) else ""


def calibration_finding(table: pd.DataFrame, task: str) -> str:
    """Say how far predicted and observed lie apart, in which direction, and how many intervals include the diagonal.

    Probabilities are averaged over labels. Measured values have a unit for each label: that is told which is furthest
    off in relation to the range of its bins.
    """
    errors = calibration_errors(table)
    if errors.empty:
        return "No test prediction to compare with what was measured"
    own = table
    if TASKS[task].binary:
        worst = f"; worst on {errors.idxmax()}: {number(errors.max())}" if len(errors) > 1 else ""
        told = f"by {number(errors.mean())} on average{_lean(table, 1.0, OF_PROBABILITIES)}{worst}"
    else:
        ends = table.groupby("label", sort=False)[["predicted", "observed"]].agg(["min", "max"])
        width = ends.max(axis=1) - ends.min(axis=1)
        label = errors.index[int((errors / width.where(width > 0, 1.0)).to_numpy().argmax())]
        own = table[table["label"] == label]
        most = f"most on {label}: " if len(errors) > 1 else ""
        told = f"{most}by {quantity(errors[label])} on average{_lean(own, float(np.ptp(own['observed'])), OF_VALUES)}"
    return f"Predicted and observed differ {told}{_on_diagonal(own)}"


def draw_calibration(table: pd.DataFrame, task: str, axes: Axes) -> None:
    """Draw the bins of one label against the diagonal, with the number of examples of each.

    The task tells probabilities, from 0 to 1, from measured values, which may lie there too in their own unit.
    """
    if table.empty:
        return say(axes, "no test examples")
    values = table[["predicted", "observed", "low", "high"]].to_numpy()
    ends = (0.0, 1.0) if TASKS[task].binary else (np.nanmin(values), np.nanmax(values))
    axes.plot(ends, ends, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.vlines(table["predicted"], table["low"], table["high"], color=BLUE, linewidth=1.4)
    axes.plot(table["predicted"], table["observed"], color=BLUE, marker="o", markersize=4, linewidth=0.8)
    label = shorten(str(table["label"].iloc[0]), 26)
    error = (number if TASKS[task].binary else quantity)(calibration_errors(table).iloc[0])
    least, most = table["examples"].min(), table["examples"].max()
    sizes = f"{least:,}" if least == most else f"{least:,}–{most:,}"
    count = f"{len(table)} bin{'s' if len(table) > 1 else ''} of {sizes} examples"
    axes.set(xlabel=f"predicted ({count})", ylabel="observed", title=f"{label}: error {error}")
    margin = 0.03 * (ends[1] - ends[0]) or 0.03 * abs(ends[0]) or 0.03  # one single value
    axes.set(xlim=(ends[0] - margin, ends[1] + margin), ylim=(ends[0] - margin, ends[1] + margin))
    axes.locator_params(nbins=5)
    axes.grid(color=FAINT, linewidth=0.5)
    return None

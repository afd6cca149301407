"""Do predictions mean what they say? Predicted against observed, in bins of equal numbers of examples."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.figures.style import BLUE, FAINT, MUTED, number, quantity, say, shorten

Z = 1.959964  # 97.5th percentile of the normal distribution
BINS = 10
CLOSE = 0.02  # mean difference up to which no direction is told; of the observed range where values are measured
RATES = ("multilabel", "multiclass")  # tasks whose predictions are probabilities
# By the sign of predicted - observed of the higher and of the lower half of predictions.
LEANS = {
    (1, 1): " (too high)",
    (-1, -1): " (too low)",
    (1, -1): " (too sure: high ones too high, low ones too low)",
    (-1, 1): " (not sure enough: high ones too low, low ones too high)",
}


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


INTERVALS: dict[str, Callable[[np.ndarray], tuple[float, float]]] = {
    "multilabel": wilson,
    "multiclass": wilson,
    "regression": normal,
    "poisson": normal,
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
            low, high = INTERVALS[task](truth)
            rows.append((label, len(chosen), chosen["prediction"].mean(), truth.mean(), low, high))
    return pd.DataFrame(rows, columns=["label", "examples", "predicted", "observed", "low", "high"])


def calibration_errors(table: pd.DataFrame) -> pd.Series:
    """Return the expected calibration error of each label: mean |predicted − observed|, weighted by examples."""
    gap = (table["predicted"] - table["observed"]).abs() * table["examples"]
    labels = table["label"]
    return gap.groupby(labels, sort=False).sum() / table["examples"].groupby(labels, sort=False).sum()


def calibration_finding(table: pd.DataFrame, task: str) -> str:
    """Say how far predicted and observed lie apart, and in which direction."""
    errors = calibration_errors(table)
    if errors.empty:
        return "No test prediction to compare with what was measured"
    write = number if task in RATES else quantity
    whole = 1.0 if task in RATES else float(np.ptp(table["observed"]))
    gap = table["predicted"] - table["observed"]
    high = table["predicted"] > (table["predicted"] * table["examples"]).sum() / table["examples"].sum()
    upper, lower = (int(np.sign((gap * table["examples"])[side].sum())) for side in (high, ~high))
    lean = LEANS.get((upper, lower), "") if errors.mean() > CLOSE * whole else ""
    worst = f"; worst on {errors.idxmax()}: {write(errors.max())}" if len(errors) > 1 else ""
    return f"Predicted and observed differ by {write(errors.mean())} on average{lean}{worst}"


def draw_calibration(table: pd.DataFrame, task: str, axes: Axes) -> None:
    """Draw the bins of one label against the diagonal, with the number of examples of each.

    The task tells probabilities, from 0 to 1, from measured values, which may lie there too in their own unit.
    """
    if table.empty:
        return say(axes, "no test examples")
    values = table[["predicted", "observed", "low", "high"]].to_numpy()
    ends = (0.0, 1.0) if task in RATES else (np.nanmin(values), np.nanmax(values))
    axes.plot(ends, ends, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.vlines(table["predicted"], table["low"], table["high"], color=BLUE, linewidth=1.4)
    axes.plot(table["predicted"], table["observed"], color=BLUE, marker="o", markersize=4, linewidth=0.8)
    label = shorten(str(table["label"].iloc[0]), 26)
    error = (number if task in RATES else quantity)(calibration_errors(table).iloc[0])
    least, most = table["examples"].min(), table["examples"].max()
    sizes = f"{least:,}" if least == most else f"{least:,}–{most:,}"
    count = f"{len(table)} bin{'s' if len(table) > 1 else ''} of {sizes} examples"
    axes.set(xlabel=f"predicted ({count})", ylabel="observed", title=f"{label}: error {error}")
    margin = 0.03 * (ends[1] - ends[0]) or 0.03 * abs(ends[0]) or 0.03  # one single value
    axes.set(xlim=(ends[0] - margin, ends[1] + margin), ylim=(ends[0] - margin, ends[1] + margin))
    axes.grid(color=FAINT, linewidth=0.5)
    return None

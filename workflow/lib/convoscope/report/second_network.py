"""The second network and simpler rules: how well each separates the classes, and at which threshold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.evaluation.curves import curve_points
from convoscope.evaluation.effects import one_row_per_allele
from convoscope.palette import BLUE, VERMILION
from convoscope.report.discrimination import draw_curve
from convoscope.report.measures import differences_table, measures_table, pick
from convoscope.report.style import FAINT, INK, METHOD_COLORS, drawing, headline, legend_above, say
from convoscope.report.wording import interval, method_name, number, shorten

OWN, SIMPLE, LINEAR = "second", "difference", "logistic"
GRID = 120  # points per axis of the smoothed prediction
SMOOTH = 0.1  # bandwidth, as a share of the axes
FEW = 3.0  # variants' worth of weight below which the smoothed prediction is not drawn


def draw(
    path: Path, *, scores: pd.DataFrame, second: pd.DataFrame, second_metrics: Mapping[str, Any], spec: Variants
) -> None:
    """Draw ROC and precision-recall curves of the second network and its baselines, and variants by their effects."""
    known = list(second_metrics["model"])
    if known != [spec.outcome]:
        raise InputError(f"--spec: outcome {spec.outcome!r}; the metrics have {', '.join(known) or 'none'}")
    table = plane(one_row_per_allele(scores), second)
    require_same(table)
    outcome, measures = str(spec.outcome), own_measures(second_metrics)
    truth = table["outcome"].to_numpy(np.float64)[:, np.newaxis]
    found = {method: table[method].to_numpy()[:, np.newaxis] for method in (OWN, LINEAR, SIMPLE)}
    curves = curve_points(truth, found, [outcome])
    with drawing(path, 4.9, table) as figure:
        headline(figure, second_finding(second_metrics, spec.positive))
        left, middle, right = figure.subplots(1, 3)
        for axes, kind in ((left, "roc"), (middle, "pr")):
            draw_curve(curves, measures, kind, float(truth.mean()), axes)
        positive = f"{shorten(outcome, 15)} = {spec.positive}"
        draw_plane(table, (positive, "others"), right)


def own_measures(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Flatten the metrics with the second network under its own name, which is not that of the CNN."""
    table = measures_table(metrics)
    return table.assign(method=table["method"].replace("model", OWN))


def second_finding(metrics: Mapping[str, Any], positive: str) -> str:
    """Say how well the second network predicts the classes, and whether better than the largest difference."""
    [outcome] = metrics["model"]
    row = pick(own_measures(metrics), OWN, outcome, "auroc")
    gain = pick(differences_table(metrics), SIMPLE, outcome, "auroc")
    bounds = f" ({interval(row['low'], row['high'])})" if np.isfinite(row["low"]) else ""
    words = f"The second network predicts {outcome} = {positive} with AUROC {number(row['value'])}{bounds}"
    if not np.isfinite(gain["low"]):
        return f"{words}; with one region there is no interval of the difference to the largest |difference|"
    verdict = "more" if gain["low"] > 0 else "less" if gain["high"] < 0 else ""
    low, high = (gain["low"], gain["high"]) if gain["value"] >= 0 else (-gain["high"], -gain["low"])
    size = f"{number(abs(gain['value']))} ({interval(low, high)})"
    if not verdict:
        return f"{words}, not surely other than the largest |difference| of any label: {size} apart"
    return f"{words}, {size} {verdict} than the largest |difference| of any label"


def plane(scores: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Join the strongest loss and gain over all labels to what was predicted of each variant.

    Parameters
    ----------
    scores
        ``row allele`` and ``<label>:difference`` for every label.
    predictions
        ``second.tsv.gz``.

    Returns
    -------
    ``row allele region fold outcome second difference logistic loss gain``; 0 where no label loses or gains.
    """
    names = [name for name in scores if str(name).endswith(":difference")]
    changes = scores[names].to_numpy(dtype=float)
    strongest = {"loss": (-changes).max(axis=1).clip(min=0), "gain": changes.max(axis=1).clip(min=0)}
    ends = scores[["row", "allele"]].assign(**strongest)
    try:
        return predictions.merge(ends, on=["row", "allele"], how="left", validate="one_to_one")
    except pd.errors.MergeError:
        raise InputError("--scores, --predictions: a variant stands twice; each allele of a row once") from None


def require_same(table: pd.DataFrame) -> None:
    """Refuse scores that are not those that were predicted from: rows of :func:`plane` of other, or changed, variants.

    The largest difference that was measured with is the larger one of the strongest loss and gain.
    """
    changed = ~np.isclose(table[["loss", "gain"]].max(axis=1), table[SIMPLE], rtol=1e-4, atol=1e-6)
    if changed.any():
        row = table[changed].iloc[0]
        raise InputError(
            f"--predictions: row {row['row']}, allele {row['allele']} is not so among the scores; "
            "give the scores that the second network learned from"
        )


def cut(score: np.ndarray, calls: int) -> float:
    """Return the threshold that calls this number of the scores ``(n,)``, not counting ties.

    >>> cut(np.array([0.1, 0.9, 0.5, 0.7]), 2)
    0.6
    """
    ordered = np.sort(score)[::-1]
    return float(ordered[max(0, calls - 1) : calls + 1].mean())


def right_calls(table: pd.DataFrame, method: str) -> int:
    """Count the positives among as many best-scored variants as there are positives."""
    positive = (table["outcome"] > 0).to_numpy()
    order = np.argsort(-table[method].to_numpy(), kind="stable")[: positive.sum()]
    return int(positive[order].sum())


def smooth(table: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the local mean of the second network's prediction on a grid ``(len(y), len(x))``, NaN far from variants.

    Nadaraya–Watson with a Gaussian kernel of :data:`SMOOTH` times the axes' ranges.
    """
    near = [
        np.exp(-0.5 * ((axis[:, np.newaxis] - table[name].to_numpy()) / (SMOOTH * np.ptp(axis))) ** 2)
        for axis, name in ((x, "loss"), (y, "gain"))
    ]
    weight = near[1] @ near[0].T
    total = (near[1] * table[OWN].to_numpy()) @ near[0].T
    return np.where(weight >= FEW, total / np.maximum(weight, FEW), np.nan)


def draw_plane(table: pd.DataFrame, names: tuple[str, str], axes: Axes) -> None:
    """Draw the variants by strongest loss and gain, with the lines that part as many calls as there are positives.

    Parameters
    ----------
    table
        From :func:`plane`.
    names
        Name of the positive class and of the rest.
    axes
        Where to draw.
    """
    if not len(table) or not table[["loss", "gain"]].to_numpy().max() > 0:
        return say(axes, "no variant changes a prediction")
    positive = (table["outcome"] > 0).to_numpy()
    calls, handles = int(positive.sum()), list[Line2D]()
    for of_class, tint, name in ((~positive, VERMILION, names[1]), (positive, BLUE, names[0])):
        part = table[of_class]
        axes.scatter(part["loss"], part["gain"], color=tint, s=9, alpha=0.45, linewidths=0)
        dot: dict[str, Any] = {"marker": "o", "markersize": 4, "linestyle": "", "color": tint}
        handles.append(Line2D([], [], label=f"{name}, n = {len(part):,}", **dot))
    ends = [float(table[name].max()) * 1.03 or 1.0 for name in ("loss", "gain")]
    x, y = (np.linspace(0, end, GRID) for end in ends)
    level = cut(table[OWN].to_numpy(), calls)
    local = smooth(table, x, y)
    if np.nanmin(local) < level < np.nanmax(local):
        axes.contour(x, y, local, [level], colors=[INK], linewidths=1.6)
    limit = cut(table[SIMPLE].to_numpy(), calls)
    axes.plot([0, limit, limit], [limit, limit, 0], color=METHOD_COLORS[SIMPLE], linewidth=1.6, linestyle="--")
    for method, tint, dash in ((OWN, INK, "-"), (SIMPLE, METHOD_COLORS[SIMPLE], "--")):
        name = f"{method_name(method)}: {right_calls(table, method):,} of {calls:,} right"
        line: dict[str, Any] = {"linestyle": dash, "linewidth": 1.6, "color": tint}
        handles.append(Line2D([], [], label=name, **line))
    legend_above(axes, handles, f"the {calls:,} that each calls")
    axes.set(xlim=(0, ends[0]), ylim=(0, ends[1]), xlabel="strongest loss of any label",
             ylabel="strongest gain of any label")  # fmt: skip
    axes.grid(color=FAINT, linewidth=0.5)
    return None

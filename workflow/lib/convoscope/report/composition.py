"""Is the base composition a give-away? Positives against negatives, split by split."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from convoscope.config.tasks import TASKS
from convoscope.palette import BLUE, VERMILION, colors
from convoscope.report.style import FAINT, drawing, headline, small_multiples
from convoscope.report.wording import fold_name, fold_order, number, shorten
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.tables import require_columns

Array = npt.NDArray[np.floating]
COLUMNS = 3
BINS = np.linspace(0, 1, 41)
# What is drawn of each alphabet's composition; amino acids of positive hydropathy (doi:10.1016/0022-2836(82)90515-0).
COMPOSITION = {"dna": ("GC content", "GC"), "rna": ("GC content", "GC"), "protein": ("Hydrophobic share", "AVILMFC")}


def draw(path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, codes: npt.NDArray[np.uint8]) -> None:
    """Draw the composition of each group of examples, one panel per split or fold."""
    require_columns(examples, "examples", ["fold"])
    group = GROUPS[TASKS[card["task"]].groups](examples[card["labels"]].to_numpy(np.float32), card["labels"])
    what, members = COMPOSITION[card["alphabet"]]
    letters = ALPHABETS[card["alphabet"]].letters
    share = letter_share(codes, [letters.index(letter) for letter in members], len(letters))
    table = composition_table(share, examples["fold"].tolist(), group.tolist())
    folds = list(dict.fromkeys(table["fold"]))
    with drawing(path, 0.7 + 2.7 * -(-len(folds) // COLUMNS), table) as figure:
        headline(figure, composition_finding(table, what))
        for fold, axes in zip(folds, small_multiples(figure, len(folds), COLUMNS), strict=True):
            draw_composition(table[table["fold"] == fold], axes, what)
            axes.set_xlim(*composition_limits(table))


def letter_share(codes: npt.NDArray[np.uint8], members: Sequence[int], known: int) -> Array:
    """Return the share of some letters among the known letters of each sequence.

    Parameters
    ----------
    codes
        ``(examples, length)``.
    members
        Codes of the letters counted, such as C and G.
    known
        Size of the alphabet; codes from here on are ambiguous and count for nothing.

    Returns
    -------
    ``(examples,)``; NaN where a sequence has no known letter.

    >>> letter_share(np.array([[1, 2, 0, 4], [4, 4, 4, 4]], dtype=np.uint8), [1, 2], 4).round(3).tolist()
    [0.667, nan]
    """
    counted = np.isin(np.arange(256), members)[codes].sum(axis=1)
    total = (codes < known).sum(axis=1)
    return np.divide(counted, total, out=np.full(len(codes), np.nan), where=total > 0)


def presence(labels: Array, names: Sequence[str]) -> npt.NDArray[np.str_]:
    """Name each example ``positive`` if it has any label, else ``negative``."""
    return np.where((np.nan_to_num(labels) > 0.5).any(axis=1), "positive", "negative")


def _classes(labels: Array, names: Sequence[str]) -> npt.NDArray[np.str_]:
    """Name each example after its class."""
    return np.asarray(names, dtype=str)[np.nan_to_num(labels).argmax(axis=1)]


def _halves(labels: Array, names: Sequence[str]) -> npt.NDArray[np.str_]:
    """Name each example by the half of the measured values in which it lies."""
    value = np.nan_to_num(labels).mean(axis=1)
    return np.where(value > np.median(value), "upper half", "lower half") if len(value) else value.astype(str)


GROUPS: dict[str, Callable[[Array, Sequence[str]], npt.NDArray[np.str_]]] = {
    "any_label": presence,
    "class": _classes,
    "halves": _halves,
}


def composition_table(share: Array, fold: Sequence[str], group: Sequence[str]) -> pd.DataFrame:
    """Count the examples per fold, group and bin of the share.

    Returns
    -------
    One row per fold, group and bin: ``fold group mean error examples low high share``. ``mean``, its standard
    ``error`` and ``examples`` are those of fold and group; the last ``share`` is the bin's part of the examples.
    """
    frame = pd.DataFrame({"fold": fold, "group": group, "value": share}).dropna()
    rows = []
    for name in fold_order(frame["fold"].tolist()):
        for kind, value in frame[frame["fold"] == name].groupby("group")["value"]:
            facts = (name, kind, value.mean(), value.sem() if len(value) > 1 else 0.0, len(value))
            part = np.histogram(value, BINS)[0] / len(value)
            rows += [(*facts, *bin_) for bin_ in zip(BINS[:-1], BINS[1:], part, strict=True)]
    return pd.DataFrame(rows, columns=["fold", "group", "mean", "error", "examples", "low", "high", "share"])


def _composition_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Return the two groups of each fold that are furthest apart: ``fold high low gap error``, largest gap first.

    ``gap`` is the difference of their means and ``error`` its standard error.
    """
    rows = []
    for fold, part in table.drop_duplicates(["fold", "group"]).groupby("fold", sort=False):
        if len(part) > 1:
            ordered = part.sort_values("mean")
            low, high = ordered.iloc[0], ordered.iloc[-1]
            error = float(np.hypot(low["error"], high["error"]))
            rows.append((fold, high["group"], low["group"], high["mean"] - low["mean"], error))
    gaps = pd.DataFrame(rows, columns=["fold", "high", "low", "gap", "error"])
    return gaps.sort_values("gap", ascending=False, kind="stable", ignore_index=True)


def composition_finding(table: pd.DataFrame, what: str) -> str:
    """Say by how many percentage points the groups differ, where they differ most.

    A gap counts from one point on, and only beyond 2.6 standard errors (one in a hundred by chance).
    """
    gaps = _composition_gaps(table)
    if gaps.empty:
        return f"{what}: no split holds two groups of examples, nothing to compare"
    real = gaps[(gaps["gap"] >= 0.01) & (gaps["gap"] > 2.6 * gaps["error"])]
    worst = (gaps if real.empty else real).iloc[0]
    where = f" ({fold_name(str(worst['fold']))})" if table["fold"].nunique() > 1 else ""
    points = f"{worst['gap'] * 100:.1f} percentage points"
    if real.empty:
        first, second = sorted([worst["high"], worst["low"]], reverse=True)
        judged = "is matched" if worst["gap"] < 0.01 else "does not differ beyond chance"
        amount = f"at most {points}" if worst["gap"] >= 0.0005 else "less than 0.1 percentage points"
        return f"{what} {judged}: means of {first} and {second} are {amount} apart{where}"
    return f"{what} differs: that of {worst['high']} examples is {points} above that of {worst['low']} ones{where}"


def draw_composition(table: pd.DataFrame, axes: Axes, what: str) -> None:
    """Draw the groups of one fold as outlines of histograms, with their means."""
    groups = sorted(table["group"].unique(), reverse=True)
    tints = [BLUE, VERMILION] if len(groups) == 2 else colors(len(groups))
    top = table["share"].max() * 100
    for group, tint in zip(groups, tints, strict=True):
        part = table[table["group"] == group]
        edges = np.append(part["low"].to_numpy(), part["high"].iloc[-1])
        mean, examples = part["mean"].iloc[0], part["examples"].iloc[0]
        name = f"{shorten(group, 22)}, n = {examples:,}, mean {number(mean)}"
        axes.stairs(part["share"] * 100, edges, color=tint, fill=True, alpha=0.15)
        axes.stairs(part["share"] * 100, edges, color=tint, label=name, linewidth=1.4)
        axes.plot([mean, mean], [0, top * 1.08], color=tint, linewidth=1, linestyle=(0, (3, 2)))
    axes.set_ylim(0, top * (1.12 + 0.12 * min(len(groups), 8)))
    axes.set_xlabel(f"{what} of the window")
    axes.set_ylabel("examples (%)")
    axes.set_title(fold_name(str(table["fold"].iloc[0])))
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.legend(loc="upper left")


def composition_limits(table: pd.DataFrame) -> tuple[float, float]:
    """Return the range of the x axis that all panels share."""
    filled = table[table["share"] > 0]
    return max(0.0, filled["low"].min() - 0.025), min(1.0, filled["high"].max() + 0.025)

"""Where the examples lie on the genome, and which of them share a split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from convoscope.palette import colors
from convoscope.report.composition import presence
from convoscope.report.style import FAINT, INK, MUTED, drawing, fold_colors, headline, say, whole_numbers
from convoscope.report.wording import fold_name, fold_order, shorten
from convoscope.tables import require_columns

CONTIGS = 24
BINS = 260
OTHER = "other"


def draw(
    path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, sizes: Mapping[str, int] | None = None
) -> None:
    """Draw where the examples lie on the contigs of these sizes, or their counts where there is no genome."""
    require_columns(examples, "examples", ["fold"] if sizes is None else ["chrom", "start", "end", "fold"])
    kind = presence(examples[card["labels"]].to_numpy(np.float32), [])
    if sizes is None:
        table = counts_table(examples["fold"], kind)
        with drawing(path, 1.2 + 0.42 * table["fold"].nunique(), table, width=9) as figure:
            headline(figure, counts_finding(table))
            draw_counts(table, figure.subplots())
        return
    table = places_table(examples, kind, sizes)
    with drawing(path, 1.5 + 0.38 * table["chrom"].nunique(), table) as figure:
        headline(figure, places_finding(examples))
        draw_places(table, figure.subplots())


def shown_contigs(chrom: pd.Series, sizes: Mapping[str, int], limit: int = CONTIGS) -> list[str]:
    """Return the contigs with most examples, at most ``limit``, in the order of the reference."""
    busiest = chrom.value_counts().index[:limit]
    return [name for name in sizes if name in set(busiest)]


def places_table(
    windows: pd.DataFrame, kind: np.ndarray, sizes: Mapping[str, int], limit: int = CONTIGS
) -> pd.DataFrame:
    """Count the examples per contig, bin of position, fold and kind.

    Parameters
    ----------
    windows
        Rows of ``windows.tsv``.
    kind
        ``(examples,)``: ``positive``, ``negative``, or a class.
    sizes
        Length of every contig, in the order of the reference.
    limit
        Contigs with rows of their own; all others become one, named ``other``.

    Returns
    -------
    ``chrom length start end fold kind examples``; bins have the same width on all contigs.
    """
    names = shown_contigs(windows["chrom"], sizes, limit)
    width = max([sizes[name] for name in names], default=1) / BINS
    frame = windows[["chrom", "fold"]].assign(kind=kind)
    inside = frame["chrom"].isin(names)
    middle = (windows["start"] + windows["end"]) / 2
    frame["bin"] = np.where(inside, middle // width, 0).astype(int)
    frame["chrom"] = frame["chrom"].where(inside, OTHER)
    counts = frame.groupby(["chrom", "bin", "fold", "kind"]).size().rename("examples").reset_index()
    counts["length"] = counts["chrom"].map(dict(sizes)).fillna(0).astype(int)
    counts["start"] = (counts["bin"] * width).astype(int)
    counts["end"] = np.minimum((counts["bin"] + 1) * width, counts["length"]).astype(int)
    order = {name: rank for rank, name in enumerate([*names, OTHER])}
    counts = counts.sort_values(
        ["chrom", "bin", "fold", "kind"], key=lambda c: c.map(order) if c.name == "chrom" else c
    )
    return counts[["chrom", "length", "start", "end", "fold", "kind", "examples"]].reset_index(drop=True)


def places_finding(windows: pd.DataFrame) -> str:
    """Say how many contigs carry examples and whether one carries more than one split."""
    per_contig = windows.groupby("chrom")["fold"].nunique()
    total = f"{len(windows):,} examples on {len(per_contig):,} contig" + ("s" if len(per_contig) != 1 else "")
    shared = int((per_contig > 1).sum())
    if not shared:
        return f"{total}; no contig is in two splits"
    return f"{total}; {shared:,} of them hold{'s' if shared == 1 else ''} more than one split, apart by position only"


def stacks(part: pd.DataFrame, row: int, scale: float, direction: int) -> tuple[list[np.ndarray], list[str]]:
    """Return the rectangles of one contig's bins, folds upon each other, and their folds."""
    base: dict[int, float] = {}
    shapes, folds = [], []
    for start, end, fold, examples in part[["start", "end", "fold", "examples"]].itertuples(index=False):
        low = base.get(start, 0.0)
        high = base[start] = low + examples * scale
        y = row - direction * np.array([low, low, high, high])
        shapes.append(np.column_stack([np.array([start, end, end, start]) / 1e6, y]))
        folds.append(fold)
    return shapes, folds


def draw_places(table: pd.DataFrame, axes: Axes) -> None:
    """Draw one line per contig with its positives above and all other examples below, coloured by fold."""
    names = [name for name in table["chrom"].unique() if name != OTHER]
    tints = fold_colors(table["fold"].astype(str).tolist())
    upper = table["kind"].ne("negative")
    stacked = table.assign(up=upper).groupby(["chrom", "start", "up"])["examples"].sum()
    tallest = max(stacked.drop(OTHER, level=0, errors="ignore").tolist(), default=0)
    scale = 0.44 / max(tallest, 1)
    for row, name in enumerate(names):
        for direction, side in ((1, upper), (-1, ~upper)):
            part = table[(table["chrom"] == name) & side]
            shapes, folds = stacks(part, row, scale, direction)
            axes.add_collection(PolyCollection(shapes, facecolors=[tints[str(fold)] for fold in folds], linewidths=0))
        length = table.loc[table["chrom"] == name, "length"].iloc[0] / 1e6
        axes.plot([0, length], [row, row], color=INK, linewidth=0.8, solid_capstyle="butt")
        axes.plot([length, length], [row - 0.15, row + 0.15], color=INK, linewidth=0.8)
    _label_contigs(table, names, tallest, axes)
    for fold in fold_order(list(tints)):
        examples = table.loc[table["fold"].astype(str) == fold, "examples"].sum()
        axes.plot([], [], color=tints[fold], linewidth=6, label=f"{fold_name(fold)} ({examples:,})")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), title="split (examples)", alignment="left")


def _label_contigs(table: pd.DataFrame, names: list[str], tallest: int, axes: Axes) -> None:
    """Name the lines, say what was left out and how high the bars are, and set the limits."""
    others = int(table.loc[table["chrom"] == OTHER, "examples"].sum())
    axes.set_yticks(range(len(names)), [shorten(name, 18) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    longest = table["length"].max() / 1e6 if len(table) else 1
    axes.set_xlim(0, longest * 1.01 if longest else 1)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    note = f"   ({others:,} more examples on other contigs)" if others else ""
    axes.set_xlabel("position (Mb)" + note)
    sides = "positives above each line, negatives below; " if table["kind"].eq("negative").any() else ""
    bar = f"tallest bar: {tallest:,} example{'s' if tallest != 1 else ''} in {longest * 1e3 / BINS:.2g} kb"
    axes.set_title(sides + bar, fontweight="normal", color=MUTED)


def counts_table(folds: pd.Series, kind: np.ndarray) -> pd.DataFrame:
    """Count the examples per fold and kind: ``fold kind examples``."""
    frame = pd.DataFrame({"fold": folds.astype(str).to_numpy(), "kind": kind})
    counts = frame.groupby(["fold", "kind"]).size().rename("examples").reset_index()
    rank = {fold: number for number, fold in enumerate(fold_order(frame["fold"].tolist()))}
    return counts.sort_values(["fold", "kind"], key=lambda c: c.map(rank) if c.name == "fold" else c, ignore_index=True)


def counts_finding(table: pd.DataFrame) -> str:
    """Say how many sequences there are and what part of them is positive."""
    total = int(table["examples"].sum())
    if not total:
        return "No example was made"
    kinds = table.groupby("kind")["examples"].sum()
    if set(kinds.index) == {"positive", "negative"}:
        return f"{total:,} sequences, {kinds['positive'] / total:.0%} of them positive"
    return f"{total:,} sequences in {len(kinds)} groups; the largest, {kinds.idxmax()}, holds {kinds.max() / total:.0%}"


def draw_counts(table: pd.DataFrame, axes: Axes) -> None:
    """Draw one bar per fold, its kinds side by side, for sequences that have no place."""
    if table.empty:
        return say(axes, "no example")
    folds = list(dict.fromkeys(table["fold"]))
    kinds = sorted(table["kind"].unique(), reverse=True)
    tints = dict(zip(kinds, colors(len(kinds)), strict=True))
    left = dict.fromkeys(folds, 0)
    for kind in kinds:
        part = table[table["kind"] == kind]
        start = [left[fold] for fold in part["fold"]]
        rows = [folds.index(fold) for fold in part["fold"]]
        bars = axes.barh(rows, part["examples"], left=start, height=0.6, color=tints[kind], label=shorten(kind, 24))
        axes.bar_label(bars, [f"{n:,}" for n in part["examples"]], label_type="center", color="white")
        left |= {fold: left[fold] + n for fold, n in zip(part["fold"], part["examples"], strict=True)}
    axes.set_yticks(range(len(folds)), [fold_name(fold) for fold in folds])
    axes.set_ylim(len(folds) - 0.5, -0.5)
    axes.set_xlabel("sequences")
    whole_numbers(axes.xaxis)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return None

"""Which input rows were not used, and how many of the negatives asked for were found."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import BLUE, ORANGE, colors
from convoscope.reasons import DELIBERATE, kinds
from convoscope.report.style import FAINT, WIDTH, drawing, headline, say, whole_numbers
from convoscope.report.wording import shorten

REASONS = 12
SHARES = r"[01]\.\d+-[01]\.\d+$"  # bins of GC content, not strategies
LEAST, TITLE_ALONE = 2.8, 1.3  # inches high


def draw(path: Path, *, examples: pd.DataFrame, dropped: pd.DataFrame, negatives: pd.DataFrame | None = None) -> None:
    """Draw dropped rows by reason and, where there are any, negatives requested and obtained."""
    table = dropped_table(dropped)
    both = negatives is not None and len(table) > 0
    least = LEAST if len(table) or negatives is not None else TITLE_ALONE
    height = max(least, 1.3 + 0.34 * table["reason"].nunique())
    with drawing(path, height, table, WIDTH if both else 9) as figure:
        headline(figure, dropped_finding(table, len(examples)))
        if negatives is None:
            return draw_dropped(table, figure.subplots())
        if table.empty:  # the title says so
            return draw_negatives(negatives, figure.subplots())
        left, right = figure.subplots(1, 2, width_ratios=[1.4, 1])
        draw_dropped(table, left)
        draw_negatives(negatives, right)
    return None


def dropped_table(dropped: pd.DataFrame, limit: int = REASONS) -> pd.DataFrame:
    """Count the dropped rows per reason and label, the commonest reason first: ``reason label rows``."""
    frame = dropped[["reason", "label"]].fillna("").astype(str)
    frame["reason"] = kinds(frame["reason"]).str.replace("_", " ").replace({"min score": DELIBERATE["min_score"]})
    totals = frame["reason"].value_counts()
    kept = list(totals.index[:limit])
    frame["reason"] = frame["reason"].where(frame["reason"].isin(kept), f"{len(totals) - len(kept)} other reasons")
    counts = frame.groupby(["reason", "label"]).size().rename("rows").reset_index()
    total = counts.groupby("reason")["rows"].transform("sum")
    order = counts.assign(total=total).sort_values(["total", "reason", "label"], ascending=[False, True, True])
    return order.drop(columns="total").reset_index(drop=True)


def dropped_finding(table: pd.DataFrame, used: int) -> str:
    """Say how many rows were lost and why most of them were, how many were left out as asked, and what was made."""
    asked = table["reason"].isin(DELIBERATE.values())
    rows = int(table.loc[~asked, "rows"].sum())
    left_out = f"; {int(table.loc[asked, 'rows'].sum()):,} left out as asked" if asked.any() else ""
    if not rows and left_out:
        return f"No row was lost{left_out}; {used:,} examples were made from the rest"
    if not rows:
        return f"No row was dropped; {used:,} examples were made from the input"
    by_reason = table[~asked].groupby("reason", sort=False)["rows"].sum()
    most = f"most for “{by_reason.idxmax()}”" if len(by_reason) > 1 else f"for “{by_reason.idxmax()}”"
    plural = "s were" if rows > 1 else " was"
    return f"{rows:,} input row{plural} dropped, {most}{left_out}; {used:,} examples were made from the rest"


def draw_dropped(table: pd.DataFrame, axes: Axes) -> None:
    """Draw one bar per reason, its labels side by side."""
    if table.empty:
        return say(axes, "no row was dropped")
    reasons = list(dict.fromkeys(table["reason"]))
    labels = list(dict.fromkeys(table["label"]))
    left = dict.fromkeys(reasons, 0)
    for label, tint in zip(labels, colors(len(labels)), strict=True):
        for reason, rows in table.loc[table["label"] == label, ["reason", "rows"]].itertuples(index=False):
            axes.barh(reasons.index(reason), rows, left=left[reason], height=0.6, color=tint)
            left[reason] += rows
        axes.plot([], [], color=tint, linewidth=6, label=shorten(label, 24) or "(no label)")
    for row, total in enumerate(left.values()):
        axes.annotate(f"{total:,}", (total, row), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(reasons)), [shorten(reason, 60) for reason in reasons])
    axes.set_ylim(len(reasons) - 0.5, -0.5)
    axes.set_xlim(0, max(left.values()) * 1.12)
    axes.set_xlabel("input rows")
    whole_numbers(axes.xaxis)
    axes.set_title("rows not used, by reason")
    if len(labels) > 1:
        axes.legend(loc="lower right")
    return None


def negatives_finding(requested: pd.Series, obtained: pd.Series) -> str:
    """Say how many negatives were found, and how many of them in another bin than they were asked for.

    >>> negatives_finding(pd.Series([7, 1]), pd.Series([6, 2]))
    'negatives: 8 of 8 found, 1 in another bin'
    """
    elsewhere = int((obtained - requested).clip(lower=0).sum())
    other = f", {elsewhere:,} in another bin" if elsewhere else ""
    return f"negatives: {obtained.sum():,} of {requested.sum():,} found{other}"


def draw_negatives(negatives: pd.DataFrame, axes: Axes) -> None:
    """Draw the negatives asked for as outlines and those found as bars, one pair per bin or strategy."""
    if negatives.empty:
        return say(axes, "no negatives were asked for")
    rows = range(len(negatives))
    requested, obtained = negatives["requested"], negatives["obtained"]
    axes.bar(rows, obtained, color=BLUE, width=0.8, label="obtained")
    missing = requested - obtained
    short = missing > 0  # a bar of no height would still have an edge
    if short.any():
        bars = axes.bar(np.flatnonzero(short), missing[short], bottom=obtained[short], width=0.8, hatch="////")
        bars.set_label("asked for, not found in this bin")
        for bar in bars:
            bar.set(facecolor="white", edgecolor=ORANGE)
    step = -(-len(negatives) // 12)
    axes.set_xticks(rows[::step], [shorten(str(name), 14) for name in negatives["bin"][::step]])
    if len(negatives) > 3:
        axes.tick_params(axis="x", labelrotation=45)
    if negatives["bin"].astype(str).str.match(SHARES).all():
        axes.set_xlabel("GC content of the window")
    axes.set_ylabel("negatives")
    whole_numbers(axes.yaxis)
    axes.set_title(negatives_finding(requested, obtained))
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.set_ylim(0, max(requested.max() * 1.25, 1))
    axes.legend(loc="upper left", ncols=2)
    return None

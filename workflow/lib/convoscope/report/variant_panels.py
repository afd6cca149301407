"""Panels of variants: predicted against measured effects, differences by class, or the differences alone."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from convoscope.evaluation.effects import EVERY
from convoscope.palette import BLUE, VERMILION
from convoscope.report.style import FAINT, INK, MUTED, say
from convoscope.report.wording import interval, number, shorten

CONTIGS = 40  # lines of the forest
BINS = 40
LISTED = 5


def evidence(row: pd.Series) -> str:
    """Write a figure with its interval, if it has one.

    >>> evidence(pd.Series({"value": 0.5, "low": 0.4, "high": 0.6})), evidence(pd.Series({"value": 0.5, "low": np.nan}))
    ('.50 (.40 to .60)', '.50')
    """
    known = np.isfinite(row["low"])
    return number(row["value"], 2) + (f" ({interval(row['low'], row['high'], 2)})" if known else "")


def variant_name(row: pd.Series) -> str:
    """Write a variant as place and change, long alleles cut.

    >>> variant_name(pd.Series({"chrom": "chr1", "pos": 5, "ref": "A", "alt": "ACGTACGTACGT"}))
    'chr1:5 A>ACGT…CGT'
    """
    return f"{shorten(str(row['chrom']), 16)}:{row['pos']} {shorten(str(row['ref']), 8)}>{shorten(str(row['alt']), 8)}"


def draw_measured(values: np.ndarray, measured: np.ndarray, row: pd.Series, names: tuple[str, str], axes: Axes) -> None:
    """Draw the density of variants over measured effect and predicted difference.

    Parameters
    ----------
    values, measured
        Differences and effects ``(n,)``.
    row
        Of the comparison, for the title.
    names
        The field and the label.
    axes
        Where to draw.
    """
    if len(values) < 2:
        return say(axes, "too few measured variants")
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    if len(values) > 300:
        axes.hexbin(measured, values, gridsize=(40, 30), bins="log", mincnt=1, cmap="cividis_r", linewidths=0)
    else:
        axes.scatter(measured, values, s=10, color=BLUE, alpha=0.6, linewidths=0)
    axes.set(xlabel=f"measured {shorten(names[0], 20)}", ylabel="ALT − REF, predicted")
    axes.set_title(f"{shorten(names[1], 18)}: ρ = {evidence(row)}")
    return None


def draw_contigs(table: pd.DataFrame, label: str, axes: Axes) -> None:
    """Draw the correlation of one label on every contig, with intervals."""
    part = table[(table["label"] == label) & (table["contig"] != EVERY) & np.isfinite(table["value"])]
    rest = len(part) - CONTIGS
    part = part.nlargest(CONTIGS, "n").sort_values("value")
    over_all = table[(table["label"] == label) & (table["contig"] == EVERY)].iloc[0]
    axes.axvline(0, color="#999999", linewidth=0.8, linestyle=(0, (2, 2)))
    axes.axvspan(over_all["low"], over_all["high"], color=BLUE, alpha=0.12, linewidth=0)
    axes.axvline(over_all["value"], color=BLUE, linewidth=0.9)
    axes.hlines(range(len(part)), part["low"], part["high"], color=INK, linewidth=1.2)
    axes.scatter(part["value"], range(len(part)), color=INK, s=16, zorder=3)
    names = [f"{shorten(name, 18)} ({count:,})" for name, count in zip(part["contig"], part["n"], strict=True)]
    axes.set_yticks(range(len(part)), names)
    axes.set_ylim(-0.7, len(part) - 0.3)
    cut = f", {CONTIGS} of {CONTIGS + rest} contigs" if rest > 0 else ""
    axes.set(xlabel="Spearman ρ", title=f"{shorten(label, 18)} by contig (variants){cut}")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.tick_params(axis="y", length=0)


def draw_classes(sizes: np.ndarray, positive: np.ndarray, row: pd.Series, names: tuple[str, str], axes: Axes) -> None:
    """Draw the distributions of the size of differences ``(n,)`` in two classes, on a logarithmic scale.

    Parameters
    ----------
    sizes
        Not negative.
    positive
        ``(n,)`` bool.
    row
        Of the comparison, for the title.
    names
        Name of the positive class and of this panel's score.
    axes
        Where to draw.
    """
    if not len(sizes) or not sizes.max() > 0:
        return say(axes, "no differences")
    least = max(sizes.max() * 1e-5, sizes[sizes > 0].min())
    edges = np.geomspace(least, sizes.max() * 1.0001, BINS + 1)
    for of_class, tint, name in ((~positive, VERMILION, "others"), (positive, BLUE, names[0])):
        share = np.histogram(np.maximum(sizes[of_class], least), edges)[0] / max(of_class.sum(), 1) * 100
        axes.stairs(share, edges, color=tint, fill=True, alpha=0.15)
        axes.stairs(share, edges, color=tint, linewidth=1.3, label=f"{name}, n = {of_class.sum():,}")
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())  # within a decade every digit would have a label
    axes.set_xlim(min(least, sizes.max() / 20) / 2, sizes.max() * 1.1)  # the first power does not touch the axis
    axes.set(xlabel="|ALT − REF|", ylabel="variants (%)")
    axes.set_title(f"{shorten(names[1], 22)}: AUROC {evidence(row)}")
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.legend(loc="upper left", frameon=True, facecolor="white", edgecolor="none", framealpha=0.9)
    return None


def differences_table(table: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Count the differences of every label in bins: ``label low high variants``."""
    rows = []
    for label in labels:
        counts, edges = np.histogram(table[f"{label}:difference"].to_numpy(dtype=float), BINS)
        rows += [(label, *bin_) for bin_ in zip(edges[:-1], edges[1:], counts, strict=True)]
    return pd.DataFrame(rows, columns=["label", "low", "high", "variants"])


def draw_differences(bins: pd.DataFrame, table: pd.DataFrame, axes: Axes) -> None:
    """Draw the distribution of one label's differences and name the strongest variants.

    Parameters
    ----------
    bins
        Rows of one label of :func:`differences_table`.
    table
        Scores.
    axes
        Where to draw.
    """
    if table.empty:
        return say(axes, "no variants")
    label = str(bins["label"].iloc[0])
    values = table[f"{label}:difference"].to_numpy(dtype=float)
    edges = np.append(bins["low"].to_numpy(), bins["high"].iloc[-1])
    axes.stairs(bins["variants"], edges, fill=True, color=BLUE, alpha=0.85)
    axes.set_yscale("log")
    axes.locator_params(axis="x", nbins=5)
    axes.axvline(0, color=MUTED, linewidth=0.6)
    axes.set(xlabel="ALT − REF", ylabel="variants", title=f"{shorten(label, 30)}, n = {len(values):,}")
    order = np.argsort(-np.abs(values), kind="stable")[:LISTED]
    lines = [f"{variant_name(table.iloc[place])}  {number(values[place], 2)}" for place in order]
    # Room over the bars for the names.
    axes.set_ylim(0.7, 5 * float(bins["variants"].max()) ** 1.4)
    axes.text(0.98, 0.96, "\n".join(lines), transform=axes.transAxes, ha="right", va="top", color=INK,
              bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2})  # fmt: skip
    return None

"""Tracks along the genome: their mean around held-out sites, and one stretch with the sites that are known there."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import BLUE, colors
from convoscope.report.style import FAINT, INK, MUTED, metric_name, number, shorten

SERIES = {"sites": BLUE, "others": MUTED}
SAME = 0.01  # difference of a figure of merit that does not matter
NAMES = {"sites": "sites", "others": "other test windows"}


def finding(table: pd.DataFrame, held_out: bool) -> str:
    """Say how far the track alone is from the predictions of the windows, over all labels.

    Parameters
    ----------
    table
        ``label sites others metric track windows``.
    held_out
        Whether no network was trained on the windows.
    """
    known = table[np.isfinite(table["track"]) & np.isfinite(table["windows"])]
    if known.empty:
        return "The tracks cannot be judged: no label has test windows of both kinds"
    metric = metric_name(known["metric"].iloc[0])
    gap = float((known["track"] - known["windows"]).abs().max())
    verb = "stand out as well as" if gap <= SAME else "do not stand out as"
    whose = "held-out sites" if held_out else "test sites, which other folds' networks were trained on,"
    both = f"{number(known['track'].mean())} and {number(known['windows'].mean())}"
    several = f"mean {metric} {both} over {len(known)} labels, which differ by {number(gap)} at most"
    one = f"{metric} {both}"
    return f"Read from the track alone, {whose} {verb} in single windows: {several if len(known) > 1 else one}"


def draw_profile(part: pd.DataFrame, row: pd.Series, axes: Axes) -> None:
    """Draw the mean of a track around sites and around other windows.

    Parameters
    ----------
    part
        ``series distance value n`` of one label.
    row
        The label's agreement, for the title.
    axes
        Where to draw.
    """
    for series, color in SERIES.items():
        one = part[part["series"] == series]
        axes.plot(one["distance"], one["value"], color=color, label=f"{NAMES[series]} ({row[series]:,})")
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    top = float(np.nanmax([part["value"].max(), 0]))
    axes.set_ylim(min(0, float(np.nanmin([part["value"].min(), 0]))), top * 1.35 if top > 0 else 1)
    reach = round(part["distance"].max(), -2)
    axes.set_xlim(-reach, reach)
    axes.set_xticks(np.linspace(-reach, reach, 5))
    title = f"{shorten(row['label'], 14)}: {metric_name(row['metric'])} {number(row['track'])}"
    axes.set_title(f"{title} (windows {number(row['windows'])})", fontsize=8.5)
    axes.legend(loc="upper right", fontsize=7)
    axes.set_xlabel("bp from the centre", fontsize=8)


def draw_locus(tracks: pd.DataFrame, sites: pd.DataFrame, axes: Sequence[Axes]) -> None:
    """Draw one stretch of the genome, a row per label on one scale, with the known sites as triangles above.

    Parameters
    ----------
    tracks
        ``label position value``.
    sites
        ``label position`` of known sites.
    axes
        One per label, on one axis of positions.
    """
    labels = list(dict.fromkeys(tracks["label"]))
    top = max(float(tracks["value"].max(skipna=True)), 1e-9) if tracks["value"].notna().any() else 1.0
    for label, color, one in zip(labels, colors(len(labels)), axes, strict=True):
        part = tracks[tracks["label"] == label]
        kb, value = part["position"] / 1000, part["value"].to_numpy(float)
        one.fill_between(kb, np.nan_to_num(value), step="mid", color=color, linewidth=0)
        here = sites.loc[sites["label"] == label, "position"] / 1000
        one.scatter(here, np.full(len(here), top * 1.18), marker="v", s=22, color=INK, linewidths=0, clip_on=False)
        one.set_ylim(0, top * 1.3)
        one.set_xlim(kb.min(), kb.max())
        one.set_ylabel(shorten(label, 12), rotation=0, ha="right", va="center", fontsize=8)
        one.tick_params(axis="x", labelbottom=one is axes[-1])
        one.locator_params(axis="y", nbins=3)

"""What the first layer learned: each filter's logo beside its best match, most influential first."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from convoscope.palette import BLUE, VERMILION
from convoscope.report.logos import draw_logo, reverse_complement
from convoscope.report.style import INK, MUTED, number, shorten

ROWS = 12
PREFIX = "influence:"
MATCHED = ("information", "motif_id", "motif_name", "q_value", "offset", "strand")
FILTERS = ("filter", "influence", "sites", "networks", "reproducible", *MATCHED)
PATTERNS = ("label", "pattern", "seqlets", *MATCHED)
PALE = 0.3  # of a motif that does not come back, and of a match that is not significant
SIGNED = LinearSegmentedColormap.from_list("influence", [VERMILION, "white", BLUE])


class Entry(NamedTuple):
    """One row of the gallery: its line of ``matches.tsv`` and both matrices ``(length, 4)``."""

    row: pd.Series
    matrix: np.ndarray
    target: np.ndarray | None  # on the strand of the match
    named: bool
    networks: str  # in how many of the networks the motif comes back; empty for a single network
    reproducible: bool = True  # false where these are too few


def influence_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that hold the influence on each label."""
    return [name for name in table.columns if name.startswith(PREFIX)]


def gallery_rows(matches: pd.DataFrame, drawable: Collection[str], limit: int = ROWS) -> pd.DataFrame:
    """Return the most influential of the filters that have a motif; equals in the order of ``matches.tsv``."""
    kept = matches[matches["filter"].isin(set(drawable))]
    return kept.sort_values("influence", ascending=False, kind="stable").head(limit).reset_index(drop=True)


def make_entry(
    row: pd.Series, matrices: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray], limit: float, total: int
) -> Entry:
    """Put a filter's matrix and that of its match together.

    Parameters
    ----------
    row
        Line of ``matches.tsv``.
    matrices
        Probabilities of the filters by name.
    targets
        Probabilities of the database by id.
    limit
        Largest q-value of a named match.
    total
        Number of networks.
    """
    target = None if pd.isna(row["offset"]) else targets.get(str(row["motif_id"]))
    if target is not None and row["strand"] == "-":
        target = reverse_complement(target)
    named = bool(row["q_value"] <= limit)
    told = total > 1 and not pd.isna(row["networks"])
    networks = f"in {int(row['networks'])} of {total} networks" if told else ""
    return Entry(row, matrices[str(row["filter"])], target, named, networks, not told or row["reproducible"] == "yes")


def count_networks(matches: pd.DataFrame) -> int:
    """Return the number of networks whose filters are in ``matches.tsv``."""
    return int(matches["filter"].astype(str).str.rsplit(".", n=1).str[0].nunique())


def reproducible_finding(shown: pd.DataFrame, total: int, needed: int) -> str:
    """Say how many of the shown filters come back in enough networks; nothing for a single network."""
    if total < 2 or shown.empty:
        return ""
    count = int((shown["reproducible"] == "yes").sum())
    verb = "is" if count == 1 else "are"
    return f"; {count} {verb} reproducible, in {needed} of {total} networks or more"


def gallery_finding(matches: pd.DataFrame, shown: pd.DataFrame, limit: float, needed: int = 1) -> str:
    """Say how many of the shown filters have a name, which, how many come back, and how many are not shown.

    Parameters
    ----------
    matches, shown
        Rows of ``matches.tsv``, all and those that are drawn.
    limit
        Largest q-value of a named match.
    needed
        Networks in which a reproducible motif must come back.
    """
    if shown.empty:
        return "No filter found enough sites to make a motif"
    if shown["q_value"].isna().all():
        return f"The {len(shown)} most influential filters; no database of motifs was searched"
    named = shown[shown["q_value"] <= limit]
    names = list(dict.fromkeys(named["motif_name"].astype(str)))
    listed = ": " + ", ".join(names[:6]) + (", …" if len(names) > 6 else "") if names else ""
    hidden = len(matches) - len(shown)
    more = f" ({hidden:,} more filters in the table)" if hidden else ""
    again = reproducible_finding(shown, count_networks(matches), needed)
    one = len(shown) == 1
    which = "The only filter with a motif" if one else f"Of the {len(shown)} most influential filters, {len(named)}"
    verb = "match" + ("es" if one or len(named) == 1 else "")
    if one and not len(named):
        verb = "does not match"
    return f"{which} {verb} a known motif at q ≤ {number(limit, 2)}{listed}{again}{more}"


def span(entries: Sequence[Entry]) -> int:
    """Return the number of columns that the widest pair of logos needs."""
    return max([right - left for left, right in map(extent, entries)], default=1)


def extent(entry: Entry) -> tuple[int, int]:
    """Return the first and last column of a pair; the filter's first column is 0."""
    if entry.target is None:
        return 0, len(entry.matrix)
    start = -int(entry.row["offset"])
    return min(0, start), max(len(entry.matrix), start + len(entry.target))


def draw_pair(entry: Entry, letters: str, columns: int, pair: Sequence[Axes]) -> None:
    """Draw a filter and its match in the same columns, so that what lies over what can be read across.

    Parameters
    ----------
    entry
        Row of the gallery.
    letters
        In the order of the matrices' columns.
    columns
        Columns that both axes show; the same in all rows, so that letters have one width.
    pair
        Axes of the filter and of its match.
    """
    left, right = extent(entry)
    first = left - (columns - (right - left)) / 2 - 0.5
    draw_logo(entry.matrix, letters, 0, pair[0], 1.0 if entry.reproducible else PALE)
    if entry.target is None:
        pair[1].set_axis_off()
    else:
        start = -int(entry.row["offset"])
        draw_logo(entry.target, letters, start, pair[1], 1.0 if entry.named else PALE)
        low, high = max(0, start), min(len(entry.matrix), start + len(entry.target))
        for axes in pair:
            band = Rectangle((low - 0.5, 0), high - low, 2, facecolor="#F2F2F2", zorder=-2, linewidth=0)
            axes.add_patch(band)
    for axes in pair:
        axes.set_xlim(first, first + columns)
    pair[1].set_yticklabels([])


def draw_filter_text(entry: Entry, rank: int, axes: Axes) -> None:
    """Write rank, name and evidence of a filter."""
    axes.set_axis_off()
    row = entry.row
    axes.text(0, 0.82, f"{rank}  {shorten(str(row['filter']), 22)}", fontweight="bold", va="center", fontsize=8.5)
    evidence = f"{int(row['sites']):,} sites, {number(row['information'], 1)} bits"
    axes.text(0, 0.58, evidence, va="center", fontsize=8, color=MUTED)
    few = "" if entry.reproducible else " only"
    tint = MUTED if entry.reproducible else VERMILION
    axes.text(0, 0.36, entry.networks + few, va="center", fontsize=8, color=tint)


def q_text(q_value: float) -> str:
    """Write a q-value.

    >>> q_text(3.2e-9), q_text(0.04), q_text(float("nan"))
    ('q = 3e−9', 'q = .040', 'q –')
    """
    if q_value != q_value:
        return "q –"
    if q_value >= 0.001:
        return f"q = {number(q_value)}"
    mantissa, exponent = f"{max(q_value, 1e-300):.0e}".split("e")
    return f"q = {mantissa}e−{abs(int(exponent))}"


def draw_match_text(entry: Entry, axes: Axes) -> None:
    """Write name, id and q-value of the best match; grey when it is not significant."""
    axes.set_axis_off()
    row = entry.row
    if pd.isna(row["motif_id"]) or not str(row["motif_id"]):
        axes.text(0, 0.5, "no match", va="center", color=MUTED)
        return
    tint = INK if entry.named else MUTED
    name = shorten(str(row["motif_name"]), 18)
    strand = ", other strand" if row["strand"] == "-" else ""
    weight = "bold" if entry.named else "normal"
    lines = [(q_text(float(row["q_value"])), tint), (f"{row['motif_id']}{strand}", MUTED)]
    axes.text(0, 0.82, name if entry.named else f"({name})", fontweight=weight, va="center", color=tint)
    for place, (text, shade) in enumerate(lines):
        axes.text(0, 0.58 - 0.22 * place, shorten(text, 26), va="center", fontsize=7.5, color=shade)


def draw_influence(values: np.ndarray, largest: float, axes: Axes) -> None:
    """Draw the influence of one filter on each label as a strip of cells with numbers ``(labels,)``."""
    strength = largest if largest > 0 else 1.0
    cells = np.nan_to_num(values)[None, :]
    axes.pcolormesh(cells, cmap=SIGNED, vmin=-strength, vmax=strength, edgecolors="white", linewidth=1.5)
    if len(values) <= 8:
        for place, value in enumerate(values):
            tint = "white" if abs(value) > 0.55 * strength else INK
            axes.text(place + 0.5, 0.5, number(value, 2), ha="center", va="center", fontsize=7.5, color=tint)
    axes.set(xticks=[], yticks=[], ylim=(-0.25, 1.25))
    axes.spines[:].set_visible(False)


def name_labels(names: Sequence[str], axes: Axes) -> None:
    """Write the labels over the topmost strip."""
    axes.xaxis.tick_top()
    turned = len(names) > 1
    axes.set_xticks(
        np.arange(len(names)) + 0.5,
        [shorten(name, 16) for name in names],
        rotation=40 if turned else 0,
        ha="left" if turned else "center",
        rotation_mode="anchor" if turned else None,
    )
    axes.tick_params(axis="x", length=0, pad=0, labelsize=7.5)

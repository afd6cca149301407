"""Rows of a gallery of motifs: evidence, logo, logo of the best match, and influence on each label."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from convoscope.palette import BLUE, VERMILION
from convoscope.report.logos import draw_logo, reverse_complement
from convoscope.report.style import INK, MUTED
from convoscope.report.wording import number, quantity, shorten

PALE = 0.3  # of a motif that does not come back, and of a match that is not significant
UNLIKE = 0.5  # q-value of a match that is not worth a look
SIGNED = LinearSegmentedColormap.from_list("influence", [VERMILION, "white", BLUE])


class Entry(NamedTuple):
    """One row of the gallery: its line of ``motifs.tsv`` and both matrices ``(length, 4)``."""

    row: pd.Series
    matrix: np.ndarray
    target: np.ndarray | None  # on the strand of the match
    named: bool
    networks: str  # in how many of the networks the motif comes back; empty for a single network
    reproducible: bool = True  # false where these are too few


def make_entry(
    row: pd.Series, matrices: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray], limit: float, total: int
) -> Entry:
    """Put a motif's matrix and that of its match together.

    Parameters
    ----------
    row
        Line of ``motifs.tsv``.
    matrices
        Probabilities of the motifs by name.
    targets
        Probabilities of the database by id.
    limit
        Largest q-value of a named match.
    total
        Number of networks.
    """
    unlike = pd.isna(row["offset"]) or row["q_value"] > UNLIKE
    target = None if unlike else targets.get(str(row["motif_id"]))
    if target is not None and row["strand"] == "-":
        target = reverse_complement(target)
    named = bool(row["q_value"] <= limit)
    told = total > 1 and not pd.isna(row["networks"])
    networks = f"in {int(row['networks'])} of {total} networks" if told else ""
    return Entry(row, matrices[str(row["motif"])], target, named, networks, not told or row["reproducible"] == "yes")


def span(entries: Sequence[Entry]) -> int:
    """Return the number of columns that the widest pair of logos needs."""
    return max([right - left for left, right in map(extent, entries)], default=1)


def extent(entry: Entry) -> tuple[int, int]:
    """Return the first and last column of a pair; the motif's first column is 0."""
    if entry.target is None:
        return 0, len(entry.matrix)
    start = -int(entry.row["offset"])
    return min(0, start), max(len(entry.matrix), start + len(entry.target))


def draw_pair(entry: Entry, letters: str, columns: int, pair: Sequence[Axes]) -> None:
    """Draw a motif and its match in the same columns, so that what lies over what can be read across.

    Parameters
    ----------
    entry
        Row of the gallery.
    letters
        In the order of the matrices' columns.
    columns
        Columns that both axes show; the same in all rows, so that letters have one width.
    pair
        Axes of the motif and of its match.
    """
    first = _first_column(entry, columns)
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


def _first_column(entry: Entry, columns: int) -> float:
    """Return where axes of a number of columns begin so that the pair lies in their middle."""
    left, right = extent(entry)
    return left - (columns - (right - left)) / 2 - 0.5


def draw_reverse(entry: Entry, letters: str, columns: int, axes: Axes) -> None:
    """Draw a motif as it reads on the other strand, mirrored in place, so that its columns lie as in `draw_pair`."""
    draw_logo(reverse_complement(entry.matrix), letters, 0, axes, 1.0 if entry.reproducible else PALE)
    right = len(entry.matrix) - 1 - _first_column(entry, columns)
    axes.set_xlim(right - columns, right)
    axes.set_yticklabels([])


def draw_motif_text(entry: Entry, axes: Axes) -> None:
    """Write name and evidence of a motif."""
    axes.set_axis_off()
    row = entry.row
    axes.text(0, 0.82, shorten(str(row["motif"]), 22), fontweight="bold", va="center")
    evidence = f"{int(row['sites']):,} sites, {number(row['information'], 1)} bits"
    axes.text(0, 0.58, evidence, va="center", color=MUTED)
    filters = f"{int(row['filters'])} filter{'s' if row['filters'] > 1 else ''}" if "filters" in row else ""
    few = "" if entry.reproducible else " only"
    tint = MUTED if entry.reproducible else VERMILION
    words = " ".join(part for part in (filters, entry.networks) if part)
    axes.text(0, 0.36, words + few, va="center", color=tint)


def _q_text(q_value: float) -> str:
    """Write a q-value.

    >>> _q_text(3.2e-9), _q_text(0.04), _q_text(float("nan"))
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
    if pd.isna(row["motif_id"]) or not str(row["motif_id"]) or row["q_value"] > UNLIKE:
        axes.text(0, 0.5, "no match", va="center", color=MUTED)
        return
    tint = INK if entry.named else MUTED
    name = shorten(str(row["motif_name"]), 18)
    strand = ", other strand" if row["strand"] == "-" else ""
    weight = "bold" if entry.named else "normal"
    lines = [(_q_text(float(row["q_value"])), tint), (f"{row['motif_id']}{strand}", MUTED)]
    axes.text(0, 0.82, name if entry.named else f"({name})", fontweight=weight, va="center", color=tint)
    for place, (text, shade) in enumerate(lines):
        axes.text(0, 0.58 - 0.22 * place, shorten(text, 26), va="center", color=shade)


def _short(value: float) -> str:
    """Write a number in four characters and a sign, however large it is.

    >>> _short(49.41), _short(-0.641), _short(1234.5)
    ('49.4', '−.64', '1,230')
    """
    return number(value, 2 if abs(value) < 10 else 1) if abs(value) < 100 else quantity(value)


def draw_influence(values: np.ndarray, largest: float, axes: Axes) -> None:
    """Draw the influence of one filter on each label as a strip of cells with numbers ``(labels,)``."""
    strength = largest if largest > 0 else 1.0
    cells = np.nan_to_num(values)[None, :]
    axes.pcolormesh(cells, cmap=SIGNED, vmin=-strength, vmax=strength, edgecolors="white", linewidth=1.5)
    if len(values) <= 8:
        for place, value in enumerate(values):
            tint = "white" if abs(value) > 0.55 * strength else INK
            axes.text(place + 0.5, 0.5, _short(value), ha="center", va="center", color=tint)
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
    axes.tick_params(axis="x", length=0, pad=0)

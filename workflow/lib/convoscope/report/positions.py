"""Where in the window a motif fires: real sites crowd around the summit or keep a distance to a start."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.config import Motifs
from convoscope.config.strands import strand_facts
from convoscope.palette import BLUE
from convoscope.report.gallery import gallery_rows
from convoscope.report.style import FAINT, MUTED, drawing, headline, shorten, small_multiples

AXIS = {  # by the direction of windows
    "forward": "centre of the motif, in bp from the centre of the window",
    "site": "centre of the motif, in bp from the centre of the window, in the direction of its site",
}
BINS = 40
PART = 0.2
ENOUGH = 50


def draw(
    path: Path,
    *,
    card: Mapping[str, Any],
    matches: pd.DataFrame,
    filters: pd.DataFrame,
    positions: pd.DataFrame,
    spec: Motifs,
) -> None:
    """Draw the hits of the gallery's filters by their position in the window."""
    lengths = filters.set_index("filter")["length"]
    shown = gallery_rows(matches, lengths.index[lengths > 0])
    table = positions_table(positions, shown["filter"], card["window"])
    significant = shown["q_value"] <= spec.q_value
    named = shown["filter"].where(~significant, shown["filter"] + " (" + shown["motif_name"] + ")")
    names = dict(zip(shown["filter"], named, strict=True))
    with drawing(path, max(1.6, 0.9 + 1.75 * -(-len(names) // 4)), table) as figure:
        headline(figure, positions_finding(table, names))
        grid = small_multiples(figure, len(names), 4)
        for (name, title), axes in zip(names.items(), grid, strict=True):
            draw_hits(table[table["filter"] == name], title, axes)
        figure.supxlabel(AXIS[strand_facts(card)["direction"]], fontsize=9)
        figure.supylabel("hits (%)", fontsize=9)


def positions_table(positions: pd.DataFrame, names: Iterable[Any], window: int, bins: int = BINS) -> pd.DataFrame:
    """Count the hits of each filter per bin of position.

    Parameters
    ----------
    positions
        Rows of ``positions.tsv``: ``filter strand centre hits``, in bp from the window's left end.
    names
        Filters in the order of drawing; others are left out.
    window
        Length of the windows in bp.
    bins
        Most bins; they are whole bp wide.

    Returns
    -------
    ``filter low high hits share``: edges in bp from the window's centre to the motif's centre, both strands together;
    every filter has all bins.
    """
    width = max(1, -(-window // bins))  # whole bp: others would hold now more, now fewer positions
    edges = np.arange(0, window + width, width) - window / 2
    rows = []
    for name in names:
        part = positions[positions["filter"] == name]
        hits = np.histogram(part["centre"] - window / 2, edges, weights=part["hits"])[0]
        share = hits / max(hits.sum(), 1)
        rows += [(name, *bin_) for bin_ in zip(edges[:-1], edges[1:], hits.astype(int), share, strict=True)]
    return pd.DataFrame(rows, columns=["filter", "low", "high", "hits", "share"])


def densest_part(part: pd.DataFrame) -> tuple[float, float, float]:
    """Return the fifth of the window with most of one filter's hits, as bp from the centre, and its share."""
    width = max(1, round(len(part) * PART))
    sums = np.convolve(part["share"], np.ones(width), mode="valid")
    best = int(sums.argmax())
    return float(part["low"].iloc[best]), float(part["high"].iloc[best + width - 1]), float(sums[best])


def positions_finding(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Name the filter whose hits crowd most, and say where."""
    dense = {name: part for name, part in table.groupby("filter", sort=False) if part["hits"].sum() >= ENOUGH}
    if not dense:
        return f"No filter has {ENOUGH} hits: positions cannot be judged"
    found = {name: densest_part(part) for name, part in dense.items()}
    crowded = sum(share >= 2 * PART for _, _, share in found.values())
    name, (low, high, share) = max(found.items(), key=lambda item: item[1][2])
    signs = f"{low:+.0f} and {high:+.0f} bp".replace("-", "−")
    return (
        f"{crowded} of {len(found)} filters fire mostly at one place; most of all {names[str(name)]}: {share:.0%} "
        f"of its hits between {signs} from the centre ({PART:.0%} if place did not matter)"
    )


def draw_hits(part: pd.DataFrame, title: str, axes: Axes) -> None:
    """Draw the hits of one filter over the window, with the level of no preference."""
    edges = np.append(part["low"].to_numpy(), part["high"].iloc[-1])
    axes.stairs(part["share"] * 100, edges, fill=True, color=BLUE, alpha=0.85)
    axes.axhline(100 / len(part), color=MUTED, linewidth=0.9, linestyle="dashed")
    axes.axvline(0, color=MUTED, linewidth=0.6)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, max(part["share"].max() * 125, 250 / len(part)))
    axes.set_title(shorten(title, 34), fontsize=8.5)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.text(0.98, 0.95, f"{part['hits'].sum():,} hits", transform=axes.transAxes, ha="right", va="top", fontsize=7.5,
              color=MUTED)  # fmt: skip

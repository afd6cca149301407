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
from convoscope.report.gallery import gallery_rows, kind_of
from convoscope.report.style import FAINT, MUTED, drawing, headline, small_multiples
from convoscope.report.wording import shorten

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
    positions: pd.DataFrame,
    filters: pd.DataFrame | None = None,
    spec: Motifs,
) -> None:
    """Draw the hits of the gallery's motifs by their position in the window.

    ``matches`` may be of single filters; ``filters`` then tells which have a motif.
    """
    kind = kind_of(matches)
    drawable = matches[kind] if filters is None else filters.loc[filters["length"] > 0, "filter"]
    shown = gallery_rows(matches, drawable if kind == "filter" else matches[kind], spec.q_value)
    table = positions_table(of_motifs(positions, shown), shown[kind], card["window"])
    significant = shown["q_value"] <= spec.q_value
    named = shown[kind].where(~significant, shown[kind] + " (" + shown["motif_name"] + ")")
    names = dict(zip(shown[kind], named, strict=True))
    with drawing(path, max(1.6, 0.9 + 1.75 * -(-len(names) // 4)), table) as figure:
        headline(figure, positions_finding(table, names))
        grid = small_multiples(figure, len(names), 4)
        for (name, title), axes in zip(names.items(), grid, strict=True):
            draw_hits(table[table["motif"] == name], title, axes)
        figure.supxlabel(AXIS[strand_facts(card)["direction"]])
        figure.supylabel("hits (%)")


def of_motifs(positions: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Turn the hits of filters into those of the motifs that they are members of, each moved to the motif's centre.

    Parameters
    ----------
    positions
        Rows of ``positions.tsv``: ``filter strand centre hits``.
    shown
        Rows of ``motifs.tsv`` with ``members``, and ``shifts`` from their centres in their direction; or of filters.

    Returns
    -------
    pandas.DataFrame
        ``motif centre hits``.
    """
    if "members" not in shown:
        return positions.rename(columns={"filter": "motif"})
    several = shown[["motif", "members", "shifts"]].astype(str)
    each = several.assign(filter=several["members"].str.split(), shift=several["shifts"].str.split())
    found = positions.merge(each[["motif", "filter", "shift"]].explode(["filter", "shift"]), on="filter")
    signs = np.where(found["strand"] == "-", -1.0, 1.0)
    return found.assign(centre=found["centre"] + signs * found["shift"].astype(float))[["motif", "centre", "hits"]]


def positions_table(positions: pd.DataFrame, names: Iterable[Any], window: int, bins: int = BINS) -> pd.DataFrame:
    """Count the hits of each motif per bin of position.

    Parameters
    ----------
    positions
        Their ``motif centre hits``, in bp from the window's left end.
    names
        Motifs in the order of drawing; others are left out.
    window
        Length of the windows in bp.
    bins
        Most bins; they are whole bp wide.

    Returns
    -------
    ``motif low high hits share``: edges in bp from the window's centre to the motif's centre, both strands together;
    every motif has all bins.
    """
    width = max(1, -(-window // bins))  # whole bp: others would hold now more, now fewer positions
    edges = np.arange(0, window + width, width) - window / 2
    rows = []
    for name in names:
        part = positions[positions["motif"] == name]
        hits = np.histogram(part["centre"] - window / 2, edges, weights=part["hits"])[0]
        share = hits / max(hits.sum(), 1)
        rows += [(name, *bin_) for bin_ in zip(edges[:-1], edges[1:], hits.astype(int), share, strict=True)]
    return pd.DataFrame(rows, columns=["motif", "low", "high", "hits", "share"])


def densest_part(part: pd.DataFrame) -> tuple[float, float, float]:
    """Return the fifth of the window with most of one motif's hits, as bp from the centre, and its share."""
    width = max(1, round(len(part) * PART))
    sums = np.convolve(part["share"], np.ones(width), mode="valid")
    best = int(sums.argmax())
    return float(part["low"].iloc[best]), float(part["high"].iloc[best + width - 1]), float(sums[best])


def positions_finding(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Name the motif whose hits crowd most, and say where."""
    dense = {name: part for name, part in table.groupby("motif", sort=False) if part["hits"].sum() >= ENOUGH}
    if not dense:
        return f"No motif has {ENOUGH} hits: positions cannot be judged"
    found = {name: densest_part(part) for name, part in dense.items()}
    crowded = sum(share >= 2 * PART for _, _, share in found.values())
    name, (low, high, share) = max(found.items(), key=lambda item: item[1][2])
    signs = f"{low:+.0f} and {high:+.0f} bp".replace("-", "−")
    return (
        f"{crowded} of {len(found)} shown motifs fire mostly at one place; most of all {names[str(name)]}: {share:.0%} "
        f"of its hits between {signs} from the centre ({PART:.0%} if place did not matter)"
    )


def draw_hits(part: pd.DataFrame, title: str, axes: Axes) -> None:
    """Draw the hits of one motif over the window, with the level of no preference."""
    edges = np.append(part["low"].to_numpy(), part["high"].iloc[-1])
    axes.stairs(part["share"] * 100, edges, fill=True, color=BLUE, alpha=0.85)
    axes.axhline(100 / len(part), color=MUTED, linewidth=0.9, linestyle="dashed")
    axes.axvline(0, color=MUTED, linewidth=0.6)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, max(part["share"].max() * 125, 250 / len(part)))
    axes.set_title(shorten(title, 34))
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.text(0.98, 0.95, f"{part['hits'].sum():,} hits", transform=axes.transAxes, ha="right", va="top",
              color=MUTED)  # fmt: skip

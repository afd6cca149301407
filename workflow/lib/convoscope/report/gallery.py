"""What the first layer learned: each filter's logo and its best match, most influential first."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import Motifs
from convoscope.report.gallery_entries import (
    Entry,
    draw_filter_text,
    draw_influence,
    draw_match_text,
    draw_pair,
    make_entry,
    name_labels,
    span,
)
from convoscope.report.style import drawing, headline, number, say

ROWS = 12
PREFIX = "influence:"


class Matrices(NamedTuple):
    """Matrices ``(length, 4)`` of a file of motifs by name, and those of the database by id; none of amino acids."""

    letters: str  # in the order of the columns
    motifs: dict[str, np.ndarray]
    known: dict[str, np.ndarray]


def draw(path: Path, *, motifs: Matrices, matches: pd.DataFrame, spec: Motifs) -> None:
    """Draw the gallery of the most influential filters, each with its best match."""
    shown, total = gallery_rows(matches, motifs.motifs), count_networks(matches)
    entries = [make_entry(row, motifs.motifs, motifs.known, spec.q_value, total) for _, row in shown.iterrows()]
    finding = gallery_finding(matches, shown, spec.q_value, spec.networks_needed(total))
    show_gallery(shown, entries, motifs.letters, finding, path)


def show_gallery(
    shown: pd.DataFrame, entries: Sequence[Entry], letters: str, finding: str, path: Path, what: str = "filter"
) -> None:
    """Draw one row per filter: text, logo, logo of the match, text, influence.

    Parameters
    ----------
    shown, entries
        Rows of ``matches.tsv``, and what is drawn of them.
    letters
        In the order of the matrices' columns.
    finding
        What the figure says.
    path
        The figure.
    what
        What a row is called.
    """
    influences = _influence_columns(shown)
    largest = float(shown[influences].abs().max().max()) if len(shown) and influences else 0.0
    strip = min(3.0, 0.6 * max(len(influences), 2))
    with drawing(path, max(1.6, 1.0 + 0.86 * len(entries)), shown) as figure:
        headline(figure, finding)
        if not entries:
            return say(figure.subplots(), "no motif")
        grid = figure.subplots(len(entries), 5, squeeze=False, width_ratios=[1.5, 3.4, 3.4, 1.7, strip])
        for rank, (entry, cells) in enumerate(zip(entries, grid, strict=True), start=1):
            draw_filter_text(entry, rank, cells[0])
            draw_pair(entry, letters, span(entries), cells[1:3])
            draw_match_text(entry, cells[3])
            draw_influence(entry.row[influences].to_numpy(float), largest, cells[4])
        for axes, title in zip(grid[0], (what, "learned (bits)", "best match (bits)", ""), strict=False):
            axes.set_title(title)
        name_labels([name.removeprefix("influence:") for name in influences], grid[0][4])
    return None


def _influence_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that hold the influence on each label."""
    return [name for name in table.columns if name.startswith(PREFIX)]


def gallery_rows(matches: pd.DataFrame, drawable: Collection[str], limit: int = ROWS) -> pd.DataFrame:
    """Return the most influential of the filters that have a motif; equals in the order of ``matches.tsv``."""
    kept = matches[matches["filter"].isin(set(drawable))]
    return kept.sort_values("influence", ascending=False, kind="stable").head(limit).reset_index(drop=True)


def count_networks(matches: pd.DataFrame) -> int:
    """Return the number of networks whose filters are in ``matches.tsv``."""
    return int(matches["filter"].astype(str).str.rsplit(".", n=1).str[0].nunique())


def _reproducible_finding(shown: pd.DataFrame, total: int, needed: int) -> str:
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
    again = _reproducible_finding(shown, count_networks(matches), needed)
    one = len(shown) == 1
    which = "The only filter with a motif" if one else f"Of the {len(shown)} most influential filters, {len(named)}"
    verb = "match" + ("es" if one or len(named) == 1 else "")
    if one and not len(named):
        verb = "does not match"
    return f"{which} {verb} a known motif at q ≤ {number(limit, 2)}{listed}{again}{more}"

"""What the networks learned: each motif's logo on both strands, its best match, and what it does."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import Motifs
from convoscope.report.gallery_entries import (
    Entry,
    draw_influence,
    draw_match_text,
    draw_motif_text,
    draw_pair,
    draw_reverse,
    make_entry,
    name_labels,
    span,
)
from convoscope.report.style import drawing, headline, say
from convoscope.report.wording import number

ROWS = 12
LEAST = 0.05  # of the largest influence; a motif without a name that does less is no finding
PREFIX = "influence:"
INFLUENCE = "change of the raw score"  # in the column of a few labels
NUCLEOTIDES = 4
NAMES = 6  # that are listed
UNSEARCHED = "JASPAR is of DNA; set motifs.database to a file of RNA motifs"
PROTEIN = "Motifs of amino acids are neither drawn nor named; the table has their consensus"
KINDS = ("motif", "filter")  # columns that name the rows of motifs.tsv and of matches.tsv


class Matrices(NamedTuple):
    """Matrices ``(length, 4)`` of a file of motifs by name, and those of the database by id; none of amino acids."""

    letters: str  # in the order of the columns
    motifs: dict[str, np.ndarray]
    known: dict[str, np.ndarray]
    both: bool = True  # whether they are of both strands


def draw(path: Path, *, motifs: Matrices, matches: pd.DataFrame, spec: Motifs) -> None:
    """Draw the gallery of the motifs that have a name or come back, each with its best match."""
    shown, total = gallery_rows(matches, motifs.motifs, spec.q_value), count_networks(matches)
    rows = shown.rename(columns={kind_of(matches): "motif"})
    entries = [make_entry(row, motifs.motifs, motifs.known, spec.q_value, total) for _, row in rows.iterrows()]
    said = gallery_finding(matches, shown, spec.q_value, spec.networks_needed(total))
    finding = PROTEIN if len(motifs.letters) > NUCLEOTIDES else said
    show_gallery(shown, entries, motifs, finding, path, INFLUENCE, kind_of(matches))


def show_gallery(
    shown: pd.DataFrame,
    entries: Sequence[Entry],
    motifs: Matrices,
    finding: str,
    path: Path,
    effect: str,
    what: str = "motif",
) -> None:
    """Draw one row per motif: text, logo, that of the other strand, logo of the match, text, influence.

    Parameters
    ----------
    shown, entries
        Rows of ``motifs.tsv``, and what is drawn of them.
    motifs
        Whose letters and strands they are.
    finding
        What the figure says.
    path
        The figure.
    effect
        What the numbers of the labels are.
    what
        What a row is called.
    """
    influences = _influence_columns(shown)
    largest = float(shown[influences].abs().max().max()) if len(shown) and influences else 0.0
    strip = min(3.6, 0.75 * max(len(influences), 2))
    titles = [what, "learned (bits)", *(["reverse complement"] if motifs.both else []), "best match (bits)"]
    with drawing(path, max(1.6, 1.2 + 0.86 * len(entries)), shown) as figure:
        headline(figure, finding)
        if not entries:
            return say(figure.subplots(), "no motif to show")
        logos = [3.0] * (len(titles) - 1)
        grid = figure.subplots(len(entries), 3 + len(logos), squeeze=False, width_ratios=[1.6, *logos, 1.7, strip])
        for entry, cells in zip(entries, grid, strict=True):
            draw_motif_text(entry, cells[0])
            draw_pair(entry, motifs.letters, span(entries), [cells[1], cells[len(logos)]])
            if motifs.both:
                draw_reverse(entry, motifs.letters, span(entries), cells[2])
            draw_match_text(entry, cells[-2])
            draw_influence(entry.row[influences].to_numpy(float), largest, cells[-1])
        for axes, title in zip(grid[0], titles, strict=False):
            axes.set_title(title)
        grid[-1][-1].set_xlabel(effect, loc="right")
        name_labels([name.removeprefix("influence:") for name in influences], grid[0][-1])
    return None


def kind_of(table: pd.DataFrame) -> str:
    """Return what the rows of a table are: motifs of ``motifs.tsv``, or filters of ``matches.tsv``."""
    return next(kind for kind in KINDS if kind in table)


def _influence_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that hold the influence on each label."""
    return [name for name in table.columns if name.startswith(PREFIX)]


def is_judged(table: pd.DataFrame) -> bool:
    """Tell whether there were several networks, so that motifs can be called reproducible or not."""
    return "reproducible" in table and bool(table["reproducible"].isin(["yes", "no"]).any())


def worth_showing(matches: pd.DataFrame, limit: float) -> pd.Series:
    """Tell of every motif whether it is more than noise: named, or in enough networks and of some influence.

    Of a single network, and without a database, nothing says which are noise: then all count.
    """
    strong = matches["influence"] >= LEAST * matches["influence"].max()
    kept = (matches["q_value"] <= limit) | ((matches["reproducible"] == "yes") & strong)
    return kept if is_judged(matches) or matches["q_value"].notna().any() else pd.Series(True, index=matches.index)


def gallery_rows(matches: pd.DataFrame, drawable: Collection[str], q_value: float, limit: int = ROWS) -> pd.DataFrame:
    """Return the motifs that are shown: named ones first, each part by influence; equals as in the table."""
    kept = matches[matches[kind_of(matches)].isin(set(drawable)) & worth_showing(matches, q_value)]
    ordered = kept.sort_values("influence", ascending=False, kind="stable")
    named = ordered["q_value"] <= q_value
    return pd.concat([ordered[named], ordered[~named]]).head(limit).reset_index(drop=True)


def count_networks(matches: pd.DataFrame) -> int:
    """Return the number of networks whose filters are in a table of motifs or filters."""
    filters = " ".join(matches["members" if "members" in matches else "filter"].astype(str)).split()
    return len({name.rsplit(".", 1)[0] for name in filters})


def gallery_finding(matches: pd.DataFrame, shown: pd.DataFrame, limit: float, needed: int = 1) -> str:
    """Say how many motifs have a name, and which, how many others come back, and how many are noise.

    Parameters
    ----------
    matches, shown
        Rows of ``motifs.tsv``, all and those that are drawn.
    limit
        Largest q-value of a named match.
    needed
        Networks in which a reproducible motif must come back.
    """
    having = matches[matches["networks"].notna()]
    if having.empty:
        return "No filter found enough sites to make a motif"
    named, kept, judged = having["q_value"] <= limit, worth_showing(having, limit), is_judged(having)
    several = f"{needed} of {count_networks(matches)} networks or more"
    rest = "are noise, or do little" if judged else "have none, and one network cannot tell which would come back"
    parts = [_names_of(having, named, limit)]
    parts += [f"{(kept & ~named).sum()} without a name come back in {several}"] if judged else []
    parts += [f"the other {(~kept).sum()} {rest}"] if (~kept).any() else []
    parts += [f"the first {len(shown)} are shown"] if len(shown) < kept.sum() else []
    return "; ".join(parts)


def _names_of(table: pd.DataFrame, named: pd.Series, limit: float) -> str:
    """Say how many motifs have a name, and which names."""
    what = f"{len(table)} {kind_of(table)}s"
    if table["q_value"].isna().all():
        return f"{what} without names: {UNSEARCHED}"
    names = list(dict.fromkeys(table.loc[named, "motif_name"].astype(str)))
    listed = ": " + ", ".join(names[:NAMES]) + (", …" if len(names) > NAMES else "") if names else ""
    have = f"{named.sum()} of {what} {'has' if named.sum() == 1 else 'have'}" if names else f"None of {what} has"
    return f"{have} a name at q ≤ {number(limit, 2)}{listed}"

"""Draw what the first layer learned: logos beside their best matches."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.files import open_text
from convoscope.report.gallery import (
    FILTERS,
    Entry,
    count_networks,
    draw_filter_text,
    draw_influence,
    draw_match_text,
    draw_pair,
    gallery_finding,
    gallery_rows,
    influence_columns,
    make_entry,
    name_labels,
    span,
)
from convoscope.report.style import drawing, headline, say
from convoscope.tables import read_table


def draw_motifs(*, motifs: Path, matches: Path, spec: Motifs, gallery: Path) -> None:
    """Draw the gallery of the most influential filters, each beside its best match."""
    from convoscope.interpretation.motifs.reproducibility import (
        networks_needed,  # compiles TOMTOM; not needed for the parser
    )

    every = read_table(matches, "matches", FILTERS)
    letters, matrices, targets = read_matrices(motifs, spec)
    shown = gallery_rows(every, matrices)
    total = count_networks(every)
    entries = [make_entry(row, matrices, targets, spec.q_value, total) for _, row in shown.iterrows()]
    finding = gallery_finding(every, shown, spec.q_value, networks_needed(spec.reproducible, total))
    show_gallery(shown, entries, letters, finding, gallery)


def read_matrices(motifs: Path, spec: Motifs) -> tuple[str, dict, dict]:
    """Return the letters, the filters' matrices by name and the database's by id; nothing for amino acids."""
    from convoscope.interpretation.motifs.meme import letters_of, parse_meme
    from convoscope.interpretation.motifs.tomtom import load_database  # as above

    with open_text(motifs) as stream:
        text = stream.read()
    letters = letters_of(text)
    found = parse_meme(text, str(motifs)) if len(letters) == 4 and "MOTIF" in text else []
    targets = load_database(spec.database, spec.taxa) if found else []
    return letters, {motif.name: motif.matrix for motif in found}, {target.id: target.matrix for target in targets}


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
    influences = influence_columns(shown)
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

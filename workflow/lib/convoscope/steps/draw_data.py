"""Draw the examples: their composition, where they lie, and what was not used."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config.tasks import TASKS
from convoscope.dataset import load
from convoscope.report.composition import (
    GROUPS,
    composition_finding,
    composition_limits,
    composition_table,
    draw_composition,
    letter_share,
    presence,
)
from convoscope.report.dropped import DROPPED, NEGATIVES, draw_dropped, draw_negatives, dropped_finding, dropped_table
from convoscope.report.places import (
    counts_finding,
    counts_table,
    draw_counts,
    draw_places,
    places_finding,
    places_table,
)
from convoscope.report.style import drawing, headline, small_multiples
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.tables import read_table

# What is drawn of each alphabet's composition; amino acids of positive hydropathy (doi:10.1016/0022-2836(82)90515-0).
COMPOSITION = {"dna": ("GC content", "GC"), "rna": ("GC content", "GC"), "protein": ("Hydrophobic share", "AVILMFC")}


def draw_data(
    *,
    windows: Path,
    codes: Path,
    card: Path,
    dropped: Path,
    negatives: Path,
    sizes: Path | None = None,
    gc: Path,
    places: Path,
    dropped_figure: Path,
) -> None:
    """Draw composition by split, places on the genome (counts where there is none), and dropped rows."""
    data = load(windows, codes, card)
    lost, wanted = read_table(dropped, "dropped", DROPPED), read_table(negatives, "negatives", NEGATIVES)
    group = GROUPS[TASKS[data.card["task"]].groups](data.labels, data.card["labels"])
    what, members = COMPOSITION[data.card["alphabet"]]
    letters = ALPHABETS[data.card["alphabet"]].letters
    share = letter_share(data.codes, [letters.index(letter) for letter in members], len(letters))
    show_composition(composition_table(share, data.table["fold"].tolist(), group.tolist()), what, gc)
    show_places(data.table, presence(data.labels, []), sizes, places)
    show_rows(lost, wanted, len(data.table), dropped_figure)


def show_composition(table: pd.DataFrame, what: str, path: Path) -> None:
    """Draw one panel per split or fold."""
    folds = list(dict.fromkeys(table["fold"]))
    columns = 3 if len(folds) <= 3 else 4
    with drawing(path, 0.7 + 2.7 * -(-len(folds) // columns), table) as figure:
        headline(figure, composition_finding(table, what))
        for fold, axes in zip(folds, small_multiples(figure, len(folds), columns), strict=True):
            draw_composition(table[table["fold"] == fold], axes, what)
            axes.set_xlim(*composition_limits(table))


def show_places(windows: pd.DataFrame, kind: np.ndarray, sizes: Path | None, path: Path) -> None:
    """Draw contigs with examples, or counts where there is no genome."""
    if sizes is None:
        table = counts_table(windows["fold"], kind)
        with drawing(path, 1.2 + 0.42 * table["fold"].nunique(), table, width=9) as figure:
            headline(figure, counts_finding(table))
            draw_counts(table, figure.subplots())
        return
    lengths = read_table(sizes, "sizes", names=["chrom", "length"])
    table = places_table(windows, kind, dict(zip(lengths["chrom"], lengths["length"], strict=True)))
    with drawing(path, 1.5 + 0.38 * table["chrom"].nunique(), table) as figure:
        headline(figure, places_finding(windows))
        draw_places(table, figure.subplots())


def show_rows(rows: pd.DataFrame, wanted: pd.DataFrame, used: int, path: Path) -> None:
    """Draw dropped rows by reason beside the negatives that were asked for."""
    table = dropped_table(rows)
    with drawing(path, max(2.8, 1.3 + 0.34 * table["reason"].nunique()), table) as figure:
        headline(figure, dropped_finding(table, used))
        left, right = figure.subplots(1, 2, width_ratios=[1.4, 1])
        draw_dropped(table, left)
        draw_negatives(wanted, right)

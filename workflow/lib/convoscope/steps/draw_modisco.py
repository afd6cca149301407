"""Draw the patterns of TF-MoDISco beside their best matches."""

from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.report.gallery import PATTERNS, ROWS, make_entry
from convoscope.report.pages import modisco_finding
from convoscope.steps.draw_motifs import read_matrices, show_gallery
from convoscope.tables import read_table

# The gallery draws any motifs: seqlets are a pattern's sites, contributions its influence.
GALLERY = {"pattern": "filter", "seqlets": "sites"}


def draw_modisco(*, patterns: Path, matches: Path, spec: Motifs, figure: Path) -> None:
    """Draw the logos of the most frequent patterns, their best matches and contributions."""
    every = read_table(matches, "modisco", PATTERNS)
    letters, matrices, targets = read_matrices(patterns, spec)
    shown = to_gallery(every).sort_values("sites", ascending=False, kind="stable").head(ROWS)
    entries = [make_entry(row, matrices, targets, spec.q_value, 1) for _, row in shown.iterrows()]
    show_gallery(shown, entries, letters, modisco_finding(every), figure, "pattern")


def to_gallery(table: pd.DataFrame) -> pd.DataFrame:
    """Rename the columns of patterns to those of filters."""
    effects = {name: name.replace("contribution:", "influence:") for name in table.columns}
    return table.rename(columns=effects | GALLERY)

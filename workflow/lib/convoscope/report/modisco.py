"""Patterns of attributions by TF-MoDISco, and their best matches."""

from pathlib import Path

import pandas as pd

from convoscope.config import Motifs
from convoscope.report.gallery import ROWS, Matrices, show_gallery
from convoscope.report.gallery_entries import make_entry
from convoscope.report.page_titles import modisco_finding

# The gallery draws any motifs: seqlets are a pattern's sites, contributions its influence.
CONTRIBUTION = "sum of contributions"
GALLERY = {"pattern": "motif", "seqlets": "sites"}


def draw(path: Path, *, patterns: Matrices, pattern_matches: pd.DataFrame, spec: Motifs) -> None:
    """Draw the logos of the most frequent patterns, their best matches and contributions."""
    shown = _to_gallery(pattern_matches).sort_values("sites", ascending=False, kind="stable").head(ROWS)
    entries = [make_entry(row, patterns.motifs, patterns.known, spec.q_value, 1) for _, row in shown.iterrows()]
    show_gallery(shown, entries, patterns, modisco_finding(pattern_matches), path, CONTRIBUTION, "pattern")


def _to_gallery(table: pd.DataFrame) -> pd.DataFrame:
    """Rename the columns of patterns to those of motifs."""
    effects = {name: name.replace("contribution:", "influence:") for name in table.columns}
    return table.rename(columns=effects | GALLERY)

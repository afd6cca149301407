"""How many examples there are of every split and label."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from convoscope.report.pages import write_page


def draw(path: Path, *, card: Mapping[str, Any]) -> None:
    """Write the page of the card's counts."""
    write_page(path, counts_frame(card["counts"]), "counts")


def counts_frame(counts: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return the counts of a card as a table: ``fold examples`` and one column per label."""
    return pd.DataFrame([{"fold": fold, **figures} for fold, figures in counts.items()])

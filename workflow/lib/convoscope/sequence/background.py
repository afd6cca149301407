"""What negatives are drawn from, and what a strategy returns."""

from typing import NamedTuple

import pandas as pd

from convoscope.sequence.usable_regions import Landscape

WINDOW = ["chrom", "start", "end", "strand", "parent", "fold"]
TALLY = ["bin", "requested", "obtained"]
LOST = ["line", "row", "reason"]


class Background(NamedTuple):
    """The reference without the positives."""

    landscape: Landscape
    regions: pd.DataFrame  # chrom start end fold: where each fold may draw
    sites: pd.DataFrame  # label chrom start end: every site of every label, also those without a window; 1 bp at least
    given: pd.DataFrame | None  # the rows of negatives.path, as read_sites returns them


class Sampled(NamedTuple):
    """Negatives, and the account of how many were asked for."""

    rows: pd.DataFrame  # columns WINDOW
    tally: pd.DataFrame  # columns TALLY
    dropped: pd.DataFrame  # columns LOST: rows of a given file that cannot be used


def sampled(rows: pd.DataFrame, tally: pd.DataFrame, dropped: pd.DataFrame | None = None) -> Sampled:
    """Return the result of a strategy with its columns in order; ``strand`` and ``parent`` may be missing."""
    lost = pd.DataFrame(columns=LOST) if dropped is None else dropped[LOST]
    filled = rows.assign(**{name: value for name, value in {"strand": ".", "parent": ""}.items() if name not in rows})
    return Sampled(filled[WINDOW].reset_index(drop=True), tally[TALLY], lost)


def one_line(name: str, requested: int, obtained: int) -> pd.DataFrame:
    """Return the tally of a strategy that has no bins."""
    return pd.DataFrame({"bin": [name], "requested": [requested], "obtained": [obtained]})

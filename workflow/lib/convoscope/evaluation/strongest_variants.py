"""The variants that change a prediction most, each in a locus of its own."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from convoscope.sequence.bigwig import BOTH, TrackFolder

APART = 2000  # bp between two of them, at least
MOST = 4  # that are shown
TRIED = 50 * MOST


def strongest_variants(scores: pd.DataFrame, labels: Sequence[str], most: int = TRIED) -> list[tuple[pd.Series, str]]:
    """Return variants with the label that each changes most, the strongest first and no two in one locus.

    Parameters
    ----------
    scores
        Scores with one row per allele.
    labels
        Of the networks.
    most
        Variants that are looked at.
    """
    if scores.empty:
        return []
    sizes = scores[[f"{label}:difference" for label in labels]].abs().fillna(0).to_numpy(float)
    chosen: list[tuple[pd.Series, str]] = []
    for place in np.argsort(-sizes.max(axis=1), kind="stable")[:most]:
        row = scores.iloc[int(place)]
        if all(row["chrom"] != other["chrom"] or abs(row["pos"] - other["pos"]) > APART for other, _ in chosen):
            chosen.append((row, labels[int(sizes[place].argmax())]))
    return chosen


def covered_variants(
    scores: pd.DataFrame, labels: Sequence[str], tracks: TrackFolder
) -> Iterator[tuple[pd.Series, str]]:
    """Yield the first `MOST` of the strongest variants at which the track of their label has a value."""
    found = 0
    for row, label in strongest_variants(scores, labels):
        covered = tracks.around(label, track_strand(tracks, label), [str(row["chrom"])], [int(row["pos"]) - 1])
        if found < MOST and not np.isnan(covered).any():
            found += 1
            yield row, label


def track_strand(tracks: TrackFolder, label: str) -> str:
    """Return the strand of the track on which variants are shown: both, or else the forward one."""
    strands = tracks.paths(label)
    return BOTH if BOTH in strands else next(iter(strands))

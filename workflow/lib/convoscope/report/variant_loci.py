"""The variants that change a prediction most, where they lie: the track, known sites and genes around them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.evaluation.effects import one_row_per_allele
from convoscope.report.loci import draw_loci
from convoscope.report.locus import REACH, Locus, genes_around, known_sites
from convoscope.report.style import number, shorten
from convoscope.report.variant_panels import variant_name
from convoscope.sequence.bigwig import BOTH, TrackFolder

MOST = 4  # variants


def draw(
    path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, tracks: TrackFolder, scores: pd.DataFrame,
    genes: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Draw the strongest variants that the tracks cover, each for the label that it changes most."""
    labels = [str(label) for label in card["labels"]]
    found: list[tuple[Locus, float]] = []
    for row, label in strongest_variants(one_row_per_allele(scores), labels):
        locus = _locus(row, label, labels, examples, tracks, genes)
        if not np.isnan(locus.values[REACH]):
            found.append((locus, float(row[f"{label}:difference"])))
        if len(found) == MOST:
            break
    nothing = "no variant lies where the tracks have values"
    draw_loci(path, [locus for locus, _ in found], variants_finding(found), nothing)


def strongest_variants(scores: pd.DataFrame, labels: list[str], most: int = 50 * MOST) -> list[tuple[pd.Series, str]]:
    """Return variants with the label that each changes most, the strongest first and no two in one locus."""
    if scores.empty:
        return []
    sizes = scores[[f"{label}:difference" for label in labels]].abs().fillna(0).to_numpy(float)
    chosen: list[tuple[pd.Series, str]] = []
    for place in np.argsort(-sizes.max(axis=1), kind="stable")[:most]:
        row = scores.iloc[int(place)]
        if all(row["chrom"] != other["chrom"] or abs(row["pos"] - other["pos"]) > REACH for other, _ in chosen):
            chosen.append((row, labels[int(sizes[place].argmax())]))
    return chosen


def _locus(
    row: pd.Series, label: str, labels: list[str], examples: pd.DataFrame, tracks: TrackFolder,
    genes: pd.DataFrame | None,
) -> Locus:  # fmt: skip
    """Return what is drawn around one variant."""
    chrom, center = str(row["chrom"]), int(row["pos"]) - 1
    strands = tracks.paths(label)
    values = tracks.around(label, BOTH if BOTH in strands else next(iter(strands)), [chrom], [center], REACH)[0]
    change = f"{number(row[f'{label}:ref'])} → {number(row[f'{label}:alt'])}"
    title = f"{variant_name(row)}: {shorten(label, 24)} {change}"
    sites, around = known_sites(examples, label, labels, chrom, center), genes_around(genes, chrom, center)
    return Locus(title, chrom, center, label, values, sites, around, None, changed=center)


def in_site(locus: Locus) -> bool:
    """Tell whether a variant lies in a known site of the label that it changes most."""
    own = locus.sites[locus.sites["label"] == locus.label]
    return bool(((own["start"] <= locus.center) & (locus.center < own["end"])).any())


def variants_finding(found: list[tuple[Locus, float]]) -> str:
    """Say how many of the strongest variants break a known site, and how many make one where none is known."""
    if not found:
        return "No variant lies where the tracks have values"
    broken = sum(in_site(locus) and change < 0 for locus, change in found)
    made = sum(not in_site(locus) and change > 0 for locus, change in found)
    return (
        f"Of the {len(found)} strongest variants {broken} lower the prediction at a known site of the label, {made} "
        "raise it where none is known"
    )

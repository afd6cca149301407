"""The variants that change a prediction most, where they lie: the track, known sites and genes around them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from convoscope.evaluation.effects import one_row_per_allele
from convoscope.evaluation.strongest_variants import covered_variants, track_strand
from convoscope.report.allele_letters import alleles_of
from convoscope.report.loci import draw_loci
from convoscope.report.locus import REACH, Locus, genes_around, known_sites
from convoscope.report.variant_panels import variant_name
from convoscope.report.wording import number, shorten
from convoscope.sequence.bigwig import TrackFolder


def draw(
    path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, tracks: TrackFolder, scores: pd.DataFrame,
    variant_letters: pd.DataFrame | None = None, genes: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Draw the strongest variants that the tracks cover, each for the label that it changes most."""
    labels = [str(label) for label in card["labels"]]
    found = [
        (_locus(row, label, labels, examples, tracks, variant_letters, genes), float(row[f"{label}:difference"]))
        for row, label in covered_variants(one_row_per_allele(scores), labels, tracks)
    ]
    nothing = "no variant lies where the tracks have values"
    draw_loci(path, [locus for locus, _ in found], variants_finding(found), nothing)


def _locus(
    row: pd.Series, label: str, labels: list[str], examples: pd.DataFrame, tracks: TrackFolder,
    letters: pd.DataFrame | None, genes: pd.DataFrame | None,
) -> Locus:  # fmt: skip
    """Return what is drawn around one variant."""
    chrom, center = str(row["chrom"]), int(row["pos"]) - 1
    values = tracks.around(label, track_strand(tracks, label), [chrom], [center], REACH)[0]
    change = f"{number(row[f'{label}:ref'])} → {number(row[f'{label}:alt'])}"
    title = f"{variant_name(row)}: {shorten(label, 24)} {change}"
    sites, around = known_sites(examples, label, labels, chrom, center), genes_around(genes, chrom, center)
    return Locus(title, chrom, center, label, values, sites, around, None, alleles=alleles_of(letters, row),
                 changed=center)  # fmt: skip


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
        f"Of the {len(found)} strongest variants {broken or 'none'} lower the prediction at a known site of the label, "
        f"{made or 'none'} raise it where none is known"
    )

"""The strongest held-out site of each label where it lies: its track, its neighbours, genes, and its letters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.evaluation import tracks as evaluation
from convoscope.report.allele_letters import alleles_table
from convoscope.report.locus import (
    LETTERS,
    REACH,
    REST,
    Locus,
    draw_locus,
    genes_around,
    heights_of,
    known_sites,
    letters_of,
    locus_title,
    steps,
)
from convoscope.report.mutation_map_data import Block, make_block
from convoscope.report.style import drawing, headline, mark_parts, say
from convoscope.sequence.bigwig import BOTH, TrackFolder
from convoscope.tables import require_columns

MOST = 6  # loci
NEAR = 100  # bp between the highest prediction and a site that it is of


def draw(
    path: Path, *, examples: pd.DataFrame, predictions: pd.DataFrame, tracks: TrackFolder,
    maps: Mapping[str, np.ndarray] | None = None, genes: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Draw one locus for each of the first labels: that of the held-out site with the highest prediction."""
    labels = list(dict.fromkeys(predictions["label"]))
    require_columns(examples, "examples", [*evaluation.WINDOWS, *labels])
    blocks = _blocks(maps) if maps else {}
    found = [
        _locus(label, row, examples, labels, tracks, blocks.get((str(row["id"]), label)), genes)
        for label in labels[:MOST]
        if (row := strongest_site(examples, predictions, label)) is not None
    ]
    draw_loci(path, found, loci_finding(found), "no label has a site in the test split")


def draw_loci(path: Path, loci: list[Locus], finding: str, nothing: str) -> None:
    """Draw loci below each other, under what they show; or say that there is nothing to draw."""
    heights = [sum(heights_of(locus)) + REST for locus in loci]
    with drawing(path, 0.6 + sum(heights) if loci else 1.6, loci_table(loci)) as figure:
        headline(figure, finding)
        if not loci:
            return say(figure.subplots(), nothing)
        parts: Any = figure.subfigures(len(loci), 1, squeeze=False, height_ratios=heights)[:, 0]
        mark_parts(parts)
        for locus, part in zip(loci, parts, strict=True):
            draw_locus(locus, part)
    return None


def strongest_site(examples: pd.DataFrame, predictions: pd.DataFrame, label: str) -> pd.Series | None:
    """Return the test window of a label that is a site and has the highest prediction; None where there is none."""
    chosen = predictions[(predictions["label"] == label) & (predictions["split"] == "test")]
    table = examples.merge(chosen[["id", "prediction"]], on="id")
    table = table[table[label].notna() & ~table["origin"].isin(evaluation.ON_GENOME)]
    sites = table[evaluation.is_site(table[label].to_numpy(float))]
    return sites.iloc[int(sites["prediction"].argmax())] if len(sites) else None


def _blocks(maps: Mapping[str, np.ndarray]) -> dict[tuple[str, str], Block]:
    """Return the letters of every window that has a mutation map, by window and label."""
    keys = zip(maps["id"].astype(str), maps["label"].astype(str), strict=True)
    return {key: make_block(maps, row, LETTERS) for row, key in enumerate(keys)}


def _locus(
    label: str, row: pd.Series, examples: pd.DataFrame, labels: list[str], tracks: TrackFolder, block: Block | None,
    genes: pd.DataFrame | None,
) -> Locus:  # fmt: skip
    """Return what is drawn around one window."""
    strands = tracks.paths(label)
    reverse = bool(BOTH not in strands and row["strand"] == "-")
    strand = next((one for one in (row["strand"], BOTH) if one in strands), next(iter(strands)))
    chrom, center = str(row["chrom"]), int((row["start"] + row["end"] - reverse) // 2)
    values = tracks.around(label, strand, [chrom], [center], REACH)[0]
    place = f"{chrom}:{row['start'] + 1:,}–{row['end']:,}"
    return Locus(
        locus_title(label, place, float(row["prediction"])), chrom, center, label, values,
        known_sites(examples, label, labels, chrom, center), genes_around(genes, chrom, center), block, reverse,
    )  # fmt: skip


def is_highest(locus: Locus) -> bool:
    """Tell whether the highest prediction of a locus lies at its centre or at another site of its label."""
    if np.isnan(locus.values).all():
        return False
    peak = locus.start + int(np.nanargmax(locus.values))
    own = locus.sites[locus.sites["label"] == locus.label]
    return bool(((own["start"] - NEAR <= peak) & (peak < own["end"] + NEAR)).any())


def in_motif(block: Block) -> bool:
    """Tell whether the letter that counts most lies in a named motif."""
    _, values = letters_of(block)
    best = int(block.places[np.abs(values).argmax()])
    return any(mark.first <= best <= mark.last for mark in block.marks)


def loci_finding(found: list[Locus]) -> str:
    """Say at how many loci the highest prediction is a site's, and whether a motif explains it."""
    if not found:
        return "No label has a site in the test split"
    right = sum(map(is_highest, found))
    words = f"At {right} of {len(found)} loci of the strongest held-out sites the prediction is highest on a known site"
    blocks = [locus.block for locus in found if locus.block is not None]
    if not blocks:
        return words
    return f"{words}; the letter that counts most is in a named motif in {sum(map(in_motif, blocks))} of {len(blocks)}"


def loci_table(found: list[Locus]) -> pd.DataFrame:
    """Return what the figure draws: values, sites, genes and letters, one row each."""
    parts: list[pd.DataFrame] = []
    for locus in found:
        starts, values = steps(locus.values)
        ends = np.append(starts[1:], len(locus.values))
        track = {"part": "track", "start": locus.start + starts, "end": locus.start + ends, "value": values}
        one = [
            pd.DataFrame(track),
            locus.sites.rename(columns={"label": "name"}).assign(part="site"),
            locus.genes[["start", "end", "strand", "name"]].assign(part="gene"),
        ]
        if locus.block is not None:
            _, heights = letters_of(locus.block)
            places = locus.center + (-1 if locus.reverse else 1) * locus.block.places
            letters = {"part": "letter", "start": places, "end": places + 1, "name": list(locus.block.text)}
            one.append(pd.DataFrame(letters).assign(value=heights))
        one += alleles_table(locus.alleles, locus.center)
        parts.append(pd.concat([table for table in one if len(table)]).assign(label=locus.label, chrom=locus.chrom))
    columns = ["label", "chrom", "part", "start", "end", "strand", "name", "value"]
    return pd.concat(parts).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)

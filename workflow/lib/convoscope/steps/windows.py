"""Windows around sites, with labels, negatives and folds."""

import logging
from pathlib import Path

import pandas as pd

from convoscope.config import Split, WindowsSpec
from convoscope.files import replacing
from convoscope.sequence import examples, tables
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.background import Sampled
from convoscope.sequence.contigs import Contigs, contigs_of, require_contigs
from convoscope.sequence.intervals import genome_intervals
from convoscope.sequence.landscape import Landscape, read_sizes
from convoscope.sequence.negatives import draw_negatives
from convoscope.sequence.splits import check_folds

GAP = 10  # bp of unknown bases that are an assembly gap, as NCBI counts; shorter runs count for max_unknown only


def windows(
    *,
    fasta: Path,
    sizes: Path,
    gaps: Path,
    sites: list[Path],
    blacklist: Path | None = None,
    bigwigs: list[Path] | None = None,
    negatives_file: Path | None = None,
    aliases: Path | None = None,
    spec: WindowsSpec,
    windows: Path,
    dropped: Path,
    negatives: Path,
) -> None:
    """Cut labelled windows around the sites of every label, and draw negatives.

    ``sites`` are in the order of ``spec.sites``, ``bigwigs`` in the order of the labels that name one. When too many
    rows are lost, dropped.tsv is written all the same and the error counts the reasons.
    """
    contigs = contigs_of(read_sizes(sizes), spec.windows.rename, aliases)
    spec = spec.model_copy(update={"split": name_split(spec.split, contigs)})
    landscape = read_landscape(fasta, contigs, gaps, blacklist, spec)
    judged, regions = examples.judge(examples.read_labels(sites, spec, contigs), landscape, spec.split)
    lost = judged[judged["reason"] != ""]
    write_losses(dropped, lost, len(judged), spec)
    positives = examples.positive_windows(judged, regions, landscape)
    given = None if negatives_file is None else examples.read_regions(negatives_file, contigs)
    background = examples.background(judged, regions, landscape, given)
    drawn = draw_negatives(spec.negatives.strategy, positives, background, spec.negatives)
    tables.report_shortage(drawn.tally, spec.negatives.strategy)
    table = finish(positives, drawn, judged, landscape, spec, bigwigs or [])
    lost = pd.concat([lost, drawn.dropped.assign(source=spec.negatives.path, label="")])
    with replacing(windows, dropped, negatives) as scratch:
        for path, content in zip(scratch, (table, lost[tables.DROPPED], drawn.tally), strict=True):
            tables.write_table(path, content)
    logging.info("windows: %d rows gave %d windows, %d rows dropped", len(judged), len(positives), len(lost))


def name_split(split: Split, contigs: Contigs) -> Split:
    """Return the split with its chromosomes under the reference's names; refuse those that it does not have."""
    named = {key: require_contigs(getattr(split, key), contigs, f"split.{key}") for key in ("validation", "test")}
    return split.model_copy(update=named)


def read_landscape(fasta: Path, contigs: Contigs, gaps: Path, blacklist: Path | None, spec: WindowsSpec) -> Landscape:
    """Read what windows must not touch."""
    unknown = examples.read_regions(gaps, contigs)
    unknown = unknown[unknown["end"] - unknown["start"] >= GAP]
    avoid = genome_intervals(examples.read_regions(blacklist, contigs), contigs.sizes)
    return Landscape(
        fasta,
        contigs,
        avoid,
        genome_intervals(unknown, contigs.sizes),
        spec.windows.max_unknown,
        spec.windows.length,
        ALPHABETS[spec.alphabet],
        spec.strands,
        spec.direction,
    )


def write_losses(dropped: Path, lost: pd.DataFrame, given: int, spec: WindowsSpec) -> None:
    """Write dropped.tsv and stop if too much was dropped: then it is what the user needs to see."""
    with replacing(dropped) as [scratch]:
        tables.write_table(scratch, lost[tables.DROPPED])
    tables.refuse_losses(lost, given, spec.windows.max_dropped)


def finish(
    positives: pd.DataFrame,
    drawn: Sampled,
    judged: pd.DataFrame,
    landscape: Landscape,
    spec: WindowsSpec,
    bigwigs: list[Path],
) -> pd.DataFrame:
    """Return windows.tsv: positives, then negatives, with labels, groups and folds."""
    extra = drawn.rows.assign(origin=spec.negatives.strategy)
    table = pd.concat([positives, extra.assign(id=tables.name_rows(extra, spec.direction))], ignore_index=True)
    labels = examples.label_matrix(table, judged, spec, bigwigs, landscape.contigs)
    table["group"] = tables.name_blocks(table, spec.split.block)
    table["fold"] = examples.deal_windows(table, labels, landscape, spec.split)
    check_folds(table["fold"].to_numpy(), labels, list(spec.sites), spec.split)
    return tables.arrange(table, labels, list(spec.sites))

"""Windows around sites, with labels, negatives and folds."""

import logging
from pathlib import Path

import pandas as pd

from convoscope.config import Split, WindowsSpec
from convoscope.files import replacing
from convoscope.memory import keep_memory
from convoscope.options import Input
from convoscope.reasons import counted_losses
from convoscope.sequence import examples, losses, tables
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.background import Sampled
from convoscope.sequence.balance import check_folds, report_shares
from convoscope.sequence.contigs import Contigs, contigs_of, require_contigs
from convoscope.sequence.intervals import genome_intervals
from convoscope.sequence.negatives import sample_negatives
from convoscope.sequence.usable_regions import Landscape, read_sizes
from convoscope.tables import write_table

MASKED = 0.05  # share of unknown bases from which on the log says it


def windows(
    *,
    fasta: Input,
    sizes: Input,
    gaps: Input,
    sites: list[Input],
    blacklist: Input | None = None,
    bigwigs: list[Input] | None = None,
    negatives_file: Input | None = None,
    aliases: Input | None = None,
    spec: WindowsSpec,
    windows: Path,
    dropped: Path,
    negatives: Path,
) -> None:
    """Cut labelled windows around the sites of every label, and draw negatives.

    When too many rows are lost, dropped.tsv is written all the same and the error counts the reasons.

    Parameters
    ----------
    fasta
        Reference genome, FASTA: bgzipped and indexed.
    sizes
        Sizes of the contigs: contig and length in bp, no header.
    gaps
        Runs of N in the genome, BED3.
    sites
        Sites of each label, in the order of the section: BED, narrowPeak or a table.
    blacklist
        Regions that no window may touch, BED.
    bigwigs
        Signal of each label that is measured, in the order of the section, bigWig.
    negatives_file
        Regions to take negatives from, BED, if the section says so.
    windows
        Table of the examples to write, windows.tsv.
    negatives
        Table to write of how many negatives were wanted and found.
    """
    keep_memory()
    contigs = contigs_of(read_sizes(sizes), spec.windows.rename, aliases)
    spec = spec.model_copy(update={"split": _name_split(spec.split, contigs)})
    landscape = _read_landscape(fasta, contigs, blacklist, spec)
    _report_unknown(examples.read_regions(gaps, contigs), landscape)
    judged, regions = examples.judge_each_site(examples.read_labels(sites, spec, contigs), landscape, spec.split)
    lost = judged[judged["reason"] != ""]
    _write_losses(dropped, judged, spec)
    positives = examples.positive_windows(judged, regions, landscape)
    given = examples.read_regions(negatives_file, contigs, may_be_empty=False) if negatives_file else None
    background = examples.background(judged, regions, landscape, given)
    drawn = sample_negatives(spec.negatives.strategy, positives, background, spec.negatives)
    tables.report_shortage(drawn.tally, spec.negatives)
    if given is not None:
        _refuse_lost_negatives(given, drawn, spec)
    table, contradicting = _finish(positives, drawn, judged, landscape, spec, bigwigs or [])
    lost = pd.concat([lost, _lost_negatives(drawn, contradicting, spec)])
    with replacing(windows, dropped, negatives) as scratch:
        for path, content in zip(scratch, (table, lost[losses.DROPPED], drawn.tally), strict=True):
            write_table(content, path, None)
    said = counted_losses(lost["reason"])
    logging.info("windows: %d rows gave %d windows; %s", len(judged), len(positives), said)


def _name_split(split: Split, contigs: Contigs) -> Split:
    """Return the split with its chromosomes under the reference's names; refuse those that it does not have."""
    named = {key: require_contigs(getattr(split, key), contigs, f"split.{key}") for key in ("validation", "test")}
    return split.model_copy(update=named)


def _read_landscape(fasta: Path, contigs: Contigs, blacklist: Path | None, spec: WindowsSpec) -> Landscape:
    """Read what windows must not touch."""
    avoid = genome_intervals(examples.read_regions(blacklist, contigs), contigs.sizes)
    return Landscape(
        fasta,
        contigs,
        avoid,
        spec.windows.max_unknown,
        spec.windows.length,
        ALPHABETS[spec.alphabet],
        spec.strands,
        spec.direction,
    )


def _report_unknown(unknown: pd.DataFrame, landscape: Landscape) -> None:
    """Say where much of the reference is unknown: in gaps of the assembly, or because repeats are masked by N."""
    share = float((unknown["end"] - unknown["start"]).sum()) / max(sum(landscape.sizes.values()), 1)
    if share > MASKED:
        logging.info("reference: %.0f %% unknown; windows may have %.0f %%", 100 * share, 100 * landscape.max_unknown)


def _write_losses(dropped: Path, judged: pd.DataFrame, spec: WindowsSpec) -> None:
    """Write dropped.tsv and stop if too much was dropped: then it is what the user needs to see."""
    with replacing(dropped) as [scratch]:
        write_table(judged.loc[judged["reason"] != "", losses.DROPPED], scratch)
    losses.refuse_losses(judged, losses.site_groups(judged), spec.windows.max_dropped)


def _refuse_lost_negatives(given: pd.DataFrame, drawn: Sampled, spec: WindowsSpec) -> None:
    """Stop if too many rows of the file of negatives cannot be used."""
    used = given[~given["line"].isin(drawn.dropped["line"])].assign(reason="")
    rows = pd.concat([drawn.dropped, used]).assign(source=spec.negatives.path)
    losses.refuse_loss(f"negatives.path {spec.negatives.path}", rows, spec.windows.max_dropped)


def _lost_negatives(drawn: Sampled, contradicting: pd.DataFrame, spec: WindowsSpec) -> pd.DataFrame:
    """Return the rows of dropped.tsv that are negatives: rows of a given file, and windows that contradict a site."""
    source = spec.negatives.path or f"negatives {spec.negatives.strategy}"
    lost = drawn.dropped.assign(source=source, label="")
    more = contradicting.assign(source=source, label="", line=0, row=contradicting["id"])
    return pd.concat([lost, more])[losses.DROPPED]


def _finish(
    positives: pd.DataFrame,
    drawn: Sampled,
    judged: pd.DataFrame,
    landscape: Landscape,
    spec: WindowsSpec,
    bigwigs: list[Path],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return windows.tsv, positives, then negatives, with labels, groups and folds; and negatives that contradict."""
    extra = drawn.rows.assign(origin=spec.negatives.strategy)
    table = pd.concat([positives, extra.assign(id=tables.name_rows(extra, spec.direction))], ignore_index=True)
    labels = examples.label_matrix(table, judged, spec, bigwigs, landscape.contigs)
    reasons = examples.contradicting_negatives(table, labels, landscape, spec)
    contradicting, kept = table[reasons != ""].assign(reason=reasons[reasons != ""]), reasons == ""
    table, labels = table[kept].reset_index(drop=True), labels[kept]
    table["group"] = tables.name_blocks(table, spec.split.block)
    table["fold"] = examples.deal_windows(table, labels, landscape, spec.split)
    check_folds(table["fold"].to_numpy(), labels, list(spec.sites), spec.split)
    report_shares(table["fold"].to_numpy(), labels, list(spec.sites), spec.split)
    return tables.arrange(table, labels, list(spec.sites)), contradicting

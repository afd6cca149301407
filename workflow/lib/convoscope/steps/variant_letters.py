"""Verb ``variant-letters``: what the letters around the strongest variants contribute, with either allele."""

import logging
from pathlib import Path

import pandas as pd

from convoscope.config.base import Ends, Mismatch
from convoscope.evaluation.effects import SITE
from convoscope.evaluation.strongest_variants import covered_variants
from convoscope.files import replacing
from convoscope.interpretation.attribution.allele_letters import COLUMNS, allele_letters
from convoscope.options import Input
from convoscope.prediction import ensemble
from convoscope.prediction.variants.allele_windows import (
    Allele,
    AlleleSettings,
    AlleleWindows,
    VariantGenome,
    windows_of,
)
from convoscope.prediction.variants.alleles import trim_alleles
from convoscope.sequence.bigwig import TrackFolder
from convoscope.sequence.contigs import contigs_of_options, match_contigs
from convoscope.sequence.genome import chrom_sizes, indexed
from convoscope.tables import read_table, write_table

log = logging.getLogger(__name__)
NAMED = ["row", "allele", "label"]


def variant_letters(
    *, models: list[Input], genome: Input, scores: Input, tracks: Input, mismatch: Mismatch = "error",
    ends: Ends = "pad", shifts: list[int] | None = None, rename: list[str] | None = None,
    aliases: Input | None = None, table: Path,
) -> None:  # fmt: skip
    """Attribute scores of the strongest variants to the letters around them.

    With REF and with ALT. Of variants that were scored in the windows of sites the table is empty.

    Parameters
    ----------
    scores
        Scores of variants, scores.tsv.gz.
    tracks
        Folder of predictions along the genome; variants where these have no value are left out.
    mismatch, ends
        As they were scored.
    shifts
        As they were scored; letters are those of the window whose centre is nearest to the variant.
    table
        Table to write, one row per variant, allele and letter.
    """
    scored = read_table(scores, "scores", [*Allele._fields, "padded"])
    parts = [pd.DataFrame(columns=[*NAMED, *COLUMNS])]
    if SITE in scored:
        log.info("%s: scored in the windows of sites, for which no letters are shown", scores)
    else:
        networks = ensemble.load(models)
        chosen = list(covered_variants(scored, networks.labels, TrackFolder(tracks)))
        shift = min([0] if shifts is None else shifts, key=abs)
        settings = AlleleSettings(mismatch, ends, (shift,))
        with indexed(genome) as fasta:
            sizes = chrom_sizes(fasta)
            contigs = contigs_of_options(sizes, rename, aliases)
            names = match_contigs(scored["chrom"].unique(), contigs, str(scores)) if len(scored) else {}
            alleles = [Allele(*(row[name] for name in Allele._fields)) for row, _ in chosen]
            windows = windows_of(alleles, VariantGenome(fasta, sizes, names), settings, networks.window)
        for allele, (_, label), [found] in zip(alleles, chosen, windows, strict=True):
            if isinstance(found, AlleleWindows):
                _, *trimmed = trim_alleles(allele.ref.upper(), allele.alt.upper())
                letters = allele_letters(networks, found, (trimmed[0], trimmed[1]), label, shift)
                parts.append(letters.assign(row=allele.row, allele=allele.allele, label=label))
    with replacing(table) as [scratch]:
        write_table(pd.concat([part for part in parts if len(part)] or parts)[parts[0].columns], scratch)

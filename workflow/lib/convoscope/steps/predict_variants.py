"""Verb ``predict-variants``: VCF or BCF to scores per allele and an annotated copy; no allele is lost."""

import gc
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pysam
from tqdm import tqdm

from convoscope import __version__
from convoscope.config.base import Center, Device, Ends, Mismatch, SiteStrand
from convoscope.errors import InputError
from convoscope.files import digest, replacing
from convoscope.options import Input
from convoscope.prediction import ensemble
from convoscope.prediction.direction import choose_direction
from convoscope.prediction.frames import Frames, site_frames
from convoscope.prediction.notices import variants_cannot_tell
from convoscope.prediction.variants.allele_windows import NO_SITE, AlleleSettings, VariantGenome, check_settings
from convoscope.prediction.variants.annotation import annotated_header, info_numbers
from convoscope.prediction.variants.scoring import Chunk, count_outcomes, score_records
from convoscope.prediction.variants.writers import Sinks, VariantLayout, new_fields, open_sinks, write_chunk
from convoscope.sequence.choices import Choices
from convoscope.sequence.contigs import Contigs, contigs_of_options, match_contigs
from convoscope.sequence.genome import chrom_sizes, indexed
from convoscope.sequence.sites import read_sites
from convoscope.sequence.vcf import open_vcf, survey_records
from convoscope.training.device import choose_device, use_threads

log = logging.getLogger(__name__)
# bp that an index of the kind reaches.
FARTHEST = {".tbi": 1 << 29, ".csi": 1 << 31}


def predict_variants(
    *, models: list[Input], genome: Input, vcf: Input, sites: Input | None = None, center: Center = "summit",
    center_column: str | None = None, strand: SiteStrand | None = None, mismatch: Mismatch = "error",
    ends: Ends = "pad", shifts: list[int] | None = None, info: list[str] | None = None, both_strands: bool = False,
    device: Device = "auto", rename: list[str] | None = None, aliases: Input | None = None, gpus: int | None = None,
    threads: int = 1, scores: Path, annotated: Path, dropped: Path,
) -> None:  # fmt: skip
    """Score every allele of a VCF or BCF as the difference ALT - REF.

    The index of the annotated copy is written next to it where the records are sorted. With ``sites`` an allele is
    scored in the window of every site that holds it, as training would place it, a row per allele and site; the
    annotated copy has the scores in the window where a label's prediction differs most.

    Parameters
    ----------
    vcf
        Variants, VCF or BCF: plain, gzipped or bgzipped.
    sites
        Sites in whose windows the alleles are scored, BED or narrowPeak; around the alleles when not given.
    center
        Centre of a site's window; with summit, the midpoint if the file has no summits.
    center_column
        Column of the centre: number from 1, or name; the one that the format has when not given.
    strand
        Direction of the windows of sites: forward (ignore), or the strand of column 6 (site); as in the training
        when not given.
    mismatch
        If REF is not what the genome has: error stops, skip drops the allele, swap accepts it if ALT is.
    ends
        If a window reaches over the end of a contig: pad it with N, or drop the allele.
    shifts
        Distances in bp of the window's centre from the allele (with --sites, from the site's own, downstream of
        it), to average over; 0 when not given.
    info
        Fields of INFO to repeat in the scores.
    scores
        Table of scores to write, .gz.
    annotated
        Copy of the variants to write with the scores in INFO, .vcf.gz.
    """
    use_threads(threads)
    _check_names(scores, annotated)
    choices = Choices(center, center_column)
    networks = ensemble.load(models, choose_device(device, gpus))
    moves = (0,) if shifts is None else tuple(shifts)
    settings = AlleleSettings(mismatch, ends, moves, both_strands)
    check_settings(settings, networks.window, networks.alphabet.name)
    found = survey_records(vcf)
    kinds = [kind for kind, farthest in FARTHEST.items() if found.is_sorted and found.largest < farthest][:1]
    targets = [scores, annotated, dropped, *(annotated.with_name(annotated.name + kind) for kind in kinds)]
    with indexed(genome) as fasta, open_vcf(vcf) as (header, records), replacing(*targets) as scratch:
        sizes = chrom_sizes(fasta)
        contigs = contigs_of_options(sizes, rename, aliases)
        place = VariantGenome(fasta, sizes, match_contigs(found.contigs, contigs, str(vcf), header.lengths))
        if sites is not None:
            settings = settings._replace(frames=_read_frames(sites, choices, strand, contigs, networks))
        layout = _describe(networks, info_numbers(info or [], header, vcf), sites is not None)
        lengths = {contig: sizes.get(place.names.get(contig, "")) for contig in found.contigs}
        lines = annotated_header(header, new_fields(layout), _notes(models, layout), lengths)
        with open_sinks(scratch[:3], lines, layout) as sinks:
            counts = _write_chunks(score_records(records, vcf, place, networks, settings), sinks, found.records)
        _refuse_nothing(counts, vcf)
        for kind in kinds:
            pysam.tabix_index(str(scratch[1]), preset="vcf", force=True, csi=kind == ".csi")
    for stale in FARTHEST.keys() - set(kinds):
        annotated.with_name(annotated.name + stale).unlink(missing_ok=True)
    for what, number in counts.most_common():
        log.info("%s: %s", what, f"{number:,}")


def _check_names(scores: Path, annotated: Path) -> None:
    """Refuse names of files to write that do not say how they are compressed."""
    for path, suffix in ((scores, ".gz"), (annotated, ".vcf.gz")):
        if not path.name.endswith(suffix):
            raise InputError(f"{path}: is written compressed; give it a name that ends in {suffix}")


def _write_chunks(chunks: Iterable[Chunk], sinks: Sinks, records: int) -> Counter[str]:
    """Write what became of the alleles, chunk by chunk under a progress bar, and count it."""
    counts = Counter[str]()
    # A chunk is many objects, for which Python looks for garbage again and again; without all that torch has loaded.
    gc.freeze()
    try:
        with tqdm(total=records, desc="variants", unit=" records", file=sys.stderr) as bar:
            for chunk in chunks:
                write_chunk(chunk, sinks)
                counts += count_outcomes(chunk)
                bar.update(len(chunk))
    finally:
        gc.unfreeze()
    return counts


def _read_frames(
    path: Path, choices: Choices, strand: str | None, contigs: Contigs, networks: ensemble.Ensemble
) -> Frames:
    """Read the windows of sites; log how many rows have none and why, and how many reach over their contig's end."""
    sites = read_sites(path, choices)
    chroms = sites["chrom"].map(match_contigs(sites["chrom"].unique(), contigs, str(path)))
    direction = choose_direction(strand, networks.facts, sites, str(path))
    frames, reasons = site_frames(sites, chroms, contigs.sizes, networks.window, direction)
    lost = pd.Series(reasons[reasons != ""]).value_counts()
    words = ", ".join(f"{number:,} {reason}" for reason, number in lost.items())
    if len(lost) and lost.sum() == len(sites):
        raise InputError(f"{path}: no site has a window: {words}, such as line {sites['line'][0]} ({sites['row'][0]})")
    log.info("sites: windows of %s%s", f"{len(sites) - lost.sum():,}", f"; left out: {words}" if words else "")
    beyond = sum(
        frame.first < 0 or frame.first + frames.length > contigs.sizes[frame.chrom]
        for several in frames.of_contig.values()
        for frame in several
    )
    if beyond:
        log.info("sites: windows of %s reach over the end of their contig; circular contigs are read as linear", beyond)
    return frames


def _describe(networks: ensemble.Ensemble, numbers: Mapping[str, str], in_sites: bool) -> VariantLayout:
    """Return the columns of the scores; say what these cannot tell."""
    unsaid = "" if in_sites else variants_cannot_tell(networks.facts)
    if unsaid:
        log.warning("the scores cannot tell the %s; give the sites with --sites (variants.<name>.sites)", unsaid)
    return VariantLayout(networks.labels, numbers, in_sites, unsaid)


def _refuse_nothing(counts: Counter[str], vcf: Path) -> None:
    """Refuse a file whose alleles cannot be scored: most likely it is of another genome. An empty one is said."""
    if not counts:
        log.warning("%s: no record, so nothing is scored", vcf)
    if counts and not counts["scored"]:
        reasons = ", ".join(f"{number:,} {what.removeprefix('dropped, ')}" for what, number in counts.most_common(5))
        wanted = "sites near the variants, or no --sites" if f"dropped, {NO_SITE}" in counts else ""
        wanted = wanted or "the genome that the variants were called on"
        raise InputError(f"{vcf}: no allele can be scored: {reasons}; give {wanted}")


def _notes(models: list[Path], layout: VariantLayout) -> dict[str, str]:
    """Return what the header of the annotated copy says of the scores' origin."""
    return {
        "convoscopeVersion": __version__,
        "convoscopeScores": "differences are ALT - REF, of the alleles as this file has them",
        "convoscopeCannotTell": layout.cannot_tell and f"the scores cannot tell the {layout.cannot_tell}",
        "convoscopeModels": ", ".join(f"sha256:{digest(path)}" for path in models),
    }

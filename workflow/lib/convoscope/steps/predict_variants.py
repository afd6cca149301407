"""Verb ``predict-variants``: VCF or BCF to scores per allele and an annotated copy; no allele is lost."""

import logging
import sys
from collections import Counter
from pathlib import Path
from typing import cast

import pysam
from tqdm import tqdm

from convoscope import __version__
from convoscope.errors import InputError
from convoscope.files import digest, replacing
from convoscope.prediction import ensemble
from convoscope.prediction.alleles import Mismatch
from convoscope.prediction.placing import Ends, Genome, Settings, check_settings
from convoscope.prediction.rows import field_descriptions, open_sinks, write_chunk
from convoscope.prediction.variants import count, score_records
from convoscope.sequence.annotation import annotated_header, info_numbers
from convoscope.sequence.genome import chrom_sizes, indexed
from convoscope.sequence.vcf import contigs_to_names, open_vcf, survey
from convoscope.training.device import choose_device, use_threads

log = logging.getLogger(__name__)
# bp that an index of the kind reaches.
FARTHEST = {".tbi": 1 << 29, ".csi": 1 << 31}


def predict_variants(
    *, models: list[Path], genome: Path, vcf: Path, mismatch: str = "error", ends: str = "pad",
    shifts: list[int] | None = None, info: list[str] | None = None, both_strands: bool = False, device: str = "auto",
    gpus: int | None = None, threads: int = 1, scores: Path, annotated: Path, dropped: Path,
) -> None:  # fmt: skip
    """Score every allele of a VCF or BCF as ALT - REF, from trained networks and a genome alone.

    The index of the annotated copy is written beside it where the records are sorted.

    Parameters
    ----------
    vcf
        VCF or BCF, plain, gzipped or bgzipped.
    mismatch
        Where REF is not what the genome has: error, skip (the allele is dropped), or swap (accepted if ALT is).
    ends
        Where a window reaches over the end of a contig: pad (with N) or drop.
    shifts
        Distances in letters of the window's centre from the allele, to average over; 0 when not given.
    info
        Fields of INFO to repeat in the scores.
    scores, annotated
        Table of scores (.gz), and a copy of the input with the scores in INFO (.vcf.gz), to write.
    """
    use_threads(threads)
    for path, suffix in ((scores, ".gz"), (annotated, ".vcf.gz")):
        if not path.name.endswith(suffix):
            raise InputError(f"{path}: is written compressed; give it a name that ends in {suffix}")
    networks = ensemble.load(models, choose_device(device, gpus))
    moves = (0,) if shifts is None else tuple(shifts)
    settings = Settings(cast(Mismatch, mismatch), cast(Ends, ends), moves, both_strands)
    check_settings(settings, networks.window, networks.alphabet.name)
    found, counts = survey(vcf), Counter[str]()
    kinds = [kind for kind, farthest in FARTHEST.items() if found.is_sorted and found.largest < farthest][:1]
    targets = [scores, annotated, dropped, *(annotated.with_name(annotated.name + kind) for kind in kinds)]
    with indexed(genome) as fasta, open_vcf(vcf) as (header, records), replacing(*targets) as scratch:
        sizes = chrom_sizes(fasta)
        place = Genome(fasta, sizes, name_contigs(found.contigs, sizes))
        numbers = info_numbers(info or [], header, vcf)
        lengths = {contig: sizes.get(place.names.get(contig, "")) for contig in found.contigs}
        lines = annotated_header(header, field_descriptions(networks.labels), notes(models), lengths)
        with (
            open_sinks(scratch[:3], networks.labels, lines, numbers) as sinks,
            tqdm(total=found.records, desc="variants", unit=" records", file=sys.stderr) as bar,
        ):
            for chunk in score_records(records, vcf, place, networks, settings):
                write_chunk(chunk, sinks)
                counts += count(chunk)
                bar.update(len(chunk))
        refuse_nothing(counts, vcf)
        for kind in kinds:
            pysam.tabix_index(str(scratch[1]), preset="vcf", force=True, csi=kind == ".csi")
    for stale in FARTHEST.keys() - set(kinds):
        annotated.with_name(annotated.name + stale).unlink(missing_ok=True)
    for what, number in counts.most_common():
        log.info("%s: %s", what, f"{number:,}")


def refuse_nothing(counts: Counter[str], vcf: Path) -> None:
    """Refuse a file of alleles of which none can be scored: most likely it is of another genome."""
    if counts and not counts["scored"]:
        reasons = ", ".join(f"{number:,} {what.removeprefix('dropped, ')}" for what, number in counts.most_common(5))
        raise InputError(f"{vcf}: no allele can be scored: {reasons}; give the genome that the variants were called on")


def name_contigs(contigs: list[str], sizes: dict[str, int]) -> dict[str, str]:
    """Find the contigs in the reference; say which have another name there."""
    names = contigs_to_names(contigs, list(sizes))
    renamed = [f"{one} = {other}" for one, other in names.items() if one != other]
    if renamed:
        log.info("contigs under another name in the genome: %s", ", ".join(renamed))
    return names


def notes(models: list[Path]) -> dict[str, str]:
    """Return what the header of the annotated copy says of the scores' origin."""
    return {
        "convoscopeVersion": __version__,
        "convoscopeScores": "differences are ALT - REF, of the alleles as this file has them",
        "convoscopeModels": ", ".join(f"sha256:{digest(path)}" for path in models),
    }

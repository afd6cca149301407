"""Verb ``predict-genome``: trained networks along a whole genome, one bigWig per label; a killed run goes on."""

import logging
import shutil
from contextlib import ExitStack
from pathlib import Path

import torch

from convoscope import __version__
from convoscope.config.base import Device
from convoscope.errors import InputError
from convoscope.files import digest, replacing
from convoscope.models.symmetry import knows_position
from convoscope.options import Input
from convoscope.prediction import ensemble, tracks
from convoscope.prediction.resuming import contig_reader, part_contigs, predict_contigs, prepare
from convoscope.sequence import bigwig
from convoscope.sequence.contigs import Contigs, contigs_of_options, require_contigs
from convoscope.sequence.genome import chrom_sizes, indexed
from convoscope.training.device import choose_device, use_threads

log = logging.getLogger(__name__)


def predict_genome(
    *, models: list[Input], genome: Input, step: int = 10, contigs: list[str] | None = None, max_unknown: float = 0.1,
    both_strands: bool = False, rename: list[str] | None = None, aliases: Input | None = None, device: Device = "auto",
    gpus: int | None = None, threads: int = 1, folder: Path,
) -> None:  # fmt: skip
    """Predict windows at every STEP-th base of a genome, as a bigWig for each label.

    The files are FOLDER/<label>.bw. Networks that know the strand give FOLDER/<label>.plus.bw and
    FOLDER/<label>.minus.bw: windows as each strand reads them.

    Finished contigs are kept next to the folder until all are done. A run with the same networks, genome and settings
    goes on where another was stopped, and gives the same bytes.

    Parameters
    ----------
    step
        Distance between windows in bp, and width of a value of the bigWig.
    contigs
        Contigs to predict; all when not given.
    folder
        Folder to write the bigWigs to.
    """
    if step < 1 or not 0 <= max_unknown <= 1:
        raise InputError(f"--step {step}, --max-unknown {max_unknown}; a step of 1 or more, a share from 0 to 1")
    use_threads(threads)
    torch.set_num_threads(1)  # threads work on pieces of their own
    folder = folder.resolve()
    if folder == folder.parent or (folder.exists() and not folder.is_dir()):
        raise InputError(f"--folder {folder}; a folder, there already or not, for the bigWigs")
    networks = ensemble.load(models, choose_device(device, gpus))
    strands = tracks.strands_of(networks.facts)
    if len(strands) > 1:
        log.info("the networks know the strand: one track per label and strand")
    if knows_position(networks.facts) and step > 1:
        log.info("the networks know position: sites between the windows score less; a step of 1 reads every centre")
    settings = tracks.ScanSettings(step, both_strands, threads, max_unknown, strands)
    parts = folder.with_name(f".unfinished-{folder.name}")
    with indexed(genome) as fasta:
        sizes = chrom_sizes(fasta)
        chosen = _choose_contigs(contigs, contigs_of_options(sizes, rename, aliases), networks.window, step)
        prepare(parts, {"models": [digest(path) for path in models], "genome": digest(genome), "step": step,
                        "both_strands": both_strands, "max_unknown": max_unknown, "strands": "".join(strands),
                        "version": __version__})  # fmt: skip
        pieces = part_contigs(chosen, sizes, parts)
        predict_contigs(networks, fasta, pieces, sizes, settings)
    spans = {chrom: tracks.spans_of(sizes[chrom], networks.window, step, strands) for chrom in chosen}
    read = contig_reader(pieces, {chrom: one.several for chrom, one in spans.items()})
    names = tracks.names_of_tracks(networks.labels, strands)
    bigwig.check_room(folder, sum(one.several for one in spans.values()) * len(names))
    targets = [folder / name for name in bigwig.file_names(names)]
    with replacing(*targets) as scratch, ExitStack() as stack:
        bigwigs = [stack.enter_context(bigwig.open_bigwig(path, sizes)) for path in scratch]
        for chrom in bigwig.in_bigwig_order(chosen):
            values = read(chrom)
            for number, track in enumerate(bigwigs):
                bigwig.add_contig(track, chrom, sizes[chrom], values[:, number], step, spans[chrom].first)
    shutil.rmtree(parts)


def _choose_contigs(wanted: list[str] | None, contigs: Contigs, window: int, step: int) -> list[str]:
    """Return the wanted contigs that hold a window at this step, in the genome's order; refuse unknown ones, none."""
    sizes = contigs.sizes
    names = set(require_contigs(wanted, contigs, "--contigs")) if wanted else sizes
    holds = {chrom: bool(tracks.spans_of(sizes[chrom], window, step).several) for chrom in sizes if chrom in names}
    kept, short = ([chrom for chrom, fits in holds.items() if fits is wanted] for wanted in (True, False))
    if short:
        log.info("%d contigs are too short for a window of %d at a step of %d and get no value: %s", len(short), window,
                 step, ", ".join(short)[:200])  # fmt: skip
    if not kept:
        raise InputError(f"--genome: no contig holds a window of {window} letters at a step of {step}")
    return kept

"""Verb ``predict-bed``: trained networks on the intervals of a BED file; every row is predicted or dropped."""

import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from convoscope.config.base import Center, Device, SiteStrand
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.models.symmetry import knows_position
from convoscope.options import Input
from convoscope.prediction import ensemble, windows
from convoscope.prediction.direction import choose_direction
from convoscope.prediction.tracks import ScanSettings
from convoscope.sequence.choices import Choices
from convoscope.sequence.contigs import contigs_of_options
from convoscope.sequence.genome import chrom_sizes, indexed
from convoscope.sequence.sites import read_sites
from convoscope.tables import write_table
from convoscope.training.device import choose_device, use_threads

log = logging.getLogger(__name__)


def predict_bed(
    *, models: list[Input], genome: Input, bed: Input, center: Center = "summit", center_column: str | None = None,
    strand: SiteStrand | None = None, rename: list[str] | None = None, aliases: Input | None = None,
    max_unknown: float = 0.1, both_strands: bool = False, device: Device = "auto", gpus: int | None = None,
    threads: int = 1, predictions: Path, dropped: Path,
) -> None:  # fmt: skip
    """Predict the window around the centre of every interval of a BED.

    The table has one row per interval in the file's order: its line, place, name, start of its window, and for each
    label the mean over the networks and their standard deviation (``<label>:spread``). Windows that are read in their
    interval's direction also have its strand.

    Parameters
    ----------
    bed
        Intervals: BED3, BED6, narrowPeak or broadPeak.
    center
        Centre of the window; with summit, the midpoint if the file has no summits.
    center_column
        Column of the centre: number from 1, or name; column 10 of a narrowPeak when not given.
    strand
        Direction of the windows: forward (ignore), or the strand of column 6 (site); as in the training when not
        given.
    predictions
        Table to write; gzipped if its name ends in .gz.
    """
    if not 0 <= max_unknown <= 1:
        raise InputError(f"--max-unknown {max_unknown}; a share from 0 to 1")
    use_threads(threads)
    networks = ensemble.load(models, choose_device(device, gpus))
    sites = read_sites(bed, Choices(center, center_column))
    direction = choose_direction(strand, networks.facts, sites, str(bed))
    if knows_position(networks.facts):
        log.info("the networks know position: intervals must be centred as the sites of the training were")
    settings = ScanSettings(1, both_strands, threads, max_unknown)
    with indexed(genome) as fasta, replacing(predictions, dropped) as [scratch, rest]:
        contigs = contigs_of_options(chrom_sizes(fasta), rename, aliases)
        places = windows.place_sites(sites, contigs, networks.window, str(bed), direction)
        reasons = places["reason"].to_numpy(object)
        usable = np.flatnonzero(reasons == "")
        with (
            windows.open_table(scratch, predictions) as sink,
            tqdm(total=len(usable), desc="intervals", unit=" windows", file=sys.stderr) as bar,
        ):
            for rows, mean, spread, why in windows.predict_places(
                networks, fasta, places.iloc[usable], settings, direction
            ):
                reasons[usable[rows]] = why
                fine, here = why == "", usable[rows[why == ""]]
                names = ["line", "chrom", "start", "end", "name", *(["strand"] if direction == "site" else [])]
                keys = sites[names].iloc[here].assign(window_start=places["start"].to_numpy()[here])
                columns = keys.to_dict("list")
                windows.write_values(sink, columns, networks.labels, (mean[fine], spread[fine]), header=not rows[0])
                bar.update(len(rows))
        _write_dropped(rest, bed, sites.assign(source=str(bed), reason=reasons))


def _write_dropped(path: Path, bed: Path, sites: pd.DataFrame) -> None:
    """Write the rows that were not predicted and log their number by reason; raise if none could be predicted."""
    lost = sites[sites["reason"] != ""]
    counts = ", ".join(f"{number:,} {reason}" for reason, number in lost["reason"].value_counts().items())
    if len(lost) == len(sites):
        line, row = lost[["line", "row"]].iloc[0]
        raise InputError(f"{bed}: no interval can be predicted: {counts}, such as line {line} ({row[:60]})")
    write_table(lost[["source", "line", "row", "reason"]], path)
    log.info("intervals: %s predicted%s", f"{len(sites) - len(lost):,}", f"; dropped: {counts}" if counts else "")

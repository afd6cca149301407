"""Contigs that are predicted one after the other into small files, so that a stopped run can go on."""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from tqdm import tqdm

from convoscope.files import read_json, replacing, write_json
from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.tracks import Contig, ScanSettings, predict_contig, spans_of
from convoscope.sequence.codes import write_array
from convoscope.sequence.genome import open_fasta

NOTE = "fingerprint.json"
BAR = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total:.1f} Mb [{elapsed}<{remaining}, {rate_fmt}]"


def prepare(parts: Path, fingerprint: Mapping[str, Any]) -> None:
    """Make the folder of finished contigs; what was left there under another fingerprint goes."""
    note = parts / NOTE
    if parts.exists() and not (note.is_file() and read_json(note) == fingerprint):
        shutil.rmtree(parts)
    parts.mkdir(parents=True, exist_ok=True)
    write_json(note, fingerprint)


def part_of(parts: Path, chrom: str) -> Path:
    """Return the file of a finished contig."""
    return parts / (quote(chrom, safe="") + ".npy")


def predict_contigs(
    networks: Ensemble, fasta: Path, contigs: Sequence[str], settings: ScanSettings, parts: Path
) -> None:
    """Write the predictions ``(spans, strands * labels)`` float32 of every contig that is not there yet.

    Parameters
    ----------
    networks
        The ensemble.
    fasta
        Indexed FASTA.
    contigs
        Names of contigs in it.
    settings
        How it is scanned.
    parts
        Folder of the finished contigs.
    """
    with open_fasta(fasta) as genome:
        sizes = {chrom: genome.get_reference_length(chrom) for chrom in contigs}
        done = [chrom for chrom in contigs if part_of(parts, chrom).is_file()]
        with tqdm(total=sum(sizes.values()) / 1e6, initial=sum(sizes[chrom] for chrom in done) / 1e6,
                  desc="genome", unit="Mb", file=sys.stderr, bar_format=BAR) as bar:  # fmt: skip
            for chrom in contigs:
                if chrom in done:
                    continue
                contig = Contig(f"{fasta}: {chrom}", sizes[chrom], partial(genome.fetch, chrom))
                spans = spans_of(contig.size, networks.window, settings.step, settings.strands)
                shape = (spans.several, len(settings.strands) * len(networks.labels))
                with replacing(part_of(parts, chrom)) as [scratch]:
                    found = with_progress(predict_contig(networks, contig, settings), bar)
                    write_array(scratch, np.float32, shape, found)


def with_progress(found: Iterator[tuple[np.ndarray, int]], bar: Any) -> Iterator[np.ndarray]:
    """Yield the arrays, and let a progress bar in Mb advance by the bp of each."""
    for values, length in found:
        yield values
        bar.update(length / 1e6)

"""Contigs that are predicted part by part into small files, so that a stopped run can go on."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import accumulate, compress, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
from tqdm import tqdm

from convoscope.files import read_json, replacing, write_json
from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.tracks import STRETCH, Contig, ScanSettings, predict_contig, predict_joined, spans_of
from convoscope.sequence.codes import write_array
from convoscope.sequence.genome import open_fasta

NOTE = "fingerprint.json"
SHORT = 1 << 15  # bp below which a contig is predicted together with its neighbours
OPENED = 64  # parts that are open at once
BAR = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total:.1f} Mb [{elapsed}<{remaining}, {rate_fmt}]"


def prepare(parts: Path, fingerprint: Mapping[str, Any]) -> None:
    """Make the folder of finished contigs; what was left there under another fingerprint goes."""
    note = parts / NOTE
    if parts.exists() and not (note.is_file() and read_json(note) == fingerprint):
        shutil.rmtree(parts)
    parts.mkdir(parents=True, exist_ok=True)
    write_json(note, fingerprint)


class Part(NamedTuple):
    """Contigs that are predicted together, the file of their predictions, and whether they are joined."""

    path: Path
    contigs: list[str]
    joined: bool


def part_of(parts: Path, chrom: str) -> Path:
    """Return the file of a finished contig."""
    return parts / (quote(chrom, safe="") + ".npy")


def part_contigs(contigs: Sequence[str], sizes: Mapping[str, int], parts: Path) -> list[Part]:
    """Part contigs into those that are predicted together: long ones alone, short ones with those that follow them.

    The parts depend on nothing but the contigs, so that a stopped run finds its own again.
    """
    found: list[Part] = []
    bp = np.cumsum([0, *(sizes[chrom] for chrom in contigs)])
    # Neighbours with the same key are one part: short contigs that begin in the same stretch of bp.
    keys = [(chrom, 0) if sizes[chrom] >= SHORT else ("", start // STRETCH)
            for chrom, start in zip(contigs, bp.tolist(), strict=False)]  # fmt: skip
    for (alone, _), group in groupby(zip(contigs, keys, strict=True), key=itemgetter(1)):
        names = [chrom for chrom, _ in group]
        path = part_of(parts, alone) if alone else parts / f"+{name_of_many(names)}.npy"
        found.append(Part(path, names, joined=not alone))
    return found


def name_of_many(names: Sequence[str]) -> str:
    """Return a short name for a list of names."""
    return blake2b("\n".join(names).encode(), digest_size=16).hexdigest()


def predict_contigs(
    networks: Ensemble, fasta: Path, parts: Sequence[Part], sizes: Mapping[str, int], settings: ScanSettings
) -> None:
    """Write the predictions ``(spans, strands * labels)`` float32 of every part that is not there yet.

    Parameters
    ----------
    networks
        The ensemble.
    fasta
        Indexed FASTA.
    parts
        Of `part_contigs`.
    sizes
        Lengths of the contigs.
    settings
        How it is scanned.
    """
    lengths = [sum(sizes[chrom] for chrom in part.contigs) / 1e6 for part in parts]
    done = [part.path.is_file() for part in parts]
    with (
        open_fasta(fasta) as genome,
        tqdm(total=sum(lengths), initial=sum(compress(lengths, done)), desc="genome", unit="Mb", file=sys.stderr,
             bar_format=BAR) as bar,
    ):  # fmt: skip
        for part in (part for part, there in zip(parts, done, strict=True) if not there):
            contigs = [
                Contig(f"{fasta}: {chrom}", sizes[chrom], partial(genome.fetch, chrom)) for chrom in part.contigs
            ]
            spans = [spans_of(contig.size, networks.window, settings.step, settings.strands) for contig in contigs]
            shape = (sum(one.several for one in spans), len(settings.strands) * len(networks.labels))
            found = (
                predict_joined(networks, contigs, settings)
                if part.joined
                else predict_contig(networks, contigs[0], settings)
            )
            with replacing(part.path) as [scratch]:
                write_array(scratch, np.float32, shape, with_progress(found, bar))


def with_progress(found: Iterator[tuple[np.ndarray, int]], bar: Any) -> Iterator[np.ndarray]:
    """Yield the arrays, and let a progress bar in Mb advance by the bp of each."""
    for values, length in found:
        yield values
        bar.update(length / 1e6)


def contig_reader(parts: Sequence[Part], several: Mapping[str, int]) -> Callable[[str], np.ndarray]:
    """Return the function from a contig to its predictions ``(spans, strands * labels)``, memory-mapped.

    ``several`` is the number of spans of every contig.
    """
    place: dict[str, tuple[Path, int]] = {}
    for part in parts:
        starts = accumulate((several[chrom] for chrom in part.contigs), initial=0)
        place |= {chrom: (part.path, start) for chrom, start in zip(part.contigs, starts, strict=False)}

    @lru_cache(maxsize=OPENED)
    def opened(path: Path) -> np.ndarray:
        return np.asarray(np.load(path, mmap_mode="r"))  # slices of a memmap itself take five times as long

    def read(chrom: str) -> np.ndarray:
        path, start = place[chrom]
        return opened(path)[start : start + several[chrom]]

    return read

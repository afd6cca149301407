"""Windows on a genome with negatives, and their codes."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.sequence import base_counts
from rows.base import CONTIGS, LENGTH, Peer, Row, genome, timed, verb

COUNT, WINDOW = 200_000, 200
SITES = 100_000
SPLIT = {"strategy": "chromosomes", "validation": ["chr1"], "test": ["chr2"]}


def draw_windows(folder: Path) -> Path:
    """Write windows at random places in a table as `windows` writes it; return the file."""
    path, generator = folder / "windows.tsv", np.random.default_rng(4)
    if not path.exists():
        chrom = np.sort(generator.integers(CONTIGS, size=COUNT))
        start = generator.integers(LENGTH - WINDOW, size=COUNT)
        pd.DataFrame({
            "id": [f"w{number}" for number in range(COUNT)], "chrom": [f"chr{number + 1}" for number in chrom],
            "start": start, "end": start + WINDOW, "strand": ".", "origin": "positive", "group": chrom,
            "fold": np.where(chrom == 0, "validation", np.where(chrom == 1, "test", "train")),
            "y": generator.integers(2, size=COUNT),
        }).to_csv(path, sep="\t", index=False)  # fmt: skip
    return path


def _codes(script: str, against: str, least: float, folder: Path) -> Row:
    """Return the row of the whole verb `encode` compared with a peer that writes codes or returns one-hot codes."""
    fasta, windows = genome(folder), draw_windows(folder)
    spec = json.dumps({"labels": ["y"], "split": SPLIT})
    mine = partial(verb, "encode", "--fasta", fasta, "--windows", windows, "--inputs", f"{fasta}.fai", "--spec", spec,
                   "--codes", folder / "codes.npy", "--card", folder / "card.json")  # fmt: skip
    peer = Peer(folder, script, fasta, windows, folder / "plain.npy")

    def check() -> None:
        mine()
        answer = peer.answer()
        expected = answer["one_hot"].argmax(1) if "one_hot" in answer else np.load(folder / "plain.npy")
        np.testing.assert_array_equal(np.load(folder / "codes.npy"), expected)

    title = f"`encode`, {COUNT:,} windows of {WINDOW} bp, with its card and checksums"
    return Row(title, against, least, check, timed(mine), peer, "equal")


codes = partial(_codes, "plain_codes", "pysam loop", 3.0)
codes_bedtools = partial(_codes, "plain_bedtools", "bedtools getfasta, numpy", 5.0)
codes_tangermeme = partial(_codes, "tangermeme_windows", "tangermeme extract_loci, in memory", 3.0)


def draw_sites(folder: Path, count: int = SITES, length: int = LENGTH) -> Path:
    """Write sites at random places as BED, with the tables that `windows` reads of the reference; return the file."""
    path, generator = folder / "sites.bed", np.random.default_rng(5)
    if not path.exists():
        starts = generator.integers(2_000, length - 2_000, count)
        rows = zip(np.sort(generator.integers(CONTIGS, size=count)), starts, strict=True)
        path.write_text("".join(f"chr{number + 1}\t{start}\t{start + 50}\n" for number, start in rows))
        (folder / "sizes").write_text("".join(f"chr{number + 1}\t{length}\n" for number in range(CONTIGS)))
        (folder / "gaps.bed").touch()
    return path


def negatives(folder: Path) -> Row:
    """Return the row of the verb `windows` with one GC-matched negative for each site."""
    fasta, sites = genome(folder), draw_sites(folder)
    spec = {"sites": {"y": {"path": str(sites)}}, "windows": {"length": WINDOW, "bin": 50}, "split": SPLIT,
            "negatives": {"strategy": "gc_matched", "ratio": 1, "distance": 0}}  # fmt: skip
    words = ["--fasta", fasta, "--sizes", folder / "sizes", "--gaps", folder / "gaps.bed", "--sites", sites, "--spec",
             json.dumps(spec), "--windows", folder / "made.tsv", "--dropped", folder / "dropped.tsv", "--negatives",
             folder / "negatives.tsv"]  # fmt: skip
    peer = Peer(folder, "tangermeme_loci", fasta, sites)

    def mine() -> None:
        base_counts._base_counts.cache_clear()  # each call reads the genome, as the peer does
        verb("windows", *words)

    def check() -> None:
        mine()
        made = pd.read_csv(folder / "made.tsv", sep="\t", usecols=["origin"])["origin"]
        assert (made == "gc_matched").sum() > 0.99 * SITES
        assert peer.answer()["rows"] > 0.99 * SITES

    title = (
        f"`windows`, {SITES:,} sites with a GC-matched negative each, 60 Mb, labels, folds, checks for contradictions"
    )
    return Row(title, "tangermeme extract_matching_loci, negatives alone", 1.5, check, timed(mine), peer, "numbers")

"""Codes of windows on a genome."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from rows.base import CONTIGS, LENGTH, Peer, Row, genome, timed, verb

COUNT, WINDOW = 200_000, 200
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


def codes(folder: Path) -> Row:
    """Return the row of the verb `encode`, whole."""
    fasta, windows = genome(folder), draw_windows(folder)
    spec = json.dumps({"labels": ["y"], "split": SPLIT})
    mine = partial(verb, "encode", "--fasta", fasta, "--windows", windows, "--inputs", f"{fasta}.fai", "--spec", spec,
                   "--codes", folder / "codes.npy", "--card", folder / "card.json")  # fmt: skip
    peer = Peer(folder, "plain_codes", fasta, windows, folder / "plain.npy")

    def check() -> None:
        mine()
        peer()
        np.testing.assert_array_equal(np.load(folder / "codes.npy"), np.load(folder / "plain.npy"))

    title = f"`encode`, {COUNT:,} windows of {WINDOW} bp, with its card and checksums"
    return Row(title, "pysam loop", 3.0, check, timed(mine), peer, "equal")

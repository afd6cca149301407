"""What grows in the curves of `scale.py`, and what each point of them costs.

Single verbs of this checkout run on a simulated genome or on simulated cells. The CPU time is user and system of the
verb's process, the memory its largest resident set, as the kernel counts both.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import genome
import numpy as np

from convoscope.models import all_options

SCALE = 0.02  # of GRCh38's lengths: 62 Mb
BP = 20_000_000  # of a genome that is cut into contigs
SPLIT = {"strategy": "chromosomes", "validation": ["chr1", "chr2", "chr3"], "test": ["chr4", "chr5", "chr6", "chr7"]}
SITES = {"labels": 100_000, "window": 5_000, "filters": 2_000}
CELLS = 2_160  # of one field for each of twelve localisations, five proteins and three plates
CUT = {"crops": {"channels": ["marker", "protein"]}, "labels": ["label"], "groups": ["protein", "plate", "field"]}
CROPS = json.dumps(CUT | {"cells": {"path": "simulated/cells.tsv", "form": "centres"}})
SPLIT_CELLS = json.dumps(CUT | {"normalise": {"strategy": "log", "scope": "crop"}, "split": {"by": ["protein"]}})
STEPS: dict[str, tuple[int, ...]] = {
    "sites": (30_000, 100_000, 300_000, 1_000_000),
    "labels": (10, 100, 1_000),
    "window": (200, 1_000, 5_000),
    "contigs": (1, 1_000, 10_000, 100_000),
    "filters": (16, 64, 256, 1_024),
    "cells": (2_160, 6_480, 19_440),
}
VERBS = {"sites": "windows", "labels": "windows", "window": "windows, encode", "contigs": "predict-genome",
         "filters": "motifs, match", "cells": "crops, split-cells,\ntrain"}  # fmt: skip


class Files(NamedTuple):
    """The three files of a dataset."""

    examples: str = "windows.tsv"
    codes: str = "codes.npy"
    card: str = "card.json"


class Cost(NamedTuple):
    """What a process took."""

    cpu: float
    memory: float


def verb(folder: Path, *words: object) -> Cost:
    """Run a verb in a folder, and return its CPU seconds and its largest resident set in MB."""
    with open(folder / "log", "wb") as log:
        command = [sys.executable, "-m", "convoscope", *map(str, words)]
        child = subprocess.Popen(command, cwd=folder, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)[:300]}\n{(folder / 'log').read_text(errors='replace')[-400:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def prepare(folder: Path) -> None:
    """Make a small genome and its reference, and a network to predict with."""
    if not (folder / "genome.fa").exists():
        genome.main(folder, 5_000, SCALE)
    if not (folder / "provenance.json").exists():
        verb(folder, "reference", "--spec", '{"mirrors": ["genome.fa"]}', "--fasta", "genome.fa.gz", "--sizes",
             "chrom.sizes", "--gaps", "gaps.bed", "--provenance", "provenance.json")  # fmt: skip
    if not (folder / "model.safetensors").exists():
        windows(folder, {"y": draw_sites(folder, 2_000)}, 101)
        encode(folder, ["y"])
        verb(folder, "train", "--examples", "windows.tsv", "--codes", "codes.npy", "--card", "card.json", "--fold",
             "holdout", "--seed", 1, "--model", '{"name": "deepbind"}', "--training", '{"epochs": 1}', "--device",
             "cpu", "--trained", "model.safetensors", "--history", "history.tsv")  # fmt: skip


def draw_sites(folder: Path, count: int, name: str = "drawn.bed", seed: int = 1) -> str:
    """Write random sites on the small genome; return the file's name."""
    generator = np.random.default_rng(seed)
    names = list(genome.LENGTHS)
    chroms = generator.integers(len(names), size=count)
    lengths = np.array([int(length * SCALE) for length in genome.LENGTHS.values()])
    starts = generator.integers(3_000, lengths[chroms] - 3_000)
    rows = (f"{names[chrom]}\t{start}\t{start + 50}\n" for chrom, start in zip(chroms, starts.tolist(), strict=True))
    (folder / name).write_text("".join(rows), encoding="utf-8")
    return name


def windows(folder: Path, sites: dict[str, str], length: int, negatives: str = "dinucleotide_shuffle") -> Cost:
    """Cut windows; as negatives shuffles, one each, or those of other labels."""
    spec = {
        "sites": {label: {"path": path} for label, path in sites.items()},
        "windows": {"length": length, "bin": 50 + length % 2, "max_dropped": 0.9},
        "negatives": {"strategy": negatives},
        "split": SPLIT,
    }
    return verb(folder, "windows", "--fasta", "genome.fa.gz", "--sizes", "chrom.sizes", "--gaps", "gaps.bed", "--sites",
                *sites.values(), "--spec", json.dumps(spec), "--windows", "windows.tsv", "--dropped", "dropped.tsv",
                "--negatives", "negatives.tsv")  # fmt: skip


def encode(folder: Path, labels: list[str]) -> Cost:
    """Encode the windows."""
    return verb(folder, "encode", "--fasta", "genome.fa.gz", "--windows", "windows.tsv", "--inputs", "chrom.sizes",
                "--spec", json.dumps({"labels": labels, "split": SPLIT}), "--codes", "codes.npy", "--card",
                "card.json")  # fmt: skip


def by_sites(folder: Path, count: int) -> Cost:
    """Cut windows of 200 bp around sites of one label."""
    return windows(folder, {"y": draw_sites(folder, count)}, 200)


def by_labels(folder: Path, count: int) -> Cost:
    """Cut windows around the same number of sites, of more labels."""
    each = SITES["labels"] // count
    files = {f"y{number}": draw_sites(folder, each, f"drawn{number}.bed", number) for number in range(count)}
    return windows(folder, files, 200, "other_labels")


def by_window(folder: Path, length: int) -> Cost:
    """Cut and encode longer windows around the same sites."""
    return together(windows(folder, {"y": draw_sites(folder, SITES["window"])}, length), encode(folder, ["y"]))


def by_contigs(folder: Path, count: int) -> Cost:
    """Predict a genome of one length, cut into more contigs."""
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)[np.random.default_rng(1).integers(4, size=BP, dtype=np.uint8)]
    rows = letters.reshape(count, -1)
    with open(folder / "cut.fa", "wb") as fasta:
        for number, row in enumerate(rows):
            fasta.write(b">contig%d\n%s\n" % (number, row.tobytes()))
    return verb(folder, "predict-genome", "--models", "model.safetensors", "--genome", "cut.fa", "--step", 10,
                "--device", "cpu", "--folder", "tracks")  # fmt: skip


def together(*costs: Cost) -> Cost:
    """Return what several processes took, one after another."""
    return Cost(sum(cost.cpu for cost in costs), max(cost.memory for cost in costs))


def train(folder: Path, files: Files, model: str, options: dict[str, Any]) -> Cost:
    """Train a network for one epoch; its options are left to nobody else."""
    section = json.dumps({"name": model, "options": all_options(model, options)})
    return verb(folder, "train", "--examples", files.examples, "--codes", files.codes, "--card", files.card, "--fold",
                "holdout", "--seed", 1, "--model", section, "--training", '{"epochs": 1, "fresh_shuffles": false}',
                "--device", "cpu", "--trained", "grown.safetensors", "--history", "history.tsv")  # fmt: skip


def by_filters(folder: Path, count: int) -> Cost:
    """Find motifs of a network with more filters on the same windows, and compare them with JASPAR."""
    windows(folder, {"y": draw_sites(folder, SITES["filters"])}, 101)
    encode(folder, ["y"])
    train(folder, Files(), "deepbind", {"filters": count})
    found = verb(folder, "motifs", "--models", "grown.safetensors", "--windows", "windows.tsv", "--codes", "codes.npy",
                 "--card", "card.json", "--spec", "{}", "--motifs", "filters.meme", "--filters", "filters.npz",
                 "--table", "filters.tsv", "--positions", "positions.tsv")  # fmt: skip
    return together(found, verb(folder, "match", "--motifs", "filters.meme", "--table", "filters.tsv", "--spec", "{}",
                                "--matches", "matches.tsv"))  # fmt: skip


def by_cells(folder: Path, count: int) -> Cost:
    """Cut more cells from more fields, split them, and train a LeNet on them for one epoch."""
    table, spec = "simulated/cells.tsv", {"fields": count // CELLS}
    verb(folder, "simulate-cells", "--spec", json.dumps(spec), "--folder", "simulated")
    cut = verb(folder, "crops", "--table", table, "--spec", CROPS, "--cut", "cut.tsv", "--codes", "crops.npy",
               "--dropped", "dropped.tsv")  # fmt: skip
    split = verb(folder, "split-cells", "--cut", "cut.tsv", "--codes", "crops.npy", "--inputs", table, "--spec",
                 SPLIT_CELLS, "--examples", "crops.tsv", "--card", "crops.json")  # fmt: skip
    return together(cut, split, train(folder, Files("crops.tsv", "crops.npy", "crops.json"), "lenet", {}))


MEASURES = {"sites": by_sites, "labels": by_labels, "window": by_window, "contigs": by_contigs,
            "filters": by_filters, "cells": by_cells}  # fmt: skip

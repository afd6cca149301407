"""The rows of `gpu.py`: each function measures some of them by the verbs and the training loop of the product."""

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import torch
from rows.base import CONTIGS, genome, verb
from rows.training import IMAGES, draw_examples, trainer
from rows.windows import SPLIT, draw_sites
from torch.utils.flop_counter import FlopCounterMode

from convoscope.config import Training
from convoscope.models import all_options, build

if TYPE_CHECKING:
    from gpu import Bench

HUMAN = 3_100_000_000  # bp
DRAWN = 32  # trials of the search
SHORT = 200  # bp of the windows of trials
ROUNDS = 10


def seconds(function: Callable[[], Any]) -> float:
    """Return the wall time of a call, in which a GPU finishes its work."""
    began = time.monotonic()
    function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.monotonic() - began


def best(function: Callable[[], Any]) -> float:
    """Return the shortest wall time of several calls."""
    return min(seconds(function) for _ in range(ROUNDS))


def ceilings(bench: "Bench", _: dict[str, Any]) -> dict[str, float]:
    """Measure how fast the device copies, and multiplies matrices in bfloat16."""
    size = bench.sizes.matrix
    matrix = torch.randn(size, size, device=bench.device).to(torch.bfloat16)
    letters = torch.zeros(64 * size * size // 2, dtype=torch.uint8, device=bench.device)
    target = torch.empty_like(letters)
    copied = best(lambda: target.copy_(letters))
    return {"copy": 2 * letters.numel() / copied / 1e9, "matmul": 2 * size**3 / best(lambda: matrix @ matrix) / 1e12}


def cut(bench: "Bench", length: int) -> Path:
    """Cut and encode windows around random sites, with a shuffle of each; return their folder."""
    sizes, folder = bench.sizes, bench.folder / f"windows{length}"
    folder.mkdir(exist_ok=True)
    fasta, sites = genome(folder, sizes.contig), draw_sites(folder, sizes.sites, sizes.contig)
    spec = {"sites": {"y": {"path": str(sites)}}, "windows": {"length": length, "bin": 50, "max_dropped": 0.9},
            "split": SPLIT, "negatives": {"strategy": "dinucleotide_shuffle"}}  # fmt: skip
    verb("windows", "--fasta", fasta, "--sizes", folder / "sizes", "--gaps", folder / "gaps.bed", "--sites", sites,
         "--spec", json.dumps(spec), "--windows", folder / "windows.tsv", "--dropped", folder / "dropped.tsv",
         "--negatives", folder / "negatives.tsv")  # fmt: skip
    verb("encode", "--fasta", fasta, "--windows", folder / "windows.tsv", "--inputs", f"{fasta}.fai", "--spec",
         json.dumps({"labels": ["y"], "split": SPLIT}), *dataset(folder)[2:])  # fmt: skip
    return folder


def dataset(folder: Path) -> list[object]:
    """Return the options of a verb that name the files of a dataset."""
    names = {"examples": "windows.tsv", "codes": "codes.npy", "card": "card.json"}
    return [word for name, file in names.items() for word in (f"--{name}", folder / file)]


class Watch:
    """The share of time in which the GPU works, as the driver says ten times a second."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, float]] = []
        index = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
        query = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "100"]
        self.child = subprocess.Popen([*query, "-i", index], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Note what the driver says, and when."""
        for line in self.child.stdout or []:
            self.samples.append((time.monotonic(), float(line)))

    def mean(self, last: float) -> float:
        """Stop, and return the mean of the last seconds."""
        now = time.monotonic()
        self.child.terminate()
        shares = [share for when, share in self.samples if when > now - last]
        return sum(shares) / len(shares) if shares else math.nan


def basset(bench: "Bench", _: dict[str, Any]) -> dict[str, float]:
    """Train on windows of a genome, by the verbs; the pace is that of the last epoch, validation not counted."""
    genome(bench.folder / "windows600", bench.sizes.contig)
    began = time.monotonic()
    folder = cut(bench, 600)
    watch = Watch() if bench.device == "cuda" else None
    settings = {"epochs": bench.sizes.epochs, "batch_size": bench.sizes.batch, "precision": "bfloat16",
                "monitor": "none", "fresh_shuffles": False}  # fmt: skip
    model = {"name": "basset", "options": all_options("basset", bench.sizes.options)}
    verb("train", *dataset(folder), "--fold", "holdout", "--seed", 1, "--model", json.dumps(model), "--training",
         json.dumps(settings), "--device", bench.device, "--trained", folder / "model.safetensors", "--history",
         folder / "history.tsv")  # fmt: skip
    took = time.monotonic() - began
    history = pd.read_csv(folder / "history.tsv", sep="\t")
    trained = history[history["split"] == "train"]
    settled = history[history["epoch"] > 1]["seconds"].sum()
    busy = {"busy": watch.mean(settled)} if watch else {}
    seen = (trained["examples_per_second"] * trained["seconds"]).sum()
    return {"basset": trained["examples_per_second"].iloc[-1], "whole": seen / took, **busy}


def deepyeast(bench: "Bench", found: dict[str, Any]) -> dict[str, float]:
    """Train on images in memory; its products and sums per second, as a share of those of a product of matrices."""
    sizes, space = bench.sizes, (bench.sizes.side, bench.sizes.side)
    network = build("deepyeast", 2, space, len(IMAGES["labels"]), {})
    with FlopCounterMode(display=False) as counter:
        network(torch.rand(2, 2, *space)).sum().backward()
    settings = Training(epochs=2, batch_size=sizes.image_batch, precision="bfloat16", monitor="none")
    examples = draw_examples(bench.folder, True, sizes.images, space)
    rows = trainer(bench.folder, "deepyeast", space, examples, settings, bench.device)()
    pace = [row.examples_per_second for row in rows if row.split == "train"][-1]
    return {"deepyeast": 100 * pace * counter.get_total_flops() / 2 / (found["matmul"] * 1e12)}


def trials(bench: "Bench", _: dict[str, Any]) -> dict[str, float]:
    """Run trials of a search as processes, at once on one device, and some of them one after another."""
    folder, count = cut(bench, SHORT), bench.sizes.trials
    spec = {"trials": DRAWN, "ranges": {"training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}}
    words = [sys.executable, "-m", "convoscope", "search-trial", *dataset(folder), "--spec", json.dumps(spec),
             "--model", json.dumps({"name": "deepbind", "options": all_options("deepbind", {})}), "--training",
             json.dumps({"epochs": bench.sizes.epochs, "monitor": "none", "fresh_shuffles": False}), "--seed", 1,
             "--rung", 0, "--device", bench.device]  # fmt: skip
    # A GPU that is named is shared; one that a process finds is its own.
    environment = {"CUDA_VISIBLE_DEVICES": "0", **os.environ}

    def start(kind: str, place: int) -> subprocess.Popen[bytes]:
        own = ["--place", place, "--states", folder / kind, "--result", folder / f"{kind}{place}.json"]
        return subprocess.Popen(list(map(str, words + own)), env=environment, stderr=subprocess.DEVNULL)

    def finish(children: list[subprocess.Popen[bytes]]) -> None:
        if any(child.wait() for child in children):
            sys.exit("search-trial: failed")

    alone = seconds(lambda: [finish([start("alone", place)]) for place in range(bench.sizes.alone)])
    together = seconds(lambda: finish([start("together", place) for place in range(count)]))
    return {"trials": alone / bench.sizes.alone * count / together}


def scan(bench: "Bench", _: dict[str, Any]) -> dict[str, float]:
    """Scan one contig and all twelve; what the others took is extrapolated to the human genome."""
    folder = bench.folder / "windows600"

    def predict(*contigs: str) -> None:
        chosen = [word for name in contigs for word in ("--contigs", name)]
        verb("predict-genome", "--models", folder / "model.safetensors", "--genome", genome(folder, bench.sizes.contig),
             "--step", 50, "--both-strands", "--device", bench.device, "--folder", folder / "tracks",
             "--threads", min(8, os.cpu_count() or 1), *chosen)  # fmt: skip

    one, all_of_them = seconds(lambda: predict("chr1")), seconds(predict)
    return {"scan": (all_of_them - one) / (CONTIGS - 1) / bench.sizes.contig * HUMAN / 60}


MEASURES = (ceilings, basset, deepyeast, trials, scan)

"""What a row is, the data that several rows share, and peers in an environment of their own."""

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pysam
import torch

from convoscope import modelfile
from convoscope.__main__ import main
from convoscope.models import build

BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
CONTIGS, LENGTH = 12, 5_000_000
PEERS = Path(__file__).resolve().parents[1] / "peers"
# Which environment the scripts of a package run in. gReLU asks for 140 packages, some of them old versions.
ENVIRONMENTS = {"tangermeme": "packages", "lightning": "packages", "grelu": "grelu"}
MARK = "CPU seconds: "  # before what a peer answers: packages print, too


class Row(NamedTuple):
    """Some work: what it is, who else does it, the least ratio aimed at, both as CPU seconds of one call.

    ``check`` refuses to measure what does not agree; ``agree`` says how far it does.
    """

    work: str
    against: str
    least: float
    check: Callable[[], None]
    ours: Callable[[], float]
    peer: Callable[[], float]
    agree: str


def timed(function: Callable[[], Any]) -> Callable[[], float]:
    """Return a function that calls another and returns the CPU seconds of this process."""

    def call() -> float:
        began = time.process_time()
        function()
        return time.process_time() - began

    return call


def verb(*words: object) -> None:
    """Run a verb in this process, silently."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        if main([str(word) for word in words]):
            sys.exit(said.getvalue()[-600:])


def genome(folder: Path, length: int = LENGTH) -> Path:
    """Return an indexed FASTA whose contigs, 60 Mb together, differ in their share of G and C; made once."""
    path = folder / "genome.fa"
    if not path.with_name("genome.fa.fai").exists():
        folder.mkdir(exist_ok=True)
        generator = np.random.default_rng(1)
        with open(path, "wb") as sink:
            for number in range(CONTIGS):
                gc = 0.3 + 0.02 * number
                chances = [(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]
                lines = BASES[generator.choice(4, size=length, p=chances)].reshape(-1, 50)
                sink.write(b">chr%d\n" % (number + 1))
                sink.write(np.pad(lines, ((0, 0), (0, 1)), constant_values=ord("\n")).tobytes())
        pysam.faidx(str(path))
    return path


def network(folder: Path, name: str, length: int) -> Path:
    """Return the file of a network with random weights; made once."""
    path = folder / f"{name}{length}.safetensors"
    if not path.exists():
        torch.manual_seed(1)
        built = build(name, 4, (length,), 1, {})
        for parameter in built.parameters():
            if parameter.dim() > 1:
                torch.nn.init.kaiming_normal_(parameter)
        facts = {"architecture": name, "options": {}, "channels": 4, "space": [length], "labels": ["y"], "modality":
                 "sequence", "task": "multilabel", "alphabet": "dna", "unknown": "uniform", "strands": "both",
                 "fold": "holdout", "seed": 1}  # fmt: skip
        modelfile.save(path, built.eval(), facts)
    return path


class Peer:
    """A script of `benchmarks/peers` in a process of its own, which waits to be called again and again.

    Plain scripts (``plain_…``) run in the environment of the product, packages in those of `ENVIRONMENTS`.
    """

    def __init__(self, folder: Path, script: str, *words: object) -> None:
        kind = script.partition("_")[0]
        python = environment(folder, ENVIRONMENTS[kind]) if kind in ENVIRONMENTS else sys.executable
        self.found = folder / f"{script}.npz"
        command = [python, PEERS / f"{script}.py", self.found, *words]
        # Peers read the same network files; the product is not installed where packages are.
        more = {"PYTHONPATH": str(PEERS.parents[1] / "workflow/lib"), "TQDM_DISABLE": "1"}
        command = [str(word) for word in command]
        self.child = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=os.environ | more, cwd=folder)

    def __call__(self) -> float:
        """Return the CPU seconds of one call."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        for line in self.child.stdout:
            if line.startswith(MARK):
                return float(line.removeprefix(MARK))
        sys.exit(f"{self.child.args}: ended")

    def answer(self) -> dict[str, np.ndarray]:
        """Call once and return what was found."""
        self()
        with np.load(self.found) as found:
            return dict(found)


def environment(folder: Path, name: str) -> Path:
    """Return the Python of an environment of peers, with what `benchmarks/peers/<name>.txt` lists; made once."""
    python = folder / name / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        wanted = ["--requirement", PEERS / f"{name}.txt"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    return python

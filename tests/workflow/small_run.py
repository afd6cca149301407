"""A small run of the workflow on genome and cells: its inputs, its jobs, its finished copy for several tests."""

import fcntl
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from warm_python import BLANK, warm_python

ROOT = Path(__file__).parents[2]
REAL = Path(sys.executable).parent  # the folder of this Python and its programs
PARTS = ("workflow", "envs", "resources", "profiles")  # of a checkout, that a run reads
TARGETS = [
    *(f"results/one/figures/{name}.svg" for name in ("learning", "discrimination", "maps")),
    "results/one/figures/provenance.html",
    "results/one/tracks",
    "results/one/matches.tsv",
    "results/one/variants/few/scores.tsv.gz",
    "results/one/holdout/1/model.onnx",
    "results/cells/figures/learning.svg",
    "results/cells/metrics.json",
    "results/summary.html",
]


class Step(NamedTuple):
    """A job: its rule, its experiment (empty where it is of none), the words of its verb, its outputs."""

    rule: str
    experiment: str
    words: list[str]
    outputs: list[str]


def configuration() -> dict[str, Any]:
    """Return the configuration of the run."""
    common: dict[str, Any] = {"evaluation": {"bootstrap": 100, "kmer": 2}}
    one = {
        "reference": "g",
        "sites": {"A": {"path": "a.bed"}},
        "windows": {"length": 101, "bin": 51},
        "negatives": {"strategy": "dinucleotide_shuffle"},
        "split": {"strategy": "chromosomes", "validation": ["chr5"], "test": ["chr6"]},
        "model": {"name": "deepbind", "options": {"filters": 4, "length": 9}},
        "training": {"epochs": 3},
        "seeds": [1],
        "motifs": {"taxa": ["fungi"]},  # a tenth of JASPAR
        "tracks": {"contigs": ["chr6"]},
        "variants": {"few": {"path": "few.vcf"}},
        "maps": {"windows": 1, "steps": 4, "references": 2, "indels": False},
        "pairs": None,
        **common,
    }
    cells = {
        "simulate": {"proteins": 3, "plates": 3, "cells": 1, "size": 24, "seed": 3},
        "groups": ["protein", "plate", "field"],
        "crops": {"size": 24},
        "split": {"by": ["protein"]},
        "model": {"name": "residual", "options": {"filters": [4, 8], "blocks": [1, 1]}},
        "training": {"epochs": 3, "batch_size": 16},
        "evaluation": {"bootstrap": 100},
    }
    experiments = {"sequence": {"one": one}, "image": {"cells": cells}}
    return {"device": "cpu", "references": {"g": {"mirrors": ["g.fa"]}}, "experiments": experiments}


def write_config(folder: Path, content: dict[str, Any]) -> None:
    (folder / "c.json").write_text(json.dumps(content, indent=1))


def write_inputs(folder: Path) -> None:
    """Write a genome of six contigs with a planted motif, its sites, those of another motif, and a variant."""
    draw = random.Random(1)
    letters = {f"chr{number}": draw.choices("ACGT", k=9000) for number in range(1, 7)}
    for name, word, start in (("a.bed", "TGACTCATG", 200), ("b.bed", "CACGTGACC", 350)):
        rows = [(chrom, place) for chrom in letters for place in range(start, 8700, 300)]
        for chrom, place in rows:
            letters[chrom][place + 46 : place + 55] = word
        (folder / name).write_text("".join(f"{chrom}\t{place}\t{place + 101}\n" for chrom, place in rows))
    (folder / "g.fa").write_text("".join(f">{chrom}\n{''.join(found)}\n" for chrom, found in letters.items()))
    ref = letters["chr6"][500]
    rows = ["##fileformat=VCFv4.2", "##contig=<ID=chr6,length=9000>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    (folder / "few.vcf").write_text("\n".join([*rows, f"chr6\t501\t.\t{ref}\t{'CA'[ref == 'C']}\t.\t.\t."]) + "\n")
    write_config(folder, configuration())


def environment(python: Path | None = None) -> dict[str, str]:
    """Return the environment in which a shell finds the Python of a folder; or one that starts at once.

    The latter neither copies figures nor lays them out, which take three quarters of the time of drawing.
    """
    path = os.pathsep.join([str(python or warm_python()), str(REAL), os.environ["PATH"]])
    return os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"} | ({} if python else {BLANK: ""})


def command(root: Path, *words: object, targets: list[str] = TARGETS) -> list[str]:
    """Return the words that run the workflow of a checkout."""
    given = ["--snakefile", root / "Snakefile", "--configfile", "c.json", "--cores", 2, "--printshellcmds", *words]
    return ["python", "-m", "snakemake", *map(str, given), "--", *targets]


def snakemake(folder: Path, root: Path, *words: object, targets: list[str] = TARGETS) -> str:
    """Run the workflow of a checkout in a folder; it must succeed. Return what Snakemake says."""
    done = subprocess.run(
        command(root, *words, targets=targets), cwd=folder, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def steps(said: str) -> list[Step]:
    """Return the jobs that Snakemake says it runs, or would run, in its order."""
    found = []
    for block in re.split(r"^(?=(?:local)?(?:rule|checkpoint) \S+:$)", said, flags=re.M)[1:]:
        rule = re.match(r"\S+ (\S+):", block)
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, re.M))
        shell = re.search(r"^Shell command: python -m convoscope (.*)$", block, re.M)
        if rule and shell:
            words = shlex.split(re.split(r" 2>", shell[1])[0])
            experiment = re.search(r"experiment=([^,\s]+)", fields.get("wildcards", ""))
            name = experiment[1] if experiment else ""
            found.append(Step(rule[1], name, words, fields["output"].split(", ")))
    return found


def checkout(folder: Path) -> Path:
    """Copy what a run reads of this checkout, so that it can be changed."""
    for part in PARTS:
        if (ROOT / part).exists():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "Snakefile", folder)
    return folder


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Fill a folder once, also where several processes of pytest ask for it at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(f"{folder.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(folder.iterdir()):
            make(folder)
    return folder


def make_finished(folder: Path) -> None:
    """Run the small run once: ``run``, where it ran; ``said``, what Snakemake said."""
    run = folder / "run"
    run.mkdir()
    write_inputs(run)
    (folder / "said").write_text(snakemake(run, ROOT))


def plan_default(folder: Path) -> None:
    """Leave what Snakemake says of a dry run of the default configuration without GPUs, as ``said``."""
    words = ("--dry-run", "--resources", "gpu=0", "--configfile", ROOT / "config" / "config.yaml")
    (folder / "said").write_text(snakemake(folder, ROOT, *words, targets=[]))

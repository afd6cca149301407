"""Experiments of a thousand labels, files, classes, networks: no command of the workflow is too long."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pyBigWig
import pytest
from small_run import environment

from convoscope.rules.arguments import LONGEST

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
LINUX = 128 << 10  # bytes that one argument may have
OPTIONS = 12  # of one command whose words may be many, at most
LABELS = [f"label{number:04d}{'x' * 55}" for number in range(1000)]  # the longest names that there are
FOLDER = "a folder whose name ends in " + "y" * 60


def snakemake(*arguments: object, folder: Path) -> str:
    """Run Snakemake and return all that it prints."""
    command = ["python", "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", 2, *arguments]
    done = subprocess.run(
        [str(argument) for argument in command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def write_signal(path: Path) -> None:
    with pyBigWig.open(str(path), "w") as track:
        track.addHeader([(f"c{number}", 3000) for number in range(3)])
        for number in range(3):
            track.addEntries([f"c{number}"] * 2, [0, 1500], ends=[1500, 3000], values=[1.0, 2.0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a genome, and sites and a signal for every label."""
    work = tmp_path / "it's a folder"
    data = work / FOLDER
    data.mkdir(parents=True)
    (work / "genome.fa").write_text("".join(f">c{number}\n{'ACGTTGCATC' * 300}\n" for number in range(3)))
    write_signal(data / "signal.bw")
    for label in LABELS:
        rows = [f"c{number}\t{start}\t{start + 101}\n" for number in range(3) for start in (1000, 2000)]
        (data / f"{label}.bed").write_text("".join(rows))
        (data / f"{label}.fa").write_text(f">{label}\nACGT\n")
        os.link(data / "signal.bw", data / f"{label}.bw")
    return work


def genomic(**changes: Any) -> dict[str, Any]:
    sites = {
        label: {"path": f"{FOLDER}/{label}.bed", "value": "bigwig", "bigwig": f"{FOLDER}/{label}.bw"}
        for label in LABELS
    }
    return {
        "reference": "small",
        "sites": sites,
        "task": "regression",
        "windows": {"length": 101, "bin": 51, "rename": {f"old{number}": "c1" for number in range(1000)}},
        "negatives": {"strategy": "none"},
        "split": {"strategy": "chromosomes", "validation": ["c1"], "test": ["c2"]},
        **changes,
    }


def write_config(folder: Path, mirror: str, **experiments: Any) -> Path:
    path = folder / "config.json"
    references = {"small": {"mirrors": [mirror]}}
    path.write_text(json.dumps({"device": "cpu", "references": references, "experiments": experiments}))
    return path


def test_windows_of_a_thousand_labels_are_made(folder: Path) -> None:
    config = write_config(folder, "genome.fa", sequence={"many": genomic()})
    snakemake("results/many/data/card.json", "--printshellcmds", "--configfile", config, folder=folder)
    card = json.loads((folder / "results" / "many" / "data" / "card.json").read_text())
    assert card["labels"] == LABELS
    assert sum(str(name).endswith(".bw") for name in card["inputs"]) == len(LABELS)
    windows = pd.read_csv(folder / "results" / "many" / "data" / "windows.tsv", sep="\t")
    assert (windows[LABELS].nunique(axis=1) == 1).all() and set(windows[LABELS[-1]]) == {1.0, 2.0}
    settings = {path.name.split(".")[0]: path for path in (folder / "results" / "many" / "settings").iterdir()}
    assert {"sites", "bigwigs", "windows", "given", "encode"} <= set(settings)
    assert settings["windows"].stat().st_size > LINUX

    again = snakemake("results/many/data/card.json", "--configfile", config, folder=folder)
    assert "Nothing to be done" in again
    changed = genomic()
    changed["windows"]["max_unknown"] = 0.2
    config = write_config(folder, "genome.fa", sequence={"many": changed})
    planned = snakemake("results/many/data/card.json", "--dry-run", "--configfile", config, folder=folder)
    assert re.search(r"params have changed since last execution:\n +windows\n", planned)
    assert len(list((folder / "results" / "many" / "settings").iterdir())) == len(settings)


def test_no_command_is_too_long(folder: Path) -> None:
    (folder / "s.fa").write_text(">a\nACGT\n")
    files = [{"path": f"{FOLDER}/{label}.fa", "labels": {label: 1}} for label in LABELS]
    channels = [f"channel{number}" for number in range(800)]
    cells = {"path": "https://example.org/cells.tsv"}
    contigs = [f"contig{number}" for number in range(100_000)]
    fields = [f"INFO{number}" for number in range(1000)]
    uses = {
        "tracks": {"contigs": contigs},
        "hits": {},
        "regions": {"r": {"path": "https://example.org/r.bed"}},
        "variants": {"v": {"path": "https://example.org/v.vcf", "outcome": "O", "covariates": fields}},
    }
    binary = {label: {"path": sites["path"]} for label, sites in genomic()["sites"].items()}
    sequence = {
        "many": genomic(sites=binary, task="multilabel", **uses),
        "signals": genomic(),
        "files": {"sequences": files, "records": {"r": {"path": "s.fa"}}},
        "networks": {
            "sequences": [{"path": "s.fa", "labels": {"a": 1}}, {"path": "s.fa", "labels": {"a": 0}}],
            "split": {"strategy": "random_folds", "folds": 10},
            "seeds": list(range(15)),
        },
    }
    image = {
        "classes": {
            "cells": cells,
            "labels": LABELS,
            "task": "multilabel",
            "crops": {"channels": channels},
            "further_cells": {"f": {**cells, "keep": LABELS, "channels": channels}},
        }
    }
    config = write_config(folder, "https://example.org/genome.fa", sequence=sequence, image=image)
    printed = snakemake("--dry-run", "--printshellcmds", "--configfile", config, folder=folder)
    commands = re.findall(r"^Shell command: (python -m convoscope .*)$", printed, flags=re.MULTILINE)
    verbs = {command.split()[3] for command in commands}
    assert {"windows", "sequences", "encode", "predict-genome", "hits", "predict-variants", "predict-cells"} <= verbs
    assert len(commands) > 400
    assert max(len(command.encode()) for command in commands) < OPTIONS * LONGEST < LINUX
    assert not (folder / "results").exists()

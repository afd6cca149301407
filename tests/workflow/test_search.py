"""A search and sanity controls as a user runs them, on listed sequences and on simulated cells."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from small_run import environment

from convoscope import modelfile
from convoscope.files import read_json

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
RATE = {"training.learning_rate": {"low": 0.001, "high": 0.1, "log": True}}
SHARED = {"training": {"epochs": 2, "batch_size": 16}, "evaluation": {"bootstrap": 100, "kmer": 2}, "onnx": False}


def snakemake(folder: Path, config: dict[str, Any], *targets: str) -> str:
    """Make some files and return what Snakemake says."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    command = ["python", "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "2"]
    command += ["--configfile", str(path), "--show-failed-logs", *targets]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stderr + done.stdout


def listed(folder: Path) -> dict[str, Any]:
    """Write 120 sequences with a motif; an experiment on them and on their shuffles."""
    generator = np.random.default_rng(2)
    letters = generator.choice(list("ACGT"), (120, 30))
    letters[:, 10:18] = list("TGACGTCA")
    (folder / "a.fa").write_text("".join(f">r{n}\n{''.join(row)}\n" for n, row in enumerate(letters)))
    return {
        "sequences": [{"path": str(folder / "a.fa"), "labels": {"y": 1}}],
        "split": {"strategy": "random", "validation_share": 0.2, "test_share": 0.3},
        "model": {"name": "deepbind", "options": {"length": 8, "hidden": 0}},
        "search": {"trials": 3, "rungs": [1], "eta": 2, "folds": 2,
                   "ranges": {**RATE, "model.options.filters": {"choice": [2, 4]}}},
        "sanity": True, "maps": None, "pairs": None, "modisco": None, "seeds": [1],
        "motifs": {"taxa": ["fungi"]}, **SHARED,
    }  # fmt: skip


def drawn() -> dict[str, Any]:
    """Return an experiment on simulated cells, also split cell by cell."""
    return {
        "simulate": {"proteins": 3, "plates": 3, "cells": 1, "size": 24, "seed": 3},
        "groups": ["protein"], "crops": {"size": 24}, "split": {"by": ["protein"]}, "ladder": ["cell"],
        "model": {"name": "residual", "options": {"filters": [2], "blocks": [1]}},
        "search": {"trials": 3, "rungs": [1], "method": "sobol", "ranges": RATE}, **SHARED,
    }  # fmt: skip


def test_settings_are_searched_and_controls_trained(tmp_path: Path) -> None:
    experiments = {"sequence": {"s": listed(tmp_path)}, "image": {"c": drawn()}}
    targets = ["results/s/figures/search.svg", "results/s/figures/sanity.svg", "results/s/model_card.md",
               "results/c/search/best.json", "results/c/holdout/1/model.safetensors",
               "results/c/by.cell/1/model.safetensors"]  # fmt: skip
    said = snakemake(tmp_path, {"device": "cpu", "experiments": experiments}, *targets)
    results = tmp_path / "results"
    jobs = {
        line.split()[0]: int(line.split()[1]) for line in said.splitlines() if line.startswith(("search_", "train"))
    }
    assert jobs["search_trial"] == 3 + 1 + 2 * (3 + 1) and jobs["search_rank"] == 6 and jobs["train_control"] == 2

    chosen = read_json(results / "s" / "search" / "best.json")["folds"]["holdout"]
    _, metadata = modelfile.load(results / "s" / "holdout" / "1" / "model.safetensors")
    assert metadata["options"]["filters"] == chosen["settings"]["model.options.filters"]
    trials = pd.read_csv(results / "s" / "search" / "trials.tsv", sep="\t")
    assert trials.groupby("rung").size().to_dict() == {0: 3, 1: 1}
    assert trials.loc[trials["rung"] == 1, "trial"].item() == trials.loc[trials["rank"] == 1, "trial"].iloc[0]
    card = (results / "s" / "model_card.md").read_text()
    assert f"| holdout | {chosen['trial']} |" in card and "3 settings were tried (random search)" in card
    kept = pd.read_csv(results / "s" / "search" / "holdout" / "data" / "examples.tsv", sep="\t")
    every = pd.read_csv(results / "s" / "data" / "windows.tsv", sep="\t")
    assert set(kept["id"]) == set(every.loc[every["fold"] != "test", "id"])

    sanity = pd.read_csv(results / "s" / "sanity.tsv", sep="\t")
    assert list(sanity["control"]) == ["permuted_labels", "shuffled_inputs"]
    control = pd.read_csv(results / "s" / "sanity" / "permuted_labels" / "examples.tsv", sep="\t")
    assert control.groupby("fold")["y"].sum().equals(every.groupby("fold")["y"].sum())
    assert not control["y"].equals(every["y"])

    # Each split of the cells has trials of its own, which see none of the cells that it tests.
    crops = pd.read_csv(results / "c" / "data" / "crops.tsv", sep="\t")
    for fold, column in (("holdout", "fold"), ("by.cell", "fold.cell")):
        seen = pd.read_csv(results / "c" / "search" / fold / "data" / "examples.tsv", sep="\t")
        assert set(seen["id"]) == set(crops.loc[crops[column] != "test", "id"])
        assert json.loads((results / "c" / "search" / fold / "best.json").read_text())["chosen_on"] == "validation"
    again = snakemake(tmp_path, {"device": "cpu", "experiments": experiments}, *targets)
    assert "Nothing to be done" in again

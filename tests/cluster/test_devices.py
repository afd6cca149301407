"""One training whose processes Slurm starts."""

import json
import random
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from slurm_machine import Slurm
from slurm_machine import run as system

pytestmark = pytest.mark.cluster
SPEC = {"labels": ["y"], "split": {"strategy": "random"}}
TRAINING = {"epochs": 2, "batch_size": 16, "optimizer": "sgd", "learning_rate": 0.05}


def write_examples(folder: Path, run: Callable[..., None]) -> list[object]:
    """Write 80 sequences as a dataset; return the options that name it."""
    generator = random.Random(1)
    files = [folder / "positive.fa", folder / "negative.fa"]
    for file in files:
        lines = [f">{file.stem}{number}\n{''.join(generator.choices('ACGT', k=48))}\n" for number in range(40)]
        file.write_text("".join(lines))
    listed = [{"path": str(file), "labels": {"y": 1 - number}} for number, file in enumerate(files)]
    run("sequences", "--files", *files, "--spec", json.dumps({"sequences": listed, "split": SPEC["split"]}),
        "--fasta", folder / "s.fa.gz", "--windows", folder / "w.tsv", "--dropped", folder / "d.tsv",
        "--negatives", folder / "n.tsv")  # fmt: skip
    run("encode", "--fasta", folder / "s.fa.gz", "--windows", folder / "w.tsv", "--inputs", *files,
        "--spec", json.dumps(SPEC), "--codes", folder / "c.npy", "--card", folder / "card.json")  # fmt: skip
    return ["--examples", folder / "w.tsv", "--codes", folder / "c.npy", "--card", folder / "card.json"]


def training(source: list[object], folder: Path, devices: int, **settings: Any) -> list[object]:
    """Return the words of a training."""
    return [
        "train", *source, "--fold", "holdout", "--seed", 1, "--device", "cpu",
        "--model", json.dumps({"name": "deepbind", "options": {"filters": 4}}),
        "--training", json.dumps({**TRAINING, "devices": devices, **settings}),
        "--trained", folder / f"{devices}.safetensors", "--history", folder / f"{devices}.tsv",
    ]  # fmt: skip


def in_two_tasks(words: list[object], log: Path) -> str:
    """Run a training as a job of two tasks; return its state in the end."""
    command = shlex.join([sys.executable, "-m", "convoscope", *map(str, words), "--launcher", "slurm"])
    number = system("sbatch", "--parsable", "-n", "2", "-p", "cpu", f"--output={log}", f"--wrap={command}").strip()
    for _ in range(600):
        state = system("squeue", "-h", "-t", "all", "-j", number, "-o", "%T").strip()
        if state not in ("PENDING", "RUNNING", "CONFIGURING", "COMPLETING"):
            return state
        time.sleep(0.5)
    raise AssertionError(log.read_text())


def test_two_tasks_of_slurm_train_what_one_process_trains(
    slurm: Slurm, tmp_path: Path, run: Callable[..., None]
) -> None:
    source, log = write_examples(tmp_path, run), tmp_path / "log"
    run(*training(source, tmp_path, 1))
    assert in_two_tasks(training(source, tmp_path, 2), log) == "COMPLETED", log.read_text()
    alone, together = (pd.read_csv(tmp_path / f"{devices}.tsv", sep="\t") for devices in (1, 2))
    np.testing.assert_allclose(together["loss"], alone["loss"], rtol=1e-5)
    assert log.read_text().count("epoch 2/2") == 1
    # A refusal by both ends the job, with its message.
    words = training(source, tmp_path, 2, learning_rate=1e30, clip=1e30)
    assert in_two_tasks(words, log) == "FAILED"
    assert "ERROR: training: the loss is" in log.read_text() and "Traceback" not in log.read_text()

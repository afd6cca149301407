"""A training on several devices from its command: processes that start together, and end together."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from convoscope.__main__ import main
from convoscope.errors import InputError
from convoscope.files import write_json
from convoscope.training import launch
from convoscope.training.device import choose_device

Start = Callable[..., subprocess.Popen[str]]
SPLITS = ("train", "validation", "test")
MODEL = {"name": "deepbind", "options": {"filters": 4, "length": 5}}
LONG = {"epochs": 5000, "patience": 5000}  # never ends by itself


@pytest.fixture
def words(tmp_path: Path) -> Callable[..., list[str]]:
    """Write 120 examples of two labels, half of them unknown; return the words of a command that trains on them."""
    generator = np.random.default_rng(0)
    codes = generator.integers(4, size=(120, 20)).astype(np.uint8)
    labels = np.where(generator.random((120, 2)) < 0.5, np.nan, (codes[:, :2] == 3).astype(float))
    labels[:4] = labels[40:44] = [[0, 0], [1, 1], [0, 1], [1, 0]]
    fold = np.repeat(SPLITS, 40)
    ids = [f"e{number}" for number in range(120)]
    table = pd.DataFrame(
        {"id": ids, "origin": "site", "group": ids, "fold": fold, "a": labels[:, 0], "b": labels[:, 1]}
    )
    table.to_csv(tmp_path / "examples.tsv", sep="\t", index=False)
    np.save(tmp_path / "codes.npy", codes)
    holdout = {"column": "fold", "group": "group", **{name: [name] for name in SPLITS}}
    write_json(tmp_path / "card.json", {
        "modality": "sequence", "task": "multilabel", "labels": ["a", "b"], "folds": {"holdout": holdout},
        "alphabet": "dna", "unknown": "uniform", "window": 20, "strands": "both", "direction": "forward",
    })  # fmt: skip

    def command(name: str, devices: int, **training: Any) -> list[str]:
        settings = {"epochs": 3, "batch_size": 9, "shift": 2, "devices": devices, **training}
        return [
            "train", *(f"--examples {tmp_path}/examples.tsv --codes {tmp_path}/codes.npy --card {tmp_path}/card.json "
            f"--fold holdout --seed 1 --device cpu --trained {tmp_path}/{name}.safetensors "
            f"--history {tmp_path}/{name}.tsv").split(),
            "--model", json.dumps(MODEL), "--training", json.dumps(settings),
        ]  # fmt: skip

    return command


@pytest.fixture
def start(warm: None) -> Any:
    """Start a command of the package; whatever is left of it is killed in the end."""
    started: list[subprocess.Popen[str]] = []

    def begin(command: list[str]) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "convoscope", *command]
        started.append(subprocess.Popen(line, stderr=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(true: Callable[[], Any]) -> Any:
    for _ in range(1200):
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError("two minutes have passed")


def members(trained: Path) -> list[int]:
    """Return the processes that train a network together, in their order."""
    found, variable = {}, f"{launch.MEMBER}=".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words, given = ((folder / name).read_bytes().split(b"\0") for name in ("cmdline", "environ"))
        except OSError:  # it has just ended
            continue
        [text] = [one.removeprefix(variable) for one in given if one.startswith(variable)] or [b""]
        if text and str(trained).encode() in words:
            found[json.loads(text)[0]] = int(folder.name)
    return [found[rank] for rank in sorted(found)]


def is_there(pid: int) -> bool:
    """Whether a process runs, and has not merely not been waited for."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.usefixtures("warm")
def test_two_devices_train_what_one_trains(
    words: Callable[..., list[str]], run: Callable[..., None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = {"optimizer": "sgd", "learning_rate": 0.05}
    for devices in (1, 2):
        run(*words(f"d{devices}", devices, **settings))
    assert capfd.readouterr().err.count("epoch 3/3") == 1  # by one of the two; here pytest keeps what is logged
    alone, together = (pd.read_csv(tmp_path / f"d{devices}.tsv", sep="\t") for devices in (1, 2))
    np.testing.assert_allclose(together[["loss", "metric"]], alone[["loss", "metric"]], rtol=1e-5)
    weights = [load_file(tmp_path / f"d{devices}.safetensors") for devices in (1, 2)]
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, rtol=1e-3, atol=1e-5)
    assert not list(tmp_path.glob("*.ckpt"))


def test_when_one_process_is_killed_all_end_and_the_next_attempt_goes_on_until_a_signal(
    words: Callable[..., list[str]], start: Start, tmp_path: Path
) -> None:
    process = start(words("cut", 2, **LONG))
    wait_until((tmp_path / "cut.ckpt").exists)
    pids = members(tmp_path / "cut.safetensors")
    os.kill(pids[1], signal.SIGKILL)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + signal.SIGKILL
    assert said.splitlines()[-1] == "ERROR: training: process 2 of 2 was ended by SIGKILL; it may have lacked memory"
    assert "Traceback" not in said and not any(map(is_there, pids))
    assert (tmp_path / "cut.ckpt").exists() and not (tmp_path / "cut.safetensors").exists()
    again = start(words("cut", 2, **LONG))
    wait_until(lambda: "continuing after epoch" in again.stderr.readline())
    pids = members(tmp_path / "cut.safetensors")
    again.terminate()
    said = again.communicate(timeout=60)[1]
    assert again.returncode == 130 and "interrupted" in said and "Traceback" not in said
    assert not any(map(is_there, pids))


def test_a_process_that_aborts_as_another_is_gone_is_not_the_cause() -> None:
    ends = [f"kill -{name} $$" for name in ("ABRT", "KILL")] + [f"exit {launch.LOST}"]
    processes = [subprocess.Popen(["sh", "-c", end]) for end in ends]
    assert launch._first_failure(processes) == 1
    assert launch._first_failure([processes[0], processes[0]]) == 0  # nobody else failed


def test_the_processes_end_with_the_command_that_started_them(
    words: Callable[..., list[str]], start: Start, tmp_path: Path
) -> None:
    process = start(words("lost", 2, **LONG))
    wait_until((tmp_path / "lost.ckpt").exists)
    pids = members(tmp_path / "lost.safetensors")
    assert len(pids) == 2
    process.kill()
    wait_until(lambda: not any(map(is_there, pids)))


@pytest.mark.usefixtures("warm")
def test_what_all_processes_refuse_is_said_once(
    words: Callable[..., list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words("refused", 2, learning_rate=1e30, optimizer="sgd", clip=1e30))
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("ERROR")]
    assert end.value.code == 2 and len(lines) == 1, lines
    assert "training: the loss is nan in epoch" in lines[0]


def test_on_one_device_no_process_is_started(
    words: Callable[..., list[str]], run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.setattr(torch.distributed, "init_process_group", None)
    monkeypatch.setenv(launch.MEMBER, "slurm")  # is not even looked at
    run(*words("alone", 1))


def test_as_many_gpus_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convoscope.training.device.claim_gpus", lambda count: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto", 2, 2) == choose_device("auto", None, 2) == choose_device("auto", 1, 0) == "cuda"
    for granted, count, there in ((1, 2, 1), (None, 3, 2)):
        with pytest.raises(InputError, match=f"training.devices: {count}, for {there} GPUs; as many are needed"):
            choose_device("auto", granted, count)


def test_the_tasks_of_slurm_find_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "JOB_ID": "7", "STEP_ID": "3", "LAUNCH_NODE_IPADDR": "192.0.2.1", "PROCID": "5", "LOCALID": "1",
        "STEP_NUM_TASKS": "8",
    }  # fmt: skip
    for name, value in found.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    assert launch.find_member() is None  # whatever else Slurm started
    monkeypatch.setenv(launch.MEMBER, "slurm")
    assert launch.find_member() == launch.Member(5, 1, 8, "192.0.2.1:20220")

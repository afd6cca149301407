import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch

from convoscope.training import gpus

# A job on a machine with a number of GPUs: it claims, says what it sees, and works until its standard input is closed.
# Of torch, whose import takes seconds, it needs the count alone.
JOB = """
import logging, sys
from types import SimpleNamespace as Of
sys.modules["torch"] = Of(version=Of(hip=None), cuda=Of(device_count=lambda: int(sys.argv[1])))
from convoscope.training import gpus
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
gpus.PAUSE = 0.05
gpus.claim_gpus(int(sys.argv[2]))
print("sees", gpus.os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
sys.stdin.read()
"""


class Job:
    """A real process that claims GPUs."""

    def __init__(self, folder: Path, there: int, needed: int = 1, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in (*gpus.GRANTS, *gpus.JOBS)}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", JOB, str(there), str(needed)],
            env={**kept, "TMPDIR": str(folder), **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def line(self) -> str:
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.communicate(timeout=60)


@pytest.fixture
def job(tmp_path: Path):
    started = []

    def start(*arguments, **environment) -> Job:
        started.append(Job(tmp_path, *arguments, **environment))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_two_jobs_never_share_a_gpu_and_a_third_waits_until_one_is_killed(job) -> None:
    first, second = job(2), job(2)
    assert {first.line(), second.line()} == {"sees 0", "sees 1"}
    third, fourth = job(2), job(2)
    waiting = "waiting for 1 of 2 GPUs, which other jobs use; --device cpu does not wait"
    assert third.line() == fourth.line() == waiting
    first.process.send_signal(signal.SIGKILL)
    second.end()
    assert {third.line(), fourth.line()} == {"sees 0", "sees 1"}


def test_a_job_of_two_gpus_waits_for_both_and_is_not_overtaken(job) -> None:
    small = job(2)
    assert small.line() == "sees 0"
    large = job(2, 2)
    assert large.line().startswith("waiting for 2 of 2 GPUs")
    late = job(2)
    assert late.line().startswith("waiting for 1 of 2 GPUs")
    small.end()
    assert large.line() == "sees 0,1"
    large.end()
    assert late.line() == "sees 0"


def test_what_was_granted_exactly_is_taken_as_it_is(job) -> None:
    granted = [job(1, CUDA_VISIBLE_DEVICES="3", SLURM_JOB_ID="7") for _ in range(2)]
    assert [one.line() for one in granted] == ["sees 3", "sees 3"]  # of two cgroups: not the same one


def test_jobs_within_an_allocation_share_out_what_it_has(job) -> None:
    named = {"CUDA_VISIBLE_DEVICES": "GPU-4f,GPU-5a", "SLURM_JOB_ID": "7"}
    within = [job(2, **named) for _ in range(2)]
    assert {one.line() for one in within} == {"sees GPU-4f", "sees GPU-5a"}
    other = job(2, **{**named, "SLURM_JOB_ID": "8"})
    assert other.line() == "sees GPU-4f"


def test_parts_of_a_gpu_are_devices(job) -> None:
    parts = [job(1, CUDA_VISIBLE_DEVICES="MIG-GPU-5a/1/0,MIG-GPU-5a/2/0") for _ in range(2)]
    assert {one.line() for one in parts} == {"sees MIG-GPU-5a/1/0", "sees MIG-GPU-5a/2/0"}


@pytest.mark.parametrize(
    ("named", "there", "expected"),
    [(None, 0, []), (None, 2, ["0", "1"]), ("", 0, []), ("-1", 0, []), ("2,0", 2, ["2", "0"]), ("1,7", 1, ["1"])],
)
def test_which_gpus_are_visible(
    monkeypatch: pytest.MonkeyPatch, named: str | None, there: int, expected: list[str]
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: there)
    assert gpus.visible_gpus() == expected


def test_without_enough_gpus_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    gpus.claim_gpus(2)
    assert "CUDA_VISIBLE_DEVICES" not in os.environ and not list(tmp_path.iterdir())


def test_a_process_keeps_its_gpu_when_it_asks_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(
        torch.cuda, "device_count", lambda: len(os.environ.get("CUDA_VISIBLE_DEVICES", "0,1").split(","))
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    for _ in range(2):
        gpus.claim_gpus(1)
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    [folder] = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700

"""The cluster that the other tests here run on does what a cluster does."""

import time
from pathlib import Path
from typing import Any

import pytest
from slurm_machine import Slurm, run

pytestmark = pytest.mark.cluster


def submitted(script: str, *options: object) -> str:
    """Submit a script; return the number of its job."""
    return run("sbatch", "--parsable", "--output=/dev/null", *options, f"--wrap={script}").strip()


def wait_for(slurm: Slurm, number: str, *states: str) -> dict[str, Any]:
    """Wait until a job is in one of some states; return it."""
    for _ in range(120):
        [job] = [job for job in slurm.jobs() if job["JobId"] == number]
        if job["JobState"] in states:
            return job
        time.sleep(0.5)
    raise AssertionError(job)


def test_a_job_has_a_gpu_if_it_asks_for_one(slurm: Slurm, tmp_path: Path) -> None:
    script = f'echo "${{CUDA_VISIBLE_DEVICES-none}}" > {tmp_path}/$SLURM_JOB_ID'
    numbers = [submitted(script, "-p", "gpu", "--gpus=1"), submitted(script, "-p", "cpu")]
    jobs = [wait_for(slurm, number, "COMPLETED") for number in numbers]
    assert [job["NodeList"] for job in jobs] == ["gpu1", "cpu1"]
    assert [job["GPUs"] for job in jobs] == [{"0"}, {""}]
    assert [(tmp_path / number).read_text() for number in numbers] == ["0\n", "none\n"]
    with pytest.raises(RuntimeError, match="Requested node configuration is not available"):
        submitted(script, "-p", "cpu", "--gpus=1")


def test_a_node_that_dies_takes_its_jobs_along(slurm: Slurm, tmp_path: Path) -> None:
    number = submitted(f"while sleep 0.2; do date +%s.%N > {tmp_path}/alive; done", "-p", "gpu")
    wait_for(slurm, number, "RUNNING")
    while not (tmp_path / "alive").exists():
        time.sleep(0.1)
    slurm.kill_node("gpu1")
    time.sleep(1)
    last = (tmp_path / "alive").read_text()
    time.sleep(1)
    assert (tmp_path / "alive").read_text() == last
    slurm.start_node("gpu1")
    # Slurm notices: the job has failed, or waits in the queue again.
    assert wait_for(slurm, number, "PENDING", "NODE_FAIL", "FAILED")["JobState"] != "COMPLETED"
    run("scancel", number)
    wait_for(slurm, submitted("true", "-p", "gpu"), "COMPLETED")

"""The shipped profiles on a real Slurm: the default configuration made short, a training and a node killed."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from slurm_machine import Slurm, run

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).parents[2]
CONFIGURATION = (ROOT / "config" / "config.yaml", Path(__file__).with_name("short.yaml"))
# The nodes are this machine and its queue is empty: no need to wait before asking, nor for a file to appear.
IMPATIENT = ("--seconds-between-status-checks", 2, "--latency-wait", 5)
PROFILES = {
    "slurm": (
        *("--slurm-status-command", "squeue", "--slurm-no-account"),
        *("--slurm-init-seconds-before-status-checks", 2, *IMPATIENT),
    ),
    # qsub, qstat and qdel are Slurm's own.
    "cluster-generic": IMPATIENT,
}
# Rules that ask for a GPU.
ON_GPU = {"train", "predict", "tracks", "variants"}
WITHOUT_GROUPS = 64  # submissions of the default configuration, each job one


def command(*arguments: object, configuration: tuple[Path, ...] = CONFIGURATION) -> list[str]:
    """Snakemake on a configuration, with the tests' own Python."""
    words = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *arguments]
    return [str(word) for word in [*words, "--configfile", *configuration]]


def environment() -> dict[str, str]:
    """The tests' environment; jobs find `python` on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


def run_to_its_end(process: "subprocess.Popen[bytes]", meanwhile: Callable[[], None]) -> None:
    """Wait for a process, and look round every now and then."""
    try:
        while process.poll() is None:
            meanwhile()
            time.sleep(0.2)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run without a cluster; return its results."""
    folder = tmp_path_factory.mktemp("local")
    done = subprocess.run(command("--cores", 2), cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]
    return folder / "results"


class Accidents:
    """Two accidents to trainings that have a checkpoint: one is cancelled, the node of another dies and comes back."""

    def __init__(self, slurm: Slurm, folder: Path):
        self.slurm, self.folder = slurm, folder
        self.killed: list[Path] = []

    def __call__(self) -> None:
        """Let the next one happen, if it is time."""
        for checkpoint in self.folder.glob("results/cells/*/*/*.ckpt"):
            if len(self.killed) < 2 and checkpoint not in self.killed:
                self.killed.append(checkpoint)
                if len(self.killed) == 1:
                    run("scancel", *self.slurm.jobs_on("gpu1"))
                else:
                    self.slurm.kill_node("gpu1")
                    self.slurm.start_node("gpu1")


class Submitted:
    """A run on the cluster that has ended: its folder, its accidents, its jobs as Slurm knows them."""

    def __init__(self, folder: Path, accidents: Accidents, jobs: list[dict[str, Any]]):
        self.results, self.accidents, self.jobs = folder / "results", accidents, jobs


@pytest.fixture(scope="module", params=PROFILES)
def submitted(request: pytest.FixtureRequest, slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> Submitted:
    """Run through a shipped profile."""
    folder = tmp_path_factory.mktemp(request.param)
    before = {job["JobId"] for job in slurm.jobs()}
    accidents = Accidents(slurm, folder)
    with open(folder / "snakemake.log", "wb") as log:
        process = subprocess.Popen(
            command("--profile", ROOT / "config" / "profiles" / request.param, *PROFILES[request.param]),
            cwd=folder,
            env=environment(),
            stderr=log,
        )
        run_to_its_end(process, accidents)
    assert process.returncode == 0, (folder / "snakemake.log").read_text()[-5000:]
    return Submitted(folder, accidents, [job for job in slurm.jobs() if job["JobId"] not in before])


def rule_of(job: dict[str, Any]) -> str:
    """The rule, or the group, that a job of Slurm runs: in the comment of the plugin, or the name of the job script."""
    named = re.search(r"snakejob\.(.+)\.[^.]+\.sh", job["Command"])
    return named[1] if named else re.sub(r"^rule_|_wildcards_.*$", "", job["Comment"])


def test_every_output_is_that_of_a_local_run(local: Path, submitted: Submitted) -> None:
    assert contents(submitted.results) == contents(local)


def test_every_job_that_asks_for_a_gpu_had_one_and_no_other(submitted: Submitted) -> None:
    on_gpu = [job for job in submitted.jobs if rule_of(job) in ON_GPU]
    assert {rule_of(job) for job in on_gpu} == ON_GPU
    for job in submitted.jobs:
        asked = job in on_gpu
        assert job["Partition"] == ("gpu" if asked else "cpu")
        assert job.get("TresPerJob", job.get("TresPerNode")) == ("gres:gpu:1" if asked else None)
        assert job["GPUs"] == ({"0"} if asked else {""})


def test_fewer_than_half_of_the_submissions(submitted: Submitted) -> None:
    again = [job for job in submitted.jobs if job["JobState"] != "COMPLETED"]
    assert len(submitted.jobs) - len(again) < WITHOUT_GROUPS / 2


def test_a_cancelled_training_and_that_of_a_dead_node_continue(submitted: Submitted) -> None:
    assert len(submitted.accidents.killed) == 2
    for checkpoint in submitted.accidents.killed:
        *_, experiment, fold, seed, _ = checkpoint.parts
        log = submitted.results / "logs" / experiment / f"train.{fold}.{seed}.log"
        assert "continuing after epoch" in log.read_text()


@pytest.mark.parametrize("profile", PROFILES)
def test_refused_input_is_submitted_once(profile: str, slurm: Slurm, tmp_path: Path) -> None:
    (tmp_path / "genome.fa").write_text("".join(f">c{number}\n{'ACGTTGCA' * 300}\n" for number in range(3)))
    (tmp_path / "sites.bed").write_text("".join(f"c1\t{start}\t{start + 20}\n" for start in range(200, 2000, 300)))
    experiment = {
        "reference": "small",
        "sites": {"A": {"path": "sites.bed"}},
        "windows": {"length": 101, "bin": 51},
        "split": {"validation": ["c1"], "test": ["c2"]},
    }
    references = {"small": {"mirrors": ["genome.fa"]}}
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump({"references": references, "experiments": {"sequence": {"e": experiment}}}))
    before = len(slurm.jobs())
    words = ("results/e/data/card.json", "--profile", ROOT / "config" / "profiles" / profile, *PROFILES[profile])
    done = subprocess.run(
        command(*words, configuration=(file,)), cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "refused already; not tried again" in done.stdout + done.stderr
    assert "no example is in test" in (tmp_path / "results" / "logs" / "e" / "windows.log").read_text()
    # The reference, and the group of windows and codes.
    assert len(slurm.jobs()) - before == 2


def contents(results: Path) -> dict[str, str]:
    """Checksum of every output but logs and the manifest, which has the checksums, without the times in it."""
    found = [path for path in results.rglob("*") if path.is_file() and path.name != "ro-crate-metadata.json"]
    files = sorted(path for path in found if "logs" not in path.parts)
    return {str(path.relative_to(results)): sha256(without_times(path)).hexdigest() for path in files}


def without_times(path: Path) -> bytes:
    """Return what is in a file, less how long its training took."""
    if path.name == "ro-crate-metadata.json":  # holds times, and the checksums of what holds times
        return b""
    if path.name in ("history.tsv", "summary.tsv"):
        table = pd.read_csv(path, sep="\t", dtype=str)
        return table.drop(columns=["seconds", "examples_per_second"], errors="ignore").to_csv().encode()
    if path.name in ("index.html", "summary.html", "model_card.html", "model_card.md", "overview.json"):
        return re.sub(rb"[0-9.]+ (s|min|h)\b( [0-9]+ (s|min))?", b"", path.read_bytes())
    return path.read_bytes()

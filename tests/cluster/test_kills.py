"""Killed at random moments, verbs and workflow give the same bytes in the end, and leave nothing else."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_run import REAL, ROOT, Step, command, environment, snakemake, steps, write_inputs

pytestmark = pytest.mark.cluster
SEED = 20261129
VERB_KILLS, WORKFLOW_KILLS = 66, 8
# Rules that take long, or write much; `download` is no part of the small run.
LONG = {
    *(
        "download_reference",
        "windows",
        "encode",
        "train",
        "baselines",
        "predict",
        "evaluate",
        "motifs",
        "match",
        "maps",
    ),
    *("tracks", "variants", "draw_performance_one", "draw_maps_one", "export_onnx_one"),
    *("simulate_cells", "crops", "split_cells"),
}
BEGUN = (".writing-", ".partial-", ".unfinished-", ".fetched-")  # names by which work in progress shows
# Hold seconds, or examples per second.
TIMED = ("history.tsv", "summary.tsv", "summary.html", "landing.tsv", "index.html", "overview.json")


def content(path: Path) -> bytes:
    """Return what a file holds but for times."""
    raw = path.read_bytes()
    return re.sub(rb"[0-9.]+", b"0", raw) if path.name in TIMED else raw


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, but for logs and Snakemake's date of a folder."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")
    found = (path for path in found if path.name != ".snakemake_timestamp")
    return {str(path.relative_to(folder)): content(path) for path in found}


def under_way(step: Step, folder: Path) -> bool:
    """Tell whether a step has begun to write."""
    parents = {(folder / output).parent for output in step.outputs} | {folder / step.outputs[0]}
    names = [path.name for parent in parents if parent.is_dir() for path in parent.iterdir()]
    return any(name.startswith(BEGUN) or name.endswith(".ckpt") for name in names)


def remove(step: Step, folder: Path) -> None:
    """Remove the outputs of a step, as before a first run."""
    for output in step.outputs:
        path = folder / output
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


class Killer:
    """Kills a step at a moment of a seeded draw: after some seconds, or some milliseconds after it begins to write."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.draw, self.took = folder, random.Random(SEED), dict[str, float]()
        self.environment = environment(REAL) | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}

    def start(self, step: Step) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "convoscope", *step.words]
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)

    def kill(self, step: Step, number: signal.Signals) -> int:
        """Start a step and kill it; return its exit code, 0 when it was faster."""
        writing = self.draw.random() < 0.6
        delay = self.draw.uniform(0, 0.05) if writing else self.draw.uniform(0.5, 1) * self.took.get(step.rule, 5)
        with self.start(step) as process:
            while writing and process.poll() is None and not under_way(step, self.folder):
                time.sleep(0.002)
            end = time.monotonic() + delay
            while process.poll() is None and time.monotonic() < end:
                time.sleep(0.002)
            process.send_signal(number)
            said = process.communicate()[1]
        assert "Traceback" not in said
        return process.returncode

    def finish(self, step: Step) -> None:
        """Run a step to its end."""
        begun = time.monotonic()
        with self.start(step) as process:
            said = process.communicate()[1]
        assert process.returncode == 0, said
        self.took[step.rule] = time.monotonic() - begun


@pytest.fixture
def killer(finished: Path, tmp_path: Path) -> Killer:
    shutil.copytree(finished / "run", tmp_path / "run", symlinks=True)
    return Killer(tmp_path / "run")


def long_steps(finished: Path) -> list[Step]:
    """Return the steps to kill, with one that downloads."""
    found = [step for step in steps((finished / "said").read_text()) if step.rule in LONG]
    assert {step.rule for step in found} == LONG
    copy = "results/downloads/g.fa"
    return [*found, Step("download", "", ["download", "--url", str(finished / "run" / "g.fa"), "--file", copy], [copy])]


def test_verbs_killed_at_random(finished: Path, killer: Killer) -> None:
    results, ends = killer.folder / "results", []
    found = long_steps(finished)
    whole = files(finished / "run" / "results") | {"downloads/g.fa": (finished / "run" / "g.fa").read_bytes()}
    killer.finish(found[-1])
    for number in range(VERB_KILLS):
        step = found[number % len(found)]
        remove(step, killer.folder)
        ends.append(killer.kill(step, (signal.SIGKILL, signal.SIGTERM)[number // len(found) % 2]))
        left = files(results)
        # Whatever is there under its own name is whole; after SIGTERM the rest is what the next run goes on from.
        assert all(left[name] == whole[name] for name in left.keys() & whole.keys()), step
        orphans = [name for name in left.keys() - whole.keys() if ".writing-" in name]
        assert not orphans or ends[-1] == -signal.SIGKILL, orphans
        killer.finish(step)
        after = files(results)
        assert after.keys() == whole.keys(), step
        assert [name for name in whole if after[name] != whole[name]] == [], step
    print(f"{len(ends)} verbs killed: { {end: ends.count(end) for end in set(ends)} }")  # noqa: T201
    assert sum(end != 0 for end in ends) + WORKFLOW_KILLS >= 50


def test_a_workflow_killed_at_random(finished: Path, tmp_path: Path) -> None:
    draw = random.Random(SEED)
    write_inputs(tmp_path)
    progress = []
    for _ in range(WORKFLOW_KILLS):
        with subprocess.Popen(
            command(ROOT), cwd=tmp_path, env=environment(REAL), start_new_session=True, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(draw.uniform(8, 30))
            os.killpg(process.pid, signal.SIGKILL)
        progress.append(len(files(tmp_path / "results")) if (tmp_path / "results").exists() else 0)
        snakemake(tmp_path, ROOT, "--unlock")
    snakemake(tmp_path, ROOT, "--rerun-incomplete")
    print(f"files after each kill: {progress}")  # noqa: T201
    assert files(tmp_path / "results") == files(finished / "run" / "results")

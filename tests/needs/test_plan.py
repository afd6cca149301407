"""The plan of a run from the jobs of a dry run."""

import pytest

from convoscope.config import load_config
from convoscope.needs.jobs import Job, read_jobs
from convoscope.needs.plan import START, Estimate, estimate, plan_rows, render, schedule, wildcards_of

DRY_RUN = """Job stats:
job      count
-----  -------
total        2

[Sun Nov 29 01:26:45 2026]
rule tracks:
    input: results/e/1/model.safetensors, results/references/g/genome.fa.gz
    output: results/e/tracks
    log: results/logs/e/tracks.log
    jobid: 30
    reason: Missing output files: results/e/tracks
    wildcards: experiment=e, fold=by.plate
    threads: 2
    resources: tmpdir=/tmp, gpu=1, device=auto
[Sun Nov 29 01:26:45 2026]
rule all:
    input: results/e/tracks
    jobid: 0
"""

FURTHER = {"experiment": "e", "kind": "further_cells", "block": "new"}


def test_jobs_of_a_dry_run() -> None:
    inputs = ["results/e/1/model.safetensors", "results/references/g/genome.fa.gz"]
    wildcards = {"experiment": "e", "fold": "by.plate"}
    assert read_jobs(DRY_RUN) == [Job("tracks", wildcards, inputs, ["results/e/tracks"], 2)]


@pytest.mark.parametrize(
    ("rule", "inputs", "output", "wanted"),
    [
        ("simulate_g", "", "references/g/genome.fa.gz", {"reference": "g"}),
        ("export_onnx_e", "e/data/card.json", "e/holdout/1/model.onnx", {"experiment": "e"}),
        ("further_cells_e_new", "cells.tsv", "e/cells/new/predictions.tsv.gz", FURTHER),
        ("draw_predicted_cells_e.new", "e/data/card.json e/cells/new/predictions.tsv.gz", "e/figures/cells.new.svg",
         FURTHER),
        ("draw_data_e", "e/data/card.json", "e/figures/dropped.svg", {"experiment": "e"}),
        ("landing_table", "e/summary.tsv", "summary.tsv", {}),
    ],
)  # fmt: skip
def test_wildcards_in_the_names_of_rules(rule: str, inputs: str, output: str, wanted: dict[str, str]) -> None:
    config = load_config({"experiments": {"image": {"e": {"simulate": {}}}}})
    job = Job(rule, {}, [f"results/{name}" for name in inputs.split()], [f"results/{output}"], 1)
    assert wildcards_of(job, config) == wanted


def test_estimates_and_their_sums() -> None:
    config = load_config({"experiments": {"image": {"e": {"simulate": {}}}}})
    jobs = [
        Job("crops", {"experiment": "e"}, [], ["codes"], 1),
        Job("train", {"experiment": "e"}, ["codes"], ["a"], 1),
        Job("train", {"experiment": "e"}, ["codes"], ["b"], 1),
    ]
    estimates = estimate(jobs, config)
    for cores in (1, 2):
        rows, total = plan_rows(estimates, cores)
        assert [(row.step, row.jobs, row.examples) for row in rows] == [("crops", 1, 2160), ("train", 2, 2160)]
        assert total.jobs == 3
        assert total.cpu_seconds == pytest.approx(sum(row.cpu_seconds for row in rows), abs=0.2)
        assert total.memory_mb == max(row.memory_mb for row in rows)
        text = render(rows, total, cores)
        assert f"3 jobs on {cores} core" in text
        assert len(text.splitlines()) == 1 + 3 + 2
    serial, parallel = (plan_rows(estimates, cores)[1].elapsed_seconds for cores in (1, 2))
    assert serial == pytest.approx(sum(one.seconds + START for one in estimates), abs=0.1)
    assert parallel == pytest.approx(serial - estimates[1].seconds - START, abs=0.1)


def test_a_job_of_several_threads_waits_for_them_and_is_faster() -> None:
    jobs = [Job("a", {}, [], ["x"], 1), Job("b", {}, [], ["y"], 2)]
    estimates = [Estimate(job, "e", "s", {}, 1.0, 10.0, 0.0) for job in jobs]
    assert schedule(estimates, 2) == [(0, 10 + START), (10 + START, 15 + 2 * START)]
    assert schedule(estimates, 1)[1][1] == 20 + 2 * START


def test_an_empty_plan() -> None:
    rows, total = plan_rows([], 1)
    assert rows == [] and total.jobs == 0
    assert "0 jobs" in render([], total, 1)

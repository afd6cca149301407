"""The verb ``plan``: a run's jobs and costs, and one line for a wrong configuration."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from convoscope.__main__ import main
from convoscope.steps.plan import read_configurations

pytestmark = [pytest.mark.workflow, pytest.mark.usefixtures("warm")]


def configuration() -> dict[str, Any]:
    """Return a small experiment on a simulated genome."""
    factors = {"CTCF": "MA0139.2"}
    simulate = {"chromosomes": 4, "length": 50_000, "sites": 50, "factors": factors}
    experiment = {
        "reference": "s",
        "sites": {"CTCF": {"path": "results/references/s/sites/CTCF.bed"}},
        "windows": {"length": 101, "bin": 51},
        "negatives": {"ratio": 2},
        "split": {"validation": ["sim3"], "test": ["sim4"]},
        "seeds": [1, 2, 3],
        "tracks": {},
    }
    return {"references": {"s": {"simulate": simulate}}, "experiments": {"sequence": {"e": experiment}}}


def test_a_plan_lists_every_job_before_any_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(yaml.safe_dump({**configuration(), "results": "elsewhere"}))
    Path("b.yaml").write_text(yaml.safe_dump({"results": "results"}))
    assert main(["plan", "--configfile", "a.yaml", "b.yaml", "--cores", "2", "--table", "plan.tsv"]) == 0
    shown = capsys.readouterr().out
    table = pd.read_csv("plan.tsv", sep="\t").set_index(["experiment", "step"])
    assert table.loc[("e", "train"), "jobs"] == 3
    assert table.loc[("e", "windows"), "examples"] == 150
    assert table.loc[("e", "encode"), "written_mb"] == pytest.approx(150 * 101 / 1e6, abs=0.01)
    assert table.loc[("all", "total"), "jobs"] == table["jobs"].sum() - table.loc[("all", "total"), "jobs"]
    working = table.drop(index=("e", "experiment"))
    assert (working[["memory_mb", "cpu_seconds", "elapsed_seconds"]] > 0).all(axis=None)
    assert f"{table.loc[('all', 'total'), 'jobs']} jobs on 2 cores" in shown
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"experiments": {"sequence": {"e": {"wrong": 1}}}}, "experiments.sequence.e.wrong"),
        ({"experiments": {"image": {"e": {"cells": {"path": "missing.tsv"}}}}}, "no file 'missing.tsv'"),
    ],
)
def test_a_wrong_configuration_is_one_line(
    tmp_path: Path, refuse: Callable[..., str], content: dict[str, Any], message: str
) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(content))
    line = refuse("plan", "--configfile", tmp_path / "a.yaml", "--table", tmp_path / "plan.tsv")
    assert message in line
    assert not (tmp_path / "plan.tsv").exists()


@pytest.mark.parametrize(
    ("text", "message"), [("- a\n", "list; a block of keys"), ("a: [", "not YAML"), ("just words", "str; a block")]
)
def test_what_is_no_configuration(tmp_path: Path, refuse: Callable[..., str], text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert message in refuse("plan", "--configfile", tmp_path / "a.yaml")


def test_other_refusals(tmp_path: Path, refuse: Callable[..., str]) -> None:
    (tmp_path / "a.yaml").write_text(json.dumps(configuration()))
    assert "--cores 0; 1 or more" in refuse("plan", "--configfile", tmp_path / "a.yaml", "--cores", "0")
    (tmp_path / "Snakefile").write_text("rule all:\n    input: 'nobody makes this'\n")
    line = refuse("plan", "--configfile", tmp_path / "a.yaml", "--snakefile", tmp_path / "Snakefile")
    assert "plans nothing" in line and "nobody makes this" in line


def test_later_files_win_block_by_block(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("results: a\nexperiments: {sequence: {x: 1, y: {a: 1, b: 2}}}\n")
    (tmp_path / "b.yaml").write_text("experiments: {sequence: {y: {b: 3}}}\n")
    merged = read_configurations([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert merged == {"results": "a", "experiments": {"sequence": {"x": 1, "y": {"a": 1, "b": 3}}}}

"""What Snakemake knows of a run, from records by hand."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convoscope.config import load_config
from convoscope.rules.run_record import commit_of, record_path, write_run_record

SECRET = "https://me:hunter2@h/sites.bed?token=SECRET"


def record(**facts: Any) -> SimpleNamespace:
    usual = {"rule": "cut", "input": ["b", "a"], "shellcmd": None, "starttime": 1.0, "endtime": 2.0}
    return SimpleNamespace(**usual | facts)


def test_jobs_inputs_and_configuration_are_recorded_without_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("g.fa").write_text(">c\nA\n")
    sites = {"A": {"path": SECRET}, "B": {"path": "own.bed"}}
    Path("own.bed").write_text("c\t0\t1\n")
    experiment = {"reference": "g", "sites": sites}
    config = load_config({"references": {"g": {"mirrors": ["g.fa"]}}, "experiments": {"sequence": {"e": experiment}}})
    for name in ("x/one.tsv", "x/two.tsv", "folder/part.tif", "later.txt", "unknown"):
        Path("results", name).parent.mkdir(parents=True, exist_ok=True)
        Path("results", name).touch()
    known = {
        "results/x/one.tsv": record(shellcmd=f"cut {SECRET}", endtime=5.0),
        "results/x/two.tsv": record(shellcmd=f"cut {SECRET}", starttime=0.5),
        "results/folder": record(rule="draw", starttime=0.1),
        "results/later.txt": record(rule="write", starttime=9.0, endtime=10.0),
        "results/unknown": record(rule=None),
    }
    target = Path(record_path(config.results))
    write_run_record(target, config, workflow="rule all:", checkout=tmp_path, snakemake="9", lookup=known.get)
    content = json.loads(target.read_text())
    assert "hunter2" not in target.read_text() and "SECRET" not in target.read_text()
    found = [(job["rule"], job["started"], job["ended"], job["outputs"]) for job in content["jobs"]]
    assert found == [
        ("draw", 0.1, 2.0, ["results/folder"]),
        ("cut", 0.5, 5.0, ["results/x/one.tsv", "results/x/two.tsv"]),
        ("write", 9.0, 10.0, ["results/later.txt"]),
    ]
    assert content["jobs"][1]["command"] == "cut https://h/sites.bed?token=…" and content["jobs"][1]["inputs"] == [
        "a",
        "b",
    ]
    assert [one["path"] for one in content["inputs"]] == ["own.bed", "g.fa"]
    assert content["commit"] is None and content["versions"]["Snakemake"] == "9"


def test_a_checkout_has_its_commit(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert commit_of(tmp_path) == head
    (tmp_path / "a").touch()
    subprocess.run([*git, "add", "a"], check=True)
    assert commit_of(tmp_path) == f"{head}-dirty"
    assert commit_of(tmp_path / "gone") is None

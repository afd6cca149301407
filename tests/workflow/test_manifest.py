"""A run's manifest, written by the workflow: verified, damaged, and compared with a second run."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_run import REAL, environment
from warm_python import warm_python

from convoscope.provenance.files import covered

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]


def configure(folder: Path) -> dict[str, Any]:
    """Write a small genome, next to the folder, and its sites; return a configuration of one small experiment."""
    draw = random.Random(1)
    contigs = {f"c{number}": "".join(draw.choices("ACGT", k=6000)) for number in range(1, 5)}
    (folder.parent / "genome.fa").write_text("".join(f">{name}\n{text}\n" for name, text in contigs.items()))
    rows = [f"{name}\t{start}\t{start + 20}\n" for name in contigs for start in range(300, 5800, 300)]
    (folder / "sites.bed").write_text("".join(rows))
    experiment = {
        "reference": "g",
        "sites": {"A": {"path": "sites.bed"}},
        "windows": {"length": 61, "bin": 31},
        "negatives": {"strategy": "flanks", "distance": 30},
        "split": {"validation": ["c3"], "test": ["c4"]},
        "model": {"name": "deepbind", "options": {"filters": 4, "length": 8}},
        "training": {"epochs": 2},
        "seeds": [1],
        "motifs": {"taxa": ["fungi"]},
        "evaluation": {"bootstrap": 100, "kmer": 2},
        "onnx": False,
        "maps": None,
        "pairs": None,
        "modisco": None,
    }
    references = {"g": {"mirrors": [str(folder.parent / "genome.fa")]}}
    return {"device": "cpu", "references": references, "experiments": {"sequence": {"e": experiment}}}


def run(*words: object, folder: Path, python: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module with the Python that starts at once; a shell in that run finds the same, or that of a folder."""
    given = environment(python or warm_python()) | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    command = [str(warm_python() / "python"), "-m", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)


def start(folder: Path, python: Path) -> Path:
    """Run the workflow in a new folder, its jobs with the Python of another one; return its results."""
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(configure(folder)))
    words = ("--snakefile", ROOT / "Snakefile", "--cores", 2, "--configfile", "config.yaml", "--show-failed-logs")
    done = run("snakemake", *words, folder=folder, python=python)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "results"


def test_a_run_is_verified_and_repeated_byte_by_byte(tmp_path: Path) -> None:
    # The second run is that of the other workflow tests: its processes are forks of one.
    first, second = start(tmp_path / "first", REAL), start(tmp_path / "second", warm_python())
    done = run("convoscope", "verify", "results", folder=first.parent)
    assert done.returncode == 0, done.stderr
    done = run("convoscope", "verify", first, "--other", second, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    check_content(first)
    check_damage(first)


def check_content(results: Path) -> None:
    graph = json.loads((results / "ro-crate-metadata.json").read_text())["@graph"]
    commands = {one["name"]: one["description"] for one in graph if one["@id"].startswith("#job-")}
    assert commands["train"].startswith("python -m convoscope train ") and "download_reference" in commands
    for one in graph:
        if one["@id"].startswith("#job-") and one["name"] != "run_record":
            assert one["result"], one
    made = {file["@id"] for one in graph if one["@id"].startswith("#job-") for file in one["result"]}
    figures = {name for name in covered(results) if "/figures/" in name}
    assert figures <= made and {Path(name).suffix for name in figures} == {".svg", ".pdf", ".png", ".tsv", ".html"}
    inputs = {one["name"]: one["description"] for one in graph if one["@id"].startswith("#input-")}
    assert inputs == {"sites.bed": "experiments.sequence.e.sites.A.path", "genome.fa": "references.g.mirrors"}
    assert str(results.parent) not in (results / "ro-crate-metadata.json").read_text()


def check_damage(results: Path) -> None:
    """Flip a bit in one output of every kind: each is named, and nothing else."""
    listed = [results / name for name in covered(results)]
    kinds = {path.suffix: path for path in listed if path.stat().st_size}
    damaged = list(kinds.values())
    assert {".safetensors", ".gz", ".tsv", ".svg", ".pdf", ".png", ".html", ".npy", ".npz", ".json", ".meme"} <= set(
        kinds
    )
    for path in damaged:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    (results.parent / "sites.bed").write_text("c1\t1\t2\n")
    done = run("convoscope", "verify", "results", folder=results.parent)
    assert done.returncode == 2
    named = [line.removeprefix("ERROR: ").split(";")[0] for line in done.stderr.splitlines()]
    expected = [f"results/{path.relative_to(results)}: changed" for path in damaged]
    assert sorted(named) == sorted([*expected, "sites.bed: changed since"])

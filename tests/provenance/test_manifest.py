"""The manifest of results, and what verify finds: by hand on a small folder."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convoscope.__main__ import main
from convoscope.files import digest
from convoscope.provenance.check import TIMED, differences
from convoscope.provenance.files import covered
from convoscope.provenance.places import Places

HISTORY = (
    "epoch\tsplit\tloss\tmetric\tseconds\texamples_per_second\tdevice\tlearning_rate\n1\ttrain\t.5\t\t1\t9\tcpu\t.1\n"
)
FILES = {
    "e/1/history.tsv": HISTORY,
    "e/1/model.safetensors": "weights",
    "e/data/card.json": "{}",
    "e/tracks/a b.bw": "bytes",
    "references/g/genome.fa.gz": "letters",
    "downloads/0123-sites.bed": "c1\t1\t2\n",
    "logs/e/train.log": "said",
    "summary.tsv": "x",
}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Finished results in a working directory, with an input in it and one outside of it."""
    working, outside = tmp_path / "home" / "run", tmp_path / "home" / "lab" / "genome.fa"
    for path, text in {**{f"results/{name}": text for name, text in FILES.items()}, "own.bed": "c1\t1\t2\n"}.items():
        (working / path).parent.mkdir(parents=True, exist_ok=True)
        (working / path).write_text(text)
    outside.parent.mkdir()
    outside.write_text(">c1\nACGT\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(working)
    write_record(working, outside)
    (working / "results" / "report.html").write_text("made later")
    return working / "results"


def write_record(working: Path, outside: Path) -> None:
    paths = {"e.sites.A.path": "own.bed", "references.g.mirrors": str(outside)}
    fetched = {"key": "e.sites.B.path", "path": "results/downloads/0123-sites.bed", "address": "https://h/sites.bed"}
    train = {
        "rule": "train",
        "command": f"python -m convoscope train --genome {outside}  --log {working}/results/logs",
        "started": 100.5,
        "ended": 160.5,
        "inputs": [str(outside), "own.bed", "results/e/data/card.json"],
        "outputs": ["results/e/1/model.safetensors", "results/e/1/history.tsv", "results/e/tracks"],
    }
    content = {
        "results": "results",
        "commit": "c0ffee",
        "versions": {"convoscope": "1.2", "Python": "3.11.1", "Snakemake": "9.9"},
        "platform": "Linux",
        "workflow": "rule all:\n",
        "configuration": {"experiments": {"sequence": {"e": {"seeds": [1, 2], "path": str(outside)}}, "image": {}}},
        "inputs": [*({"key": key, "path": path} for key, path in paths.items()), fetched],
        "jobs": [train],
    }
    record = working / ".snakemake" / "convoscope" / "results.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps(content))


def write(results: Path) -> dict[str, dict[str, Any]]:
    """Write the manifest; return its entities by their names."""
    record, target = results.parent / ".snakemake/convoscope/results.json", results / "ro-crate-metadata.json"
    assert main(["manifest", "--folder", "results", "--run", str(record), "--crate", str(target)]) == 0
    content = json.loads(target.read_text())
    assert content["@context"] == [
        "https://w3id.org/ro/crate/1.1/context",
        "https://w3id.org/ro/terms/workflow-run/context",
    ]
    return {entity["@id"]: entity for entity in content["@graph"]}


@pytest.fixture
def deviating(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Call verify, which must find something; return what it says."""

    def call(*arguments: object) -> list[str]:
        capsys.readouterr()
        assert main(["verify", *map(str, arguments)]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert all(line.startswith("ERROR: ") for line in lines)
        return [line.removeprefix("ERROR: ").split(";")[0] for line in lines]

    return call


def test_the_manifest_is_a_workflow_run_crate(results: Path) -> None:
    found = write(results)
    root = found["./"]
    profiles = {one["@id"] for one in root["conformsTo"]}
    assert {"https://w3id.org/ro/wfrun/workflow/0.5", "https://w3id.org/ro/wfrun/process/0.5"} <= profiles
    assert set(found["workflow.smk"]["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert root["mainEntity"] == {"@id": "workflow.smk"} and root["license"] and root["datePublished"]
    assert {one["@id"] for one in root["mentions"]} == {"#run", "#job-1"}
    assert {one["@id"] for one in root["hasPart"]} == {*(name.replace(" ", "%20") for name in FILES), "workflow.smk"}
    for action, instrument in (("#run", "workflow.smk"), ("#job-1", "#software-convoscope")):
        assert found[action]["@type"] == "CreateAction" and found[action]["instrument"] == {"@id": instrument}
        assert found[action]["startTime"] == "1970-01-01T00:01:40+00:00"
        assert found[action]["endTime"] == "1970-01-01T00:02:40+00:00"
    references = [
        one["@id"]
        for entity in found.values()
        for value in entity.values()
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, dict)
    ]
    assert {one for one in references if not one.startswith("https://")} <= set(found)


def test_the_manifest_says_what_the_run_was_made_of(results: Path) -> None:
    found = write(results)
    for name in covered(results):
        assert found[name.replace(" ", "%20")]["sha256"] == digest(results / name)
    assert found["#input-1"]["name"] == "own.bed" and found["#input-1"]["sha256"] == digest(Path("own.bed"))
    assert found["#input-2"]["name"] == "genome.fa" and found["#input-2"]["description"] == "references.g.mirrors"
    assert found["downloads/0123-sites.bed"]["url"] == "https://h/sites.bed"
    assert found["#seeds-of-e"]["value"] == "1, 2" and found["#device-of-e/1/history.tsv"]["value"] == "cpu"
    assert found["workflow.smk"]["version"] == "1.2+c0ffee"
    own = found["#software-convoscope"]
    assert own["softwareVersion"] == "1.2" and {"@id": "#software-numpy"} in own["softwareRequirements"]
    job = found["#job-1"]
    assert job["description"] == "python -m convoscope train --genome genome.fa --log results/logs"
    read = ["#input-2", "#input-1", "e/data/card.json"]
    assert [one["@id"] for one in job["object"]] == read
    written = ["e/1/model.safetensors", "e/1/history.tsv", "e/tracks/a%20b.bw"]
    assert [one["@id"] for one in job["result"]] == written


def test_the_manifest_names_no_place_of_this_machine(results: Path) -> None:
    write(results)
    text = (results / "ro-crate-metadata.json").read_text()
    assert str(results.parents[1]) not in text and "/lab" not in text
    assert Places(Path("/a/b"), ["../c/d.bed"]).text("../c/d.bed /a/b/e /a/b") == "d.bed e ."


def test_results_as_they_were_written_pass(results: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(results)
    with caplog.at_level(logging.INFO):
        assert main(["verify", "results"]) == 0
    assert caplog.messages == [f"results: {len(FILES) + 1} files are as the manifest says"]


@pytest.mark.parametrize("name", [*FILES, "workflow.smk"])
def test_one_flipped_bit_is_found(results: Path, deviating: Callable[..., list[str]], name: str) -> None:
    write(results)
    content = bytearray((results / name).read_bytes())
    content[len(content) // 2] ^= 1
    (results / name).write_bytes(content)
    assert deviating(results) == [f"{results / name}: changed"]


def test_missing_additional_and_changed_files_have_a_line_each(
    results: Path, deviating: Callable[..., list[str]]
) -> None:
    write(results)
    (results / "e/data/card.json").unlink()
    (results / "e/data/notes.txt").write_text("mine")
    (results / "summary.tsv").write_text("y")
    (results / "logs" / "manifest.log").write_text("its own log")
    (results / "e/tracks/.snakemake_timestamp").touch()
    assert deviating("results") == [
        "results/e/data/card.json: missing",
        "results/e/data/notes.txt: additional",
        "results/summary.tsv: changed",
    ]


def test_a_changed_input_is_named(results: Path, deviating: Callable[..., list[str]]) -> None:
    write(results)
    for path in (Path("own.bed"), results.parents[1] / "lab" / "genome.fa"):
        path.write_text("another")
    assert deviating("results") == ["own.bed: changed since", "genome.fa: changed since"]


def test_moved_results_are_compared_without_inputs_that_are_not_there(
    results: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(results)
    shutil.copytree(results, tmp_path / "elsewhere" / "shared")
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO):
        assert main(["verify", "elsewhere/shared"]) == 0
    assert [line for line in caplog.messages if "not compared" in line] == [
        f"{name}: not compared; this input is not on this machine" for name in ("own.bed", "genome.fa")
    ]


def test_two_runs_may_differ_in_times_alone(results: Path, deviating: Callable[..., list[str]]) -> None:
    write(results)
    other = results.parent / "other"
    shutil.copytree(results, other)
    shutil.copytree(results.parent, results.parents[1] / "again", ignore=shutil.ignore_patterns("other"))
    for name in ("e/1/history.tsv", "logs/e/train.log", "summary.tsv", "e/1/model.safetensors"):
        again = results.parents[1] / "again" / "results"
        (again / name).write_text(FILES[name].replace("1\t9", "2\t7") + "\n")
    (again / "more.txt").write_text("more")
    write_again(again)
    assert list(differences(results, again)) == [
        f"e/1/model.safetensors: differs between {results} and {again}",
        f"more.txt: only in {again}",
    ]
    assert len(deviating(results, "--other", again)) == 2
    assert "*/history.tsv" in TIMED


def write_again(results: Path) -> None:
    record = results.parent / ".snakemake/convoscope/results.json"
    crate = results / "ro-crate-metadata.json"
    assert main(["manifest", "--folder", str(results), "--run", str(record), "--crate", str(crate)]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no manifest; the workflow writes it"),
        ("{}", "no @graph"),
        ("[1]", "damaged"),
        ('{"@graph": [{"sha256": 1}]}', "no @id"),
        ('{"@graph": 3}', "damaged"),
        ("not json", "not JSON"),
    ],
)
def test_a_missing_or_damaged_manifest_is_refused(
    results: Path, refuse: Callable[..., str], text: str | None, said: str
) -> None:
    if text is not None:
        (results / "ro-crate-metadata.json").write_text(text)
    assert f"ro-crate-metadata.json: {said}" in refuse("verify", results)


def test_results_that_are_not_there_are_refused(refuse: Callable[..., str], tmp_path: Path) -> None:
    assert (
        refuse("verify", tmp_path / "no")
        == f"ERROR: folder: {tmp_path / 'no'}: no such file or folder; give an existing one"
    )

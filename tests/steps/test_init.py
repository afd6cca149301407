"""Configurations that are written after a look at the user's files."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import yaml
from small_run import environment

from convoscope.config import load_config
from convoscope.steps.init import WORKFLOW

Run = Callable[..., None]
Refuse = Callable[..., str]
CONTIGS = {"chr1": 40, "chr2": 30, "chr3": 15, "chr4": 15}  # sites


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a genome, sites, listed sequences and cells, to be copied."""
    folder, generator = tmp_path_factory.mktemp("written"), np.random.default_rng(1)
    letters = {name: "".join(generator.choice(list("ACGT"), 60_000)) for name in CONTIGS}
    (folder / "genome.fa").write_text("".join(f">{name}\n{text}\n" for name, text in letters.items()))
    rows = [
        f"{name[3:]}\t{1000 * place}\t{1000 * place + 50}\ts\t{place}\n"
        for name, sites in CONTIGS.items()
        for place in range(1, sites + 1)
    ]
    (folder / "A.bed").write_text("".join(rows))
    for name, length in (("yes", 60), ("no", 50)):
        records = [f">{row}\n{letters['chr1'][row : row + length]}\n" for row in range(30)]
        (folder / f"{name}.fa").write_text("".join(records))
    write_cells(folder, generator)
    return folder


def write_cells(folder: Path, generator: np.random.Generator) -> None:
    lines = ["cell\timage\tphenotype\tplate"]
    for number in range(24):
        image = generator.integers(0, 200, (2, 24, 24), dtype=np.uint16)
        tifffile.imwrite(folder / f"{number}.tif", image, photometric="minisblack")
        lines.append(f"c{number}\t{number}.tif\t{'round' if number % 2 else 'long'}\tP{number // 8}")
    (folder / "cells.tsv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, to work in."""
    monkeypatch.chdir(shutil.copytree(written, tmp_path, dirs_exist_ok=True))
    return tmp_path


def dry_run(configfile: str) -> subprocess.CompletedProcess[str]:
    """Plan a configuration as the printed command would run it."""
    command = ["python", "-m", "snakemake", "--snakefile", str(WORKFLOW), "--cores", "1", "--dry-run"]
    return subprocess.run(
        [*command, "--quiet", "--configfile", configfile],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


DRAFTS = {
    "sites": ["--genome", "genome.fa", "--sites", "A.bed"],
    "listed": ["--positive", "yes.fa", "--negative", "no.fa"],
    "cells": ["--cells", "cells.tsv"],
}


@pytest.mark.workflow
@pytest.mark.parametrize("kind", DRAFTS)
def test_what_is_written_is_accepted_by_a_dry_run(folder: Path, run: Run, kind: str) -> None:
    run("init", *DRAFTS[kind])
    planned = dry_run("my.yaml")
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_sites(folder: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", *DRAFTS["sites"])
    said = " ".join(capsys.readouterr().out.split())
    assert "The genome genome.fa has 4 contigs, 240,000 bp. A: 100 rows, 50 bp wide (median), scores 1 to 40." in said
    assert "chr4 for validation (15% of the sites), chr3 for test (15%)." in said
    assert said.endswith("--cores all --configfile my.yaml --show-failed-logs")
    content = yaml.safe_load(Path("my.yaml").read_text())
    experiment = content["experiments"]["sequence"]["A"]
    assert experiment == {
        "reference": "genome",
        "sites": {"A": {"path": "A.bed"}},
        "split": {"strategy": "chromosomes", "validation": ["chr4"], "test": ["chr3"]},
    }
    assert content["references"] == {"genome": {"mirrors": ["genome.fa"]}}


def test_every_commented_key_may_be_used(folder: Path, run: Run) -> None:
    for kind, words in DRAFTS.items():
        run("init", *words, "--configfile", f"{kind}.yaml")
        lines = Path(f"{kind}.yaml").read_text().splitlines()
        used = [line.replace("# ", "", 1) if line.startswith("      # ") else line for line in lines]
        assert used != lines
        load_config(yaml.safe_load("\n".join(used)))


def test_an_address_is_left_to_the_first_job(folder: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "--genome", "https://example.org/mine.2bit?x=1", "--sites", "A=A.bed", "--name", "first")
    content = yaml.safe_load(Path("my.yaml").read_text())
    assert list(content["references"]) == ["mine"] and list(content["experiments"]["sequence"]) == ["first"]
    assert content["experiments"]["sequence"]["first"]["split"]["test"] == ["3"]  # as the sites name it
    assert "until then contig names cannot be compared" in " ".join(capsys.readouterr().out.split())


def test_one_chromosome_is_split_into_blocks(folder: Path, run: Run) -> None:
    Path("one.bed").write_text("".join(line for line in Path("A.bed").read_text().splitlines(True) if line[0] == "1"))
    run("init", "--genome", "genome.fa", "--sites", "one.bed")
    assert yaml.safe_load(Path("my.yaml").read_text())["experiments"]["sequence"]["one"]["split"] == {
        "strategy": "blocks",
        "block": 1000,
    }


def test_regions_to_avoid(folder: Path, run: Run) -> None:
    Path("my-blacklist.bed").write_text("chr1\t0\t500\n")
    run("init", "--genome", "genome.fa", "--sites", "A.bed", "my-blacklist.bed")
    experiment = yaml.safe_load(Path("my.yaml").read_text())["experiments"]["sequence"]["A"]
    assert experiment["windows"] == {"blacklist": "my-blacklist.bed"} and list(experiment["sites"]) == ["A"]


def test_listed_sequences(folder: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "--positive", "yes.fa", "--negative", "no.fa")
    said = " ".join(capsys.readouterr().out.split())
    assert "Positive: 30 sequences. Negative: 30 sequences. They have 50 to 60 letters of DNA." in said
    experiment = load_config(yaml.safe_load(Path("my.yaml").read_text())).experiments.sequence["yes"]
    assert [one.labels for one in experiment.sequences] == [{"positive": 1}, {"positive": 0}]
    Path("rna.fa").write_text(">a\nACGU\n>b\nGGCU\n")
    run("init", "--positive", "rna.fa", "--force")
    experiment = load_config(yaml.safe_load(Path("my.yaml").read_text())).experiments.sequence["rna"]
    assert (experiment.alphabet, experiment.negatives.strategy) == ("rna", "dinucleotide_shuffle")


def test_cells(folder: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "--cells", "cells.tsv")
    said = " ".join(capsys.readouterr().out.split())
    assert "24 crops of 24 x 24 pixels and 2 channels. Label: phenotype, 2 classes of 12 cells each." in said
    assert "Columns of groups: plate (3). No plate is in two splits." in said
    experiment = next(iter(load_config(yaml.safe_load(Path("my.yaml").read_text())).experiments.image.values()))
    assert (experiment.labels, experiment.groups, experiment.split.by) == (["phenotype"], ["plate"], ["plate"])


def test_nothing_is_written_over(folder: Path, run: Run, refuse: Refuse) -> None:
    Path("my.yaml").write_text("mine")
    assert "--configfile my.yaml: exists already" in refuse("init", *DRAFTS["listed"])
    assert Path("my.yaml").read_text() == "mine"
    run("init", *DRAFTS["listed"], "--force")
    assert Path("my.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "init: no file given; --genome with --sites"),
        (["--genome", "genome.fa"], "init: --sites is missing"),
        (["--sites", "A.bed"], "init: --genome is missing"),
        (["--positive", "yes.fa", "--cells", "cells.tsv"], "init: positive and cells given"),
        (["--genome", "absent.fa", "--sites", "A.bed"], "--genome: no file 'absent.fa'"),
        (["--positive", "cells.tsv"], "--positive.sequence_column: cells.tsv has no column 'sequence'"),
        (["--genome", "genome.fa", "--sites", "other.bed"], "other.bed: none of its contigs is in the reference"),
        (["--genome", "A.bed", "--sites", "A.bed"], "A.bed: not FASTA: begins with '1\\t1000"),
        (
            ["--genome", "genome.fa", "--sites", "far.bed"],
            "far.bed:2: ends at 60,006, chr1 of the genome at 60,000 (2 of",
        ),
        (["--positive", "stops.fa"], "--positive: 2 of 3 sequences cannot be used, record 2: letter '*' at position 6"),
        (["--cells", "cells.tsv", "--label", "colour"], "cells.tsv: no column 'colour'"),
        (
            ["--cells", "cells.tsv", "--label", "cell"],
            "column cell has 24 different values in 24 cells; a label has two",
        ),
    ],
)
def test_refusals(folder: Path, refuse: Refuse, words: list[str], said: str) -> None:
    Path("other.bed").write_text("scaffold_9\t5\t6\n")
    Path("far.bed").write_text("1\t5\t6\n1\t60005\t60006\n2\t70000\t70001\n")
    Path("stops.fa").write_text(">a\nMKLVE\n>b\nMKLVE*\n>c\nMKLVE*\n")
    assert said in refuse("init", *words)
    assert not Path("my.yaml").exists()

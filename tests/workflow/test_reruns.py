"""What reruns what: each row of docs/reruns.md as a dry run on a copy of one finished run."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from small_run import TARGETS, checkout, configuration, snakemake, steps, write_config, write_inputs

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
LIBRARY = "workflow/lib/convoscope"


class Run(NamedTuple):
    """A finished run that may be changed: its folder, its configuration, and where a checkout of its own would be."""

    folder: Path
    config: dict[str, Any]
    place: Path

    @property
    def tree(self) -> Path:
        """A checkout that may be changed, with which it runs from then on."""
        return self.place if self.place.exists() else checkout(self.place)

    @property
    def one(self) -> dict[str, Any]:
        """The experiment on sequences."""
        return self.config["experiments"]["sequence"]["one"]

    def planned(self, *options: str, targets: list[str] = TARGETS) -> set[str]:
        """Return what Snakemake would run, as rules with the experiment, and the seed of a training."""
        write_config(self.folder, self.config)
        root = self.place if self.place.exists() else ROOT
        found = steps(snakemake(self.folder, root, "--dry-run", *options, targets=targets))
        names = [(step.rule, step.experiment, step.outputs[0].split("/")[3:4]) for step in found]
        return {" ".join([rule, name, *(seed if rule == "train" else [])]).strip() for rule, name, seed in names}


def copy_run(finished: Path, folder: Path) -> Run:
    shutil.copytree(finished, folder / "copy", symlinks=True)  # with dates, by which Snakemake goes
    return Run(folder / "copy" / "run", configuration(), folder / "tree")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Run:
    return copy_run(finished, tmp_path)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def touch(path: Path) -> None:
    later = time.time() + 60
    os.utime(path, (later, later))


def named(names: str, experiment: str) -> set[str]:
    return {f"{name} {experiment}" for name in names.split()}


def summed(experiment: str) -> set[str]:
    return {f"experiment_row {experiment}", "landing_table"}


DRAWN = {"draw_performance_one", "draw_maps_one", "draw_provenance_one"}
FIGURES = {*DRAWN, "draw_performance_cells", "landing_table"}
MAPS = {"maps one", "draw_maps_one"}
USES = named("predict evaluate motifs match tracks variants maps layers", "one") | {"export_onnx_one"}
TRAINED = DRAWN | USES | summed("one")
EVERYTHING_OF_ONE = TRAINED | named("windows encode baselines", "one") | {"train one 1"}
EVERYTHING = (
    EVERYTHING_OF_ONE
    | FIGURES
    | {"download_reference", "train cells 1", "baselines_cells", *summed("cells")}
    | named("simulate_cells crops choose_normalisation split_cells predict evaluate layers", "cells")
)
NEW = named("windows encode train baselines predict evaluate", "two") | summed("two")

# By the row of docs/reruns.md: what is changed, with the options of the next run, and all that then runs.
ROWS: dict[str, tuple[Callable[[Run], Any], tuple[str, ...], set[str]]] = {
    "nothing": (lambda run: None, (), set()),
    "a setting of one training, such as the learning rate": (
        lambda run: run.one.update(training={"epochs": 3, "learning_rate": 0.01}),
        (),
        TRAINED | {"train one 1"},
    ),
    "`training.threads`": (
        lambda run: run.one.update(training={"epochs": 3, "threads": 2}),
        (),
        TRAINED | {"train one 1"},
    ),
    "a seed is added": (lambda run: run.one.update(seeds=[1, 2]), (), (TRAINED - {"layers one"}) | {"train one 2"}),
    "a file of sites is added to an experiment": (
        lambda run: run.one["sites"].update(B={"path": "b.bed"}),
        (),
        EVERYTHING_OF_ONE,
    ),
    "an experiment is added": (
        lambda run: run.config["experiments"]["sequence"].update(two={**run.one, "sites": {"B": {"path": "b.bed"}}}),
        (),
        {name.replace("train two", "train two 1") for name in NEW},
    ),
    "the content of a file of sites": (
        lambda run: edit(run.folder / "a.bed", "chr1\t200\t301\n", ""),
        (),
        EVERYTHING_OF_ONE,
    ),
    "a file of sites is touched": (lambda run: touch(run.folder / "a.bed"), (), set()),
    "a genome is touched": (lambda run: touch(run.folder / "g.fa"), (), set()),
    "a setting of the metrics, such as `evaluation.bootstrap`": (
        lambda run: run.one.update(evaluation={"bootstrap": 200, "kmer": 2}),
        (),
        {"evaluate one", "draw_performance_one", "draw_provenance_one", *MAPS, *summed("one")},
    ),
    "a setting of a figure, such as `maps.windows`": (
        lambda run: run.one["maps"].update(windows=2),
        (),
        MAPS | {"draw_provenance_one"},
    ),
    "a caption": (lambda run: edit(run.tree / "workflow/report/learning.rst", "e", "E"), (), set()),
    "a colour": (lambda run: edit(run.tree / LIBRARY / "palette.py", "#0072B2", "#0072B3"), (), FIGURES),
    "the version of the package": (
        lambda run: edit(run.tree / LIBRARY / "__init__.py", '__version__ = "', '__version__ = "9'),
        (),
        EVERYTHING,
    ),
    "`device`": (lambda run: run.config.update(device="auto"), (), set()),
    "threads, memory or GPUs on the command line": (
        lambda run: None,
        ("--set-threads", "train=2", "--set-resources", "train:mem_mb=9000", "--resources", "gpu=0"),
        set(),
    ),
    "the profile": (lambda run: None, ("--profile", str(ROOT / "config" / "profiles" / "local-gpu")), set()),
}


# Changes that rerun nothing are made one upon another: none of them takes back what another one would rerun.
TOGETHER = [row for row, (_, options, expected) in ROWS.items() if not options and not expected]


@pytest.fixture(scope="module")
def after_all_of_them(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    run = copy_run(finished, tmp_path_factory.mktemp("together"))
    for row in TOGETHER:
        ROWS[row][0](run)
    return run.planned()


@pytest.mark.parametrize("row", TOGETHER)
def test_a_change_reruns_nothing(after_all_of_them: set[str], row: str) -> None:
    assert after_all_of_them == ROWS[row][2]


@pytest.mark.parametrize("row", [row for row in ROWS if row not in TOGETHER])
def test_a_change_reruns_what_depends_on_it_and_nothing_else(run: Run, row: str) -> None:
    change, options, expected = ROWS[row]
    change(run)
    assert run.planned(*options) == expected


@pytest.mark.skipif(sys.dont_write_bytecode, reason="Python keeps nothing compiled")
def test_a_checkout_runs_where_it_lies_and_keeps_what_is_compiled(tmp_path: Path) -> None:
    write_inputs(tmp_path)
    snakemake(tmp_path, checkout(tmp_path / "tree"), targets=["results/references/g/chrom.sizes"])
    assert list((tmp_path / "tree" / LIBRARY / "steps" / "__pycache__").glob("reference.*.pyc"))


def test_a_genome_above_a_megabyte_is_known_by_its_content_too(run: Run) -> None:
    # Snakemake's own limit; without the profile of a checkout larger files go by their date alone.
    touch(run.folder / "g.fa")
    small = ("--max-checksum-file-size", "1000")
    assert "download_reference" in run.planned(*small) and run.planned() == set()


def test_a_folder_of_results_may_be_moved(run: Run) -> None:
    (run.folder / "results").rename(run.folder / "moved")
    run.config["results"] = "moved"
    assert run.planned(targets=[name.replace("results/", "moved/") for name in TARGETS]) == set()


def test_a_folder_moved_with_its_records_still_knows_what_changed(run: Run, tmp_path: Path) -> None:
    moved = run._replace(folder=run.folder.rename(tmp_path / "it's elsewhere"))
    assert moved.planned() == set()
    moved.one["training"]["learning_rate"] = 0.01
    assert "train one 1" in moved.planned()


def test_the_page_has_a_row_for_each_of_these_tests() -> None:
    page = (ROOT / "docs" / "reruns.md").read_text()
    rows = re.findall(r"^\| ([^|]+?) +\|", page, re.M)
    assert [row for row in ROWS if row not in rows] == []

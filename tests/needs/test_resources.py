"""What rules ask for: always a number, more where there is more, more at every attempt."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convoscope.config import load_config
from convoscope.needs.resources import GROWTH, job_amounts, needs, row_of
from convoscope.needs.table import NEEDS, line

GPU = {"gpu": 1, "device": "auto", "slurm_partition": "gpu"}


def configured(rows: int, **changes: Any) -> Any:
    """Return a configuration with a site file of some rows in the current folder."""
    Path("a.bed").write_text("chr1\t1\t2\n" * rows)
    Path("g.fa").write_text(">chr1\n" + "ACGT" * 5000 + "\n")
    experiment = {"reference": "g", "sites": {"A": {"path": "a.bed"}}, "windows": {"length": 100, "bin": 50}, **changes}
    return load_config({"references": {"g": {"mirrors": ["g.fa"]}}, "experiments": {"sequence": {"e": experiment}}})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_line_by_hand() -> None:
    assert line(10, rows=3, bases=1).at({"rows": 2e6, "bases": 5e6, "other": 7}) == 10 + 6 + 5


@pytest.mark.parametrize("step", NEEDS)
def test_every_step_always_knows_a_number_that_doubles_with_each_attempt(step: str) -> None:
    variants = {"v": {"path": "v.vcf"}}
    config = configured(5, variants=variants, regions={"v": {"path": "r.bed"}}, records={"v": {"path": "r.fa"}})
    wildcards = {"experiment": "e"}
    if NEEDS[step].kind == "further_cells":
        images = {"e": {"simulate": {}, "further_cells": {"v": {"path": "cells.tsv"}}}}
        config = load_config({"experiments": {"image": images}})
    wildcards |= {"block": "v"} if NEEDS[step].kind else {}
    asked = needs(config, GPU, step)
    first, second = (asked["mem_mb"](wildcards, attempt) for attempt in (1, 2))
    assert isinstance(first, int) and first >= 100
    assert second == pytest.approx(GROWTH * first, abs=2)
    assert asked["runtime"](wildcards, 2) > asked["runtime"](wildcards, 1) >= 10
    assert asked.keys() - {"mem_mb", "runtime"} == (GPU.keys() if NEEDS[step].gpu else set())


@pytest.mark.parametrize(
    ("step", "few", "many"),
    [
        ("windows", {"rows": 10}, {"rows": 200_000}),
        ("encode", {"rows": 10}, {"rows": 200_000}),
        ("evaluate", {"rows": 10}, {"rows": 200_000}),
        ("baselines", {"rows": 10}, {"rows": 200_000}),
        ("train", {"rows": 1000}, {"rows": 1000, "windows": {"length": 20_000, "bin": 50}}),
        ("train", {"rows": 1000}, {"rows": 1000, "training": {"batch_size": 2000}}),
        ("train", {"rows": 1000}, {"rows": 1000, "model": {"name": "basset"}}),
    ],
)
def test_more_of_it_is_granted_more(step: str, few: dict[str, Any], many: dict[str, Any]) -> None:
    small, large = (needs(configured(**given), GPU, step)["mem_mb"]({"experiment": "e"}, 1) for given in (few, many))
    assert large > small + 20


def test_wildcards_of_a_rule_or_in_its_name() -> None:
    config = configured(3, regions={"r": {"path": "a.bed"}})
    need = NEEDS["regions"]
    assert job_amounts(config, need, {"experiment": "e", "file": "r"})["rows"] == 3
    asked = needs(config, GPU, "regions", experiment="e", block="r")
    assert asked["mem_mb"](SimpleNamespace(items=lambda: ()), 1) > 0


def test_rows_of_rules() -> None:
    assert row_of("further_cells_a_b") == "further_cells"
    assert row_of("score_table_images") == "score_table"
    with pytest.raises(KeyError, match="nothing_like_it: no row"):
        row_of("nothing_like_it")

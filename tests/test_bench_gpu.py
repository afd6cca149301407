"""`make bench-gpu` on a machine without a GPU: every row goes through its steps, and none is kept as measured."""

import importlib
import math
from pathlib import Path
from types import ModuleType

import pytest
import torch

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    module = importlib.import_module("gpu")
    monkeypatch.setattr(module, "RESULTS", tmp_path / "gpu.json")
    return module


@pytest.mark.usefixtures("warm")
def test_rehearsal_takes_every_step_and_keeps_nothing(
    gpu: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "CPU", gpu.CPU._replace(trials=1))
    gpu.run(tmp_path / "data")
    said = capsys.readouterr().out
    assert said.startswith("rehearsal on a CPU: these are no measurements\n")
    table = [line for line in said.splitlines() if line.startswith("| ")]
    unmeasured = [line for line in table if "unmeasured" in line]
    assert len(table) == len(gpu.ROWS) + 2
    assert [gpu.ROWS["busy"].work in line for line in unmeasured] == [True]  # only a GPU's driver says it
    assert not (tmp_path / "gpu.json").exists()


def test_what_is_missing_is_called_unmeasured(gpu: ModuleType) -> None:
    lines = gpu.table({"device": "some GPU", "basset": 1234.5}).splitlines()
    assert "some GPU" in lines[0]
    assert [line for line in lines if "unmeasured" not in line][2:] == [
        f"| {gpu.ROWS['basset'].work} | 250,000 sequences/s | 1,234 sequences/s |"
    ]


def test_operations_of_a_convolution_are_counted_as_products_and_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of deepyeast counts a multiplication and an addition each as one operation, as the ceiling does."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    rows = importlib.import_module("gpu_rows")
    with rows.FlopCounterMode(display=False) as counter:
        torch.nn.Conv2d(2, 3, 5, bias=False)(torch.zeros(1, 2, 9, 9))
    assert math.isclose(counter.get_total_flops(), 2 * (3 * 25 * 2) * 25)

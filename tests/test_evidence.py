"""The sets of `make evidence`: their blocks are allowed as they are, and their rows have the figures of the tables."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import torch

from convoscope import modelfile
from convoscope.config import load_config
from convoscope.models import IMAGES, SEQUENCES, all_options, build
from convoscope.nn.convolution import first_correlation

ROOT = Path(__file__).parents[1]
FACTS: dict[str, Any] = {
    "modality": "image", "architecture": "residual",
    "options": all_options("residual", {"filters": [4], "blocks": [1]}),
    "channels": 2, "space": [32, 32], "channel_names": ["m", "p"], "dtype": "uint16", "normalise": {"scope": "crop"},
    "task": "multiclass", "labels": ["p", "q"],
}  # fmt: skip


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("evidence", ROOT / "benchmarks" / "evidence.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = "before\n<!-- evidence -->\n\nold\n\n<!-- end -->\nafter\n"
    for name, file in (("TABLE", "evidence.tsv"), ("PAGE", "page.md"), ("PICTURE", "evidence.svg")):
        monkeypatch.setattr(module, name, tmp_path / file)
    (tmp_path / "page.md").write_text(page)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Empty files of sequences, and tables of cells of two classes: six tracks each, and four fields each."""
    files = ("yeast/peaks/Reb1.bed", "yeast/peaks/Abf1.bed", "deepbind/ELK1_AC.seq.gz", "cnnprom/Bs_prom.fa.gz",
             "cnnprom/Bs_non_prom.fa.gz")  # fmt: skip
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name, units, column in (("mitosis", 6, "track"), ("yeast_pairs", 4, "field")):
        rows = [(f"{label}{unit}", "a.tif", label, f"{label}{unit}") for label in "pq" for unit in range(units)]
        (tmp_path / "cells" / name).mkdir(parents=True)
        table = pd.DataFrame(rows, columns=["cell", "image", "label", column])
        table.to_csv(tmp_path / "cells" / name / "cells.tsv", sep="\t", index=False)
    return tmp_path


def test_blocks_are_allowed_and_choose_nothing(evidence: ModuleType, folder: Path) -> None:
    found = {name: block for kind, sets in evidence.KINDS.items() for name, block in sets(folder / kind)}
    assert list(found) == ["Abf1", "Reb1", "ELK1", "Bs", "mitosis", "yeast_pairs"]
    for name, block in found.items():
        config = load_config(evidence.configuration("results", name, block))
        experiment = {**config.experiments.sequence, **config.experiments.image}[name]
        assert not {"model", "training", "normalise", "seeds"} & set(block["experiment"])
        assert experiment.model.name in (IMAGES if block.get("data") == "image" else SEQUENCES)
    splits = {name: found[name]["experiment"]["split"] for name in ("mitosis", "yeast_pairs")}
    assert splits == {
        "mitosis": {"strategy": "grouped_folds", "by": ["track"], "folds": 5},
        "yeast_pairs": {"strategy": "grouped_folds", "by": ["field"], "folds": 4},
    }


def write_cells(results: Path) -> None:
    """Write what a run on cells leaves: three methods, a vote, and two networks, the second of averages."""
    figures: dict[str, list[Any]] = {
        "experiment": ["m"] * 4, "method": ["model", "filters", "intensity", "vote per track"],
        "n": [40, 40, 40, 9], "accuracy": [0.9, 0.8, 0.85, 0.99], "accuracy_low": [0.85, 0.7, 0.8, 0.9],
        "accuracy_high": [0.95, 0.9, 0.9, 1.0], "ece_scaled": [0.03, 0.1, 0.1, None],
        "accuracy_difference": [None, 0.1, 0.05, None], "accuracy_difference_low": [None, 0.05, -0.01, None],
        "accuracy_difference_high": [None, 0.15, 0.11, None],
    }  # fmt: skip
    pd.DataFrame(figures).to_csv(results / "cells.tsv", sep="\t", index=False)
    for fold in "01":
        (results / "m" / fold / "1").mkdir(parents=True)
        history = pd.DataFrame({"epoch": [1, 1], "seconds": [3.0, 2.0]})
        history.to_csv(results / "m" / fold / "1" / "history.tsv", sep="\t", index=False)
        torch.manual_seed(int(fold))
        network = build(FACTS["architecture"], 2, (32, 32), 2, FACTS["options"])
        if fold == "1":
            torch.nn.init.ones_(first_correlation(network).weight)
        modelfile.save(results / "m" / fold / "1" / "model.safetensors", network, FACTS)


def test_a_row_of_cells_is_the_network_beside_the_best_baseline(evidence: ModuleType, tmp_path: Path) -> None:
    write_cells(tmp_path)
    found = evidence.row(tmp_path, "m", evidence.ROWS["image"])
    assert found == {
        "metric": "accuracy", "n": 40, "model": 0.9, "model_low": 0.85, "model_high": 0.95, "baseline": "intensity",
        "baseline_value": 0.85, "difference": 0.05, "difference_low": -0.01, "difference_high": 0.11, "ece": 0.03,
        "classic_channels": 0, "channels": 8, "networks": 2, "training_s": 10,
    }  # fmt: skip
    assert evidence.classic_channels(tmp_path / "m" / "1" / "1" / "model.safetensors") == (8, 8)


def test_rows_of_sequences_and_cells_are_drawn_together(evidence: ModuleType, tmp_path: Path) -> None:
    write_cells(tmp_path)
    scores = {
        "label": "Reb1", "metric": "auroc", "n": 1716, "model": 0.96, "model_low": 0.94, "model_high": 0.98,
        "kmer": 0.95, "gc": 0.5, "kmer_p": 0.04, "gc_p": 0.001, "model_mcc": 0.8, "motif": "REB1", "motif_q": 1e-7,
        **{f"{name}_difference{end}": 0.01 for name in ("kmer", "gc") for end in ("", "_low", "_high")},
    }  # fmt: skip
    pd.DataFrame([scores]).to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    for kind, name, data in (("cells", "m", "image"), ("yeast", "Reb1", "sequence"), ("cells", "m", "image")):
        evidence.put({"kind": kind, "set": name, **evidence.row(tmp_path, name, evidence.ROWS[data])})
    evidence.draw()
    table = pd.read_csv(tmp_path / "evidence.tsv", sep="\t")
    assert list(table["set"]) == ["m", "Reb1"] and list(table["baseline"]) == ["intensity", "kmer"]
    page = (tmp_path / "page.md").read_text()
    assert (
        "| m (cells) | 40 | accuracy | 0.900 | 0.850 (intensity) | +0.050 [-0.010, +0.110] | – | – | 0 of 8 | 10 (2) |"
        in page
    )
    assert "| Reb1 (yeast) | 1,716 | auroc | 0.960 | 0.950 (kmer) |" in page and "REB1 (q 1e-07)" in page
    assert page.startswith("before\n") and page.endswith("<!-- end -->\nafter\n") and "old" not in page
    assert "<svg" in (tmp_path / "evidence.svg").read_text()

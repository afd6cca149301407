"""Sanity controls: permuted labels, shuffled inputs, their comparison with chance, and their figure."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from convoscope.config.tasks import TASKS, headline
from convoscope.evaluation.controls import CHANCE, control_rows, permute_rows, shuffle_inputs
from convoscope.files import write_json
from convoscope.report.sanity import sanity_finding


def test_every_headline_metric_has_its_chance() -> None:
    assert set(CHANCE) == {headline(task) for task in TASKS}


def test_labels_are_permuted_within_splits_as_whole_rows() -> None:
    generator = np.random.default_rng(0)
    splits = generator.choice(["train", "validation", "test"], 300)
    labels = np.stack([np.arange(300.0), -np.arange(300.0)], axis=1)
    permuted = permute_rows(splits, labels, 1)
    assert (permuted[:, 0] == -permuted[:, 1]).all()
    for name in ("train", "validation", "test"):
        rows = splits == name
        assert set(permuted[rows, 0]) == set(labels[rows, 0])
        assert np.mean(permuted[rows, 0] == labels[rows, 0]) < 0.1
    np.testing.assert_array_equal(permuted, permute_rows(splits, labels, 1))
    assert (permuted != permute_rows(splits, labels, 2)).any()


@pytest.mark.parametrize(("shape", "largest"), [((7, 50), 4), ((5, 2, 6, 4), 60_000)])
def test_shuffles_keep_the_composition_of_every_example(shape: tuple[int, ...], largest: int) -> None:
    codes = np.random.default_rng(0).integers(largest, size=shape).astype(np.uint16)
    shuffled = shuffle_inputs(codes, 3)
    assert shuffled.dtype == codes.dtype and (shuffled != codes).any(axis=tuple(range(1, len(shape)))).all()
    flat = [part.reshape(len(codes), -1, codes[0].size // (shape[1] if len(shape) == 4 else 1)) for part in
            (codes, shuffled)]  # fmt: skip
    for before, after in zip(*flat, strict=True):  # pixels of all channels move together
        assert sorted(map(tuple, before.T.tolist())) == sorted(map(tuple, after.T.tolist()))
    parts = [shuffle_inputs(codes[start : start + 2], 3, start) for start in range(0, len(codes), 2)]
    np.testing.assert_array_equal(np.concatenate(parts), shuffled)
    assert (shuffle_inputs(codes, 4) != shuffled).any()


def metrics(value: float, low: float | None, high: float | None) -> dict[str, Any]:
    """Metrics of two labels and their mean."""
    found = {"auroc": {"value": value, "low": low, "high": high, "n": 40}}
    return {"task": "multilabel", "model": {"a": found, "b": found, "mean": found}}


def test_controls_are_compared_with_chance_by_their_intervals() -> None:
    controls = {
        "permuted_labels": metrics(0.503, 0.468, 0.532),
        "shuffled_inputs": metrics(0.61, 0.55, 0.66),
        "rough": metrics(0.7, None, None),
    }
    table = control_rows(metrics(0.93, 0.9, 0.95), controls)
    verdicts = dict(zip(table["control"], table["verdict"], strict=True))
    assert verdicts == {
        "permuted_labels": "at chance", "shuffled_inputs": "above chance", "rough": "no interval"
    }  # fmt: skip
    assert (table["model"] == 0.93).all() and (table["chance"] == 0.5).all() and len(table) == 9
    words = sanity_finding(table[table["control"] != "rough"], "sequence")
    assert words == (
        "With permuted labels AUROC .50 (.47 to .53); with composition alone AUROC .61 (.55 to .66); the network "
        "reaches .93. Warning: composition alone above chance"
    )  # fmt: skip
    quiet = sanity_finding(table[table["control"] == "permuted_labels"], "image")
    assert quiet == "With permuted labels AUROC .50 (.47 to .53); the network reaches .93"


def test_verbs_and_the_figure(tmp_path: Path, run: Any, refuse: Any, drawing: Any, caplog: Any) -> None:
    folds = {"holdout": {name: [name] for name in ("train", "validation", "test")}}
    card = {"labels": ["a", "b"], "task": "multilabel", "folds": folds, "modality": "sequence"}
    write_json(tmp_path / "card.json", card)
    table = pd.DataFrame({"id": [f"e{n}" for n in range(60)], "fold": ["train", "validation", "test"] * 20,
                          "a": np.arange(60) % 2.0, "b": np.arange(60) // 30.0})  # fmt: skip
    table.to_csv(tmp_path / "examples.tsv", sep="\t", index=False)
    run("permute-labels", "--examples", tmp_path / "examples.tsv", "--card", tmp_path / "card.json", "--permuted",
        tmp_path / "permuted.tsv")  # fmt: skip
    permuted = pd.read_csv(tmp_path / "permuted.tsv", sep="\t")
    assert permuted[["id", "fold"]].equals(table[["id", "fold"]])
    assert permuted.groupby("fold")[["a", "b"]].sum().equals(table.groupby("fold")[["a", "b"]].sum())
    codes = np.random.default_rng(0).integers(4, size=(60, 20)).astype(np.uint8)
    np.save(tmp_path / "codes.npy", codes)
    run("shuffle-inputs", "--codes", tmp_path / "codes.npy", "--shuffled", tmp_path / "shuffled.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "shuffled.npy"), shuffle_inputs(codes, 1))

    write_json(tmp_path / "metrics.json", metrics(0.93, 0.9, 0.95))
    write_json(tmp_path / "p.json", metrics(0.55, 0.51, 0.6))
    words = ["sanity-table", "--metrics", tmp_path / "metrics.json", "--table", tmp_path / "sanity.tsv", "--names"]
    run(*words, "permuted_labels", "--controls", tmp_path / "p.json")
    assert "control permuted_labels: auroc of mean is above chance: 0.550" in caplog.text
    assert "--controls: 1 files with 2 names" in refuse(*words, "x", "y", "--controls", tmp_path / "p.json")
    figures = {"sanity": tmp_path / "sanity.svg", "sanity_table": tmp_path / "sanity.html"}
    (tmp_path / "input").mkdir()
    (tmp_path / "sanity.tsv").rename(tmp_path / "input" / "sanity.tsv")
    run(*drawing(figures, card=tmp_path / "card.json", sanity=tmp_path / "input" / "sanity.tsv"))
    assert "Warning: permuted labels above chance" in figures["sanity"].read_text()
    assert "3 of 3 controls are above chance" in json.dumps(figures["sanity_table"].read_text())

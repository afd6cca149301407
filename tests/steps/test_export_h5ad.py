"""Predictions as AnnData: what is in the file, and what anndata itself reads of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from convoscope.files import digest, write_json

FOLD = {"train": ["train"], "validation": ["validation"], "test": ["test"]}
LABELS = ["a/b", "c"]


@pytest.fixture
def cells(tmp_path: Path) -> list[object]:
    """Words of the verb for four cells, one of each split and one of none, with embeddings of three of them."""
    table = pd.DataFrame(
        {"id": ["c1", "c2", "c3", "c4"], "x": [1.5, None, 3, 4], "line": ["1", "2", "3", "4"], "well/plate": "p",
         "fold": ["train", "validation", "test", "none"], "a/b": [1.0, 0, 0, 1], "c": [0.0, 1, 1, 0]}
    )  # fmt: skip
    table.to_csv(tmp_path / "crops.tsv", sep="\t", index=False)
    write_json(tmp_path / "card.json", {"labels": LABELS, "task": "multiclass", "folds": {"holdout": FOLD}})
    rows = [("c3", "test", "a/b", 0.7, 0.1), ("c3", "test", "c", 0.3, 0.1), ("c2", "validation", "a/b", 0.2, 0.0),
            ("c2", "validation", "c", 0.8, 0.0)]  # fmt: skip
    predicted = pd.DataFrame(rows, columns=["id", "split", "label", "prediction", "spread"]).assign(fold="holdout")
    predicted.to_csv(tmp_path / "predictions.tsv.gz", sep="\t", index=False)
    np.savez(tmp_path / "e.npz", cells=np.float32([[4, 0, 0], [0, 0, 0], [2, 0, 0]]), ids=["c3", "c1", "c2"])
    return ["export-h5ad", "--examples", tmp_path / "crops.tsv", "--card", tmp_path / "card.json", "--predictions",
            tmp_path / "predictions.tsv.gz", "--embeddings", tmp_path / "e.npz", "--h5ad"]  # fmt: skip


def test_rows_are_examples_and_predictions_are_held_out(run: Callable[..., None], cells: list[object], tmp_path: Path):
    run(*cells, tmp_path / "p.h5ad")
    with h5py.File(tmp_path / "p.h5ad") as file:
        np.testing.assert_allclose(file["X"][:], [[np.nan] * 2, [0.2, 0.8], [0.7, 0.3], [np.nan] * 2], rtol=1e-6)
        np.testing.assert_allclose(file["layers/spread"][1:3], [[0, 0], [0.1, 0.1]], rtol=1e-6)
        assert file["layers/label"][:].tolist() == [[1, 0], [0, 1], [0, 1], [1, 0]]
        assert file["var/_index"].asstr()[:].tolist() == LABELS and file["obs/class/codes"][:].tolist() == [0, 1, 1, 0]
        assert file["obs/called/codes"][:].tolist() == [-1, 1, 0, -1]
        assert file["obsm/X_pca"][:3].tolist() == [[-2, 0], [0, 0], [2, 0]] and np.isnan(file["obsm/X_pca"][3]).all()


def test_the_same_content_has_the_same_bytes(run: Callable[..., None], cells: list[object], tmp_path: Path):
    for name in ("one.h5ad", "two.h5ad"):
        run(*cells, tmp_path / name)
    assert digest(tmp_path / "one.h5ad") == digest(tmp_path / "two.h5ad")
    with h5py.File(tmp_path / "one.h5ad") as file:
        nodes: list[Any] = []
        file.visititems(lambda _, node: nodes.append(h5py.h5o.get_info(node.id)))
    assert len(nodes) > 30 and {(one.btime, one.ctime, one.mtime) for one in nodes} == {(0, 0, 0)}


def test_columns_that_would_have_one_name_are_refused(refuse: Callable[..., str], cells: list[object], tmp_path: Path):
    path = tmp_path / "crops.tsv"
    path.write_text(path.read_text().replace("line", "well_plate"))
    assert "column 'well_plate': two columns would have this name" in refuse(*cells, tmp_path / "p.h5ad")
    assert not (tmp_path / "p.h5ad").exists()


READ = """
import anndata, json, sys
found = anndata.read_h5ad(sys.argv[1])
told = {"shape": found.shape, "var": list(found.var_names), "obs": list(found.obs_names), "columns": list(found.obs),
        "called": found.obs["called"].astype(object).fillna("").tolist(), "split": found.obs["split"].tolist(),
        "x": found.obs["x"].tolist()[2:], "layers": sorted(found.layers), "obsm": sorted(found.obsm),
        "task": found.uns["task"], "pca": found[["c3"]].obsm["X_pca"].tolist(),
        "known": found.X[2].astype(float).round(3).tolist()}
print(json.dumps(told))
"""


def test_anndata_reads_it(run: Callable[..., None], cells: list[object], tmp_path: Path):
    python = sys.executable if find_spec("anndata") else os.environ.get("ANNDATA_PYTHON")
    if python is None:
        pytest.skip("no anndata; ANNDATA_PYTHON can name the interpreter of an environment that has it")
    run(*cells, tmp_path / "p.h5ad")
    command = [python, "-W", "error", "-c", READ, str(tmp_path / "p.h5ad")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    found = json.loads(done.stdout)
    assert found == {
        "shape": [4, 2], "var": LABELS, "obs": ["c1", "c2", "c3", "c4"],
        "columns": ["x", "line", "well_plate", "fold", "split", "class", "called"], "called": ["", "c", "a/b", ""],
        "split": ["train", "validation", "test", ""], "x": [3, 4], "layers": ["label", "spread"],
        "obsm": ["X_pca", "embedding"], "task": "multiclass", "pca": [[2, 0]], "known": [0.7, 0.3],
    }  # fmt: skip

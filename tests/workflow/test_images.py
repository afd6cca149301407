"""The image branch as a user runs it, on a slice of real crops and on simulated fields."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from small_run import environment

from convoscope import modelfile
from convoscope.files import read_json

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "model": {"name": "residual", "options": {"filters": [4, 8], "blocks": [1, 1]}},
    "training": {"epochs": 2, "batch_size": 16, "learning_rate": 0.01, "brightness": 0.1, "balanced": True},
    "evaluation": {"bootstrap": 100},
    "interpretation": {"units": 2, "scanned": 40, "cells": 2, "steps": 4, "untrained": 2},
}


def snakemake(folder: Path, config: dict[str, Any]) -> str:
    """Run everything that a configuration asks for and return what Snakemake says."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    command = ["python", "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "2"]
    command += ["--configfile", str(path), "--show-failed-logs"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stderr + done.stdout


def test_a_slice_of_real_crops_from_table_to_pictures(tmp_path: Path, data: Path) -> None:
    folder = data / "cells" / "yeast_pairs"
    cells = pd.read_csv(folder / "cells.tsv", sep="\t")
    part = cells[cells["protein"].isin(["AAC1", "AAH1", "AAR2"])].groupby("field").head(7)
    part.to_csv(tmp_path / "cells.tsv", sep="\t", index=False)
    experiment = {
        "cells": {"path": str(tmp_path / "cells.tsv"), "folder": str(folder)},
        "labels": ["protein"],
        "groups": ["field"],
        "split": {"strategy": "grouped_folds", "by": ["field"], "folds": 3},
        "ladder": ["cell"],
        "further_cells": {
            "new.1": {"path": str(tmp_path / "new.tsv"), "folder": str(folder), "keep": ["field"], "formats": ["csv"]}
        },
        "onnx": False,  # the other run exports its network
        **SMALL,
    }
    cells.drop(columns=["label", "protein"]).iloc[::40].to_csv(tmp_path / "new.tsv", sep="\t", index=False)
    snakemake(tmp_path, {"experiments": {"image": {"pairs": experiment}}})
    results = tmp_path / "results"
    metrics = read_json(results / "pairs" / "metrics.json")
    assert metrics["overall"]["model"]["accuracy"]["n"] == len(part) == 84
    assert set(metrics["baselines"]) == {"filters", "intensity"}  # the table has no places
    assert set(metrics["votes"]) == {"field"}
    assert np.sum(metrics["confusion"]) == 84
    chosen = read_json(results / "pairs" / "data" / "card.json")["normalise"]["folds"]
    assert {fold: (one["scope"], one["trials"]) for fold, one in chosen.items()} == dict.fromkeys(
        ["0", "1", "2", "by.cell"],
        ("training", {}),  # fields have seven cells
    )
    figures = {path.name for path in (results / "pairs" / "figures").glob("*.svg")}
    assert {"montage.svg", "ladder.svg", "confusion.svg", "kernels.svg", "maps.svg", "control.svg"} <= figures
    predicted = pd.read_csv(results / "pairs" / "cells" / "new.1" / "predictions.csv")
    assert predicted["cell"].tolist() == cells["cell"].iloc[::40].tolist()
    assert set(predicted["called"]) <= {"AAC1", "AAH1", "AAR2"}
    assert {"cells.new.1.svg"} <= figures
    table = pd.read_csv(results / "cells.tsv", sep="\t")
    assert list(table.loc[table["method"] == "model", "split"]) == ["cell", "field"]


def test_simulated_fields_under_every_kind_of_split(tmp_path: Path) -> None:
    simulation = {"proteins": 3, "plates": 3, "cells": 1, "size": 24, "seed": 3}
    shared = {"simulate": simulation, "groups": ["protein", "plate", "field"], "crops": {"size": 24}, **SMALL}
    experiments = {
        "plain": {**shared, "split": {"by": ["protein"]}, "normalise": {"strategy": "log", "scope": "plate"}}
    }
    snakemake(tmp_path, {"experiments": {"image": experiments}})
    folder = tmp_path / "results" / "plain"
    crops = pd.read_csv(folder / "data" / "crops.tsv", sep="\t")
    assert crops.groupby("protein")["fold"].nunique().eq(1).all()
    _, metadata = modelfile.load(folder / "holdout" / "1" / "model.safetensors")
    assert metadata["normalise"]["scope"] == "plate"
    assert set(metadata["normalise"]["figures"]) == set(crops["plate"])
    with np.load(folder / "embeddings.npz") as embedded:
        assert embedded["cells"].shape == (len(crops), 8)
        first = crops["protein"].to_numpy() == embedded["protein:names"][0]
        np.testing.assert_allclose(embedded["protein:means"][0], embedded["cells"][first].mean(axis=0), rtol=1e-4)
    assert "position" in read_json(folder / "metrics.json")["baselines"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ladder": ["well"]}, "groups: well is used but not listed; list it under groups"),
        ({"labels": ["a", "b"]}, "labels: multiclass takes one column of classes"),
        ({"cells": {"path": "cells.tsv"}}, "give either cells or simulate"),
        ({"groups": ["fold"]}, r"experiments\.image\.x: fold: reserved for a column of crops\.tsv"),
    ],
)
def test_wrong_configurations_are_refused(change: dict[str, Any], message: str) -> None:
    from convoscope.config import load_config
    from convoscope.errors import InputError

    content = {"experiments": {"image": {"x": {"simulate": {}, **change}}}}
    with pytest.raises(InputError, match=message):
        load_config(content)


def test_classes_that_fit_no_split_are_refused(tmp_path: Path, refuse: Callable[..., str]) -> None:
    (tmp_path / "cut.tsv").write_text("id\timage\tx\ty\tstatus\tplate\tlabel\n" + "".join(
        f"{number}\tf\t1\t1\tok\tp{number % 2}\t{'ab'[number // 6]}\n" for number in range(12)
    ))  # fmt: skip
    np.save(tmp_path / "codes.npy", np.zeros((12, 1, 8, 8), np.uint8))
    (tmp_path / "cells.tsv").touch()
    outputs = ["--examples", tmp_path / "crops.tsv", "--card", tmp_path / "card.json"]
    spec = '{"labels": ["label"], "groups": ["plate"], "split": {"by": ["plate"]}}'
    line = refuse(
        "split-cells", "--cut", tmp_path / "cut.tsv", "--codes", tmp_path / "codes.npy", "--inputs",
        tmp_path / "cells.tsv", "--spec", spec, *outputs,
    )  # fmt: skip
    assert (
        "split.by plate: train, validation and test need 3 groups of every class, but too few have: 'a' (2), 'b' (2)"
        in line
    )
    assert not (tmp_path / "crops.tsv").exists()

"""The verb ``simulate-cells``: images that other programs read, the same bytes from the same seed."""

import json
import time

import numpy as np
import pandas as pd
import pytest
import tifffile

SMALL = {"proteins": 1, "plates": 2, "cells": 4, "size": 32}


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def folder(run, tmp_path):
    run("simulate-cells", "--spec", json.dumps(SMALL), "--folder", tmp_path / "first")
    return tmp_path / "first"


def test_the_table_and_the_images_belong_together(folder):
    cells = pd.read_csv(folder / "cells.tsv", sep="\t", dtype=str)
    assert len(cells) == 12 * 2 * 4
    assert set(cells["image"]) == {f"fields/{path.name}" for path in (folder / "fields").iterdir()}
    with tifffile.TiffFile(folder / cells["image"][0]) as image:
        [series] = image.series
        assert series.axes == "CYX" and series.dtype == np.uint16 and series.shape[0] == 2
        assert 'Name="marker"' in image.ome_metadata and 'Name="protein"' in image.ome_metadata
        assert image.asarray()[0].max() > 150
    assert cells["x"].astype(float).between(16, series.shape[2] - 16).all()
    assert cells["y"].astype(float).between(16, series.shape[1] - 16).all()


def test_the_truth_about_the_levels(folder):
    cells = pd.read_csv(folder / "cells.tsv", sep="\t")
    proteins = pd.read_csv(folder / "proteins.tsv", sep="\t")
    assert set(proteins["protein"]) == set(cells["protein"]) and set(proteins["label"]) == set(cells["true_label"])
    plates = pd.read_csv(folder / "plates.tsv", sep="\t")
    assert plates["plate"].tolist() == ["plate1", "plate2"] and (plates["blur"] > 0).all()


def test_same_seed_same_bytes(run, folder, tmp_path):
    run("simulate-cells", "--spec", json.dumps(SMALL), "--folder", tmp_path / "again")
    assert content(tmp_path / "again") == content(folder)
    run("simulate-cells", "--spec", json.dumps(SMALL | {"seed": 2}), "--folder", tmp_path / "other")
    name = "fields/plate1-A01-f1.ome.tif"
    assert content(tmp_path / "other")[name] != content(folder)[name]


def test_a_smaller_simulation_leaves_nothing_of_the_larger(run, folder):
    note = folder / "fields" / "note.txt"
    note.write_text("kept")
    run("simulate-cells", "--spec", json.dumps(SMALL | {"plates": 1}), "--folder", folder)
    cells = pd.read_csv(folder / "cells.tsv", sep="\t")
    assert {path.name for path in (folder / "fields").iterdir()} == {
        image.removeprefix("fields/") for image in cells["image"]
    } | {"note.txt"}


def test_the_default_takes_seconds(run, tmp_path):
    begin = time.process_time()
    run("simulate-cells", "--spec", json.dumps({"proteins": 1, "plates": 1}), "--folder", tmp_path)
    assert time.process_time() - begin < 30 / 15  # a fifteenth of the default


@pytest.mark.parametrize(
    ("change", "message"),
    [({"size": 8}, "--spec: size:"), ({"cells": 0}, "--spec: cells:"), ({"cell": 3}, "--spec: cell: unknown key")],
)
def test_bad_input_is_one_line_and_leaves_nothing(refuse, tmp_path, change, message):
    assert message in refuse("simulate-cells", "--spec", json.dumps(SMALL | change), "--folder", tmp_path / "bad")
    assert not content(tmp_path)


def test_a_file_in_the_way(refuse, tmp_path):
    (tmp_path / "taken").write_text("")
    line = refuse("simulate-cells", "--spec", json.dumps(SMALL), "--folder", tmp_path / "taken")
    assert "taken" in line

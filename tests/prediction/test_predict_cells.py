"""Cells without labels: the same numbers as in the experiment, and every row predicted or dropped."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
import torch

from convoscope import modelfile
from convoscope.config import Model
from convoscope.config.image import FurtherCells
from convoscope.dataset import load_dataset
from convoscope.errors import InputError
from convoscope.image.outlines import area
from convoscope.modality import MODALITIES
from convoscope.models import build
from convoscope.prediction import cells

SIZE, CHANNELS = 12, ["DNA", "ER"]
MODEL = Model(name="residual", options={"filters": [4, 8], "blocks": [1, 1], "size": 5})


@pytest.fixture
def fields(tmp_path):
    """Write six fields of two channels on three plates with ten cells each, and their table."""
    generator, rows = np.random.default_rng(3), []
    for number in range(6):
        image = generator.integers(100, 3000 + 900 * number, (2, 48, 60), dtype=np.uint16)
        tifffile.imwrite(tmp_path / f"f{number}.tif", image, photometric="minisblack")
        places = generator.integers(0, [60, 48], (10, 2))
        rows += [(f"{number:02}.{cell}", f"f{number}.tif", x, y, f"0{number // 2}", "ab"[cell % 2])
                 for cell, (x, y) in enumerate(places)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["cell", "image", "x", "y", "plate", "label"])
    table.sample(frac=1, random_state=2).to_csv(tmp_path / "cells.tsv", sep="\t", index=False)
    return tmp_path


@pytest.fixture
def experiment(fields, run):
    """Cut and assign the cells, and write networks of random weights of two seeds; return their files."""

    def make(scope="training", strategy="standard", task="multiclass", crops=None, folds=("holdout", "holdout")):
        data = {"cells": {"path": "cells.tsv", "form": "centres"}, "groups": ["plate"]}
        crops = {"size": SIZE, "channels": CHANNELS, **(crops or {})}
        paths = {name: fields / name for name in ("cut.tsv", "codes.npy", "lost.tsv", "crops.tsv", "card.json")}
        given = ["--cut", paths["cut.tsv"], "--codes", paths["codes.npy"]]
        run("crops", "--table", fields / "cells.tsv", "--spec", json.dumps({**data, "crops": crops}), *given,
            "--dropped", paths["lost.tsv"])  # fmt: skip
        several = {"strategy": "grouped_folds", "folds": 3} if folds[0] != "holdout" else {}
        spec = {"labels": ["label"], "groups": ["plate"], "crops": crops, "split": several,
                "normalise": {"scope": scope, "strategy": strategy}}  # fmt: skip
        known = ["--examples", paths["crops.tsv"], "--card", paths["card.json"]]
        run("split-cells", *given, "--inputs", fields / "cells.tsv", "--spec", json.dumps(spec), *known)
        dataset = load_dataset(paths["crops.tsv"], paths["codes.npy"], paths["card.json"])
        files = []
        for seed, fold in enumerate(folds):
            facts = {**dataset.card, **MODALITIES["image"].facts(dataset.card, fold), "task": task, "fold": fold}
            metadata = {**facts, "architecture": MODEL.name, "options": MODEL.options, "channels": 2, "seed": seed}
            torch.manual_seed(seed)
            network = build(MODEL.name, 2, (SIZE, SIZE), 2, MODEL.options)
            for parameter in network.parameters():
                torch.nn.init.normal_(parameter, std=0.4)
            files.append(fields / f"{fold}{seed}.safetensors")
            modelfile.save(files[-1], network.eval(), metadata)
        return files

    return make


@pytest.fixture
def predict(run, fields):
    """Run the verb and return predictions and dropped rows."""

    def call(models, *more, name="new.tsv.gz", table="cells.tsv"):
        out = fields / "out"
        run("predict-cells", "--models", *models, "--cells", fields / table, "--form", "centres",
            "--predictions", out / name, "--dropped", out / "dropped.tsv", *more)  # fmt: skip
        text = {"cell": str, "plate": str, "called": str}
        sep = "," if ".csv" in name else "\t"
        return pd.read_csv(out / name, sep=sep, dtype=text), pd.read_csv(out / "dropped.tsv", sep="\t", dtype=str)

    return call


def by_network(run, fields, models, *more):
    """Return what the verb predict says of the experiment's own cells, a table per network."""
    found = []
    for model in models:
        path = fields / f"{model.stem}.tsv.gz"
        run("predict", "--model", model, "--examples", fields / "crops.tsv", "--codes", fields / "codes.npy", "--card",
            fields / "card.json", "--predictions", path, *more)  # fmt: skip
        table = pd.read_csv(path, sep="\t", dtype={"id": str})
        found.append(table.pivot(index="id", columns="label", values="prediction"))
    return found


def unlabelled(fields, change=lambda table: table):
    table = pd.read_csv(fields / "cells.tsv", sep="\t", dtype=str).drop(columns="label", errors="ignore")
    change(table).to_csv(fields / "cells.tsv", sep="\t", index=False)
    return table


@pytest.mark.parametrize(
    ("scope", "strategy"), [("training", "log"), ("crop", "percentile"), ("plate", "log"), ("plate", "standard")]
)
def test_the_experiments_own_cells_are_predicted_as_by_predict(scope, strategy, experiment, predict, run, fields):
    models = experiment(scope, strategy)
    expected = np.stack(by_network(run, fields, models, "--average-views"))
    table = unlabelled(fields)
    found, dropped = predict(models)
    assert found["cell"].tolist() == table["cell"].tolist() and dropped.empty
    assert found["line"].tolist() == list(range(2, 62))
    ordered = found.set_index("cell").sort_index()
    np.testing.assert_allclose(ordered[["a", "b"]], expected.mean(0), atol=1e-5)
    np.testing.assert_allclose(ordered[["a:spread", "b:spread"]], expected.std(0), atol=1e-5)
    assert ordered["called"].tolist() == np.where(expected.mean(0).argmax(1) == 0, "a", "b").tolist()
    np.testing.assert_allclose(ordered["confidence"], expected.mean(0).max(1), atol=1e-5)
    assert set(found["status"]) == {"ok", "padded"}
    assert np.ptp(expected.mean(0)[:, 0]) > 0.02


def test_chosen_splits_are_predicted_as_among_all(experiment, run, refuse, fields):
    model, _ = experiment()
    files = ["--examples", fields / "crops.tsv", "--codes", fields / "codes.npy", "--card", fields / "card.json"]
    tables = {}
    for name, more in (("all", []), ("judged", ["--splits", "test", "validation"])):
        run("predict", "--model", model, *files, "--predictions", fields / f"{name}.tsv.gz", *more)
        tables[name] = pd.read_csv(fields / f"{name}.tsv.gz", sep="\t", dtype={"id": str})
    expected = tables["all"][tables["all"]["split"].isin(["validation", "test"])]
    assert set(tables["all"]["split"]) == {"train", "validation", "test"} and len(expected)
    pd.testing.assert_frame_equal(tables["judged"], expected.reset_index(drop=True), atol=1e-6, rtol=0)
    card = json.loads((fields / "card.json").read_text())
    card["folds"]["holdout"]["validation"] = []
    (fields / "card.json").write_text(json.dumps(card))
    written = fields / "none.tsv.gz"
    line = refuse("predict", "--model", model, *files, "--predictions", written, "--splits", "validation")
    assert line.endswith("crops.tsv has no example in validation of fold holdout")
    assert not written.exists()


def test_every_fold_normalises_as_its_own_training(experiment, predict, run, fields):
    models = experiment(folds=("0", "1", "2"))
    expected = np.stack(by_network(run, fields, models))
    found, _ = predict(models, "--one-view")
    np.testing.assert_allclose(found.set_index("cell").sort_index()[["a", "b"]], expected.mean(0), atol=1e-5)
    averaged, _ = predict(models)
    assert np.abs(averaged["a"] - found["a"]).max() > 1e-3


@pytest.mark.usefixtures("operators_read_once")
def test_onnx_files_predict_alike(experiment, predict, run, refuse, fields):
    models = experiment("plate")
    targets = [path.with_suffix(".onnx") for path in models]
    run(
        "export-onnx",
        "--models",
        *models,
        "--examples",
        fields / "crops.tsv",
        "--codes",
        fields / "codes.npy",
        "--card",
        fields / "card.json",
        "--onnx",
        *targets,
    )
    expected, _ = predict(models)
    line = refuse("predict-cells", "--models", *targets, "--cells", fields / "cells.tsv", "--form", "centres",
        "--predictions", fields / "x.tsv", "--dropped", fields / "y.tsv", "--embeddings", fields / "e.npz")  # fmt: skip
    assert "--embeddings: an ONNX file gives scores only" in line
    found, _ = predict(targets)
    np.testing.assert_allclose(found[["a", "b", "a:spread"]], expected[["a", "b", "a:spread"]], atol=1e-5)


def test_new_groups_are_normalised_by_their_own_cells(experiment, predict, run, fields):
    models = experiment("plate")
    expected = by_network(run, fields, models[:1], "--average-views")[0]
    unlabelled(fields, lambda table: table.assign(plate=table["plate"].map({"00": "9", "01": "7", "02": "NA"})))
    found, _ = predict(models[:1], "--spec", '{"path": "", "group_size": 20, "keep": ["plate"]}')
    np.testing.assert_allclose(found.set_index("cell").sort_index()[["a", "b"]], expected, atol=1e-5)


def test_small_groups_are_dropped_and_say_so(experiment, predict, refuse, fields):
    models = experiment("plate")
    unlabelled(fields, lambda table: table[(table["plate"] != "01") | (table["cell"].str[:2] == "02")])
    found, dropped = predict(models, "--spec", '{"path": "", "group_size": 11}')
    assert (len(found), set(found["cell"].str[:2])) == (40, {"00", "01", "04", "05"})
    assert set(dropped["reason"]) == {"small group: plate '01' has 10 of at least 11 cells"}
    assert predict(models, "--spec", '{"path": "", "group_size": 10}')[1].empty
    given = [
        "predict-cells",
        "--models",
        *models,
        "--form",
        "centres",
        "--cells",
        fields / "cells.tsv",
        "--predictions",
        fields / "x.tsv",
        "--dropped",
        fields / "y.tsv",
    ]
    unlabelled(fields_of(fields, "A\tf0.tif\t20\t20\t\tb\nB\tf0.tif\t20\t20\tp\tb\n"))
    assert "no cell can be predicted: 1 no group, 1 small group, such as line 2 (no group: plate empty)" in refuse(
        *given
    )
    unlabelled(fields, lambda table: table.drop(columns="plate"))
    assert "no column 'plate'; its columns are cell, image, x, y" in refuse(*given)


def fields_of(fields, rows):
    (fields / "cells.tsv").write_text("cell\timage\tx\ty\tplate\tlabel\n" + rows)
    return fields


def test_every_row_is_predicted_or_dropped(experiment, predict, fields):
    models = experiment()
    tifffile.imwrite(fields / "byte.tif", np.random.default_rng(1).integers(0, 255, (2, 48, 60), dtype=np.uint8))
    tifffile.imwrite(fields / "three.tif", np.ones((3, 48, 60), np.uint16), photometric="minisblack")
    rows = [
        "1E5\tf0.tif\t30\t20",
        "0012\tf0.tif\t0\t0",
        "NA\tf0.tif\t\t3",
        "x\tnone.tif\t3\t3",
        "out\tf0.tif\t60\t3",
        "byte\tbyte.tif\t30\t20",
        "three\tthree.tif\t30\t20",
        "text\tf0.tif\tfar\t20",
        "edge\tf0.tif\t59.5\t47",
    ]
    (fields / "some.tsv").write_text("cell\timage\tx\ty\n\n" + "\n".join(rows))
    found, dropped = predict(models, name="new.csv", table="some.tsv")
    assert found["cell"].tolist() == ["1E5", "0012", "edge"]
    assert found[["line", "x", "y", "status"]].to_numpy().tolist() == [
        [3, 30.0, 20.0, "ok"], [4, 0.0, 0.0, "padded"], [11, 59.5, 47.0, "padded"]
    ]  # fmt: skip
    assert dropped["line"].tolist() == ["5", "6", "7", "8", "9", "10"]
    assert dropped["reason"].str.replace(str(fields), "").tolist() == [
        "out of frame: x is '', not a number", "unreadable: no file /none.tif",
        "out of frame: centre 60,3 in an image of 60 x 48 pixels",
        "wrong depth: the image is uint8; that of the training is uint16",
        "wrong channels: the image has 3; the model has 2", "out of frame: x is 'far', not a number",
    ]  # fmt: skip


def test_channels_are_taken_by_name(experiment, predict, fields, caplog):
    models = experiment()
    expected, _ = predict(models)
    for number in range(6):
        image = tifffile.imread(fields / f"f{number}.tif")
        more = np.stack([image[1], np.full_like(image[0], 7), image[0]])
        tifffile.imwrite(fields / f"f{number}.tif", more, photometric="minisblack")
    with caplog.at_level("INFO"):
        found, _ = predict(models, "--spec", '{"path": "", "channels": ["ER", "x", "DNA"]}')
    pd.testing.assert_frame_equal(found, expected)
    assert "channels: images are read as ER, x, DNA; the networks read DNA, ER" in caplog.text


def test_columns_with_the_names_of_channels_are_these_channels(experiment, predict, fields):
    models = experiment()
    expected, _ = predict(models)
    table = pd.read_csv(fields / "cells.tsv", sep="\t", dtype=str)
    for number in range(6):
        for name, plane in zip(CHANNELS, tifffile.imread(fields / f"f{number}.tif"), strict=True):
            tifffile.imwrite(fields / f"{name}_f{number}.tif", plane)
    table.assign(ER="ER_" + table["image"], DNA="DNA_" + table["image"]).to_csv(fields / "cells.tsv", sep="\t")
    found, _ = predict(models, "--spec", '{"path": "", "images": ["ER", "DNA"]}')
    pd.testing.assert_frame_equal(found.drop(columns="image"), expected.drop(columns="image"))
    assert found["image"].iloc[0].startswith("ER_f")


def test_metrics_give_temperature_and_thresholds(experiment, predict, fields, refuse):
    models = experiment()
    plain, _ = predict(models)
    metrics = fields / "metrics.json"
    metrics.write_text(json.dumps({"task": "multiclass", "model": {}, "temperatures": {"model": {"holdout": 2.0}}}))
    found, _ = predict(models, "--metrics", metrics)
    odds = np.log(plain["confidence"] / (1 - plain["confidence"]))
    np.testing.assert_allclose(found["confidence"], 1 / (1 + np.exp(-odds / 2)), atol=1e-5)
    assert found["called"].tolist() == plain["called"].tolist()
    metrics.write_text(json.dumps({"task": "multiclass", "model": {}, "temperatures": {"model": {"0": 2.0}}}))
    given = ["predict-cells", "--models", *models, "--cells", fields / "cells.tsv", "--form", "centres", "--metrics",
             metrics, "--predictions", fields / "x.tsv", "--dropped", fields / "y.tsv"]  # fmt: skip
    assert "metrics.json: no fold 'holdout'; it has 0" in refuse(*given)
    metrics.write_text("{}")
    flags = experiment(task="multilabel")
    thresholds = {"a": {"holdout": 0.0}, "b": {"holdout": 1.01}}
    metrics.write_text(json.dumps({"task": "multilabel", "model": {}, "thresholds": {"model": thresholds}}))
    found, _ = predict(flags, "--metrics", metrics)
    assert set(found["called"]) == {"a"} and "confidence" not in found
    thresholds["b"]["holdout"] = None
    metrics.write_text(json.dumps({"task": "multilabel", "model": {}, "thresholds": {"model": thresholds}}))
    assert "metrics.json: thresholds.model.b.holdout: Input should be a valid number; found None" in refuse(*given)
    assert not (fields / "x.tsv").exists()


def test_embeddings_are_those_of_the_verb_embed(experiment, predict, run, fields, refuse):
    models = experiment("plate")
    found, _ = predict(models, "--embeddings", fields / "new.npz")
    run("embed", "--model", models[0], "--examples", fields / "crops.tsv", "--codes", fields / "codes.npy", "--card",
        fields / "card.json", "--embeddings", fields / "old.npz")  # fmt: skip
    with np.load(fields / "new.npz") as new, np.load(fields / "old.npz") as old:
        assert new["ids"].tolist() == found["cell"].tolist() == old["ids"].tolist()
        np.testing.assert_allclose(new["cells"], old["cells"], atol=1e-5)


def test_files_for_other_programs_an_image_each(experiment, predict, fields):
    found, _ = predict(experiment(), "--geojson", fields / "q", "--napari", fields / "n", "--csv", fields / "new.csv")
    again = pd.read_csv(fields / "new.csv", dtype={"cell": str})
    pd.testing.assert_frame_equal(again, found)
    names = [f"f{number}" for number in range(6)]
    assert sorted(path.name for path in (fields / "q").iterdir()) == [f"{name}.geojson" for name in names]
    assert sorted(path.name for path in (fields / "n").iterdir()) == [f"{name}.csv" for name in names]
    part = found[found["image"] == "f3.tif"]
    shapes = json.loads((fields / "q" / "f3.geojson").read_text())["features"]
    assert [one["properties"]["name"] for one in shapes] == part["cell"].tolist()
    assert [one["geometry"]["coordinates"] for one in shapes] == (part[["x", "y"]] + 0.5).to_numpy().tolist()
    assert [one["properties"]["classification"]["name"] for one in shapes] == part["called"].tolist()
    points = pd.read_csv(fields / "n" / "f3.csv", dtype={"cell": str})
    assert points[["axis-1", "axis-0"]].to_numpy().tolist() == part[["x", "y"]].to_numpy().tolist()
    assert points["cell"].tolist() == part["cell"].tolist()


def test_objects_of_label_images_are_outlined(experiment, run, fields):
    mask = np.zeros((48, 60), np.uint16)
    mask[10:18, 20:29], mask[10, 20], mask[30:40, 30:40], mask[33:36, 33:35] = 9, 0, 4, 0
    tifffile.imwrite(fields / "f0_masks.tif", mask)
    run(
        "objects",
        "--images",
        fields / "f0.tif",
        "--masks",
        fields / "f0_masks.tif",
        "--cells",
        fields / "m" / "cells.tsv",
        "--dropped",
        fields / "m" / "left.tsv",
    )
    run(
        "predict-cells",
        "--models",
        *experiment(),
        "--cells",
        fields / "m" / "cells.tsv",
        "--form",
        "masks",
        "--predictions",
        fields / "o.tsv",
        "--dropped",
        fields / "d.tsv",
        "--geojson",
        fields / "o.geojson",
    )
    found = pd.read_csv(fields / "o.tsv", sep="\t")
    assert found[["cell", "image", "mask", "object", "x", "y"]].to_numpy().tolist() == [
        ["f0:4", "../f0.tif", "../f0_masks.tif", 4, 34.5, 34.5], ["f0:9", "../f0.tif", "../f0_masks.tif", 9, 24, 13.5]
    ]  # fmt: skip
    shapes = json.loads((fields / "o.geojson").read_text())["features"]
    areas = [sum(area(np.array(ring)) for ring in one["geometry"]["coordinates"]) for one in shapes]
    assert areas == [(mask == 4).sum(), (mask == 9).sum()]
    assert np.array(shapes[1]["geometry"]["coordinates"][0]).max(axis=0).tolist() == [29, 18]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--form": "crops", "--geojson": "q"}, "--geojson: ready crops have no place in a larger image"),
        ({"--form": "crops", "--napari": "q"}, "--napari: ready crops have no place in a larger image"),
        ({"--cells": "cells.tsv", "--geojson": "q.geojson"}, "q.geojson for 6 images; give a folder"),
        ({"--cells": "none.tsv"}, "none.tsv: no such file"),
        ({"--cells": "empty.tsv"}, "empty.tsv: no row; at least one cell is needed"),
        ({"--cells": "twice.tsv"}, "twice.tsv:3: cell 'A' stands already on line 2"),
        ({"--cells": "lost.tsv"}, "lost.tsv: no cell can be predicted: 2 unreadable, such as line 2 (unreadable"),
        ({"--form": "circles"}, "--form: 'circles'; one of crops, centres, boxes, masks"),
        ({"--form": "boxes"}, "no column 'left'; its columns are cell, image, x, y"),
        ({"--spec": '{"path": "", "channels": ["DNA"]}'}, "channels: DNA: no ER; the networks read DNA, ER"),
        ({"--spec": '{"path": "", "channels": ["DNA", "ER", "ER"]}'}, "channels: DNA, ER, ER: a name stands twice"),
        ({"--spec": '{"path": "", "images": ["p", "q", "r"]}'}, "images: 3 columns; one for each of the channels"),
        ({"--spec": '{"path": "", "keep": ["x"]}'}, "keep: 'x' is the name of a column of the predictions"),
        ({"--spec": '{"path": "", "keep": ["well"]}'}, "no column 'well'"),
        ({"--threads": "0"}, "--threads 0; 1 or more"),
    ],
)  # fmt: skip
def test_refusals_leave_nothing(change, said, experiment, refuse, fields):
    models = experiment()
    header = "cell\timage\tx\ty\n"
    (fields / "some.tsv").write_text(header + "A\tf0.tif\t20\t20\n")
    (fields / "empty.tsv").write_text(header)
    (fields / "twice.tsv").write_text(header + "A\tf0.tif\t20\t20\n" * 2)
    (fields / "lost.tsv").write_text(header + "A\tg.tif\t20\t20\nB\tg.tif\t20\t20\n")
    before = set(fields.rglob("*"))
    given = {"--cells": "some.tsv", "--form": "centres", "--predictions": "o/n.tsv", "--dropped": "o/d.tsv", **change}
    paths = {"--cells", "--predictions", "--dropped", "--geojson", "--napari"}
    options = [part for name, value in given.items() for part in (name, fields / value if name in paths else value)]
    assert said in refuse("predict-cells", "--models", *models, *options)
    assert set(fields.rglob("*")) - before <= {fields / "o"}


def test_networks_of_other_questions_are_refused(experiment, fields, refuse, tmp_path):
    first, second = experiment()
    network, metadata = modelfile.load(second)

    def line(**changes):
        modelfile.save(tmp_path / "other.safetensors", network, {**metadata, **changes})
        return refuse(
            "predict-cells",
            "--models",
            first,
            tmp_path / "other.safetensors",
            "--cells",
            fields / "cells.tsv",
            "--predictions",
            tmp_path / "n.tsv",
            "--dropped",
            tmp_path / "d.tsv",
        )

    assert "labels ['a', 'c']" in line(labels=["a", "c"])
    assert "channel_names ['ER', 'DNA']" in line(channel_names=["ER", "DNA"])
    assert "dtype 'uint8'" in line(dtype="uint8")
    assert "normalise depth by crop" in line(normalise={"strategy": "depth", "scope": "crop", "figures": {}})
    facts = {"modality": "sequence", "alphabet": "dna", "unknown": "zero", "architecture": "deepbind", "channels": 4,
             "space": [20], "options": {"filters": 2, "length": 5}}  # fmt: skip
    network = build("deepbind", 4, (20,), 2, facts["options"])
    assert "reads sequences; a network for images is needed" in line_of(
        first, network, {**metadata, **facts}, refuse, fields
    )


def line_of(first, network, facts, refuse, fields):
    modelfile.save(fields / "s.safetensors", network, facts)
    return refuse("predict-cells", "--models", fields / "s.safetensors", first, "--cells", fields / "cells.tsv",
                  "--predictions", fields / "n.tsv", "--dropped", fields / "d.tsv")  # fmt: skip


def test_crops_are_cut_as_in_the_training(experiment):
    facts = modelfile.describe(experiment(crops={"border": "drop", "saturated": 0.125, "max_dropped": 0.5})[0])
    use = FurtherCells(path="c.tsv", form="centres", x="cx")
    spec = cells.cutting_spec(facts, use)
    assert spec.crops.model_dump(include={"border", "saturated", "size", "channels", "isolate"}) == {
        "border": "drop", "saturated": 0.125, "size": SIZE, "channels": CHANNELS, "isolate": False
    }  # fmt: skip
    assert (spec.cells.x, spec.labels, spec.groups) == ("cx", [], [])
    isolated = {**facts, "crops": {**facts["crops"], "isolate": True}}
    assert cells.cutting_spec(isolated, FurtherCells(path="c.tsv", form="masks")).crops.isolate
    with pytest.raises(InputError, match=r"form: centres; .*isolate and need label images"):
        cells.cutting_spec(isolated, use)
    old = {name: value for name, value in facts.items() if name != "crops"}
    assert cells.cutting_spec(old, use).crops.border == "pad"


def test_memory_is_not_needed_for_the_crops(experiment, predict, fields, monkeypatch):
    models = experiment()
    whole, _ = predict(models)
    monkeypatch.setattr(cells, "BATCH", 7)
    parts, _ = predict(models)
    np.testing.assert_allclose(parts[["a", "b"]], whole[["a", "b"]], atol=1e-6)
    assert sorted(path.name for path in Path(fields, "out").iterdir()) == ["dropped.tsv", "new.tsv.gz"]

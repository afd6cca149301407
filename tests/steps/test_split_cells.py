import json

import numpy as np
import pandas as pd
import pytest

CLASSES = ["1", "1.0", "NA"]


@pytest.fixture
def cut(tmp_path):
    """Write 36 crops of three classes, two proteins of each class on each of two plates named by numbers."""

    def call(classes=CLASSES, dark=()):
        rows = [
            (f"0{number}", "a.tif", 1.5, 2, "ok", f"0{number % 4}", ("1", "01")[number % 2], classes[number // 12])
            for number in range(36)
        ]
        columns = ["id", "image", "x", "y", "status", "protein", "plate", "kind"]
        pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "cut.tsv", sep="\t", index=False)
        crops = np.random.default_rng(1).integers(0, 4000, (36, 2, 8, 8)).astype(np.uint16)
        crops[list(dark), 1] = 7
        np.save(tmp_path / "codes.npy", crops)
        (tmp_path / "cells.tsv").touch()
        return crops

    return call


@pytest.fixture
def arguments(tmp_path):
    def call(**spec):
        content = {"labels": ["kind"], "groups": ["protein", "plate"], **spec}
        names = {"cut": "cut.tsv", "codes": "codes.npy", "inputs": "cells.tsv", "examples": "crops.tsv"}
        files = [
            part for name, file in {**names, "card": "card.json"}.items() for part in (f"--{name}", tmp_path / file)
        ]
        return ["split-cells", *files, "--spec", json.dumps(content)]

    return call


def test_names_that_look_like_numbers_stay_names(cut, arguments, run, tmp_path):
    crops = cut()
    run(*arguments(normalise={"strategy": "standard", "scope": "plate"}))
    table = pd.read_csv(tmp_path / "crops.tsv", sep="\t", dtype=str, keep_default_na=False)
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["labels"] == CLASSES and table["id"].tolist() == [f"0{number}" for number in range(36)]
    np.testing.assert_array_equal(table[CLASSES].to_numpy(float), np.repeat(np.eye(3), 12, axis=0))
    assert set(table["protein"]) == {"00", "01", "02", "03"}
    figures = card["normalise"]["figures"]
    assert list(figures) == ["1", "01"]
    np.testing.assert_allclose(figures["01"]["offset"], crops[1::2].mean(axis=(0, 2, 3)))


def test_figures_are_of_the_training_split_alone(cut, arguments, run, tmp_path):
    crops = cut()
    run(*arguments(normalise={"strategy": "standard", "scope": "training"}))
    train = pd.read_csv(tmp_path / "crops.tsv", sep="\t", dtype=str)["fold"] == "train"
    figures = json.loads((tmp_path / "card.json").read_text())["normalise"]["figures"]["holdout"]
    np.testing.assert_allclose(figures["offset"], crops[train].mean(axis=(0, 2, 3)))


@pytest.mark.parametrize(
    ("scope", "strategy", "said"),
    [
        ("plate", "log", ["normalise: channel c2 is constant in plate 01: it tells nothing"]),
        ("training", "standard", []),
        ("crop", "standard", []),
        ("plate", "depth", []),
    ],
)
def test_channels_that_are_constant_are_said(scope, strategy, said, cut, arguments, run, caplog):
    caplog.set_level("INFO")
    cut(dark=range(1, 36, 2))
    run(*arguments(normalise={"strategy": strategy, "scope": scope}))
    assert [message for message in caplog.messages if message.startswith("normalise")] == said


@pytest.mark.parametrize(("scope", "where"), [("plate", "plate 01"), ("training", "training holdout"), ("crop", "")])
def test_channels_that_are_nearly_constant_are_said(scope, where, cut, arguments, run, tmp_path, caplog):
    caplog.set_level("INFO")
    crops = cut()
    crops[1::2, 1], crops[5, 1, 0, 0] = 40, 43
    if scope == "training":
        crops[::2, 1], crops[:, 1, 0, 0] = 40, 43
    np.save(tmp_path / "codes.npy", crops)
    run(*arguments(normalise={"strategy": "standard", "scope": scope}))
    said = [message for message in caplog.messages if message.startswith("normalise")]
    assert len(said) == (scope != "crop")
    for message in said:
        assert message.startswith(f"normalise: channel c2 is constant in {where} but for 0.")
        assert message.endswith(" grey levels (standard deviation): divided by its range, 40 to 43")


@pytest.mark.parametrize("name", ["status", "mean", "confidence", "a:spread"])
def test_classes_with_the_name_of_a_column_or_a_row_are_refused(cut, arguments, refuse, tmp_path, name):
    cut(classes=["a", "b", name])
    assert f"class {name!r} has the name of a column or a row of tables; rename it" in refuse(*arguments())
    assert not (tmp_path / "crops.tsv").exists()


@pytest.mark.parametrize(
    ("spec", "column"),
    [
        ({"split": {"strategy": "given", "column": "side"}}, "side"),
        ({"split": {"by": ["well"]}}, "well"),
        ({"labels": ["class"]}, "class"),
        ({"groups": ["day"]}, "day"),
        ({"ladder": ["cell", "slide"]}, "slide"),
        ({"normalise": {"strategy": "standard", "scope": "batch"}}, "batch"),
    ],
)
def test_columns_that_the_cells_lack_are_refused(cut, arguments, refuse, tmp_path, spec, column):
    cut()
    assert f"cut.tsv: no column {column!r}; it has id, image" in refuse(*arguments(**spec))
    assert not (tmp_path / "crops.tsv").exists() and not (tmp_path / "card.json").exists()


@pytest.mark.parametrize(
    "change",
    [lambda crops: crops.astype(np.float32), lambda crops: crops.astype(np.int64), lambda crops: crops[:, 0],
     lambda crops: crops[..., :0]],
    ids=["float", "int64", "one channel less", "empty"],
)  # fmt: skip
def test_crops_of_another_type_or_shape_are_refused(cut, arguments, refuse, tmp_path, change):
    np.save(tmp_path / "codes.npy", change(cut()))
    assert "; uint8 or uint16 (cells, channels, height, width) are read" in refuse(*arguments())
    assert not (tmp_path / "crops.tsv").exists()

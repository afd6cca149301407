"""What normalises the intensities of a fold is chosen by short trainings that never see what the fold tests."""

import json

import numpy as np
import pandas as pd
import pytest

from convoscope.image.scopes import Outcome, best_scope, scopes

MODEL = {"name": "residual", "options": {"filters": [4, 4], "blocks": [1, 1], "dropout": 0}}
TRAINING = {"batch_size": 16, "learning_rate": 0.02, "shift": 0}
SPEC = {"labels": ["kind"], "groups": ["plate", "well"], "split": {"by": ["well"]}}
NAN = float("nan")


@pytest.fixture
def cells(tmp_path):
    """Write 192 crops of two classes in wells of six; plates are much brighter or darker than classes.

    ``nested``: every plate has cells of one class, which differ in brightness more than its plates.
    """

    def call(nested=False):
        rows, levels = [], []
        for well in range(32):
            kind, plate = well % 2, (well // 2) % 2
            plate = 2 * kind + plate if nested else plate
            level = 2000 + 1000 * kind + 60 * plate if nested else 2000 + 6000 * plate + 150 * kind
            for cell in range(6):
                rows.append((f"{well}.{cell}", "a.tif", 1, 2, "ok", f"p{plate}", f"w{well}", "ab"[kind]))
                levels.append(level)
        columns = ["id", "image", "x", "y", "status", "plate", "well", "kind"]
        pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "cut.tsv", sep="\t", index=False)
        noise = np.random.default_rng(1).normal(0, 40, (len(rows), 1, 8, 8))
        np.save(tmp_path / "codes.npy", (np.array(levels)[:, None, None, None] + noise).astype(np.uint16))
        (tmp_path / "cells.tsv").touch()

    return call


@pytest.fixture
def arguments(tmp_path):
    def call(fold="holdout", columns=("plate", "well"), steps=40, **spec):
        return [
            "choose-normalisation", "--cut", tmp_path / "cut.tsv", "--codes", tmp_path / "codes.npy",
            "--spec", json.dumps(SPEC | spec), "--columns", *columns, "--fold", fold, "--model", json.dumps(MODEL),
            "--training", json.dumps(TRAINING | {"steps": steps}), "--seed", 1, "--device", "cpu",
            "--choice", tmp_path / "choice.json",
        ]  # fmt: skip

    return call


@pytest.fixture
def choose(arguments, run, tmp_path):
    def call(**changes):
        run(*arguments(**changes))
        return json.loads((tmp_path / "choice.json").read_text())

    return call


@pytest.mark.parametrize(("nested", "expected"), [(False, "plate"), (True, "training")])
def test_what_is_better_on_the_validation_split_is_taken_and_both_are_said(nested, expected, cells, choose, caplog):
    caplog.set_level("INFO")
    cells(nested)
    choice = choose()
    assert (choice["fold"], choice["scope"]) == ("holdout", expected)
    assert list(choice["trials"]) == ["training", "plate"]  # wells have six cells
    losses, metrics = ({scope: one[name] for scope, one in choice["trials"].items()} for name in ("loss", "metric"))
    assert metrics[expected] > 0.9 and losses[expected] < max(losses.values()) - 0.1
    said = ", ".join(f"{losses[scope]:.3f} (AUROC {metrics[scope]:.3f}) by {scope}" for scope in ("training", "plate"))
    assert f"normalise: fold holdout by {expected}: validation loss {said}" in caplog.messages


def test_what_the_fold_tests_changes_no_figure(cells, choose, run, tmp_path):
    cells()
    before = choose(steps=10)
    files = ["--examples", tmp_path / "crops.tsv", "--card", tmp_path / "card.json", "--inputs", tmp_path / "cells.tsv"]
    given = ["--cut", tmp_path / "cut.tsv", "--codes", tmp_path / "codes.npy", "--spec", json.dumps(SPEC)]
    run("split-cells", *given, *files)
    tested = pd.read_csv(tmp_path / "crops.tsv", sep="\t")["fold"] == "test"
    crops = np.load(tmp_path / "codes.npy")
    crops[tested] = 65535
    np.save(tmp_path / "codes.npy", crops)
    assert tested.any() and choose(steps=10) == before
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == set()  # copies are gone


def test_nothing_is_tried_where_groups_are_small(cells, choose, caplog):
    caplog.set_level("INFO")
    cells()
    assert choose(columns=["well"]) == {"fold": "holdout", "scope": "training", "trials": {}}
    assert "normalise: fold holdout by training: no column has groups of enough cells" in caplog.messages
    assert not any("epoch" in message for message in caplog.messages)


def test_each_fold_of_a_card_has_the_scope_that_it_chose(cells, arguments, run, refuse, tmp_path):
    cells()
    spec = SPEC | {"ladder": ["cell"], "normalise": {"strategy": "standard"}}
    trials = {"training": {"metric": 0.5, "loss": 1.0}, "plate": {"metric": 0.75, "loss": None}}
    own = {"fold": "holdout", "scope": "plate", "trials": trials}
    (tmp_path / "own.json").write_text(json.dumps(own))
    (tmp_path / "other.json").write_text(json.dumps({"fold": "by.cell", "scope": "training"}))
    words = [
        "split-cells", "--cut", tmp_path / "cut.tsv", "--codes", tmp_path / "codes.npy", "--inputs",
        tmp_path / "cells.tsv", "--spec", json.dumps(spec), "--examples", tmp_path / "crops.tsv", "--card",
        tmp_path / "card.json", "--choices", tmp_path / "own.json",
    ]  # fmt: skip
    assert "--choices: none of fold by.cell; one of every fold" in refuse(*words)
    run(*words, tmp_path / "other.json")
    normalise = json.loads((tmp_path / "card.json").read_text())["normalise"]
    table, crops = pd.read_csv(tmp_path / "crops.tsv", sep="\t"), np.load(tmp_path / "codes.npy")
    assert (normalise["strategy"], normalise["scope"], list(normalise["folds"])) == (
        "standard",
        "auto",
        ["holdout", "by.cell"],
    )
    first, second = normalise["folds"].values()
    assert (first["scope"], first["trials"], second["scope"], second["trials"]) == ("plate", trials, "training", {})
    np.testing.assert_allclose(first["figures"]["p1"]["offset"], [crops[table["plate"] == "p1"].mean()])
    np.testing.assert_allclose(second["figures"]["offset"], [crops[table["fold.cell"] == "train"].mean()])


def test_a_fold_that_is_not_there_is_refused(cells, arguments, refuse, tmp_path):
    cells()
    assert "--fold: '3'; this split has holdout" in refuse(*arguments(fold="3"))
    assert not (tmp_path / "choice.json").exists()


def test_a_column_is_tried_where_all_of_its_groups_have_twenty_cells():
    table = pd.DataFrame({
        "one": ["x"] * 40, "even": ["x", "y"] * 20, "same": ["v", "u"] * 20, "uneven": ["x"] * 21 + ["y"] * 19,
        "halves": ["x"] * 20 + ["y"] * 20,
    })  # fmt: skip
    assert scopes(table, list(table)) == ["training", "even", "halves"]


@pytest.mark.parametrize(
    ("outcomes", "best"),
    [
        ([(0.8, 2.0), (0.7, 1.0)], 1), ([(0.8, 1.0), (0.9, 2.0)], 0), ([(0.8, 1.0), (0.9, 1.0)], 0),
        ([(NAN, NAN), (0.1, 9.0)], 1), ([(NAN, NAN), (NAN, NAN)], 0),
    ],
)  # fmt: skip
def test_the_best_scope_has_the_smallest_loss(outcomes, best):
    trials = {name: Outcome(*one) for name, one in zip(("training", "plate"), outcomes, strict=True)}
    assert best_scope(trials) == list(trials)[best]

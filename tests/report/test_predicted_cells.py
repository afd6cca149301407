"""Predicted cells without labels: what is counted, drawn and listed."""

import json

import numpy as np
import pandas as pd
import pytest

from convoscope.report.predicted_cells import Scored, cells_finding, count, curves, score
from convoscope.report.predicted_cells_table import least_sure

LABELS = ["a", "1"]
VALUES = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.3, 0.7]])


def test_exactly_the_highest_class_is_called():
    found = score(VALUES, LABELS, None, np.array([[1, 0], [0, 1], [0, 1], [1, 0]]))
    assert found.called.tolist() == ["a", "a", "1", "1"]
    assert found.confidence.tolist() == [0.9, 0.5, 0.8, 0.7]
    assert found.right.tolist() == [True, False, True, False]


def test_labels_at_their_threshold_are_called_and_unknown_truth_is_no_mistake():
    found = score(VALUES, LABELS, np.array([0.5, 0.75]), np.array([[1, 0], [np.nan, 0], [1, 1], [np.nan, np.nan]]))
    assert found.called.tolist() == ["a", "a", "1", "none"]
    assert found.right.tolist() == [True, True, False, True]


def test_shares_here_and_in_the_test_split():
    given = Scored(np.array(["b", "a", "b", "b"], dtype=object), np.array([0.5, 0.9, 0.7, 0.8]))
    test = Scored(np.array(["a", "c"], dtype=object), np.array([0.6, 0.7]))
    found = count(given, test, ["a", "b", "d"])
    assert found["called"].tolist() == ["b", "a", "c", "d"]
    assert found["cells"].tolist() == [3, 1, 0, 0]
    assert found["share"].tolist() == [0.75, 0.25, 0, 0]
    assert found["test_share"].tolist() == [0, 0.5, 0.5, 0]
    assert found["confidence"].tolist()[:2] == [0.7, 0.9] and found["confidence"].isna().tolist()[2:] == [True, True]
    assert cells_finding(found, given, test, "new") == (
        "3 of 4 cells of new are called b (75.0 %); median confidence .75, .65 in the test split"
    )


@pytest.mark.parametrize("size", [1, 3, 2000])
def test_a_share_is_that_of_the_cells_at_least_so_sure(size):
    values = np.random.default_rng(size).random(size)
    names = np.full(size, "a", dtype=object)
    found = curves(Scored(names, values), Scored(names, values, values > 0.5))
    assert found.groupby("series")["n"].first().to_dict() == {
        name: n for name, n in (("given", size), ("right", (values > 0.5).sum()), ("wrong", (values <= 0.5).sum())) if n
    }
    given = found[found["series"] == "given"]
    expected = [(values >= value).sum() / size for value in given["confidence"]]
    np.testing.assert_allclose(given["share"], expected)
    assert given["confidence"].agg(["min", "max"]).tolist() == [values.min(), values.max()]


TABLE = pd.DataFrame({"line": [2, 3, 5], "cell": ["0012", "NA", "c"], "image": "f.tif", "x": np.nan, "y": np.nan,
                      "status": "ok", "called": ["a", "1", "1"], "confidence": [0.99, 0.8, 0.7], "a": [0.9, 0.2, 0.4],
                      "a:spread": [0.1, 0.2, 0.3], "1": [0.1, 0.8, 0.6], "1:spread": [0.0, 0.4, 0.5]})  # fmt: skip


def test_the_least_sure_come_first():
    found = least_sure(TABLE, LABELS, 2)
    assert list(found) == ["line", "cell", "image", "called", "confidence", "spread"]
    assert found[["cell", "confidence", "spread"]].to_numpy().tolist() == [["c", 0.6, 0.5], ["NA", 0.8, 0.4]]


CLASSES = {"task": "multiclass", "model": {}, "thresholds": {"model": {}}}
LIMITS = {"task": "multilabel", "model": {}, "thresholds": {"model": {"a": {"0": 0.1, "1": 0.2},
                                                                      "1": {"0": 0.7, "1": 0.7}}}}  # fmt: skip


@pytest.fixture
def arguments(drawing, tmp_path):
    def make(metrics):
        TABLE.to_csv(tmp_path / "given.tsv.gz", sep="\t", index=False)
        (tmp_path / "dropped.tsv").write_text(
            "source\tline\tlabel\trow\treason\nc.tsv\t4\t\tx\tunreadable: no file f\n"
        )
        examples = pd.DataFrame({"id": ["01", "2", "3"], "a": [1, 0, 1], "1": [0, 1, 0]})
        examples.to_csv(tmp_path / "crops.tsv", sep="\t", index=False)
        rows = [(name, split, label, value) for name, split, high in (("2", "test", 0.7), ("01", "test", 0.4),
                                                                      ("3", "train", 0.9))
                for label, value in (("a", high), ("1", 1 - high))]  # fmt: skip
        known = pd.DataFrame(rows, columns=["id", "split", "label", "prediction"])
        known.to_csv(tmp_path / "predictions.tsv.gz", sep="\t", index=False)
        (tmp_path / "metrics.json").write_text(json.dumps(metrics))
        (tmp_path / "card.json").write_text(json.dumps({"labels": LABELS}))
        files = {"card": "card.json", "predicted_cells": "given.tsv.gz", "cells_dropped": "dropped.tsv",
                 "predictions": "predictions.tsv.gz", "examples": "crops.tsv", "metrics": "metrics.json"}  # fmt: skip
        figures = {"predicted_cells": tmp_path / "new.svg", "predicted_cells_table": tmp_path / "new.html"}
        return [*drawing(figures, **{name: tmp_path / file for name, file in files.items()}), "--name", "new"]

    return make


def test_the_verb_compares_with_the_test_split_alone(run, arguments, tmp_path):
    run(*arguments(CLASSES))
    table = pd.read_csv(tmp_path / "new.tsv", sep="\t", dtype={"called": str})
    calls = table[table["part"] == "calls"].set_index("called")
    assert calls["cells"].to_dict() == {"1": 2, "a": 1}
    assert calls["test_share"].to_dict() == {"1": 0.5, "a": 0.5}  # cell 3 is a training cell
    assert table.groupby("series")["n"].first().to_dict() == {"given": 3, "wrong": 2}
    assert "2 of 3 cells of new are called 1 (66.7 %); median confidence .80" in (tmp_path / "new.svg").read_text()
    page = (tmp_path / "new.html").read_text()
    assert "3 cells of new predicted, 1 dropped" in page
    assert "<td>0012</td>" in page and "<td>NA</td>" in page and "<td>unreadable</td>" in page


def test_the_verb_takes_thresholds_where_there_are_some(run, arguments, tmp_path):
    run(*arguments(LIMITS))
    calls = pd.read_csv(tmp_path / "new.tsv", sep="\t", dtype={"called": str}).set_index("called")["cells"]
    assert calls[["a", "a+1"]].tolist() == [2, 1]


def test_another_table_is_refused(refuse, arguments, tmp_path):
    given = arguments(CLASSES)
    TABLE.drop(columns=["a:spread", "1:spread"]).to_csv(tmp_path / "given.tsv.gz", sep="\t", index=False)
    assert "no column of a spread; a table of predict-cells" in refuse(*given)
    assert not (tmp_path / "new.svg").exists()


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ({}, "metrics.json: no task; it has no key"),
        (LIMITS | {"thresholds": {"model": {"a": [0.1]}}}, "metrics.json: thresholds.model.a"),
        (LIMITS | {"thresholds": {"model": {"a": {"0": 0.1}}}}, "metrics.json: no threshold of '1' in every fold"),
        (
            LIMITS | {"thresholds": {"model": {"a": {"0": None}}}},
            "a.0: Input should be a valid number; found None",
        ),
        (LIMITS | {"thresholds": {"model": {"a": {}}}}, "metrics.json: no threshold of 'a' in every fold"),
    ],
)
def test_metrics_without_what_is_read_are_refused(refuse, arguments, tmp_path, metrics, said):
    assert said in refuse(*arguments(metrics))
    assert not (tmp_path / "new.svg").exists()

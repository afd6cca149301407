"""Predictions of windows without labels: what is counted, drawn and listed."""

import json

import numpy as np
import pandas as pd
import pytest

from convoscope.report.predicted import Counted, count, curves, labels_of, predicted_finding
from convoscope.report.predicted_table import predicted_page, strongest

TABLE = pd.DataFrame(
    {"line": [3, 4, 7], "chrom": "c1", "start": [1, 2, 3], "end": [9, 9, 9], "window_start": 0,
     "a": [0.2, 0.9, 0.4], "a:spread": [0.1, 0.2, 0.3], "b/c": [0.6, 0.1, 0.4], "b/c:spread": 0.0}
)  # fmt: skip
METRICS = {"task": "multilabel", "model": {}, "thresholds": {"model": {"a": {"0": 0.2, "1": 0.6}}}}
KNOWN = pd.DataFrame({"label": "a", "prediction": [0.8, 0.1, 0.3], "truth": [1.0, 0.0, 0.0]})


def test_labels_are_the_columns_with_a_spread():
    assert labels_of(TABLE) == ["a", "b/c"]


def test_calls_are_above_the_threshold():
    assert count(TABLE, KNOWN, "a", 0.4) == Counted("a", 3, 1.0, 0.4, 0.4, 0.3)
    assert np.isnan(count(TABLE, KNOWN, "a", np.nan).called)


@pytest.mark.parametrize("size", [1, 5, 3000])
def test_a_share_is_that_of_the_windows_that_score_as_high(size):
    generator = np.random.default_rng(size)
    table = pd.DataFrame({"a": generator.random(size)})
    found = curves(table, KNOWN, "a")
    given = found[found["series"] == "given"]
    assert given["share"].tolist() == [(table["a"] >= value).sum() / size for value in given["prediction"]]
    assert given["prediction"].agg(["min", "max"]).tolist() == [table["a"].min(), table["a"].max()]
    assert found.groupby("series", sort=False)["n"].first().to_dict() == {"given": size, "sites": 1, "others": 2}


def test_measured_values_are_parted_at_their_median():
    known = pd.DataFrame({"label": "a", "prediction": [0.1, 0.2, 0.3, 0.4], "truth": [-1.0, 3.5, 7.0, 9.0]})
    found = curves(TABLE, known, "a")
    assert sorted(found.loc[found["series"] == "sites", "prediction"]) == [0.3, 0.4]


def test_the_finding_names_the_label_that_is_called_most():
    rows = [Counted("a", 200, 3.0, 0.5, 0.1, 0.2), Counted("b", 200, 17.0, 0.5, 0.1, 0.2)]
    assert predicted_finding(rows, "windows of x") == (
        "17 of 200 windows of x are called b (8.5 %, most of the 2 labels)"
    )
    measured = [Counted("a", 2000, np.nan, np.nan, 0.25, 0.5)]
    assert predicted_finding(measured, "windows of x") == (
        "2,000 windows of x: the median prediction is .250 for a, .500 in the test split"
    )


def test_a_window_stands_once_with_its_highest_label():
    found = strongest(TABLE, 2)
    assert found.to_dict("list") == {
        "line": [4, 3], "chrom": ["c1", "c1"], "start": [2, 1], "end": [9, 9], "label": ["a", "b/c"],
        "prediction": [0.9, 0.6], "spread": [0.2, 0.0],
    }  # fmt: skip


def test_the_page_counts_what_was_dropped():
    dropped = pd.DataFrame({"record": [2, 5], "reason": ["shorter_than_window", "shorter_than_window"]})
    page = predicted_page(TABLE, dropped, "windows of x")
    assert "3 windows of x predicted, 2 dropped" in page
    assert "<td>shorter_than_window</td>" in page and "first record" in page


@pytest.fixture
def arguments(drawing, tmp_path):
    TABLE.to_csv(tmp_path / "given.tsv.gz", sep="\t", index=False)
    (tmp_path / "dropped.tsv").write_text("source\tline\trow\treason\na.bed\t5\tc9 1 2\tunknown_contig\n")
    windows = pd.DataFrame({"id": ["w1", "w2", "w3"], "a": [1.0, 0.0, 0.0], "b/c": [0.0, 1.0, np.nan]})
    windows.to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    splits = [("w1", "test"), ("w2", "test"), ("w3", "test"), ("w1", "train")]
    rows = [(name, split, label, 0.5) for name, split in splits for label in ("a", "b/c")]
    pd.DataFrame(rows, columns=["id", "split", "label", "prediction"]).to_csv(
        tmp_path / "predictions.tsv.gz", sep="\t", index=False
    )
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS))
    (tmp_path / "card.json").write_text(json.dumps({"labels": ["a", "b/c"]}))
    files = {"card": "card.json", "predicted": "given.tsv.gz", "predicted_dropped": "dropped.tsv",
             "predictions": "predictions.tsv.gz", "examples": "windows.tsv", "metrics": "metrics.json"}  # fmt: skip
    figures = {"predicted": tmp_path / "new.svg", "predicted_table": tmp_path / "new.html"}
    return [*drawing(figures, **{name: tmp_path / file for name, file in files.items()}), "--name", "new"]


def test_the_verb_draws_the_test_split_alone(run, arguments, tmp_path):
    run(*arguments)
    table = pd.read_csv(tmp_path / "new.tsv", sep="\t")
    counted = table.groupby(["label", "series"])["n"].first()
    assert counted["a"].to_dict() == {"given": 3, "others": 2, "sites": 1}
    assert counted["b/c"].to_dict() == {"given": 3, "others": 1, "sites": 1}  # one is unknown
    figure = (tmp_path / "new.svg").read_text()
    assert "1 of 3 windows of new are called a" in figure  # .9 alone is above .4, the mean threshold
    assert "unknown_contig" in (tmp_path / "new.html").read_text()


def test_another_table_is_refused(refuse, arguments, tmp_path):
    TABLE[["line", "a"]].to_csv(tmp_path / "given.tsv.gz", sep="\t", index=False)
    assert "no column of a spread; a table of predict-bed or predict-fasta" in refuse(*arguments)
    assert not (tmp_path / "new.svg").exists()

import numpy as np
import pandas as pd
import pytest

from convoscope.report.measures import (
    best_baseline,
    chief_label,
    differences_table,
    measured_predictions,
    measures_table,
    performance_finding,
)


def figure(value: float | None, half: float = 0.02, **more: float) -> dict[str, float | None]:
    bounds = {"low": None, "high": None} if value is None else {"low": value - half, "high": value + half}
    return {"value": value, **bounds, **more}


def metrics(gain: float | None = 0.05, own: float | None = 0.95, labels: tuple[str, ...] = ("REB1",)) -> dict:
    every = [*labels, *(["mean"] if len(labels) > 1 else [])]
    return {
        "task": "multilabel",
        "model": {label: {"auroc": figure(own, n=200)} for label in every},
        "baselines": {
            "kmer": {label: {"auroc": figure(0.9, n=200)} for label in every},
            "gc": {label: {"auroc": figure(0.5, n=200)} for label in every},
        },
        "differences": {"kmer": {label: {"auroc": figure(gain, p=0.01)} for label in every}},
    }


def finding(content: dict) -> str:
    return performance_finding(measures_table(content), differences_table(content), "auroc")


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (0.05, "CNN ahead of k-mers by .050 AUROC (.030 to .070) on REB1"),
        (-0.05, "CNN behind k-mers by .050 AUROC (.030 to .070) on REB1"),
        (0.01, "CNN and k-mers cannot be told apart: difference .010 AUROC (−.010 to .030) on REB1"),
        (None, "The difference between CNN and k-mers is not defined on REB1"),
    ],
)
def test_finding_says_ahead_behind_or_neither(gain: float | None, words: str) -> None:
    assert finding(metrics(gain)) == words


def test_finding_of_several_labels_counts_them() -> None:
    assert finding(metrics(labels=("A", "B"))) == (
        "CNN ahead of k-mers by .050 AUROC (.030 to .070) on the mean of 2 labels; "
        "ahead on 2, behind on 0, undecided on 0"
    )


def test_finding_without_value_or_baseline() -> None:
    assert finding(metrics(own=None)).startswith("AUROC of the CNN is not defined on REB1")
    alone = metrics() | {"baselines": {}, "differences": {}}
    assert finding(alone) == "CNN reaches AUROC .950 (.930 to .970) on REB1; there is no baseline to compare with"


def test_tables_have_the_model_first_and_nan_for_null() -> None:
    table = measures_table(metrics(own=None))
    assert table["method"].tolist() == ["model", "kmer", "gc"]
    assert np.isnan(table["value"].iloc[0])
    assert chief_label(table) == "REB1"
    assert best_baseline(table, "REB1", "auroc") == "kmer"
    assert best_baseline(table, "REB1", "mcc") is None


def test_measured_values_stand_beside_test_predictions() -> None:
    windows = pd.DataFrame({"id": ["a", "b", "c"], "X": [1.0, 0.0, np.nan]})
    predictions = pd.DataFrame(
        {
            "id": ["a", "b", "c", "a"],
            "fold": "holdout",
            "split": ["test", "test", "test", "validation"],
            "label": "X",
            "prediction": [0.9, 0.2, 0.5, 0.1],
        }
    )
    table = measured_predictions(predictions, windows, ["X"])
    assert table[["id", "prediction", "measured"]].to_numpy().tolist() == [["a", 0.9, 1.0], ["b", 0.2, 0.0]]

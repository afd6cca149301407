"""Refusals of a damaged ``metrics.json``, by every verb that reads it."""

import json
from pathlib import Path

import pytest

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError

METRICS = {"task": "multilabel", "model": {}}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("thresholds", None, "thresholds.model.a.0: .*found None"),
        ("thresholds", "0.5", "thresholds.model.a.0: .*found '0.5', which is text.*"),
        ("thresholds", float("nan"), r"not JSON \(NaN is no number\)"),
        ("temperatures", None, "temperatures.model.0: .*found None"),
        ("temperatures", 0.0, "temperatures.model.0: .*found 0.0"),
        ("temperatures", -1.0, "temperatures.model.0: .*found -1.0"),
    ],
)
def test_thresholds_and_temperatures_are_numbers(tmp_path: Path, key: str, value: object, said: str) -> None:
    path, own = tmp_path / "metrics.json", {"0": value}
    path.write_text(json.dumps(METRICS | {key: {"model": own if key == "temperatures" else {"a": own}}}))
    with pytest.raises(InputError, match=f"metrics.json: {said}; .*remove the file and run again"):
        read_metrics(path)


@pytest.mark.parametrize("threshold", [0.0, 1, 1.01])
def test_any_number_is_a_threshold(tmp_path: Path, threshold: float) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(METRICS | {"thresholds": {"model": {"a": {"0": threshold}}, "gc": {}}}))
    assert read_metrics(path)["thresholds"]["model"]["a"]["0"] == threshold

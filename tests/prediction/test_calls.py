"""What cells are called: whose thresholds and temperatures count, and which labels reach them."""

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.prediction.calls import Calling, call, calling

MULTILABEL = [{"labels": ["a", "b"], "task": "multilabel", "fold": fold} for fold in ("0", "1")]
MULTICLASS = [{"labels": ["a", "b"], "task": "multiclass", "fold": fold} for fold in ("0", "1")]


def test_calls_take_the_mean_over_the_networks_folds():
    temperatures = {"temperatures": {"model": {"0": 1.0, "1": 4.0, "2": 9.0}}}
    assert calling(temperatures, MULTICLASS, "m").temperature == 2.5
    thresholds = {"model": {"a": {"0": 0.25, "1": 0.75, "2": 9}, "b": {"0": 0.0, "1": 0.5, "2": 9}}}
    found = calling({"thresholds": thresholds}, MULTILABEL, "m")
    assert (found.temperature, found.thresholds.tolist()) == (1.0, [0.5, 0.25])
    assert calling({}, MULTILABEL, "m").thresholds.tolist() == [0.5, 0.5]
    assert calling({}, MULTICLASS, "m").temperature == 1.0


@pytest.mark.parametrize(
    ("metrics", "facts", "said"),
    [
        ({"thresholds": {"model": {"a": {"0": 1}}}}, MULTILABEL, "m: not the metrics of these networks"),
        ({"thresholds": {"model": {"a": {"0": 1}, "b": {"0": 1}}}}, MULTILABEL, "m: no fold '1'; it has 0"),
        ({"thresholds": {"model": {"a": {"0": 1, "1": 1}, "b": {"0": 1}}}}, MULTILABEL, "m: no fold '1'; it has 0"),
        ({"temperatures": {"model": {"0": 1}}}, MULTICLASS, "m: no fold '1'; it has 0"),
        ({"overall": {}}, MULTICLASS, "m: not the metrics of these networks; give the metrics.json"),
    ],
)
def test_metrics_of_other_networks_are_refused(metrics, facts, said):
    with pytest.raises(InputError, match=said):
        calling(metrics, facts, "m")


def test_the_class_and_its_scaled_probability():
    mean = np.array([[0.8, 0.2], [0.5, 0.5], [0.1, 0.9]], np.float32)
    found = call(mean, "multiclass", ["a", "1"], Calling(2.0, np.array([0.9, 0.9])))
    assert found["called"].tolist() == ["a", "a", "1"]
    np.testing.assert_allclose(found["confidence"], [2 / 3, 0.5, 0.75], atol=1e-6)


def test_labels_at_their_threshold_are_called():
    mean = np.array([[0.25, 0.5], [0.2, 0.4], [0.9, 0.4]])
    found = call(mean, "multilabel", ["a", "b"], Calling(3.0, np.array([0.25, 0.5])))
    assert found.to_dict("list") == {"called": ["a+b", "none", "a"]}


def test_metrics_of_more_labels_or_fewer_networks_are_enough():
    more = {"thresholds": {"model": {label: {"1": 0.25, "0": 0.75} for label in "abc"}}}
    assert calling(more, MULTILABEL[1:], "m").thresholds.tolist() == [0.25, 0.25]
    alone = [{"labels": ["a"], "task": "multilabel", "fold": "1"}]
    assert calling(more, alone, "m").thresholds.tolist() == [0.25]
    assert calling({"temperatures": {"model": {"1": 3.0}}}, MULTICLASS[1:], "m").thresholds.tolist() == [0.5, 0.5]


def test_a_label_below_its_threshold_by_the_least_step_is_not_called():
    way = Calling(1.0, np.array([0.5, 0.5]))
    mean = np.array([[np.nextafter(0.5, 0), np.nextafter(0.5, 1)]])
    assert call(mean, "multilabel", ["a", "b"], way)["called"].tolist() == ["b"]
    assert call(mean[:0], "multilabel", ["a", "b"], way)["called"].tolist() == []

"""The content of metrics.json."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from convoscope.evaluation.bootstrap import draw_groups
from convoscope.evaluation.compare import Method, Resampling, Sample, bounded, compare, differences, figure, macro_mean
from convoscope.evaluation.metrics import METRICS

RESAMPLING = Resampling(200, 0.95, 1)


def example(task: str = "multilabel", size: int = 200) -> tuple[Sample, dict[str, Method]]:
    generator = np.random.default_rng(1)
    truth = generator.integers(2, size=(size, 2)).astype(float)
    truth[::5, 1] = np.nan
    good = np.nan_to_num(truth) + generator.normal(size=truth.shape)
    scores = {"model": good, "gc": generator.normal(size=truth.shape), "same": good}
    methods = {name: Method(score, score > 0.5) for name, score in scores.items()}
    return Sample(truth, np.arange(size) // 4, ["a", "b"], task), methods


@pytest.fixture(scope="module")
def found() -> dict:
    return compare(*example(), RESAMPLING)


def test_values_are_sklearn(found: dict) -> None:
    sample, methods = example()
    known = np.isfinite(sample.truth[:, 1])
    for name, estimates in {"model": found["model"], **found["baselines"]}.items():
        value = roc_auc_score(sample.truth[known, 1], methods[name].score[known, 1])
        assert estimates["b"]["auroc"]["value"] == pytest.approx(value, rel=1e-5)


def test_mean_over_labels(found: dict) -> None:
    parts = [found["model"][label]["auroc"]["value"] for label in ("a", "b")]
    assert found["model"]["mean"]["auroc"]["value"] == pytest.approx(np.mean(parts), rel=1e-5)
    assert [found["model"][label]["auroc"]["n"] for label in ("a", "b", "mean")] == [200, 160, 200]


def test_intervals_hold_the_value(found: dict) -> None:
    for estimates in found["model"].values():
        assert all(entry["low"] < entry["value"] < entry["high"] for entry in estimates.values())


def test_differences_are_paired(found: dict) -> None:
    # Against itself the difference is exactly 0 in every resample, which unpaired draws could not give.
    assert found["differences"]["same"]["a"]["auroc"] == {"value": 0, "low": 0, "high": 0, "p": 1}
    gain = found["differences"]["gc"]["a"]["auroc"]
    value = found["model"]["a"]["auroc"]["value"] - found["baselines"]["gc"]["a"]["auroc"]["value"]
    assert gain["value"] == pytest.approx(value, abs=1e-5)
    assert gain["low"] > 0
    assert gain["p"] == 1 / 200


def test_sides_of_a_difference() -> None:
    better, worse = {"a": {"auroc": np.array([0.9, 0.8, 0.9])}}, {"a": {"auroc": np.array([0.7, 0.7, 0.6])}}
    assert differences(better, worse, {"a": 5}, 0.9)["a"]["auroc"]["value"] == pytest.approx(0.2)
    assert differences(worse, better, {"a": 5}, 0.9)["a"]["auroc"]["low"] < 0


def test_groups(found: dict) -> None:
    assert found["groups"] == {"a": 50, "b": 50, "mean": 50}
    assert found["few_groups"] == []


def test_few_groups_are_named() -> None:
    sample, methods = example(size=24)
    assert compare(sample, methods, RESAMPLING)["few_groups"] == ["a", "b", "mean"]


def test_one_group_has_no_interval() -> None:
    sample, methods = example()
    found = compare(sample._replace(groups=np.zeros(200, int)), methods, RESAMPLING)
    assert found["model"]["a"]["auroc"]["value"] > 0.6
    assert found["model"]["a"]["auroc"]["low"] is None
    assert found["differences"]["gc"]["a"]["auroc"]["p"] is None


def test_one_class_is_null_and_json() -> None:
    sample, methods = example()
    sample.truth[:, 0] = 0
    found = compare(sample, methods, RESAMPLING)
    assert found["model"]["a"]["auroc"] == {"value": None, "low": None, "high": None, "n": 200}
    assert found["differences"]["gc"]["a"]["auroc"]["p"] is None
    # The mean is of the labels that have a value.
    assert found["model"]["mean"]["auroc"]["value"] == found["model"]["b"]["auroc"]["value"]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("task", METRICS)
def test_every_task(task: str) -> None:
    found = compare(*example(task), RESAMPLING)
    assert list(found["model"]["a"]) == list(METRICS[task])
    assert found["task"] == task


def test_one_label_has_no_mean() -> None:
    sample, methods = example()
    sample = sample._replace(truth=sample.truth[:, :1], labels=["a"])
    found = compare(sample, {name: Method(m.score[:, :1], m.called[:, :1]) for name, m in methods.items()}, RESAMPLING)
    assert list(found["model"]) == ["a"]


def test_no_examples() -> None:
    nothing = Method(np.zeros((0, 1)), np.zeros((0, 1), bool))
    found = compare(Sample(np.zeros((0, 1)), np.zeros(0, int), ["a"], "multilabel"), {"model": nothing}, RESAMPLING)
    assert found["model"]["a"]["auroc"] == {"value": None, "low": None, "high": None, "n": 0}


def test_seed_decides() -> None:
    first, second = (compare(*example(), Resampling(100, 0.95, seed))["model"]["a"]["auroc"] for seed in (1, 2))
    assert first["value"] == second["value"]
    assert first["low"] != second["low"]


def test_bounds_by_hand() -> None:
    draws = np.array([5.0, *np.arange(101.0)])
    assert bounded(draws, 2, 0.5) == {"value": 5.0, "low": 25.0, "high": 75.0}
    assert (figure(1 / 3), figure(np.nan)) == (0.333333, None)
    assert macro_mean(np.array([[1.0, 3.0], [np.nan, 9.0], [2.0, 5.0]])).tolist() == [1.5, 4.0]
    assert np.isnan(macro_mean(np.full((2, 3), np.nan))).all()


def test_draws_are_of_whole_groups() -> None:
    assert draw_groups(50, 10, 1).shape == (11, 50)


def test_draws_without_the_only_group_of_a_class_say_nothing_of_it() -> None:
    truth = np.zeros((40, 1))
    truth[:10] = 1
    truth[35] = 1  # a wrong label
    score = truth * 0.9
    score[35] = 0.0
    groups = np.repeat(np.arange(4), 10)
    sample = Sample(truth, groups, ["x"], "multilabel")
    found = compare(sample, {"model": Method(score, score > 0.5)}, Resampling(400, 0.95, 1))
    recall = found["model"]["x"]["sensitivity"]
    assert recall["value"] == pytest.approx(10 / 11, abs=1e-5)
    assert recall["low"] > 0.6  # and not 0, of the draws that hold the wrong label alone

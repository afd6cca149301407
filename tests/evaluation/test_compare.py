"""The content of metrics.json."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import convoscope.evaluation.compare as compare_module
from convoscope.config.tasks import TASKS
from convoscope.evaluation.bootstrap import draw_groups
from convoscope.evaluation.compare import (
    Method,
    Resampling,
    Sample,
    bounded,
    compare,
    count_groups,
    differences,
    figure,
    label_draws,
    macro_mean,
    strata_of,
    tells,
)
from convoscope.evaluation.metrics import Outcome

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


def test_the_ceiling_is_no_baseline(found: dict) -> None:
    sample, methods = example()
    with_ceiling = compare(sample, {**methods, "ceiling": methods["gc"]}, RESAMPLING)
    assert with_ceiling.pop("ceiling") == with_ceiling["baselines"]["gc"]
    assert with_ceiling == found and "ceiling" not in found


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
    sample, _ = example()
    assert found["groups"]["mean"] == 50 and found["few_groups"] == []
    for column, label in enumerate("ab"):
        sides = [sample.groups[sample.truth[:, column] == value] for value in (0, 1)]
        sizes = [np.unique(side, return_counts=True)[1] for side in sides]
        assert found["groups"][label] == min(round(size.sum() ** 2 / (size**2).sum()) for size in sizes)


def test_single_mislabelled_cells_make_no_group() -> None:
    # Three classes of one protein each; of 30 cells of the first, one each is labelled as another.
    groups = np.repeat(np.arange(12), 30)
    classes = np.repeat([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2], 30)
    classes[::30][:10] = 1
    truth = np.eye(3)[classes]
    sample = Sample(truth, groups, ["a", "b", "c"], "multiclass")
    found = compare(sample, {"model": Method(truth, truth > 0.5)}, Resampling(100, 0.95, 1))
    assert found["groups"] == {"a": 3, "b": 2, "c": 1, "mean": 12}  # 4900 / 1810, 1600 / 910, 1
    assert found["few_groups"] == ["a", "b", "c"]
    assert found["model"]["c"]["auroc"] == {"value": 1.0, "low": None, "high": None, "n": 360}
    assert strata_of(sample).tolist() == [0] * 10 + [1, 2]


def test_every_interval_holds_its_value() -> None:
    # Classes of two proteins of unequal size and some wrong answers: resamples without one used to be left out.
    generator = np.random.default_rng(3)
    groups = np.repeat(np.arange(8), [40, 5] * 4)
    truth = np.eye(4)[np.repeat(np.arange(4), 45)]
    score = truth * 0.5 + generator.random(truth.shape)
    sample = Sample(truth, groups, list("abcd"), "multiclass")
    found = compare(sample, {"model": Method(score, score > 0.7)}, Resampling(300, 0.9, 1))
    known = [one for label in found["model"].values() for one in label.values() if one["low"] is not None]
    assert all(one["low"] <= one["value"] <= one["high"] for one in known)
    assert found["model"]["mean"]["sensitivity"]["low"] is not None


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


@pytest.mark.parametrize("task", TASKS)
def test_every_task(task: str) -> None:
    found = compare(*example(task), RESAMPLING)
    assert list(found["model"]["a"]) == list(TASKS[task].metrics)
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


@pytest.mark.parametrize("task", ["multilabel", "multiclass", "regression"])
def test_all_groups_and_no_others_are_drawn(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, real = [], compare_module.draw_groups
    monkeypatch.setattr(compare_module, "draw_groups", lambda *given: drawn.append(given) or real(*given))
    sample, methods = example(task, size=24)
    compare(sample, methods, Resampling(30, 0.95, 5))
    assert drawn[0][:3] == (6, 30, 5)
    assert (drawn[0][3] is None) == (task != "multiclass")


def test_measured_values_are_judged_on_every_draw() -> None:
    # One group has all large values: draws without it are of the same question, as those without a class are not.
    truth = np.repeat([9.0, 0.1, 0.2, 0.3], 3)[:, None]
    score = truth + np.random.default_rng(1).normal(size=truth.shape)
    sample = Sample(truth, np.repeat(np.arange(4), 3), ["x"], "regression")
    counts = draw_groups(4, 200, 1)
    draws = label_draws(sample, Method(score, score > 0.5), counts)["x"]["mse"]
    errors = np.square(truth - score)[:, 0].reshape(4, 3).sum(axis=1)
    np.testing.assert_allclose(draws, counts @ errors / 12)
    assert (counts[:, 0] == 0).any()


def test_draws_tell_of_a_class_from_half_of_its_positives_on() -> None:
    truth = np.array([1.0, 1, 1, 1, 0, 0, 0.5])
    groups = np.array([0, 0, 1, 2, 2, 3, 3])
    outcome = Outcome(truth, truth, truth > 0.5)
    counts = np.array([[1, 1, 1, 1], [1, 0, 0, 3], [0, 1, 0, 3], [0, 2, 0, 2], [0, 0, 0, 4]])
    assert tells(outcome, groups, counts).tolist() == [True, True, False, True, False]
    odd = Outcome(np.array([1.0, 1, 1, 1, 1, 0, 0.5]), truth, truth > 0.5)  # five, and each group more or less of them
    counts = np.array([[1, 0, 0, 3], [0, 0, 1, 3], [1, 1, 0, 2], [0, 3, 0, 1]])
    assert tells(odd, np.array([0, 0, 1, 2, 2, 3, 3]), counts).tolist() == [False, False, True, True]


@pytest.mark.parametrize(("task", "told"), [("multiclass", False), ("multilabel", False), ("regression", True)])
def test_a_draw_with_few_positives_tells_of_values_only(task: str, told: bool) -> None:
    groups = np.repeat([0, 1, 2, 3], [1, 5, 2, 2])
    truth = np.eye(2)[np.repeat([0, 1], [6, 4])]
    draws = label_draws(
        Sample(truth, groups, ["a", "b"], task), Method(truth, truth > 0.5), np.array([[1] * 4, [2, 0, 1, 1]])
    )
    metric = "mse" if task == "regression" else "auroc"
    assert np.isfinite(draws["a"][metric]).tolist() == [True, told]
    assert np.isfinite(draws["b"][metric]).all()
    assert np.isfinite(draws["mean"][metric]).tolist() == [True, task != "multilabel"]  # of class b alone


def test_an_interval_needs_no_defined_first_resample() -> None:
    assert bounded(np.array([30.0, np.nan, *np.arange(101.0)]), 2, 0.5) == {"value": 30.0, "low": 25.0, "high": 75.0}


@pytest.mark.parametrize(("size", "few"), [(36, ["a"]), (40, [])])
def test_ten_groups_are_enough(size: int, few: list[str]) -> None:
    truth = np.arange(size)[:, None] % 2.0
    method = Method(truth, truth > 0.5)
    found = compare(Sample(truth, np.arange(size) // 4, ["a"], "multilabel"), {"model": method}, RESAMPLING)
    assert (found["groups"], found["few_groups"]) == ({"a": size // 4}, few)


def test_a_label_of_one_half_is_on_the_other_side() -> None:
    truth = np.array([1.0, 0.5, 0.0, 1.0])[:, None]
    assert count_groups(Sample(truth, np.array([0, 1, 2, 3]), ["a"], "multilabel")) == {"a": 2}
    assert count_groups(Sample(truth, np.array([0, 1, 1, 3]), ["a"], "multilabel")) == {"a": 1}
    assert count_groups(Sample(truth, np.array([0, 1, 1, 3]), ["a"], "regression")) == {"a": 3}


def test_the_class_of_a_group_is_that_of_most_of_its_examples() -> None:
    truth = np.eye(3)[[0, 0, 1, 2, 2, 1]]
    truth[5] = np.nan
    sample = Sample(truth, np.array([0, 0, 0, 1, 2, 2]), list("abc"), "multiclass")
    assert strata_of(sample).tolist() == [0, 2, 2]
    assert strata_of(sample._replace(task="multilabel")) is None
    assert strata_of(Sample(truth[:0], np.zeros(0, int), list("abc"), "multiclass")) is None


def test_no_interval_where_the_value_or_the_second_group_lacks() -> None:
    draws = np.arange(101.0)
    assert bounded(np.array([np.nan, *draws]), 2, 0.5) == {"value": None, "low": None, "high": None}
    assert bounded(np.array([1.0, *np.full(9, np.nan)]), 2, 0.5) == {"value": 1.0, "low": None, "high": None}
    rounded = {"value": 25.0, "low": 25.0, "high": 75.0}
    assert bounded(np.array([25 - 9e-10, *draws]), 2, 0.5) == rounded
    assert bounded(np.array([25 - 1.1e-9, *draws]), 2, 0.5)["low"] is None
    assert bounded(np.array([-1e-9, *(draws - 25)]), 2, 0.5)["low"] == 0
    assert bounded(np.array([1e-9, *(draws - 75)]), 2, 0.5)["high"] == 0


def test_seed_decides() -> None:
    first, second = (compare(*example(), Resampling(100, 0.95, seed))["model"]["a"]["auroc"] for seed in (1, 2))
    assert first["value"] == second["value"]
    assert first["low"] != second["low"]


def test_bounds_by_hand() -> None:
    draws = np.arange(101.0)
    assert bounded(np.array([30.0, *draws]), 2, 0.5) == {"value": 30.0, "low": 25.0, "high": 75.0}
    assert bounded(np.array([25.0, *draws]), 2, 0.5) == {"value": 25.0, "low": 25.0, "high": 75.0}
    assert bounded(np.array([75.0, *draws]), 2, 0.5) == {"value": 75.0, "low": 25.0, "high": 75.0}
    for outside in (24.0, 76.0):  # such an interval would be of something else
        assert bounded(np.array([outside, *draws]), 2, 0.5) == {"value": outside, "low": None, "high": None}
    assert bounded(np.array([30.0, *draws]), 1, 0.5) == {"value": 30.0, "low": None, "high": None}
    assert (figure(1 / 3), figure(np.nan)) == (0.333333, None)
    for exclusive in (True, False):
        values = np.array([[1.0, 3.0], [np.nan, 9.0], [2.0, 5.0]])
        assert macro_mean(values, exclusive).tolist() == [1.5, 4.0]
        assert np.isnan(macro_mean(np.full((2, 3), np.nan), exclusive)).all()
    values = np.array([[1.0, 3.0, np.nan], [2.0, np.nan, np.nan]])
    np.testing.assert_array_equal(macro_mean(values, False), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(macro_mean(values, True), [1.5, 3.0, np.nan])


def test_draws_are_of_whole_groups() -> None:
    assert draw_groups(50, 10, 1).shape == (11, 50)


def test_the_only_group_of_a_class_and_a_wrong_label_give_no_interval() -> None:
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
    assert recall["low"] is None  # and not 0, of the draws that hold the wrong label alone
    assert found["groups"] == {"x": 1} and found["few_groups"] == ["x"]

"""Curves end where they must and enclose the area that the metric says."""

import numpy as np
import pytest
from sklearn.metrics import auc, precision_recall_curve, roc_auc_score, roc_curve

from convoscope.evaluation.curves import POINTS, curve_points, precision_recall, roc, thin


def test_by_hand() -> None:
    truth = np.array([[0.0], [1.0], [np.nan]])
    found = curve_points(truth, {"model": np.array([[0.2], [0.8], [0.9]])}, ["x"])
    assert found[found["curve"] == "roc"][["x", "y"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 1]]
    assert found[found["curve"] == "pr"][["x", "y"]].to_numpy().tolist() == [[1, 0.5], [1, 1], [0, 1]]
    assert set(found["method"]) == {"model"}


@pytest.mark.parametrize(("size", "digits"), [(2, 9), (3, 0), (40, 1), (300, 9), (2_000, 3)])
def test_curves_are_those_of_scikit_learn(size: int, digits: int) -> None:
    generator = np.random.default_rng(size)
    truth = np.arange(size) % 2
    score = (truth + generator.normal(size=size)).round(digits)
    assert np.array_equal(roc(truth, score), roc_curve(truth, score)[:2])
    assert np.array_equal(precision_recall(truth, score)[::-1], precision_recall_curve(truth, score)[:2])


def test_a_label_of_one_half_is_negative() -> None:
    half, none = (curve_points(np.array([[0.5], [one], [1.0]]), {"model": np.array([[0.2], [0.1], [0.8]])}, ["x"])
                  for one in (0.5, 0.0))  # fmt: skip
    assert half.equals(none) and not half.empty
    assert curve_points(np.array([[0.0], [0.5]]), {"model": np.array([[0.2], [0.8]])}, ["x"]).empty


def test_thinned_curve_keeps_its_area() -> None:
    generator = np.random.default_rng(1)
    truth = generator.integers(2, size=5000).astype(float)
    score = truth + generator.normal(size=5000)
    found = curve_points(truth[:, None], {"model": score[:, None], "gc": -score[:, None]}, ["x"])
    sizes = found.groupby(["method", "curve"]).size()
    assert sizes.max() <= POINTS
    roc = found[(found["curve"] == "roc") & (found["method"] == "model")]
    assert auc(roc["x"], roc["y"]) == pytest.approx(roc_auc_score(truth, score), abs=1e-3)


@pytest.mark.parametrize("size", [1, 2, POINTS, POINTS + 1, 10 * POINTS])
def test_ends_stay(size: int) -> None:
    [kept] = thin(np.arange(size))
    assert kept[[0, -1]].tolist() == [0, size - 1]
    assert len(kept) == min(size, POINTS)


def test_one_class_has_no_curve() -> None:
    found = curve_points(np.ones((3, 1)), {"model": np.ones((3, 1))}, ["x"])
    assert list(found) == ["method", "label", "curve", "x", "y"]
    assert found.empty

"""Thresholds by hand and against a search over all of them."""

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from convoscope.evaluation.thresholds import best_threshold, call_by_fold, fold_thresholds

NAN = np.nan


def best(truth: list[float], score: list[float]) -> float:
    return best_threshold(np.array(truth, float), np.array(score, float))


def test_midpoint_by_hand() -> None:
    assert best([0, 0, 1, 1], [0.0, 0.25, 0.75, 1.0]) == 0.5


def test_no_threshold_is_better() -> None:
    generator = np.random.default_rng(8)
    truth = generator.integers(2, size=80).astype(float)
    score = np.round(0.4 * truth + generator.random(80), 1)
    found = matthews_corrcoef(truth, score >= best_threshold(truth, score))
    assert found == pytest.approx(max(matthews_corrcoef(truth, score >= cut) for cut in np.unique(score)))


def test_widest_gap_of_equals() -> None:
    # One mistake either way: cuts at .15 and at .6 (with the gap .4–.8) are mirror images.
    assert best([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.8]) == pytest.approx(0.6)
    assert best([0, 1, 0, 1], [0.1, 0.6, 0.7, 0.8]) == pytest.approx(0.35)
    assert best([0, 1, 0, 1], [0.0, 0.25, 0.5, 0.75]) == 0.625  # of equal gaps the highest


def test_neighbours_without_room_between_them() -> None:
    low = 0.5
    high = np.nextafter(low, 1)
    assert best([0, 1], [low, high]) == high


@pytest.mark.parametrize(("truth", "score"), [([1, 1], [0.1, 0.2]), ([0, 1], [0.3, 0.3]), ([], []), ([NAN], [0.3])])
def test_one_half_when_nothing_can_be_chosen(truth: list[float], score: list[float]) -> None:
    assert best(truth, score) == 0.5


def test_unknown_labels_are_left_out() -> None:
    assert best([0, NAN, NAN, 1], [0.2, 0.6, 0.3, 0.4]) == pytest.approx(0.3)


def test_labels_outside_validation_do_not_matter() -> None:
    truth = np.array([[0.0], [1.0], [0.0], [1.0]])
    validation = {"0": np.array([[0.1], [0.5], [NAN], [NAN]])}
    chosen = fold_thresholds(truth, validation, ["a"])
    assert chosen == {"a": {"0": pytest.approx(0.3)}}
    truth[2:] = 1 - truth[2:]
    assert fold_thresholds(truth, validation, ["a"]) == chosen


def test_every_fold_has_its_own() -> None:
    score, folds = np.array([[0.4], [0.4], [np.nan]]), np.array(["0", "1", "1"])
    assert call_by_fold(score, folds, {"a": {"0": 0.4, "1": 0.5}}).tolist() == [[True], [False], [False]]


def test_regression_calls_nothing() -> None:
    assert not call_by_fold(np.ones((2, 1)), np.array(["0", "0"]), {}).any()

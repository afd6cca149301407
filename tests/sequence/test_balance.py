import logging

import numpy as np
import pytest

from convoscope.config import Split
from convoscope.errors import InputError
from convoscope.sequence.balance import (
    all_shares,
    binary_labels,
    check_folds,
    count_shares,
    differ_twofold,
    report_shares,
)

SPLITS = {"random": Split(strategy="random"), "given": Split(strategy="given")}


class TestCheckFolds:
    folds = np.array(["train", "train", "validation", "validation", "test", "test"])

    def test_accepts_both_classes_and_numbers(self):
        labels = np.array([[0, 5.5], [1, 6], [0, 2], [1, 2.5], [1, 2], [0, -2]])
        check_folds(self.folds, labels, ["x", "y"], SPLITS["random"])

    def test_refuses_an_empty_split(self):
        with pytest.raises(InputError, match="strategy random: no example is in test"):
            check_folds(self.folds[:4], np.array([[0], [1], [0], [1.0]]), ["x"], SPLITS["random"])

    def test_refuses_one_class(self):
        labels = np.array([[0], [1], [0], [0], [1], [0.0]])
        with pytest.raises(InputError, match="x is only 0 in all 2 examples of validation; each split needs both"):
            check_folds(self.folds, labels, ["x"], SPLITS["random"])

    @pytest.mark.parametrize(
        ("measured", "found"), [([7.5, 7.5], "only 7.5"), ([7.5, np.nan], "only 7.5"), ([np.nan] * 2, "nothing")]
    )
    @pytest.mark.parametrize("split", ["train", "validation", "test"])
    def test_refuses_one_measured_value_of_one_of_several_labels(self, split, measured, found):
        labels = np.array([[0.5, 5.5], [1, 6], [0, 2], [1, 2.5], [1, 2], [0, -2]])
        labels[self.folds == split, 1] = measured
        with pytest.raises(InputError, match=f"y is {found} in all 2 examples of {split}; .* two different values"):
            check_folds(self.folds, labels, ["x", "y"], SPLITS["random"])

    def test_refuses_unknown_alone(self):
        labels = np.array([[0], [1], [np.nan], [np.nan], [1], [0.0]])
        with pytest.raises(InputError, match="x is nothing in all 2 examples of validation"):
            check_folds(self.folds, labels, ["x"], SPLITS["random"])


def test_a_label_that_is_the_same_everywhere_is_said(caplog):
    check_folds(np.array(["train", "validation", "test"], dtype=object), np.full((3, 1), 5.0), ["x"], SPLITS["random"])
    assert "split: x is 5 in every example: there is nothing to learn" in caplog.text


def test_shares_by_hand():
    folds = np.array(["train", "train", "test", "test", "test"], dtype=object)
    column = np.array([1, 0, np.nan, 1, 1])
    assert count_shares(folds, column) == {"test": (1.0, 2), "train": (0.5, 2)}
    both = np.column_stack([column, column * 2])
    assert list(binary_labels(both, ["x", "y"])) == ["x"]
    assert all_shares(folds, both, ["x", "y"]) == {"x": {"test": 1.0, "train": 0.5}}
    assert all_shares(folds[:3], both[:3], ["x", "y"])["x"] == {"train": 0.5}


@pytest.mark.parametrize(
    ("low", "high", "known", "differ"),
    [
        (0.25, 0.5, 1000, True),
        (0.26, 0.5, 1000, False),
        (0.25, 0.5, 10, False),
        (0.0, 0.5, 100, True),
        (0.5, 0.5, 9, False),
    ],
)
def test_twofold_and_more_than_chance(low, high, known, differ):
    assert differ_twofold({"test": (high, known), "train": (low, known)}) is differ


@pytest.mark.parametrize(
    ("low", "few", "high", "many", "differ"),
    [  # by hand: 3 standard errors are 0.1236, 0.1232, 0.179
        (0.1, 1000, 0.235, 60, True),
        (0.1, 1000, 0.22, 60, False),
        (0.1, 60, 0.29, 1000, True),
    ],
)
def test_chance_is_that_of_both_numbers(low, few, high, many, differ):
    assert differ_twofold({"test": (low, few), "train": (high, many)}) is differ


class TestReportShares:
    folds = np.repeat(["test", "train", "validation"], 100).astype(object)
    even = np.tile([0.0, 1.0], 150)[:, None]
    uneven = np.concatenate([np.tile([0.0, 1.0], 50), np.repeat([1.0, 0.0], [25, 75]), np.repeat([1.0, 0.0], [40, 60])])

    def test_shares_are_said(self, caplog):
        with caplog.at_level(logging.INFO):
            report_shares(self.folds, self.even, ["y"], SPLITS["random"])
        assert caplog.messages == ["split: share of y: test 0.5 of 100, train 0.5 of 100, validation 0.5 of 100"]

    def test_shares_of_the_first_labels_are_said(self, caplog):
        with caplog.at_level(logging.INFO):
            report_shares(self.folds, np.repeat(self.even, 10, axis=1), list("abcdefghij"), SPLITS["random"])
        assert [line.split()[3] for line in caplog.messages] == [f"{name}:" for name in "abcdefgh"]

    def test_a_dealt_split_that_differs_twofold_is_refused(self):
        with pytest.raises(InputError, match=r"random: share of y: test 0\.5 of 100, train 0\.25 of 100.*split\.seed"):
            report_shares(self.folds, self.uneven[:, None], ["y"], SPLITS["random"])

    def test_a_given_split_is_kept_with_a_warning(self, caplog):
        with caplog.at_level(logging.WARNING):
            report_shares(self.folds, self.uneven[:, None], ["y"], SPLITS["given"])
        assert "train 0.25 of 100" in caplog.text

    def test_measured_values_have_no_shares(self, caplog):
        with caplog.at_level(logging.INFO):
            report_shares(self.folds, np.arange(300.0)[:, None], ["y"], SPLITS["random"])
        assert not caplog.messages

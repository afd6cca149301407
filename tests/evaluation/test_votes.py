"""Votes of groups at their boundaries: wrong labels, equal confidence, and answers that nobody gives."""

import numpy as np
import pytest

from convoscope.evaluation.votes import Votes, judge_votes, least_confidence, vote


@pytest.mark.parametrize(("truth", "voted"), [("00011", True), ("0011", False), ("00001", True), ("00112", False)])
def test_three_of_five_cells_make_a_group_one_of_the_class(truth: str, voted: bool) -> None:
    votes = vote(np.repeat("p", len(truth)), np.array(list(truth), dtype=int), np.full((len(truth), 3), 1 / 3))
    assert (votes is not None) == voted
    if votes is not None:
        assert (votes.truth.tolist(), votes.cells.tolist()) == ([0], [5])


def test_one_pair_among_single_cells_is_enough_and_no_cells_are_not() -> None:
    votes = vote(np.array(["p", "q", "q"]), np.array([1, 0, 0]), np.array([[0.5, 0.5], [1, 0], [0, 1]]))
    assert (votes.names.tolist(), votes.truth.tolist(), votes.cells.tolist()) == (["p", "q"], [1, 0], [1, 2])
    assert vote(np.array([]), np.array([], int), np.zeros((0, 2))) is None


def made(*groups: tuple[float, bool]) -> Votes:
    """Return groups of class 0 by confidence and whether the vote is right."""
    probabilities = np.array([[sure, 1 - sure] if right else [1 - sure, sure] for sure, right in groups])
    ones = np.ones(len(groups), dtype=int)
    return Votes(ones.astype(object), ones * 0, probabilities.reshape(-1, 2), ones)


RIGHT = [(0.75, True)] * 19


@pytest.mark.parametrize(
    ("groups", "least"),
    [
        ([*RIGHT, (0.625, False)], 0.0),  # 19 of 20 are right often enough
        ([*RIGHT, (0.625, False), (0.875, False)], 0.75),
        ([*RIGHT, (0.75, False), (0.625, False)], 0.75),  # of equal confidence all are answered
        ([*RIGHT, (0.75, False), (0.75, False), (0.875, True)], 0.875),
        ([*RIGHT, (0.75, False), (0.875, False)], 0.875),  # none would do
        ([(0.625, False), (0.75, False)], 0.75),
        ([], 0.0),
    ],
)
def test_the_lowest_confidence_at_which_enough_answers_are_right(groups: list, least: float) -> None:
    assert least_confidence(made(*groups)) == least


def test_answers_are_those_of_the_least_confidence_on() -> None:
    votes = made((0.75, True), (0.8, True), (0.875, False), (0.5625, True), (0.625, True))
    found = judge_votes(votes, 0.75, 50, 0.9, 1)
    values = [found[name]["value"] for name in ("accuracy", "answered_accuracy", "answered")]
    assert values == pytest.approx([4 / 5, 2 / 3, 3 / 5], abs=1e-6)
    assert (found["groups"], found["least_confidence"]) == (5, 0.75)
    silent = judge_votes(votes, 0.9, 50, 0.9, 1)
    assert (silent["answered_accuracy"]["value"], silent["answered"]["value"]) == (None, 0)

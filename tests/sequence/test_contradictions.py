import logging

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.sequence.contradictions import contradictory, judge_contradictions

GROUPS = np.array(["a", "b", "a", "c", "b", "c", "d"])
LABELS = np.array([[1, 0], [0, 1], [0, 0], [1, np.nan], [np.nan, 0], [1, 1], [1, 0.0]])


def test_contradictions_by_hand():
    assert contradictory(GROUPS, LABELS).tolist() == [0, 1, 0, -1, 1, -1, -1]


def test_the_first_label_is_named():
    assert contradictory(np.array(["a", "a"]), np.array([[1, 1], [0, 0.0]])).tolist() == [0, 0]


def test_measured_values_of_one_sequence_may_differ():
    assert contradictory(np.array(["a", "a", "b"]), np.array([[1.0], [0.0], [0.5]])).tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("policy", "droppable", "dropped"),
    [("drop", None, [0, 1, 2, 4]), ("drop", [0, 0, 1, 1, 1, 1, 1], [2, 4]), ("keep", None, [])],
)
def test_policies_by_hand(caplog, policy, droppable, dropped):
    mask = None if droppable is None else np.array(droppable, dtype=bool)
    with caplog.at_level(logging.WARNING):
        reasons = judge_contradictions(GROUPS, LABELS, ["x", "y"], np.array(list("stuvwxz")), policy, mask)
    assert np.flatnonzero(reasons != "").tolist() == dropped
    assert set(reasons[dropped]) <= {f"contradictory: {name} is 1 and 0 for this sequence" for name in "xy"}
    [line] = caplog.messages
    assert "4 examples of 2 sequences" in line
    assert line.endswith(f"such as s of x: {len(dropped)} dropped, {4 - len(dropped)} kept")


def test_refuse():
    with pytest.raises(InputError, match=r"contradictions: 4 examples of 2 sequences .*drop or keep"):
        judge_contradictions(GROUPS, LABELS, ["x", "y"], np.array(list("stuvwxz")), "refuse")


def test_nothing_contradicts(caplog):
    assert judge_contradictions(GROUPS, np.ones((7, 2)), ["x", "y"], GROUPS, "refuse").tolist() == [""] * 7
    assert not caplog.messages

"""Rates are those of scipy.stats."""

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from convoscope.evaluation.rates import q_values, rate_interval


@pytest.mark.parametrize("number", [0, 1, 2, 50])
@pytest.mark.parametrize("digits", [1, 9])
def test_q_values_are_those_of_scipy(number: int, digits: int) -> None:
    p_values = np.random.default_rng(number).random(number).round(digits)
    assert np.array_equal(q_values(p_values), false_discovery_control(p_values))


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 7), (7, 7), (3, 7), (812, 4000)])
def test_intervals_are_those_of_scipy(successes: int, trials: int) -> None:
    for confidence in (0.95, 0.5):
        expected = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
        assert rate_interval(successes, trials, confidence) == tuple(expected)

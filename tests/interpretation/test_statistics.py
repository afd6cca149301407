"""Figures that scipy.stats has too."""

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control, rankdata

from convoscope.interpretation.statistics import false_discovery, mean_ranks, wilson_interval


@pytest.mark.parametrize("size", [0, 1, 2, 1000])
@pytest.mark.parametrize("digits", [1, 9])
def test_q_values_and_ranks_are_those_of_scipy(size: int, digits: int) -> None:
    p_values = (np.random.default_rng(size).random(size) ** 3).round(digits)
    assert (false_discovery(p_values) == false_discovery_control(p_values)).all()
    rows = np.stack([p_values, -p_values])
    assert (mean_ranks(rows) == rankdata(rows, axis=1)).all()


@pytest.mark.parametrize("trials", [1, 7, 300])
def test_intervals_are_those_of_scipy(trials: int) -> None:
    for successes in {0, 1, trials // 3, trials}:
        known = binomtest(successes, trials).proportion_ci(method="wilson")
        assert wilson_interval(successes, trials) == (known.low, known.high)

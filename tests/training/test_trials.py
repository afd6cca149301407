"""Trials of a search: draws, ranks and survivors by hand."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from convoscope.config import Range, Search, Training
from convoscope.training.fit import History
from convoscope.training.trials import Ranked, draw_trials, rank_trials, validation_value

RATE = {"low": 0.0005, "high": 0.05, "log": True}


def search(**changes: Any) -> Search:
    ranges = {"training.learning_rate": RATE, "model.options.filters": {"low": 8, "high": 64, "integer": True}}
    return Search.model_validate({"ranges": ranges, **changes})


@pytest.mark.parametrize(
    ("content", "shares", "values"),
    [
        ({"low": 0, "high": 1}, (0, 0.25, 1), (0.0, 0.25, 1.0)),
        ({"low": -1.0, "high": 3.0}, (0, 0.5, 1), (-1.0, 1.0, 3.0)),
        ({"low": 0.0001, "high": 1, "log": True}, (0, 0.25, 0.5, 1), (0.0001, 0.001, 0.01, 1.0)),
        ({"low": 0.123449, "high": 0.2}, (0, 1), (0.123449, 0.2)),  # never outside, however it is rounded
        ({"low": 2, "high": 4, "integer": True}, (0, 0.33, 0.34, 0.66, 0.67, 1), (2, 2, 3, 3, 4, 4)),
        ({"low": 1, "high": 7, "integer": True, "log": True}, (0, 0.32, 0.34, 0.5, 1), (1, 1, 2, 2, 7)),
        ({"choice": [0.0, 0.0, 0.25, 0.5]}, (0, 0.49, 0.5, 0.75, 1), (0.0, 0.0, 0.25, 0.5, 0.5)),
        ({"choice": [[8, 16], [16, 32]]}, (0, 1), ([8, 16], [16, 32])),
    ],
)
def test_values_of_ranges(content: dict[str, Any], shares: Sequence[float], values: Sequence[Any]) -> None:
    one = Range.model_validate(content)
    found = [one.at(share) for share in shares]
    assert found == list(values)
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_draws_depend_on_the_seed_alone_and_more_trials_keep_the_earlier_ones(method: str) -> None:
    few, again, many = (draw_trials(search(method=method, trials=number)) for number in (5, 5, 40))
    assert few == again == many[:5]
    assert draw_trials(search(method=method, trials=5, seed=2)) != few
    rates, filters = ([trial[key] for trial in many] for key in few[0])
    assert all(0.0005 <= rate <= 0.05 and rate == float(f"{rate:.4g}") for rate in rates)
    assert all(isinstance(number, int) and 8 <= number <= 64 for number in filters)
    assert 0.3 < np.mean(np.array(rates) < 0.005) < 0.7  # the middle of the logarithms
    assert len(set(filters)) > 15


def test_sobol_trials_are_the_points_of_the_library_and_cover_every_range_evenly() -> None:
    ranges = {"training.momentum": {"low": 0.0, "high": 0.99}, "training.warmup": {"low": 0.0, "high": 1.0}}
    trials = draw_trials(Search.model_validate({"ranges": ranges, "trials": 16, "method": "sobol", "seed": 3}))
    points = qmc.Sobol(2, rng=3).random(16)
    np.testing.assert_allclose([list(trial.values()) for trial in trials], points * [0.99, 1.0], rtol=1e-3)
    for column, width in (("training.momentum", 0.99), ("training.warmup", 1.0)):
        assert sorted(int(trial[column] / width * 16) for trial in trials) == list(range(16))


@pytest.mark.parametrize(
    ("trials", "rungs", "eta", "sizes"),
    [(30, [], 3, [30]), (30, [4, 12], 3, [30, 10, 3]), (4, [1], 2, [4, 2]), (5, [1, 2, 3], 4, [5, 1, 1, 1])],
)
def test_numbers_of_survivors(trials: int, rungs: list[int], eta: int, sizes: list[int]) -> None:
    assert search(trials=trials, rungs=rungs, eta=eta).sizes == sizes


def history(*rows: tuple[float, float]) -> list[History]:
    """Epochs of these validation losses and metrics, each after its training."""
    nothing = (0.0, 0.0, "cpu", 0.0)
    return [
        History(epoch, split, loss, metric if split == "validation" else math.nan, *nothing)
        for epoch, (loss, metric) in enumerate(rows, 1)
        for split in ("train", "validation")
    ]


@pytest.mark.parametrize(
    ("monitor", "metric", "value"),
    [("loss", "metric", 0.7), ("metric", "metric", 0.8), ("none", "metric", 0.6), ("metric", "loss", 0.5)],
)
def test_the_value_of_a_trial_is_that_of_the_epoch_it_would_keep(monitor: str, metric: str, value: float) -> None:
    rows = history((0.9, math.nan), (0.3, 0.7), (0.5, 0.8), (0.4, 0.6))
    assert validation_value(rows, monitor, metric) == value
    assert math.isnan(validation_value([], monitor, metric))


def test_ranks_by_hand() -> None:
    values = [0.8, math.nan, 0.9, 0.8, 0.1]
    trials = [Ranked(number, value, {}) for number, value in enumerate(values)]
    assert [one.trial for one in rank_trials(trials[::-1], "metric")] == [2, 0, 3, 4, 1]
    assert [one.trial for one in rank_trials(trials[::-1], "loss")] == [4, 0, 3, 2, 1]


def test_settings_take_the_place_of_those_configured() -> None:
    from convoscope.config import Model, with_settings

    settings = {"model.name": "basset", "model.options.hidden": [8], "training.momentum": 0.5}
    model, training = with_settings(Model(options={"dropout": 0.1}), Training(epochs=4), settings)
    assert model == Model(name="basset", options={"dropout": 0.1, "hidden": [8]})
    assert training == Training(epochs=4, momentum=0.5)

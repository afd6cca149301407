"""Trials of a search: which settings each one has, how they are ranked, and which of them go on."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from convoscope.artifacts import Ranking, read_artifact
from convoscope.config import Search
from convoscope.errors import InputError
from convoscope.training.fit import History

Settings = dict[str, Any]  # by dotted key


class Ranked(NamedTuple):
    """One trial of a rung: its number, its validation metric or loss (NaN if it diverged), and its settings."""

    trial: int
    value: float
    settings: Settings


def _uniform(search: Search) -> np.ndarray:
    """Return numbers from 0 to 1 ``(trials, settings)`` drawn independently; more trials keep the earlier ones."""
    return np.random.default_rng(search.seed).random((search.trials, len(search.ranges)))


def _sobol(search: Search) -> np.ndarray:
    """Return a scrambled Sobol sequence ``(trials, settings)``; more trials keep the earlier ones.

    The sequence is made to a power of two, below which its points are not balanced (Owen 2020, arXiv:2008.08051).
    """
    from scipy.stats import qmc  # takes a second to import, also in trainings without a search

    sequence = qmc.Sobol(len(search.ranges), scramble=True, rng=search.seed)
    return sequence.random_base2(math.ceil(math.log2(search.trials)))[: search.trials]


METHODS = {"random": _uniform, "sobol": _sobol}


def draw_trials(search: Search) -> list[Settings]:
    """Draw the settings of all trials, by dotted key."""
    shares = METHODS[search.method](search)
    return [{key: one.at(float(u)) for (key, one), u in zip(search.ranges.items(), row, strict=True)} for row in shares]


def validation_value(history: Sequence[History], monitor: str, metric: str) -> float:
    """Return a training's validation metric or loss at the epoch that it would keep.

    Parameters
    ----------
    history
        Its epochs, as far as they count.
    monitor
        What chooses the epoch: ``loss``, ``metric``, or ``none`` for the last one.
    metric
        What is returned: ``metric`` or ``loss``.
    """
    checked = [row for row in history if row.split == "validation"]
    if not checked:
        return math.nan
    scores = {"loss": [-row.loss for row in checked], "metric": [row.metric for row in checked]}
    watched = scores.get(monitor, [float(row.epoch) for row in checked])
    best = int(np.argmax(np.nan_to_num(watched, nan=-math.inf)))
    return float(getattr(checked[best], metric))


def rank_trials(trials: Sequence[Ranked], metric: str) -> list[Ranked]:
    """Return trials from best to worst; of equal ones the first drawn comes first, those without a value last."""
    sign = 1 if metric == "loss" else -1
    return sorted(
        trials, key=lambda one: (math.isnan(one.value), 0.0 if math.isnan(one.value) else sign * one.value, one.trial)
    )


def read_ranking(path: Path) -> list[Ranked]:
    """Read the trials of one rung, from best to worst.

    Raises
    ------
    InputError
        If the file is damaged, or no trial has a value.
    """
    content = read_artifact(path, Ranking, ["ranked"])
    ranked = [as_ranked(one) for one in content["ranked"]]
    if not ranked or math.isnan(ranked[0].value):
        raise InputError(f"{path}: every trial diverged; lower the learning rates of search.ranges")
    return ranked


def ranking(ranked: Sequence[Ranked], survivors: int, **facts: Any) -> dict[str, Any]:
    """Return what is written of the trials of a rung, from best to worst."""
    return {
        **facts,
        "survivors": [one.trial for one in ranked[:survivors]],
        "ranked": [{**one._asdict(), "value": None if math.isnan(one.value) else one.value} for one in ranked],
    }


def as_ranked(content: Mapping[str, Any]) -> Ranked:
    """Return a trial as its file has it; one without a value diverged."""
    value = content["value"]
    return Ranked(content["trial"], math.nan if value is None else float(value), dict(content["settings"]))

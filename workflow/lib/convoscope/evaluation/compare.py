"""The model compared with its baselines on the same examples: values, intervals, paired differences."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from convoscope.config.tasks import TASKS
from convoscope.evaluation.bootstrap import (
    FEW_GROUPS,
    draw_groups,
    effective_groups,
    interval,
    measure_draws,
    two_sided_p,
)
from convoscope.evaluation.metrics import DECIDED, Outcome, metrics_of, ratio

ROUNDING = 1e-9
MEAN = "mean"
MODEL = "model"
CEILING = "ceiling"  # what nobody can pass, of simulated data: no baseline, which a model could be ahead of
Draws = dict[str, dict[str, np.ndarray]]  # label to metric to values: the sample's own, then one per resample


class Sample(NamedTuple):
    """The test examples."""

    truth: np.ndarray  # (n, labels), NaN where unknown
    groups: np.ndarray  # (n,) group numbers from 0
    labels: list[str]
    task: str


class Method(NamedTuple):
    """What one method says about the test examples."""

    score: np.ndarray  # (n, labels)
    called: np.ndarray  # (n, labels) bool


class Resampling(NamedTuple):
    """How intervals are made."""

    resamples: int
    confidence: float
    seed: int


def _known_rows(sample: Sample) -> dict[str, np.ndarray]:
    """Return the rows ``(k,)`` that count for each label; for the mean, those with any label."""
    known = np.isfinite(sample.truth)
    rows = {label: np.flatnonzero(known[:, column]) for column, label in enumerate(sample.labels)}
    return rows | ({MEAN: np.flatnonzero(known.any(axis=1))} if len(sample.labels) > 1 else {})


def label_draws(sample: Sample, method: Method, counts: np.ndarray) -> Draws:
    """Compute all metrics of all labels on all draws of groups ``(draws, groups)``."""
    rows, metrics = _known_rows(sample), metrics_of(sample.task)
    kind = TASKS[sample.task]
    draws = {}
    for column, label in enumerate(sample.labels):
        kept = rows[label]
        outcome = Outcome(*(part[kept, column] for part in (sample.truth, method.score, method.called)))
        found = measure_draws(outcome, sample.groups[kept], counts, metrics)
        telling = tells(outcome, sample.groups[kept], counts) | (not kind.binary)
        draws[label] = {name: np.where(telling, values, np.nan) for name, values in found.items()}
    if MEAN in rows:
        draws[MEAN] = {
            name: macro_mean(np.stack([draws[label][name] for label in sample.labels]), kind.exclusive)
            for name in metrics
        }
    return draws


def tells(outcome: Outcome, groups: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return which draws ``(draws,)`` hold at least half of the positives.

    Where positives are in few groups, such as the one test protein of a class, a draw without them leaves at most a few
    wrong labels; it says nothing of how well the class is found.
    """
    inside = np.bincount(groups, weights=outcome.truth > DECIDED, minlength=counts.shape[1])
    return counts @ inside >= inside.sum() / 2


def macro_mean(values: np.ndarray, exclusive: bool) -> np.ndarray:
    """Average ``(labels, draws)`` over the labels that the sample itself (draw 0) tells of.

    A draw that does not tell of all of them is NaN: the mean over other labels is another figure. Exclusive classes are
    averaged over those that a draw tells of: it resamples classes of one group each as what they are, a few of many.
    """
    defined = values[np.isfinite(values[:, 0])]
    told = np.isfinite(defined)
    mean = ratio(np.where(told, defined, 0.0).sum(axis=0), told.sum(axis=0).astype(float))
    return mean if exclusive else np.where(told.all(axis=0), mean, np.nan)


def figure(value: float) -> float | None:
    """Return six significant digits, or None (JSON null) where a value is not defined."""
    return float(f"{value:.6g}") if np.isfinite(value) else None


def bounded(draws: np.ndarray, groups: int, confidence: float) -> dict[str, float | None]:
    """Return value and interval of one metric; no interval without a second group or a defined value.

    An interval that does not contain its value is not given either: its resamples measure something else, for example
    because some of few groups are seldom drawn.
    """
    low, high = interval(draws[1:], confidence) if groups > 1 else (np.nan, np.nan)
    if not low - ROUNDING <= draws[0] <= high + ROUNDING:
        low = high = np.nan
    return {"value": figure(draws[0]), "low": figure(low), "high": figure(high)}


def _estimates(draws: Draws, sample: Sample, confidence: float) -> dict[str, Any]:
    """Return label to metric to ``value``, ``low``, ``high`` and ``n``, the number of test examples."""
    rows = _known_rows(sample)
    groups = count_groups(sample)
    return {
        label: {
            name: {**bounded(values, groups[label], confidence), "n": len(rows[label])}
            for name, values in metrics.items()
        }
        for label, metrics in draws.items()
    }


def differences(first: Draws, second: Draws, groups: Mapping[str, int], confidence: float) -> dict[str, Any]:
    """Return label to metric to first minus second, with interval and two-sided ``p``, paired by resample."""
    result: dict[str, Any] = {}
    for label, metrics in first.items():
        result[label] = {}
        for name, values in metrics.items():
            gain = values - second[label][name]
            content = bounded(gain, groups[label], confidence)
            p = two_sided_p(gain[1:]) if content["low"] is not None else np.nan
            result[label][name] = {**content, "p": figure(p)}
    return result


def count_groups(sample: Sample) -> dict[str, int]:
    """Return as how many groups count those behind each label: of a class, those of its fewer side (or of the rest)."""
    counted = {}
    for label, rows in _known_rows(sample).items():
        groups, sides = sample.groups[rows], [np.ones(len(rows), dtype=bool)]
        if label in sample.labels and TASKS[sample.task].binary:
            positive = sample.truth[rows, sample.labels.index(label)] > DECIDED
            sides = [positive, ~positive]
        counted[label] = min(effective_groups(groups[side]) for side in sides)
    return counted


def strata_of(sample: Sample) -> np.ndarray | None:
    """Return the class of most examples of each group where an example has exactly one class, else None."""
    exclusive = TASKS[sample.task].exclusive and len(sample.groups)
    return classes_of_groups(sample.truth, sample.groups) if exclusive else None


def classes_of_groups(truth: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the class of most examples of each group, of one-hot ``(n, classes)`` and group numbers ``(n,)``."""
    members = np.zeros((int(groups.max()) + 1, truth.shape[1]))
    np.add.at(members, groups, np.nan_to_num(truth))
    return members.argmax(axis=1)


def compare(sample: Sample, methods: Mapping[str, Method], resampling: Resampling) -> dict[str, Any]:
    """Measure every method on the same draws of groups.

    Parameters
    ----------
    sample
        The test examples.
    methods
        ``model``, any baselines, and the ``ceiling`` where it is known.
    resampling
        Number of resamples, coverage of the intervals, seed.

    Returns
    -------
    The content of ``metrics.json`` but for the thresholds. ``few_groups`` lists labels with fewer than
    ``FEW_GROUPS`` groups, by :func:`count_groups`, whose intervals are rough.
    """
    number = int(sample.groups.max(initial=-1)) + 1
    counts = draw_groups(number, resampling.resamples, resampling.seed, strata_of(sample))
    draws = {name: label_draws(sample, method, counts) for name, method in methods.items()}
    groups = count_groups(sample)
    tables = {name: _estimates(values, sample, resampling.confidence) for name, values in draws.items()}
    baselines = [name for name in methods if name not in (MODEL, CEILING)]
    ceiling = {CEILING: tables[CEILING]} if CEILING in methods else {}
    return ceiling | {
        "task": sample.task,
        "model": tables[MODEL],
        "baselines": {name: tables[name] for name in baselines},
        "differences": {
            name: differences(draws[MODEL], draws[name], groups, resampling.confidence) for name in baselines
        },
        "confidence": resampling.confidence,
        "bootstrap": resampling.resamples,
        "groups": groups,
        "few_groups": [label for label, number in groups.items() if number < FEW_GROUPS],
    }

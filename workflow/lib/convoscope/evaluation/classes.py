"""Everything that is judged of a classifier of several classes beyond one class at a time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from convoscope.evaluation.bootstrap import draw_groups
from convoscope.evaluation.collect import Collected
from convoscope.evaluation.compare import MODEL, Resampling, bounded, classes_of_groups
from convoscope.evaluation.multiclass import calibration_error, draw, fit_temperature, judge_methods, sharpen
from convoscope.evaluation.votes import judge_votes, least_confidence, vote


def most_probable(score: np.ndarray) -> np.ndarray:
    """Call exactly the most probable class of each row ``(n, classes)``; False where NaN."""
    called = np.zeros(score.shape, dtype=bool)
    known = np.isfinite(score).all(axis=1)
    called[np.flatnonzero(known), score[known].argmax(axis=1)] = True
    return called


def normalised_rows(score: np.ndarray) -> np.ndarray:
    """Scale rows ``(n, classes)`` to sum 1, as those of one-against-rest baselines do not."""
    total = score.sum(axis=1, keepdims=True)
    return np.divide(score, total, out=np.full(score.shape, 1 / score.shape[1]), where=total > 0)


def judge_classes(
    collected: Mapping[str, Collected], truth: np.ndarray, table: pd.DataFrame, group: str, resampling: Resampling
) -> dict[str, Any]:
    """Judge all methods as classifiers.

    Parameters
    ----------
    collected
        ``model`` and any baselines.
    truth
        ``(n, classes)`` one-hot, of all examples.
    table
        All examples: the column ``group`` is resampled, and a vote is taken over every other grouping column.
    group
        Column whose groups are resampled.
    resampling
        Number of resamples, coverage of the intervals, seed.

    Returns
    -------
    ``overall``: method to figure to value and interval; the expected calibration error also after temperature
    scaling, whose temperatures (by fold, from the validation split) are under ``temperatures``. ``votes``: grouping
    column to its metrics, for columns whose groups have one class each. ``confusion``: ``(classes, classes)`` counts,
    rows true.
    """
    model = collected[MODEL]
    tested, classes = model.folds != "", truth.argmax(axis=1)
    groups, names = pd.factorize(table[group].to_numpy()[tested])
    strata = classes_of_groups(truth[tested], groups)
    counts = draw_groups(len(names), resampling.resamples, resampling.seed, strata)
    probabilities = {name: normalised_rows(method.test[tested]) for name, method in collected.items()}
    overall = judge_methods(classes[tested], probabilities, groups, counts, resampling.confidence)
    temperatures = {name: fold_temperatures(method, classes) for name, method in collected.items()}
    for name, by_fold in temperatures.items():
        scaled = _scale(probabilities[name], collected[name].folds[tested], by_fold)
        values = draw(calibration_error, classes[tested], scaled, groups, counts)
        overall[name]["ece_scaled"] = bounded(values, len(names), resampling.confidence) | {"n": int(tested.sum())}
    return {
        "overall": overall,
        "temperatures": temperatures,
        "votes": all_votes(model, classes, table.drop(columns=["group"], errors="ignore"), resampling),
        "confusion": confusion(classes[tested], probabilities[MODEL]).tolist(),
    }


def fold_temperatures(method: Collected, classes: np.ndarray) -> dict[str, float]:
    """Fit the temperature of each fold on its validation split."""
    result = {}
    for fold, score in method.validation.items():
        known = np.isfinite(score).all(axis=1)
        result[fold] = fit_temperature(classes[known], normalised_rows(score[known]))
    return result


def _scale(probabilities: np.ndarray, folds: np.ndarray, temperatures: Mapping[str, float]) -> np.ndarray:
    """Scale each row ``(n, classes)`` by the temperature of its fold ``(n,)``."""
    result = probabilities.copy()
    for fold, temperature in temperatures.items():
        result[folds == fold] = sharpen(probabilities[folds == fold], temperature)
    return result


def all_votes(
    model: Collected, classes: np.ndarray, table: pd.DataFrame, resampling: Resampling
) -> dict[str, dict[str, Any]]:
    """Vote over the groups of every column whose groups have one class each."""
    tested = model.folds != ""
    held = np.stack(list(model.validation.values()))
    known = np.isfinite(held).all(axis=2)
    validated = known.any(axis=0)
    seen = np.where(known[..., None], held, 0).sum(axis=0)[validated] / known.sum(axis=0)[validated, None]
    result = {}
    for column in table:
        names = table[column].to_numpy(object)
        votes = vote(names[tested], classes[tested], normalised_rows(model.test[tested]))
        if votes is not None and len(votes.names) > 1:
            least = least_confidence(vote(names[validated], classes[validated], normalised_rows(seen)))
            settings = (resampling.resamples, resampling.confidence, resampling.seed)
            result[str(column)] = judge_votes(votes, least, *settings)
    return result


def confusion(classes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Count true classes (rows) by called ones (columns)."""
    size = probabilities.shape[1]
    return np.bincount(classes * size + probabilities.argmax(axis=1), minlength=size * size).reshape(size, size)

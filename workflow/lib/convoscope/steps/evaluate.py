"""Average the networks, choose thresholds, and compare the model with its baselines."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config import Evaluation
from convoscope.config.tasks import TASKS
from convoscope.dataset import read_card
from convoscope.errors import InputError
from convoscope.evaluation.classes import judge_classes, most_probable
from convoscope.evaluation.collect import average_seeds, collect, common_rows, read_predictions
from convoscope.evaluation.compare import CEILING, MODEL, Method, Resampling, Sample, compare
from convoscope.evaluation.curves import curve_points
from convoscope.evaluation.thresholds import call_by_fold, fold_thresholds
from convoscope.files import open_packed, replacing, write_json
from convoscope.options import Input
from convoscope.tables import read_table, write_table

log = logging.getLogger(__name__)


def evaluate(
    *,
    examples: Input,
    card: Input,
    predictions: list[Input],
    folds: list[str],
    seeds: list[int],
    baselines: list[Input],
    baseline_folds: list[str],
    spec: Evaluation,
    ensemble: Path,
    metrics: Path,
    curves: Path,
) -> None:
    """Measure the averaged networks and the baselines on the test splits of all folds.

    Parameters
    ----------
    predictions
        Predictions of the verb predict, a table per network.
    folds
        Fold of each table of predictions, in their order.
    seeds
        Seed of each table of predictions, in their order.
    baselines
        Predictions of the verb baselines, a table per fold; none to measure the networks alone.
    baseline_folds
        Fold of each table of baselines, in their order.
    ensemble
        Predictions averaged over the seeds to write, gzipped.
    metrics
        Metrics with intervals to write, metrics.json.
    curves
        ROC and precision-recall curves to write, a table.
    """
    content = read_card(card, "task", "folds")
    labels, task = content["labels"], content["task"]
    kind = TASKS[task]
    table = read_table(examples, "examples", real=labels)
    averaged = average_seeds(_read_all("predictions", predictions, fold=folds, seed=seeds))
    methods = {MODEL: averaged}
    if baselines:
        simple = _read_all("baselines", baselines, fold=baseline_folds).groupby("baseline", sort=False)
        methods |= {str(name): part for name, part in simple}
    collected = {name: collect(part, pd.Index(table["id"]), labels) for name, part in methods.items()}
    tested = common_rows(collected)
    truth = table[labels].to_numpy(np.float64)
    measured, thresholds = {}, dict[str, dict[str, dict[str, float]]]()
    for name, method in collected.items():
        score, thresholds[name] = method.test[tested], {}
        if kind.exclusive:
            called = most_probable(score)
        else:
            thresholds[name] = fold_thresholds(truth, method.validation, labels) if kind.binary else {}
            called = call_by_fold(score, method.folds[tested], thresholds[name])
        measured[name] = Method(score, called)
    group = content["folds"][folds[0]].get("group", "group")
    sample = Sample(truth[tested], pd.factorize(table[group].to_numpy()[tested])[0], labels, task)
    resampling = Resampling(spec.bootstrap, spec.confidence, spec.seed)
    result = compare(sample, measured, resampling)
    if kind.exclusive:
        together = table[list(dict.fromkeys([group, *content.get("groups", [])]))]
        result |= judge_classes(collected, truth, together, group, resampling)
    for label in result["few_groups"]:
        log.warning("label %s: %d groups of test examples; its intervals are rough", label, result["groups"][label])
    scores = {name: method.score for name, method in measured.items() if kind.binary and name != CEILING}
    _write_tables(ensemble, averaged, curves, curve_points(sample.truth, scores, labels))
    write_json(metrics, {**result, "thresholds": thresholds})


def _read_all(option: str, files: list[Path], **parallel: list[str] | list[int]) -> pd.DataFrame:
    """Read tables of predictions, each with its fold (and seed) as columns."""
    if not files or any(len(values) != len(files) for values in parallel.values()):
        raise InputError(f"--{option}: {len(files)} files; give one or more, each with its {' and '.join(parallel)}")
    constants = [dict(zip(parallel, values, strict=True)) for values in zip(*parallel.values(), strict=True)]
    tables = [read_predictions(file, **given) for file, given in zip(files, constants, strict=True)]
    return pd.concat(tables, ignore_index=True)


def _write_tables(ensemble: Path, averaged: pd.DataFrame, curves: Path, points: pd.DataFrame) -> None:
    """Write the ensemble's predictions and the curves."""
    with replacing(ensemble, curves) as [ensemble_scratch, curves_scratch]:
        with open_packed(ensemble_scratch) as text:
            write_table(averaged, text, 8)
        write_table(points, curves_scratch)

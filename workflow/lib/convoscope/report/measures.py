"""Metrics and predictions as tables: what every performance figure draws from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from convoscope.config.tasks import TASKS
from convoscope.evaluation.compare import CEILING
from convoscope.report.wording import METHODS, interval, method_name, metric_name, number
from convoscope.tables import find_rows

MEAN = "mean"
ALL = "all test examples"
KEYS = ["method", "label", "metric"]
FIGURES = ["value", "low", "high", "n"]


def chief_metrics(task: str) -> tuple[str, str]:
    """Return the two metrics that figures and cards show of a task, its headline first."""
    first, second, *_ = TASKS[task].metrics
    return first, second


def _flat(block: Mapping[str, Mapping[str, Mapping[str, Any]]], method: str) -> list[dict[str, Any]]:
    """Return one record per label and metric."""
    return [
        {"method": method, "label": label, "metric": metric} | dict(figures)
        for label, metrics in block.items()
        for metric, figures in metrics.items()
    ]


def _as_numbers(records: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return records as a table whose figures are floats; null becomes NaN."""
    figures = {name: np.array([record.get(name) for record in records], np.float64) for name in columns}
    return pd.DataFrame(records, columns=KEYS).assign(**figures)


def measures_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Flatten ``metrics.json``: ``method label metric value low high n``, the model first."""
    records = _flat(metrics["model"], "model")
    known = list(METHODS)
    blocks = metrics.get("baselines", {})
    for name in sorted(blocks, key=lambda name: (known.index(name) if name in known else len(known), name)):
        records += _flat(blocks[name], name)
    return _as_numbers(records, FIGURES)


def measures_and_ceiling(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Return `measures_table` with the rows of the ceiling, where it is known, after those of the baselines."""
    return pd.concat([measures_table(metrics), _as_numbers(_flat(metrics.get(CEILING, {}), CEILING), FIGURES)])


def differences_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Flatten the differences model − baseline: ``method label metric value low high p``."""
    blocks = metrics.get("differences", {}).items()
    return _as_numbers([r for name, block in blocks for r in _flat(block, name)], ["value", "low", "high", "p"])


def pick(table: pd.DataFrame, method: str, label: str, metric: str) -> pd.Series:
    """Return one row of a flattened table; NaN in every figure when it is not there."""
    rows = table[(table["method"] == method) & (table["label"] == label) & (table["metric"] == metric)]
    return rows.iloc[0] if len(rows) else pd.Series(np.nan, index=table.columns)


def chief_label(measures: pd.DataFrame) -> str:
    """Return the label that stands for the experiment: the mean over labels, else the only label."""
    labels = list(dict.fromkeys(measures["label"]))
    return MEAN if MEAN in labels or not labels else labels[0]


def best_baseline(measures: pd.DataFrame, label: str, metric: str) -> str | None:
    """Return the baseline with the highest value, or None when there is none with a value."""
    rows = measures[(measures["label"] == label) & (measures["metric"] == metric) & (measures["method"] != "model")]
    rows = rows.dropna(subset=["value"])
    return None if rows.empty else str(rows.sort_values("value", kind="stable")["method"].iloc[-1])


def accuracy_tables(overall: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `measures_table` and `differences_table` of the accuracy, of classes that exclude each other."""
    rows = [_flat({ALL: figures}, method) for method, figures in overall.items()]
    whole, gains = ([row | {"metric": "accuracy"} for one in rows for row in one if row["metric"] == name]
                    for name in ("accuracy", "accuracy_difference"))  # fmt: skip
    return _as_numbers(whole, FIGURES), _as_numbers(gains, ["value", "low", "high"])


def verdict_finding(metrics: Mapping[str, Any]) -> str:
    """Say how good the model is: by the accuracy where classes exclude each other, else by the task's own metric."""
    if "overall" in metrics:
        return performance_finding(*accuracy_tables(metrics["overall"]), "accuracy")
    chief, _ = chief_metrics(metrics["task"])
    return performance_finding(measures_table(metrics), differences_table(metrics), chief)


def _verdict(difference: pd.Series, baseline: str, metric: str) -> str:
    """Say in words whether the model is ahead of a baseline, given the interval of the difference."""
    name, unit = method_name(baseline), metric_name(metric)
    value, low, high = difference["value"], difference["low"], difference["high"]
    bounds = f"({interval(low, high)})"
    if not np.isfinite([value, low, high]).all():
        return f"the difference between CNN and {name} is not defined"
    if low > 0:
        return f"CNN ahead of {name} by {number(value)} {unit} {bounds}"
    if high < 0:
        return f"CNN behind {name} by {number(-value)} {unit} ({interval(-high, -low)})"
    return f"CNN and {name} cannot be told apart: difference {number(value)} {unit} {bounds}"


def _tally(measures: pd.DataFrame, differences: pd.DataFrame, baseline: str, metric: str) -> str:
    """Count the labels on which the model is ahead, behind, or neither."""
    rows = differences[(differences["method"] == baseline) & (differences["metric"] == metric)]
    rows = rows[rows["label"] != MEAN]
    ahead, behind = int((rows["low"] > 0).sum()), int((rows["high"] < 0).sum())
    return f"ahead on {ahead}, behind on {behind}, undecided on {len(rows) - ahead - behind}"


def performance_finding(measures: pd.DataFrame, differences: pd.DataFrame, metric: str) -> str:
    """Say how good the model is and how much better than the best baseline."""
    label = chief_label(measures)
    own = pick(measures, "model", label, metric)
    labels = [name for name in dict.fromkeys(measures["label"]) if name != MEAN]
    where = f"the mean of {len(labels)} labels" if label == MEAN else label
    if not np.isfinite(own["value"]):
        return f"{metric_name(metric)} of the CNN is not defined on {where}: too few test examples of one kind"
    baseline = best_baseline(measures, label, metric)
    reached = f"{metric_name(metric)} {number(own['value'])} ({interval(own['low'], own['high'])}) on {where}"
    if baseline is None:
        return f"CNN reaches {reached}; there is no baseline to compare with"
    words = _verdict(pick(differences, baseline, label, metric), baseline, metric)
    words = words[0].upper() + words[1:] + f" on {where}"
    return words + (f"; {_tally(measures, differences, baseline, metric)}" if len(labels) > 1 else "")


def measured_predictions(predictions: pd.DataFrame, windows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Add the measured value to every test prediction.

    Parameters
    ----------
    predictions
        Long format of the ensemble: ``id fold split label prediction``.
    windows
        Rows of ``windows.tsv`` with one column per label.
    labels
        Columns that are labels.

    Returns
    -------
    ``id fold label prediction measured``; rows whose label is unknown are left out.
    """
    chosen = (predictions["split"] == "test") & predictions["label"].isin(labels)
    test = predictions.loc[chosen, ["id", "fold", "label", "prediction"]]
    rows = find_rows(test["id"], windows["id"], "predictions")
    columns = pd.Index(labels).get_indexer(pd.Index(test["label"]))
    joined = test.assign(measured=windows[list(labels)].to_numpy(np.float64)[rows, columns])
    return joined.dropna(subset=["measured", "prediction"]).reset_index(drop=True)

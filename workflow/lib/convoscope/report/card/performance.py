"""The tables of a model card that hold metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from convoscope.report.html import integer, measure
from convoscope.report.measures import MEAN, best_baseline, chief_metrics, differences_table, measures_table, pick
from convoscope.report.summary import verdict_of
from convoscope.report.wording import fold_name, method_name, metric_name, number

Metrics = Mapping[str, Any]


def label_rows(metrics: Metrics) -> pd.DataFrame:
    """Return one row per label: the task's two metrics, the best baseline by the first, the difference to it."""
    measures, gains = measures_table(metrics), differences_table(metrics)
    first, second = chief_metrics(metrics["task"])
    rows = []
    for label in dict.fromkeys(measures["label"]):
        own, other = (pick(measures, "model", label, metric) for metric in (first, second))
        best = best_baseline(measures, label, first)
        simple, gain = pick(measures, best or "", label, first), pick(gains, best or "", label, first)
        row = {"label": label, "test": integer(own["n"])}
        row |= {metric_name(name): _written(values) for name, values in ((first, own), (second, other))}
        if len(gains):
            row |= {"best baseline": f"{method_name(best)} {number(simple['value'])}" if best else "–"}
            row |= {"difference": _written(gain), "verdict": verdict_of(gain["low"], gain["high"]) or "–"}
        rows.append(row)
    return pd.DataFrame(rows)


def _written(values: pd.Series | Mapping[str, Any]) -> str:
    """Write a metric with its interval; a dash where there is none."""
    return measure(tuple(np.nan if values[name] is None else values[name] for name in ("value", "low", "high")))


def overall_rows(metrics: Metrics) -> pd.DataFrame:
    """Return one row per method: metrics over all classes."""
    rows = [
        {"method": method_name(method)}
        | {metric_name(name): _written(value) for name, value in values.items() if "difference" not in name}
        for method, values in metrics.get("overall", {}).items()
    ]
    return pd.DataFrame(rows).fillna("–")


def calibration_rows(metrics: Metrics) -> pd.DataFrame:
    """Return one row per label: the Brier score and the threshold of every fold, as far as there are any."""
    thresholds = metrics.get("thresholds", {}).get("model", {})
    rows = []
    for label, values in metrics["model"].items():
        row = {"Brier score": _written(values["brier"])} if "brier" in values else {}
        row |= {f"threshold ({fold_name(fold)})": number(value) for fold, value in thresholds.get(label, {}).items()}
        rows += [{"label": label, **row}] if row and (label != MEAN or "brier" in values) else []
    return pd.DataFrame(rows).fillna("–")


def behind_baseline(metrics: Metrics, labels: Sequence[str]) -> list[tuple[str, list[str], list[str]]]:
    """Return where the best simple baseline is not clearly worse: in what words, the baselines, the labels."""
    measures, gains = measures_table(metrics), differences_table(metrics)
    metric = chief_metrics(metrics["task"])[0]
    found: dict[str, list[str]] = {"is behind": [], "cannot be told from": []}
    methods = set()
    for label in labels:
        best = best_baseline(measures, label, metric)
        row = pick(gains, best or "", label, metric)
        if best is not None and np.isfinite([row["low"], row["high"]]).all() and row["low"] <= 0:
            found["is behind" if row["high"] < 0 else "cannot be told from"].append(label)
            methods.add(method_name(best))
    return [(words, sorted(methods), labels) for words, labels in found.items() if labels]

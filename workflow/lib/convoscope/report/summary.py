"""The landing table: one row of figures for each experiment."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.report.html import integer, measure
from convoscope.report.measures import (
    best_baseline,
    chief_label,
    chief_metrics,
    differences_table,
    measures_table,
    pick,
)
from convoscope.report.wording import method_name, metric_name, number

UNKNOWN = {"value": np.nan, "low": np.nan, "high": np.nan}


def summary_row(metrics: Mapping[str, Any], histories: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """Sum an experiment up: test examples, chief metric, best baseline, difference, device, seconds of training."""
    metric, own, baseline, other, gain = _chief_figures(metrics)
    row = {"test": own["n"], "metric": metric, "value": own["value"], "low": own["low"], "high": own["high"]}
    row |= {"baseline": baseline, "baseline_value": other["value"]}
    row |= {f"difference{part}": gain[name] for part, name in (("", "value"), ("_low", "low"), ("_high", "high"))}
    devices = sorted({str(device) for history in histories for device in history["device"].dropna()})
    spent = sum(float(history["seconds"].sum()) for history in histories)
    return row | {"networks": len(histories), "device": ", ".join(devices), "seconds": spent}


class Chief(NamedTuple):
    """The figure that stands for an experiment: the model's, the best baseline's, and their difference."""

    metric: str
    own: Mapping[str, Any]
    baseline: str
    other: Mapping[str, Any]
    gain: Mapping[str, Any]


def _chief_figures(metrics: Mapping[str, Any]) -> Chief:
    """Choose the chief metric: the accuracy of classifiers with one class per example, else the task's own."""
    if "overall" in metrics:
        every = {method: figures for method, figures in metrics["overall"].items() if method != "model"}
        best = max(every, key=lambda method: every[method]["accuracy"]["value"], default="")
        other = every.get(best, {"accuracy": UNKNOWN, "accuracy_difference": UNKNOWN})
        own = metrics["overall"]["model"]["accuracy"]
        return Chief("accuracy", own, best, other["accuracy"], other.get("accuracy_difference", UNKNOWN))
    table, gains = measures_table(metrics), differences_table(metrics)
    label, metric = chief_label(table), chief_metrics(metrics["task"])[0]
    best = best_baseline(table, label, metric) or ""
    rows = (pick(table, "model", label, metric), pick(table, best, label, metric), pick(gains, best, label, metric))
    own, other, gain = ({str(name): value for name, value in row.items()} for row in rows)
    return Chief(metric, own, best, other, gain)


def verdict_of(low: float, high: float) -> str:
    """Return in one word where the interval of a difference lies; nothing where there is none."""
    if not np.isfinite([low, high]).all():
        return ""
    return "ahead" if low > 0 else "behind" if high < 0 else "undecided"


def summary_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the landing table from the rows of all experiments."""
    triples = {
        "cnn": ("value", "low", "high"),
        "difference": ("difference", "difference_low", "difference_high"),
    }
    cells = {name: list(rows[list(columns)].itertuples(index=False, name=None)) for name, columns in triples.items()}
    verdicts = [verdict_of(low, high) for _, low, high in cells["difference"]]
    return pd.DataFrame(
        {
            "experiment": rows["experiment"],
            "test": rows["test"],
            "model": rows["model"],
            "metric": rows["metric"].map(metric_name),
            "CNN": cells["cnn"],
            "best baseline": rows["baseline"].fillna("").map(method_name),
            "its value": rows["baseline_value"],
            "CNN − baseline": cells["difference"],
            "verdict": verdicts,
            "networks": rows["networks"],
            "device": rows["device"],
            "training": rows["seconds"],
        }
    )


def landing_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return the narrow version of the landing table, every cell as text."""
    value = table["its value"].map(number)
    return pd.DataFrame(
        {
            "experiment": table["experiment"],
            "test": table["test"].map(integer),
            "CNN": table["metric"] + " " + table["CNN"].map(measure),
            "best baseline": (table["best baseline"] + " " + value).str.strip(),
            "difference": table["CNN − baseline"].map(measure),
            "verdict": table["verdict"].replace("", "–"),
        }
    )

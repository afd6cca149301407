"""What the report's tables list, computed from metrics, histories and cards."""

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
from convoscope.report.style import method_name, metric_name, number

# What a card says of its data beside counts and checksums.
DESCRIBED = ("modality", "alphabet", "unknown", "window", "channel_names", "space", "dtype", "by", "task", "labels")
UNKNOWN = {"value": np.nan, "low": np.nan, "high": np.nan}


def counts_frame(counts: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return the counts of a card as a table: ``fold examples`` and one column per label."""
    return pd.DataFrame([{"fold": fold, **figures} for fold, figures in counts.items()])


def metrics_frame(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row per label and method, one column of ``(value, low, high)`` per metric."""
    table = measures_table(metrics)
    cells = table.assign(cell=table[["value", "low", "high"]].apply(tuple, axis=1))
    wide = cells.pivot(index=["label", "method"], columns="metric", values="cell")
    order = table.drop_duplicates(["label", "method"])[["label", "method"]]
    order = order.sort_values(
        "label", key=lambda c: c.map({n: i for i, n in enumerate(dict.fromkeys(c))}), kind="stable"
    )
    wide = wide.loc[list(order.itertuples(index=False, name=None)), list(dict.fromkeys(table["metric"]))]
    wide = wide.map(lambda value: value if isinstance(value, tuple) else (np.nan, np.nan, np.nan)).reset_index()
    tested = table.drop_duplicates(["label", "method"]).set_index(["label", "method"])["n"]
    wide.insert(2, "test", tested.loc[list(zip(wide["label"], wide["method"], strict=True))].to_numpy())
    return wide.assign(method=wide["method"].map(method_name)).rename_axis(columns=None)


def summary_row(metrics: Mapping[str, Any], histories: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """Sum an experiment up: test examples, chief metric, best baseline, difference, device, seconds of training."""
    metric, own, baseline, other, gain = chief_figures(metrics)
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


def chief_figures(metrics: Mapping[str, Any]) -> Chief:
    """Choose the chief metric: the accuracy of classifiers with one class per example, else the task's own."""
    if "overall" in metrics:
        every = {method: figures for method, figures in metrics["overall"].items() if method != "model"}
        best = max(every, key=lambda method: every[method]["accuracy"]["value"], default="")
        other = every.get(best, {"accuracy": UNKNOWN, "accuracy_difference": UNKNOWN})
        own = metrics["overall"]["model"]["accuracy"]
        return Chief("accuracy", own, best, other["accuracy"], other["accuracy_difference"])
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


def flatten(content: Any, key: str = "") -> list[tuple[str, str]]:
    """Return nested JSON as pairs of dotted key and value.

    >>> flatten({"a": {"b": 1, "c": ["x", "y"]}})
    [('a.b', '1'), ('a.c', 'x, y')]
    """
    if isinstance(content, Mapping):
        return [pair for name, value in content.items() for pair in flatten(value, f"{key}.{name}".lstrip("."))]
    if isinstance(content, list) and not any(isinstance(item, Mapping | list) for item in content):
        return [(key, ", ".join(str(item) for item in content))]
    if isinstance(content, list):
        return [pair for place, value in enumerate(content) for pair in flatten(value, f"{key}[{place}]")]
    return [(key, "–" if content is None else str(content))]


def provenance_frame(card: Mapping[str, Any], spec: Mapping[str, Any]) -> pd.DataFrame:
    """Return versions, checksums of all inputs and every value of the configuration: ``part name value``."""
    facts = {name: card[name] for name in DESCRIBED if name in card}
    parts = {"version": card["versions"], "sha256 of input": card["inputs"], "data": facts, "configuration": spec}
    rows = []
    for part, content in parts.items():
        pairs = flatten(content) if part == "configuration" else [(k, flatten(v)[0][1]) for k, v in content.items()]
        rows += [(part, name, value) for name, value in pairs]
    return pd.DataFrame(rows, columns=["part", "name", "value"])

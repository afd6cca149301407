"""The table of results on images: one row per experiment, split and method."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from convoscope.evaluation.scoreboard import bounds

METRICS = ("accuracy", "macro_recall", "ece", "ece_scaled")


def cell_rows(experiment: str, split: str, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per method: ``n``, ``groups``, each metric with its interval, the difference to the model."""
    rows = []
    groups = max(metrics["groups"].values())
    for method, estimates in metrics.get("overall", {}).items():
        row = {
            "experiment": experiment,
            "split": split,
            "method": method,
            "n": estimates["accuracy"]["n"],
            "groups": groups,
        }
        for name in METRICS:
            row |= bounds(name, estimates[name])
        gain = estimates.get("accuracy_difference")
        rows.append(row | (bounds("accuracy_difference", gain) if gain else {}))
    return rows


def vote_rows(experiment: str, split: str, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per grouping column whose groups were voted on."""
    rows = []
    for column, estimates in metrics.get("votes", {}).items():
        row = {"experiment": experiment, "split": split, "method": f"vote per {column}", "n": estimates["groups"]}
        rows.append(row | {"groups": estimates["groups"]} | bounds("accuracy", estimates["accuracy"]))
    return rows


def cell_table(names: Sequence[str], splits: Sequence[str], metrics: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Gather experiments and their splits into one table; the three sequences go parallel."""
    rows = []
    for experiment, split, content in zip(names, splits, metrics, strict=True):
        rows += [*cell_rows(experiment, split, content), *vote_rows(experiment, split, content)]
    return pd.DataFrame(rows)


def render_cells(table: pd.DataFrame) -> str:
    """Write the table for a terminal: value and interval in each cell."""
    shown = table[["experiment", "split", "method", "n", "groups"]].copy()
    for name in ("accuracy", "macro_recall", "ece"):
        columns = [table.get(name + end, pd.Series(index=table.index, dtype=float)) for end in ("", "_low", "_high")]
        shown[name.replace("_", " ")] = [estimate(*values) for values in zip(*columns, strict=True)]
    return shown.to_string(index=False) + "\n"


def estimate(value: float, low: float, high: float) -> str:
    """Write a value with its interval.

    >>> estimate(0.725, 0.69, 0.76), estimate(0.5, float("nan"), float("nan"))
    ('.725 [.690-.760]', '.500')
    """
    if pd.isna(value):
        return ""
    known = [number for number in (value, low, high) if not pd.isna(number)]  # None where no row has an interval
    first, *ends = (f"{number:.3f}".replace("0.", ".") if number < 1 else f"{number:.2f}" for number in known)
    return f"{first} [{'-'.join(ends)}]" if ends else first

"""The section of a model card that holds figures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from convoscope.report.card.facts import Facts, named
from convoscope.report.document import Block, Grid, Heading, Text
from convoscope.report.frames import verdict_of
from convoscope.report.html import integer, measure
from convoscope.report.measures import MEAN, best_baseline, chief_metrics, differences_table, measures_table, pick
from convoscope.report.style import METHODS, fold_name, method_name, metric_name, number


def label_rows(facts: Facts) -> pd.DataFrame:
    """Return one row per label: the task's two metrics, the best baseline by the first, the difference to it."""
    measures, gains = measures_table(facts.metrics), differences_table(facts.metrics)
    first, second = chief_metrics(facts.metrics["task"])
    rows = []
    for label in dict.fromkeys(measures["label"]):
        own, other = (pick(measures, "model", label, metric) for metric in (first, second))
        best = best_baseline(measures, label, first)
        simple, gain = pick(measures, best or "", label, first), pick(gains, best or "", label, first)
        row = {"label": label, "test": integer(own["n"])}
        row |= {metric_name(name): written(figures) for name, figures in ((first, own), (second, other))}
        if len(gains):
            row |= {"best baseline": f"{method_name(best)} {number(simple['value'])}" if best else "–"}
            row |= {"difference": written(gain), "verdict": verdict_of(gain["low"], gain["high"]) or "–"}
        rows.append(row)
    return pd.DataFrame(rows)


def written(figures: pd.Series | Mapping[str, Any]) -> str:
    """Write a figure with its interval; a dash where there is none."""
    return measure(tuple(np.nan if figures[name] is None else figures[name] for name in ("value", "low", "high")))


def overall_rows(facts: Facts) -> pd.DataFrame:
    """Return one row per method: figures over all classes."""
    judged = {
        method: {metric_name(name): written(cell) for name, cell in figures.items() if "difference" not in name}
        for method, figures in facts.metrics["overall"].items()
    }
    return pd.DataFrame([{"method": method_name(method), **row} for method, row in judged.items()]).fillna("–")


def calibration_rows(facts: Facts) -> pd.DataFrame:
    """Return one row per label: the Brier score and the threshold of every fold, as far as there are any."""
    thresholds = facts.metrics.get("thresholds", {}).get("model", {})
    rows = []
    for label, metrics in facts.metrics["model"].items():
        row = {"label": label}
        row |= {"Brier score": written(metrics["brier"])} if "brier" in metrics else {}
        row |= {f"threshold ({fold_name(fold)})": number(value) for fold, value in thresholds.get(label, {}).items()}
        rows += [row] if len(row) > 1 and (label != MEAN or "brier" in metrics) else []
    return pd.DataFrame(rows).fillna("–") if rows else pd.DataFrame()


def performance(facts: Facts) -> list[Block]:
    """Show figures on the test split with intervals, beside the best simple baseline."""
    share = f"{facts.metrics['confidence']:.0%}"
    groups = f"{min(facts.metrics['groups'].values())} groups" if facts.metrics["groups"] else "groups"
    known = named([METHODS[name][0] if name in METHODS else name for name in facts.metrics.get("baselines", {})])
    rows = label_rows(facts)
    blocks: list[Block] = [
        Heading("Performance"),
        Text(
            f"On test examples that took no part in training. Brackets hold {share} intervals of "
            f"{facts.metrics['bootstrap']:,} resamples of {groups}; differences are paired. "
            + (f"Baselines: {known}." if known else "There is no baseline to compare with.")
        ),
        Grid(rows, ["test"]),
    ]
    if "overall" in facts.metrics:
        blocks += [Text("Over all classes:"), Grid(overall_rows(facts))]
    rows = calibration_rows(facts)
    if len(rows):
        blocks += [
            Heading("Calibration and thresholds", 3),
            Text("Thresholds, if any, have the highest Matthews correlation on the fold's validation split."),
            Grid(rows, list(rows.columns[1:])),
        ]
    return blocks

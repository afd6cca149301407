"""The table of results: one row per experiment and label, the model, its baselines, and its best motif."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from convoscope.config.tasks import headline
from convoscope.evaluation.compare import CEILING, MEAN, MODEL

INFLUENTIAL = 3  # rows whose matches are listed
NAMED = 0.05  # largest q-value of a name
UNNAMED = "–"
CALLS = ("sensitivity", "specificity", "mcc")
ENDS = ("", "_low", "_high")
OVERALL = "all"


def bounds(name: str, estimate: Mapping[str, Any]) -> dict[str, float | None]:
    """Return one estimate as three columns: value, lower and upper end of its interval."""
    return {name + end: estimate[key] for end, key in zip(ENDS, ("value", "low", "high"), strict=True)}


def _metric_row(metrics: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Flatten one label of ``metrics.json``.

    Returns
    -------
    ``metric`` (the task's headline), ``n``, ``groups``, ``confidence``; ``model``, each baseline, the ``ceiling`` where
    it is known, and ``<baseline>_difference`` (the model minus it) with ``_low`` and ``_high``; ``<baseline>_p``; where
    the task has calls, ``<method>_sensitivity``, ``_specificity`` and ``_mcc``, again with ``_low`` and ``_high``.
    """
    name = headline(metrics["task"])
    methods = {MODEL: metrics["model"][label]} | {key: value[label] for key, value in metrics["baselines"].items()}
    row = {
        "metric": name,
        "n": methods[MODEL][name]["n"],
        "groups": metrics["groups"][label],
        "confidence": metrics["confidence"],
    }
    for method, estimates in methods.items():
        row |= bounds(method, estimates[name])
    for baseline, gains in metrics["differences"].items():
        row |= bounds(f"{baseline}_difference", gains[label][name]) | {f"{baseline}_p": gains[label][name]["p"]}
    if metrics.get(CEILING):
        row |= bounds(CEILING, metrics[CEILING][label][name])
    for method, estimates in methods.items():
        for call in CALLS:
            row |= bounds(f"{method}_{call}", estimates[call]) if call in estimates else {}
    return row


def motif_row(matches: pd.DataFrame, label: str) -> dict[str, Any]:
    """Name the motif that raises a label most, and list the most influential ones.

    Parameters
    ----------
    matches
        ``motifs.tsv``, or ``matches.tsv``, whose rows are filters instead of motifs.
    label
        A label; without a column of its own, the overall influence counts.

    Returns
    -------
    ``motif``: of the names at q ≤ .05 that raise the prediction the one with the largest influence, summed over its
    rows, or a dash; ``motif_filter``, its most influential row; ``motif_q``, its lowest q-value; and ``motifs`` with
    the most influential rows of either sign, as ``name:q``.
    """
    matches = matches.dropna(subset=["q_value"])
    column = next((name for name in (f"influence:{label}", "influence") if name in matches), None)
    if column is None or matches.empty:
        return {"motif": UNNAMED, "motifs": ""}
    top = matches.loc[matches[column].abs().sort_values(ascending=False, kind="stable").index[:INFLUENTIAL]]
    listed = ", ".join(f"{name}:{q:.2g}" for name, q in zip(top["motif_name"], top["q_value"], strict=True))
    raising = matches[(matches["q_value"] <= NAMED) & (matches[column] > 0)]
    if raising.empty:
        return {"motif": UNNAMED, "motifs": listed}
    best = raising.groupby("motif_name", sort=False)[column].sum().idxmax()
    rows = raising[raising["motif_name"] == best].sort_values(column, ascending=False, kind="stable")
    found = {"motif": best, "motif_filter": rows["filter"].iloc[0], "motif_q": rows["q_value"].min()}
    return {**found, "motifs": listed}


def gather_scores(
    names: Sequence[str], metrics: Sequence[Mapping[str, Any]], matches: Sequence[pd.DataFrame | None]
) -> pd.DataFrame:
    """Gather experiments into one table.

    Parameters
    ----------
    names
        Names of the experiments.
    metrics
        Their ``metrics.json``.
    matches
        Their ``motifs.tsv``, or None.

    Returns
    -------
    One row per experiment and label. Several experiments of one kind end with a row ``all``: the plain mean of their
    metrics (of an experiment with several labels, of its ``mean``), without intervals.
    """
    rows = []
    for name, content, motifs in zip(names, metrics, matches, strict=True):
        for label in content["model"]:
            row = {"experiment": name, "label": label, **_metric_row(content, label)}
            rows.append(row | (motif_row(motifs, label) if motifs is not None else {}))
    table = pd.DataFrame(rows)
    last = table.groupby("experiment", sort=False).tail(1)
    if len(last) > 1 and last["metric"].nunique() == 1:
        table = pd.concat([table, pd.DataFrame([_overall(last)])], ignore_index=True)
    return table.astype({"n": "Int64", "groups": "Int64"})


def _overall(rows: pd.DataFrame) -> dict[str, Any]:
    """Average rows of `gather_scores`; a figure that one of them lacks has no mean, intervals have none at all."""
    kept = rows.drop(columns=["n", "groups"]).filter(regex=r"(?<!_low)(?<!_high)(?<!_p)$").filter(regex=r"^(?!motif)")
    averages = kept.select_dtypes("number").mean(skipna=False)
    named = {"experiment": OVERALL, "label": MEAN, "metric": rows["metric"].iloc[0]}
    return named | dict(zip(map(str, averages.index), averages, strict=True))

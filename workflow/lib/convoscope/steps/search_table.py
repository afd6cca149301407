"""Gather all trials of a search, and what was chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from convoscope.artifacts import Ranking, Trial, read_artifact
from convoscope.errors import InputError
from convoscope.files import replacing, write_json
from convoscope.options import Input
from convoscope.tables import write_table
from convoscope.training.trials import read_ranking

CURVES = ["fold", "trial", "rung", "part", "epoch", "loss", "metric"]


def search_table(
    *,
    rankings: list[Input],
    folds: list[str],
    results: list[Input],
    result_folds: list[str],
    trials: Path,
    curves: Path,
    best: Path,
) -> None:
    """Gather all trials of a search: settings, learning curves, and the choice in each fold.

    Parameters
    ----------
    rankings
        Rankings of all rungs of all folds, of the verb search-rank.
    folds
        Fold of each ranking, in their order.
    results
        What the trials reached, of the verb search-trial.
    result_folds
        Fold of each of them, in their order.
    trials
        Table to write of the trials, one row for each rung that one was in.
    curves
        Table to write of validation loss and metric by epoch.
    best
        Chosen settings of every fold to write, JSON.
    """
    for name, files, of in (("rankings", rankings, folds), ("results", results, result_folds)):
        if not files or len(files) != len(of):
            raise InputError(f"--{name}: {len(files)} files with {len(of)} folds; one or more, each with its fold")
    rows = [row for path, fold in zip(rankings, folds, strict=True) for row in _ranked_rows(path, fold)]
    lines = [line for path, fold in zip(results, result_folds, strict=True) for line in _curve(path, fold)]
    table = pd.DataFrame(lines, columns=CURVES)
    furthest = table.groupby(["fold", "trial"], sort=False)["rung"].transform("max")
    with replacing(trials, curves) as [trials_scratch, curves_scratch]:
        write_table(pd.DataFrame(rows).astype({"epochs": "Int64"}), trials_scratch, None)
        write_table(table[table["rung"] == furthest], curves_scratch, None)
    chosen = {fold: _chosen(path) for path, fold in zip(rankings, folds, strict=True)}  # the last of a fold remains
    write_json(best, {"chosen_on": "validation", "trials": int(table["trial"].nunique()), "folds": chosen})


def _ranked_rows(path: Path, fold: str) -> list[dict[str, Any]]:
    """Return the trials of one rung as rows, from best to worst."""
    content = read_artifact(path, Ranking, ["rung", "ranked", "survivors", "metric"])
    rung = {"fold": fold, "rung": content["rung"], "epochs": content["epochs"], "by": content["metric"]}
    return [
        {**rung, "trial": one["trial"], "rank": rank, "value": one["value"],
         "goes_on": "yes" if one["trial"] in content["survivors"] else "no", **one["settings"]}
        for rank, one in enumerate(content["ranked"], 1)
    ]  # fmt: skip


def _curve(path: Path, fold: str) -> list[Sequence[Any]]:
    """Return the epochs of one trial as rows of ``CURVES``."""
    content = read_artifact(path, Trial, ["trial", "rung", "history"])
    return [
        [fold, content["trial"], content["rung"], part, int(epoch), loss, metric]
        for part, rows in content["history"].items()
        for epoch, loss, metric in rows
    ]


def _chosen(path: Path) -> dict[str, Any]:
    """Return the first trial of a ranking."""
    return read_ranking(path)[0]._asdict()

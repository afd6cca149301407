"""Input rows that became no example: counted for every file, label and class, and refused where they are too many."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.reasons import DELIBERATE, kinds

DROPPED = ["source", "line", "label", "row", "reason"]
ADVICE = {  # what may mend a loss
    "other_length": "set fit to pad or crop sequences to one length",
    "unknown_bases": "raise windows.max_unknown for a hard-masked genome",
    "contradictory": "see the key contradictions",
    "min_score": "lower min_score, or choose another score_column",
    "out_of_bounds": "is it the right reference?",
    "unknown_contig": "is it the right reference? see windows.rename",
    "no_strand": "see windows.strand",
}
log = logging.getLogger(__name__)


def site_groups(judged: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return which rows ``(N,)`` are of each label."""
    numbers, labels = pd.factorize(judged["label"])
    return {f"label {label}": numbers == number for number, label in enumerate(labels)}


def record_groups(judged: pd.DataFrame, names: list[str]) -> dict[str, np.ndarray]:
    """Return which rows ``(N,)`` are of each file, and of each class of labels that are 0 and 1."""
    groups = {str(rows["source"].iloc[0]): (judged["file"] == file).to_numpy() for file, rows in judged.groupby("file")}
    for name in names:
        values = judged[name].dropna()
        if values.isin((0, 1)).all():
            groups |= {f"{name} = {value:g}": (judged[name] == value).to_numpy() for value in sorted(set(values))}
    return groups


def refuse_losses(judged: pd.DataFrame, groups: dict[str, np.ndarray], largest: float) -> None:
    """Refuse input that lost more than a share of its rows, as a whole or in one group; log the losses of each.

    Parameters
    ----------
    judged
        All rows of the input: columns ``source line row reason``; an empty reason is none.
    groups
        By name which rows ``(N,)`` must not be lost.
    largest
        ``windows.max_dropped``.

    Raises
    ------
    InputError
        With the counts by reason and an example of each.
    """
    lost = (judged["reason"] != "").to_numpy()
    losing = {name: rows for name, rows in groups.items() if (rows & lost).any()}  # few of a thousand labels
    whole = {"the input": np.ones(len(judged), dtype=bool)}
    for name, rows in {**losing, **whole}.items():
        refuse_loss(name, judged[rows], largest)
    for name, rows in losing.items():
        log.warning("%s: %d rows, not used: %s", name, rows.sum(), _shown_losses(judged[rows]))


def refuse_loss(name: str, rows: pd.DataFrame, largest: float) -> None:
    """Refuse a group that lost too many rows, or all.

    Rows below ``min_score`` do not count, neither as rows nor as lost.
    """
    dropped = rows[rows["reason"] != ""]
    asked = int(kinds(dropped["reason"]).isin(DELIBERATE).sum())
    if len(dropped) - asked > largest * (len(rows) - asked) or 0 < len(rows) == len(dropped):
        raise InputError(
            f"windows.max_dropped: {len(dropped)} of {len(rows)} rows of {name} cannot be used: "
            f"{_shown_losses(rows, examples=True)}; of every file, label and class at most {largest:.0%} may be lost, "
            f"and one row must be left{_advice(dropped)}"
        )


def _advice(dropped: pd.DataFrame) -> str:
    """Return what may mend the commonest reason, as the end of a sentence."""
    return "".join(f"; {ADVICE[kind]}" for kind in kinds(dropped["reason"]).mode()[:1] if kind in ADVICE)


def _shown_losses(rows: pd.DataFrame, *, examples: bool = False) -> str:
    """Return how many rows were dropped for each reason, the commonest first, maybe with the first row of each."""
    dropped = rows[rows["reason"] != ""]
    kind = kinds(dropped["reason"])
    counted = kind.value_counts()
    return "; ".join(
        f"{number} {_example(dropped[kind == name])}" if examples else f"{number} {name}"
        for name, number in counted.items()
    )


def _example(rows: pd.DataFrame) -> str:
    """Return the reason and place of the first of rows that were dropped for one reason."""
    reason, source, line, row = rows[["reason", "source", "line", "row"]].astype(str).iloc[0]
    return f"{reason}, such as {Path(source).name}:{line} ({row[:60]})"

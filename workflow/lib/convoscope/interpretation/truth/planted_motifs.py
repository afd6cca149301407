"""Which planted motifs were learned: filters compared with the truth of a simulated genome."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.interpretation.motifs.database import Target
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.motifs.tomtom import tomtom

INFLUENCE = "influence:"
COLUMNS = [
    "factor", "matrix_id", "matrix_name", "role", "found", "filter", "p_value", "q_value", "information", "influence",
    "effect",
]  # fmt: skip


class Planted(NamedTuple):
    """A motif of the truth: factor, JASPAR id, ``planted`` in its peaks or ``decoy``, probabilities ``(length, 4)``."""

    factor: str
    matrix_id: str
    role: str
    matrix: np.ndarray


def planted_motifs(motifs: Sequence[Motif], truth: pd.DataFrame) -> list[Planted]:
    """Join the planted matrices and the table of their sites, whose ``kind`` tells decoys.

    Raises
    ------
    InputError
        If the table has no site of a matrix.
    """
    kinds = truth.groupby(["factor", "matrix_id"])["kind"].agg(set).to_dict()
    for motif in motifs:
        if (motif.alternative, motif.name) not in kinds:
            raise InputError(f"truth: no site of {motif.name} {motif.alternative}; take both files of one simulation")
    roles = ["decoy" if "decoy" in kinds[motif.alternative, motif.name] else "planted" for motif in motifs]
    return [
        Planted(motif.alternative, motif.name, role, motif.matrix) for motif, role in zip(motifs, roles, strict=True)
    ]


def with_planted(database: Sequence[Target], planted: Sequence[Planted]) -> list[Target]:
    """Add to a database the planted matrices that it does not hold, such as old versions."""
    known = {target.id for target in database}
    missing = {motif.matrix_id: motif for motif in planted if motif.matrix_id not in known}
    return [*database, *(Target(name, motif.factor, motif.matrix) for name, motif in missing.items())]


def signed_influence(filters: pd.DataFrame, factor: str) -> np.ndarray:
    """Return each filter's influence on the factor's label, ``(filters,)``.

    Without such a label, as for a decoy, it is the influence on the label where it is largest, with its sign.
    """
    columns = [name for name in filters.columns if name.startswith(INFLUENCE)]
    if INFLUENCE + factor in columns:
        return filters[INFLUENCE + factor].fillna(0).to_numpy(dtype=float)
    values = filters[columns].fillna(0).to_numpy(dtype=float).reshape(len(filters), len(columns))
    if not columns:
        return np.zeros(len(filters))
    return values[np.arange(len(values)), np.abs(values).argmax(axis=1)]


def best_filter(role: str, q_values: np.ndarray, influence: np.ndarray, threshold: float) -> int:
    """Return the index of the filter that stands for a motif: of ``(filters,)`` the one with the least q-value.

    For a decoy it is, if there are any, one of those that match and raise the prediction, which is the mistake that
    a decoy is there to show.
    """
    wrong = (q_values < threshold) & (influence > 0)
    if role == "decoy" and wrong.any():
        return int(np.where(wrong, q_values, np.inf).argmin())
    return int(np.lexsort([-np.abs(influence), q_values])[0])


def recover(
    learned: Sequence[Motif],
    filters: pd.DataFrame,
    planted: Sequence[Planted],
    database: Sequence[Target],
    threshold: float = 0.05,
) -> pd.DataFrame:
    """Tell for every planted motif whether a filter matches its own matrix.

    Parameters
    ----------
    learned
        Motifs of filters.
    filters
        Rows of ``filters.tsv``: ``filter``, ``information`` and ``influence:<label>`` for every label.
    planted
        Motifs of the truth.
    database
        Motifs among which the planted ones stand, so that TOMTOM's p-values are sound.
    threshold
        A q-value below it is a match. q-values are those of names, over all filters.

    Returns
    -------
    pandas.DataFrame
        One row per planted motif, columns ``COLUMNS``; the filter that matches best also where none is found, and
        empty cells where there is no filter at all. ``effect`` is what the filter does to the prediction by the sign
        of its influence: a decoy that is found is right where it ``lowers`` it, as evidence against a peak.

    Raises
    ------
    InputError
        If a motif has no row among the filters.
    """
    missing = [motif.name for motif in learned if motif.name not in set(filters["filter"])]
    if missing:
        raise InputError(f"filters: no row for motif {missing[0]}; take both files of one run of the verb motifs")
    targets = with_planted(database, planted)
    places = {target.id: number for number, target in enumerate(targets)}
    ordered = filters.set_index("filter").loc[[motif.name for motif in learned]].reset_index()
    p_values, q_values = tomtom([motif.matrix for motif in learned], targets)
    rows = []
    for motif in planted:
        place = places[motif.matrix_id]
        table = ordered.assign(
            p_value=p_values[:, place],
            q_value=q_values[:, place],
            influence=signed_influence(ordered, motif.factor),
        )
        rows.append({**_describe(motif, table, threshold), "matrix_name": targets[place].name})
    return pd.DataFrame(rows, columns=COLUMNS)


def _describe(motif: Planted, table: pd.DataFrame, threshold: float) -> dict[str, object]:
    """Return one row of the result from all filters, with p-value, q-value and influence for this motif."""
    row: dict[str, object] = {"factor": motif.factor, "matrix_id": motif.matrix_id, "role": motif.role, "found": "no"}
    if table.empty:
        return row
    q_values, influence = table["q_value"].to_numpy(dtype=float), table["influence"].to_numpy(dtype=float)
    best = table.iloc[best_filter(motif.role, q_values, influence, threshold)]
    row |= {name: best[name] for name in ("filter", "p_value", "q_value", "information", "influence")}
    row["found"] = "yes" if best["q_value"] < threshold else "no"
    row["effect"] = "raises" if best["influence"] > 0 else "lowers"
    return row

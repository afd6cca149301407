"""What the second network sees: predictions before and by a variant, further numbers, and the class to learn."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.evaluation.effects import MISSING, numbers, one_row_per_allele
from convoscope.interpretation.second_network.covariate_tables import KEY, variant_keys
from convoscope.tables import INFO, read_table

log = logging.getLogger(__name__)

REF, DIFFERENCE = ":ref", ":difference"


class KnownVariants(NamedTuple):
    """Variants of known class: ``table`` has their names, ``inputs`` ``(n, k)`` may hold NaN, ``positive`` is bool."""

    table: pd.DataFrame
    inputs: np.ndarray
    names: list[str]
    positive: np.ndarray


def read_scores(path: Path) -> pd.DataFrame:
    """Read the table of scores, one row per allele; names, alleles and INFO fields stay text.

    Raises
    ------
    InputError
        If it is not a table of the verb ``predict-variants``, or no variant was scored.
    """
    table = read_table(path, "scores", ("row", "allele", *KEY))
    if table.empty:
        raise InputError(f"{path}: no row; at least one scored variant is needed")
    return one_row_per_allele(table)


def _label_names(table: pd.DataFrame) -> list[str]:
    """Return the labels whose predictions a table of scores holds."""
    return [str(name).removesuffix(DIFFERENCE) for name in table if str(name).endswith(DIFFERENCE)]


def classes_of(table: pd.DataFrame, spec: Variants) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows have a class, and which of all rows are positive, ``(n,)`` bool each.

    Raises
    ------
    InputError
        If the outcome is missing, or does not have two classes, one of them ``spec.positive``.
    """
    where = f"outcome {spec.outcome}"
    if INFO + str(spec.outcome) not in table:
        raise InputError(f"{where}: no such INFO field among the scores; {_shown(_info_names(table))}")
    text = table[INFO + str(spec.outcome)].str.strip()
    known = ~text.isin(MISSING).to_numpy()
    found = sorted(set(text[known]))
    if len(found) != 2 or spec.positive not in found:
        raise InputError(
            f"{where}: values {_shown(found)}; two classes, one of them {spec.positive!r} (key `positive`)"
        )
    return known, (text == spec.positive).to_numpy()


def _info_names(table: pd.DataFrame) -> list[str]:
    """Return the INFO fields that a table of scores holds."""
    return [str(name).removeprefix(INFO) for name in table if str(name).startswith(INFO)]


def _shown(names: Sequence[str], limit: int = 8) -> str:
    """Write the first few names, or that there is none."""
    return (", ".join(names[:limit]) + (", …" if len(names) > limit else "")) or "none"


def gather(scores: pd.DataFrame, spec: Variants, further: pd.DataFrame | None) -> KnownVariants:
    """Arrange what the second network learns from, without the rows whose class is not known.

    Parameters
    ----------
    scores
        From :func:`read_scores`.
    spec
        Outcome, positive class, INFO fields that are covariates.
    further
        From :func:`covariatetables.read_covariates`.

    Returns
    -------
    Rows
        Inputs are, for every label, the prediction of REF and the difference that ALT makes, then covariates.
    """
    known, positive = classes_of(scores, spec)
    table = scores[known].reset_index(drop=True)
    names = [label + part for label in _label_names(table) for part in (REF, DIFFERENCE)]
    if not names:
        raise InputError("scores: no label's predictions; give the scores.tsv.gz of predict-variants")
    columns = [table[name].to_numpy(np.float64) for name in names]
    for name in spec.covariates:
        if INFO + name not in table:
            raise InputError(f"covariates: no INFO field {name!r} among the scores; {_shown(_info_names(table))}")
        columns.append(numbers(table[INFO + name], f"INFO field {name}"))
    if further is not None:
        matched = _find_covariates(table, further)
        columns += [numbers(matched[name], f"covariate {name}") for name in matched]
    names += [*spec.covariates, *(further if further is not None else [])]
    return KnownVariants(table, np.stack(columns, axis=1).astype(np.float32), names, positive[known])


def _find_covariates(table: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """Return the covariates of every variant, empty text where the table does not have it; refuse that it has none."""
    keys = variant_keys(table)
    found = int(keys.isin(further.index).sum())
    if not found:
        here, there = (" ".join(one[0].split("\t")) for one in (keys, further.index))
        raise InputError(f"covariate_table: none of the {len(keys)} variants, such as {here}; it has {there}, …")
    log.info("covariates: %d of %d variants are in the table", found, len(keys))
    return further.reindex(keys, fill_value="")


def largest_difference(table: pd.DataFrame) -> np.ndarray:
    """Return the largest absolute difference over the labels, ``(n,)``: what needs no training."""
    differences = table[[label + DIFFERENCE for label in _label_names(table)]].to_numpy(np.float64)
    return np.abs(differences).max(axis=1)

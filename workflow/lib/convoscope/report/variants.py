"""What variants do: predicted against measured effects, differences by class, or the differences alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.evaluation.effects import (
    EVERY,
    MISSING,
    compare_classes,
    compare_measured,
    largest_of_all,
    numbers,
    one_row_per_allele,
    score_labels,
)
from convoscope.report import variant_panels as panels
from convoscope.report.style import PANELS, drawing, headline, panel_width, small_multiples
from convoscope.report.variant_panels import evidence, variant_name
from convoscope.report.wording import number


def draw(path: Path, *, scores: pd.DataFrame, spec: Variants) -> None:
    """Draw differences against a measured effect, by class, or alone."""
    table = one_row_per_allele(scores)
    labels = score_labels(table)[:PANELS]
    if spec.measured:
        _show_measured(table, _values(table, spec.measured), labels, spec, path)
    elif spec.outcome:
        known = table[~table[_column(table, spec.outcome)].str.strip().isin(MISSING)]
        _show_classes(known, labels, spec, path)
    else:
        _show_differences(table, labels, path)


def _best_row(table: pd.DataFrame) -> pd.Series | None:
    """Return the row over all contigs with the correlation of largest size; None where none is defined."""
    rows = table[(table["contig"] == EVERY) & np.isfinite(table["value"])]
    return None if rows.empty else rows.loc[rows["value"].abs().idxmax()]


def measured_finding(table: pd.DataFrame, field: str) -> str:
    """Say how far the differences follow what was measured."""
    best = _best_row(table)
    if best is None:
        return f"{field} was measured on too few variants to be compared with the scores"
    several = table["label"].nunique()
    chosen = f"{best['label']}, the closest of {several} labels" if several > 1 else str(best["label"])
    significant = best["low"] > 0 or best["high"] < 0
    verb = "follow" if significant and best["value"] > 0 else "oppose" if significant else "do not surely follow"
    return (
        f"Predicted differences {verb} the measured {field}: ρ = {evidence(best)} for {chosen}, "
        f"{int(best['n']):,} variants in {int(best['groups']):,} regions"
    )


def classes_finding(table: pd.DataFrame, outcome: str, positive: str) -> str:
    """Say how well the size of the difference parts the classes."""
    row = table.iloc[0]
    which = "largest difference of any label" if row["label"] == EVERY else f"size of the difference of {row['label']}"
    if not np.isfinite(row["value"]):
        return f"The {which} cannot be judged: {outcome} has one class only"
    return f"The {which} separates {outcome} = {positive} from the rest with AUROC {evidence(row)}"


def _plain_finding(table: pd.DataFrame, labels: list[str]) -> str:
    """Name the strongest variant."""
    if table.empty:
        return "No variant was scored"
    sizes = table[[f"{label}:largest" for label in labels]]
    row = int(sizes.abs().max(axis=1).argmax())
    label = labels[int(sizes.iloc[row].abs().argmax())]
    effect = number(float(sizes.iloc[row][f"{label}:largest"]), 2)
    many = "variant" if len(table) == 1 else "variants"
    return f"{len(table):,} {many}; the strongest is {variant_name(table.iloc[row])} with {effect} for {label}"


def _column(table: pd.DataFrame, field: str) -> str:
    """Return the name of the column of a field of INFO."""
    if f"info:{field}" not in table:
        raise InputError(f"scores: no column info:{field}; score the variants with --info {field}")
    return f"info:{field}"


def _values(table: pd.DataFrame, field: str) -> np.ndarray:
    """Return the numbers of a field of INFO, NaN where there is none."""
    return numbers(table[_column(table, field)], f"scores: INFO field {field}")


def _show_measured(table: pd.DataFrame, measured: np.ndarray, labels: list[str], spec: Variants, path: Path) -> None:
    """Draw one panel per label and, next to them, the contigs with the label that correlates best."""
    found = compare_measured(table, measured, spec.region, spec.seed)
    known, best = np.isfinite(measured), _best_row(found)
    contigs = min(found["contig"].nunique() - 1, panels.CONTIGS) if best is not None else 0
    columns = 2 if contigs else 3
    height = max(2.7 * -(-len(labels) // columns), 0.19 * contigs + 0.8) + 0.7
    with drawing(path, height, found, panel_width(len(labels) + bool(contigs), columns)) as figure:
        headline(figure, measured_finding(found, str(spec.measured)))
        left, right = _split(figure, bool(contigs))
        for label, axes in zip(labels, small_multiples(left, len(labels), columns), strict=True):
            row = found[(found["label"] == label) & (found["contig"] == EVERY)].iloc[0]
            pair = (str(spec.measured), label)
            panels.draw_measured(table.loc[known, f"{label}:difference"].to_numpy(), measured[known], row, pair, axes)
        if right is not None and best is not None:
            panels.draw_contigs(found, best["label"], right.subplots())


def _split(figure: Figure, two: bool) -> tuple[Any, Any]:
    """Return the left two thirds of a figure and the rest, or the whole and nothing."""
    if not two:
        return figure, None
    halves: Any = figure.subfigures(1, 2, width_ratios=[2, 1])
    return halves[0], halves[1]


def _show_classes(table: pd.DataFrame, labels: list[str], spec: Variants, path: Path) -> None:
    """Draw one panel for the largest difference of all labels and one per label."""
    positive = (table[f"info:{spec.outcome}"].str.strip() == spec.positive).to_numpy(dtype=bool)
    if len(positive) and not positive.any():
        raise InputError(f"positive: {spec.positive!r}; no variant has it as {spec.outcome}")
    found = compare_classes(table, positive, spec.region, spec.seed)
    names = [EVERY, *labels] if len(labels) > 1 else labels
    with drawing(path, 0.7 + 2.6 * -(-len(names) // 3), found, panel_width(len(names), 3)) as figure:
        headline(figure, classes_finding(found, str(spec.outcome), spec.positive))
        for label, axes in zip(names, small_multiples(figure, len(names), 3), strict=True):
            sizes = largest_of_all(table) if label == EVERY else table[f"{label}:largest"].abs().to_numpy(dtype=float)
            pair = (f"{spec.outcome} = {spec.positive}", "largest of all" if label == EVERY else label)
            panels.draw_classes(sizes, positive, found[found["label"] == label].iloc[0], pair, axes)


def _show_differences(table: pd.DataFrame, labels: list[str], path: Path) -> None:
    """Draw one panel per label."""
    bins = panels.differences_table(table, labels)
    with drawing(path, 0.7 + 2.8 * max(1, -(-len(labels) // 3)), bins, panel_width(len(labels), 3)) as figure:
        headline(figure, _plain_finding(table, labels))
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            panels.draw_differences(bins[bins["label"] == label], table, axes)

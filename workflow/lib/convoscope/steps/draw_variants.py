"""Verb ``draw-variants``: scores of variants against what is known of them, as a figure and a page."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.evaluation.effects import (
    EVERY,
    SCORES,
    compare_classes,
    compare_measured,
    largest_of_all,
    one_per_allele,
    score_labels,
    strongest,
)
from convoscope.files import replacing
from convoscope.interpretation.second_network.covariates import MISSING, numbers
from convoscope.report import variants as figures
from convoscope.report.style import PANELS, drawing, headline, panel_width, small_multiples
from convoscope.report.variant_page import DROPPED, LONGEST, variants_page
from convoscope.tables import read_table


def draw_variants(*, scores: Path, dropped: Path, spec: Variants, figure: Path, html: Path) -> None:
    """Draw differences against a measured effect, by class, or alone; list the strongest and the reasons for drops."""
    table, lost = one_per_allele(read_table(scores, "scores", SCORES)), read_table(dropped, "dropped", DROPPED)
    labels = score_labels(table)[:PANELS]
    if spec.measured:
        show_measured(table, values(table, spec.measured, scores), labels, spec, figure)
    elif spec.outcome:
        known = table[~table[column(table, spec.outcome, scores)].str.strip().isin(MISSING)]
        show_classes(known, labels, spec, figure)
    else:
        show_differences(table, labels, figure)
    with replacing(html) as [scratch]:
        fields = [str(name).removeprefix("info:") for name in table if str(name).startswith("info:")]
        caution = str(table["cannot_tell"].iloc[0]) if "cannot_tell" in table and len(table) else ""
        page = variants_page(strongest(table, LONGEST, fields), lost, len(table), caution)
        scratch.write_text(page, encoding="utf-8")


def column(table: pd.DataFrame, field: str, path: Path) -> str:
    """Return the name of the column of a field of INFO."""
    if f"info:{field}" not in table:
        raise InputError(f"{path}: no column info:{field}; score the variants with --info {field}")
    return f"info:{field}"


def values(table: pd.DataFrame, field: str, path: Path) -> np.ndarray:
    """Return the numbers of a field of INFO, NaN where there is none."""
    return numbers(table[column(table, field, path)], f"{path}: INFO field {field}")


def show_measured(table: pd.DataFrame, measured: np.ndarray, labels: list[str], spec: Variants, path: Path) -> None:
    """Draw one panel per label and, beside them, the contigs with the label that correlates best."""
    found = compare_measured(table, measured, spec.region, spec.seed)
    known, best = np.isfinite(measured), figures.best_row(found)
    contigs = min(found["contig"].nunique() - 1, figures.CONTIGS) if best is not None else 0
    columns = 2 if contigs else 3
    height = max(2.7 * -(-len(labels) // columns), 0.19 * contigs + 0.8) + 0.7
    with drawing(path, height, found, panel_width(len(labels) + bool(contigs), columns)) as canvas:
        headline(canvas, figures.measured_finding(found, str(spec.measured)))
        left, right = split(canvas, bool(contigs))
        for label, axes in zip(labels, small_multiples(left, len(labels), columns), strict=True):
            row = found[(found["label"] == label) & (found["contig"] == EVERY)].iloc[0]
            pair = (str(spec.measured), label)
            figures.draw_measured(table.loc[known, f"{label}:difference"].to_numpy(), measured[known], row, pair, axes)
        if right is not None and best is not None:
            figures.draw_contigs(found, best["label"], right.subplots())


def split(canvas: Figure, two: bool) -> tuple[Any, Any]:
    """Return the left two thirds of a figure and the rest, or the whole and nothing."""
    if not two:
        return canvas, None
    halves: Any = canvas.subfigures(1, 2, width_ratios=[2, 1])
    return halves[0], halves[1]


def show_classes(table: pd.DataFrame, labels: list[str], spec: Variants, path: Path) -> None:
    """Draw one panel for the largest difference of all labels and one per label."""
    positive = (table[f"info:{spec.outcome}"].str.strip() == spec.positive).to_numpy(dtype=bool)
    if len(positive) and not positive.any():
        raise InputError(f"positive: {spec.positive!r}; no variant has it as {spec.outcome}")
    found = compare_classes(table, positive, spec.region, spec.seed)
    panels = [EVERY, *labels] if len(labels) > 1 else labels
    with drawing(path, 0.7 + 2.6 * -(-len(panels) // 3), found, panel_width(len(panels), 3)) as canvas:
        headline(canvas, figures.classes_finding(found, str(spec.outcome), spec.positive))
        for label, axes in zip(panels, small_multiples(canvas, len(panels), 3), strict=True):
            sizes = largest_of_all(table) if label == EVERY else table[f"{label}:largest"].abs().to_numpy(dtype=float)
            names = (f"{spec.outcome} = {spec.positive}", "largest of all" if label == EVERY else label)
            figures.draw_classes(sizes, positive, found[found["label"] == label].iloc[0], names, axes)


def show_differences(table: pd.DataFrame, labels: list[str], path: Path) -> None:
    """Draw one panel per label."""
    bins = figures.differences_table(table, labels)
    with drawing(path, 0.7 + 2.8 * max(1, -(-len(labels) // 3)), bins, panel_width(len(labels), 3)) as canvas:
        headline(canvas, figures.plain_finding(table, labels))
        for label, axes in zip(labels, small_multiples(canvas, len(labels), 3), strict=True):
            figures.draw_differences(bins[bins["label"] == label], table, axes)

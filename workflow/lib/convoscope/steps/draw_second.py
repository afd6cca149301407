"""Verb ``draw-second``: what a second network on the scores of variants is worth, and where it draws the line."""

from pathlib import Path

import numpy as np

from convoscope.artifacts import read_metrics
from convoscope.config import Variants
from convoscope.errors import InputError
from convoscope.evaluation.curves import curve_points
from convoscope.evaluation.effects import one_per_allele
from convoscope.report.discrimination import draw_curve
from convoscope.report.second_network import (
    FOUND,
    LINEAR,
    OWN,
    SCORED,
    SIMPLE,
    draw_plane,
    own_measures,
    plane,
    require_same,
    second_finding,
)
from convoscope.report.style import drawing, headline, shorten
from convoscope.tables import read_table


def draw_second(*, scores: Path, predictions: Path, metrics: Path, spec: Variants, figure: Path) -> None:
    """Draw ROC and precision-recall curves of the second network and its baselines, and variants by their effects."""
    content = read_metrics(metrics)
    known = list(content.get("model", {})) if isinstance(content, dict) else []
    if known != [spec.outcome]:
        raise InputError(f"--spec: outcome {spec.outcome!r}; {metrics} has {', '.join(known) or 'none'}")
    table = plane(one_per_allele(read_table(scores, "scores", SCORED)), read_table(predictions, "second", FOUND))
    require_same(table)
    outcome, measures = str(spec.outcome), own_measures(content)
    truth = table["outcome"].to_numpy(np.float64)[:, np.newaxis]
    found = {method: table[method].to_numpy()[:, np.newaxis] for method in (OWN, LINEAR, SIMPLE)}
    curves = curve_points(truth, found, [outcome])
    with drawing(figure, 4.9, table) as canvas:
        headline(canvas, second_finding(content, spec.positive))
        left, middle, right = canvas.subplots(1, 3)
        for axes, kind in ((left, "roc"), (middle, "pr")):
            draw_curve(curves, measures, kind, float(truth.mean()), axes)
        positive = f"{shorten(outcome, 15)} = {spec.positive}"
        draw_plane(table, (positive, "others"), right)

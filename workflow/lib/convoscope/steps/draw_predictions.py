"""Draw what the ensemble says of the test examples: calibration, and scores by what was measured."""

from pathlib import Path
from typing import Any

import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.config.tasks import TASKS
from convoscope.dataset import read_card
from convoscope.evaluation.collect import read_predictions
from convoscope.report.calibration import calibration_finding, calibration_table, draw_calibration
from convoscope.report.measures import measured_predictions
from convoscope.report.scores import called, class_finding, draw_scores, score_finding, score_table, spread_finding
from convoscope.report.style import PANELS, drawing, headline, panel_width, small_multiples
from convoscope.tables import read_table


def draw_predictions(
    *, metrics: Path, predictions: Path, examples: Path, card: Path, calibration: Path, scores: Path
) -> None:
    """Draw predicted against observed in bins, and the distribution of the predictions with the thresholds."""
    described = read_card(card, "task")
    labels, task = described["labels"][:PANELS], described["task"]
    known = read_table(examples, "examples", ("id",), described["labels"])
    measured = measured_predictions(read_predictions(predictions), known, labels)
    thresholds = read_metrics(metrics).get("thresholds", {}).get("model", {})
    show_calibration(calibration_table(measured, task), task, calibration)
    show_scores(measured, task, thresholds, scores)


def show_calibration(table: pd.DataFrame, task: str, path: Path) -> None:
    """Draw one panel per label."""
    labels = list(dict.fromkeys(table["label"]))
    with drawing(path, 0.7 + 2.8 * max(1, -(-len(labels) // 3)), table, panel_width(len(labels), 3)) as figure:
        headline(figure, calibration_finding(table, task))
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            draw_calibration(table[table["label"] == label], task, axes)


def show_scores(measured: pd.DataFrame, task: str, thresholds: dict[str, Any], path: Path) -> None:
    """Draw one panel per label."""
    binary = TASKS[task].binary
    table = score_table(measured, binary)
    labels = list(dict.fromkeys(table["label"]))
    if TASKS[task].exclusive:
        finding = class_finding(measured)
    else:
        finding = score_finding(*called(measured, thresholds)) if binary else spread_finding(measured)
    with drawing(path, 0.7 + 2.5 * max(1, -(-len(labels) // 3)), table, panel_width(len(labels), 3)) as figure:
        headline(figure, finding)
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            draw_scores(table[table["label"] == label], thresholds.get(label, {}), axes)

"""Draw how good an experiment's ensemble is on the test split, beside its baselines."""

from pathlib import Path

import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.config.tasks import TASKS
from convoscope.dataset import read_card
from convoscope.evaluation.collect import read_predictions
from convoscope.report.agreement import agreement_finding, draw_agreement
from convoscope.report.discrimination import discrimination_finding, draw_curve
from convoscope.report.forest import draw_forest, forest_rows
from convoscope.report.measures import (
    chief_metrics,
    differences_table,
    measured_predictions,
    measures_table,
    performance_finding,
)
from convoscope.report.style import PANELS, drawing, headline, panel_width, small_multiples
from convoscope.tables import read_table


def draw_performance(
    *, metrics: Path, curves: Path, predictions: Path, examples: Path, card: Path, discrimination: Path, forest: Path
) -> None:
    """Draw ROC and precision-recall curves (measured against predicted for regression), and all metrics' intervals."""
    content, described = read_metrics(metrics), read_card(card, "task")
    task, labels = described["task"], described["labels"][:PANELS]
    measures = measures_table(content)
    known = read_table(examples, "examples", ("id",), described["labels"])
    measured = measured_predictions(read_predictions(predictions), known, labels)
    if not TASKS[task].binary:
        show_agreement(measured, measures, TASKS[task].log_axes, discrimination)
    else:
        show_curves(
            read_table(curves, "curves", ("method", "label", "curve", "x", "y")), measured, measures, discrimination
        )
    show_forest(
        measures,
        performance_finding(measures, differences_table(content), chief_metrics(task)[0]),
        chief_metrics(task),
        forest,
    )


def show_curves(curves: pd.DataFrame, measured: pd.DataFrame, measures: pd.DataFrame, path: Path) -> None:
    """Draw a pair of axes per label, two labels on a line."""
    labels = list(dict.fromkeys(measured["label"])) or list(dict.fromkeys(curves["label"]))
    height = 3.2 + 0.35 * max(0, curves["method"].nunique() - 3)  # the key stands over each panel, a line a method
    with drawing(path, 0.7 + height * -(-len(labels) // 2), curves) as figure:
        headline(figure, discrimination_finding(curves))
        grid = small_multiples(figure, 2 * len(labels), 4)
        for place, label in enumerate(labels):
            chance = float((measured.loc[measured["label"] == label, "measured"] > 0.5).mean())
            for axes, kind in zip(grid[2 * place : 2 * place + 2], ("roc", "pr"), strict=True):
                draw_curve(curves[curves["label"] == label], measures, kind, chance, axes)


def show_agreement(measured: pd.DataFrame, measures: pd.DataFrame, log: bool, path: Path) -> None:
    """Draw one panel per label."""
    labels = list(dict.fromkeys(measured["label"]))
    with drawing(path, 0.7 + 3.4 * max(1, -(-len(labels) // 3)), measured, panel_width(len(labels), 3)) as figure:
        headline(figure, agreement_finding(measures))
        for label, axes in zip(labels, small_multiples(figure, len(labels), 3), strict=True):
            draw_agreement(measured[measured["label"] == label], measures, log, axes)


def show_forest(measures: pd.DataFrame, finding: str, metrics: tuple[str, str], path: Path) -> None:
    """Draw the two chief metrics side by side."""
    labels = forest_rows(measures)
    with drawing(path, 1.4 + 0.42 * len(labels), measures) as figure:
        headline(figure, finding)
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, metric in zip((left, right), metrics, strict=True):
            draw_forest(measures, labels, metric, axes)
        handles, names = left.get_legend_handles_labels()
        if handles:
            right.legend(handles, names, loc="upper left", bbox_to_anchor=(1.0, 1.0))

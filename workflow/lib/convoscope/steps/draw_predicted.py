"""Verb ``draw-predicted``: predictions of intervals or sequences without labels, beside those of the test split."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.errors import InputError
from convoscope.evaluation.collect import NEEDED
from convoscope.files import replacing
from convoscope.report import predicted
from convoscope.report.style import PANELS, drawing, headline, panel_width, small_multiples
from convoscope.tables import find_rows, header_of, read_table

COLUMNS = 3


def draw_predicted(
    *, given: Path, dropped: Path, name: str, predictions: Path, windows: Path, metrics: Path, figure: Path, html: Path
) -> None:
    """Draw how many windows of GIVEN score how high, and list the strongest.

    GIVEN and DROPPED are tables of ``predict-bed`` or ``predict-fasta``; PREDICTIONS, WINDOWS and METRICS are those of
    the experiment whose networks predicted them.
    """
    labels = predicted.labels_of(header_of(given))
    table = read_table(given, "predicted", real=[*labels, *(f"{label}:spread" for label in labels)])
    lost, content = read_table(dropped, "dropped", ("reason",)), read_metrics(metrics)
    if not labels or table.empty:
        raise InputError(f"{given}: no row, or no column of a spread; a table of predict-bed or predict-fasta")
    known = known_predictions(
        read_table(predictions, "predictions", NEEDED), read_table(windows, "examples", ("id",), labels)
    )
    thresholds = content.get("thresholds", {}).get("model", {})
    limits = {label: float(np.mean(list(thresholds.get(label, {}).values()) or [np.nan])) for label in labels}
    counted = [predicted.count(table, known, label, limits[label]) for label in labels]
    shown = counted[:PANELS]
    points = pd.concat([predicted.curves(table, known, row.label) for row in shown], ignore_index=True)
    what = f"windows of {name}"
    with drawing(figure, 0.7 + 2.6 * -(-len(shown) // COLUMNS), points, panel_width(len(shown), COLUMNS)) as canvas:
        headline(canvas, predicted.predicted_finding(counted, what))
        grid = small_multiples(canvas, len(shown), COLUMNS)
        for row, axes in zip(shown, grid, strict=True):
            predicted.draw_predicted(points[points["label"] == row.label], row, name, axes)
        grid[0].set_ylabel("windows that score\nat least as high (%)")
        grid[0].legend(loc="lower left", fontsize=7)
    with replacing(html) as [scratch]:
        scratch.write_text(predicted.predicted_page(table, lost, what), encoding="utf-8")


def known_predictions(found: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Return ``label prediction truth`` of the test split; windows whose label is unknown are left out."""
    test = found[found["split"] == "test"]
    rows = find_rows(test["id"], windows["id"], "predictions")
    truth = np.full(len(test), np.nan)
    for label, places in test.groupby("label", sort=False).indices.items():
        truth[places] = windows[label].to_numpy(dtype=float)[rows[places]]
    return test[["label", "prediction"]].assign(truth=truth).dropna()

"""Verb ``draw-predicted-cells``: predictions of cells without labels, beside those of the test split."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.evaluation.collect import NEEDED, to_matrix
from convoscope.files import replacing
from convoscope.report import predicted_cells as drawn
from convoscope.report.predicted import labels_of
from convoscope.report.style import drawing, headline
from convoscope.tables import header_of, read_table

TALLEST = 40  # calls that are drawn


def draw_predicted_cells(
    *, given: Path, dropped: Path, name: str, predictions: Path, examples: Path, metrics: Path, figure: Path, html: Path
) -> None:
    """Draw how many cells of GIVEN are called what and how surely, and list the least sure.

    GIVEN and DROPPED are tables of ``predict-cells``; PREDICTIONS, EXAMPLES and METRICS are those of the experiment
    whose networks predicted them.
    """
    labels = labels_of(header_of(given))
    numbers = [*labels, *(f"{label}:spread" for label in labels)]
    table = read_table(given, "predicted_cells", ["line", "cell", "image", "x", "y", "called"], numbers)
    if not labels or table.empty:
        raise InputError(f"{given}: no row, or no column of a spread; a table of predict-cells")
    limits = limits_of(metrics, labels)
    new = drawn.score(table[labels].to_numpy(np.float64), labels, limits, None)
    test = drawn.score(*tested(read_table(predictions, "predictions", NEEDED), examples, labels, limits))
    counted, points = drawn.count(new, test, labels), drawn.curves(new, test)
    shown = counted.head(TALLEST)
    whole = pd.concat([shown.assign(part="calls"), points.assign(part="confidence")], ignore_index=True)
    with drawing(figure, max(3.2, 1.5 + 0.26 * len(shown)), whole) as canvas:
        headline(canvas, drawn.cells_finding(counted, new, test, name))
        left, right = canvas.subplots(1, 2)
        drawn.draw_counts(shown, name, left)
        drawn.draw_confidence(points, name, right)
    with replacing(html) as [scratch]:
        page = drawn.cells_page(counted, table, read_table(dropped, "dropped", ["line", "reason"]), labels, name)
        scratch.write_text(page, encoding="utf-8")


def limits_of(metrics: Path, labels: list[str]) -> np.ndarray | None:
    """Return the mean threshold of each label over the folds, ``(labels,)``; None where the highest class is called."""
    content = read_metrics(metrics)
    if TASKS[content["task"]].exclusive:
        return None
    found = content.get("thresholds", {}).get("model", {})
    means = []
    for label in labels:
        values = list(found.get(label, {}).values())
        if not values:
            raise InputError(
                f"{metrics}: no threshold of {label!r} in every fold; those of the experiment of the cells"
            )
        means.append(np.mean(values))
    return np.array(means)


def tested(
    found: pd.DataFrame, examples: Path, labels: list[str], limits: np.ndarray | None
) -> tuple[np.ndarray, list[str], np.ndarray | None, np.ndarray]:
    """Return predictions and truth of the test split as :func:`predictedcells.score` takes them."""
    test = found[found["split"] == "test"]
    table = read_table(examples, "examples", ["id"], labels).set_index("id")
    ids = pd.Index(dict.fromkeys(test["id"]))
    return to_matrix(test, ids, labels), labels, limits, table.loc[ids, labels].to_numpy(np.float64)

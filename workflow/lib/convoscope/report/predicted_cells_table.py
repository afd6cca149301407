"""The page of cells without labels: calls, the least sure cells, and what was dropped for which reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.files import replacing
from convoscope.report.html import note, table_block, whole_page
from convoscope.report.predicted import labels_of
from convoscope.report.predicted_cells import compare
from convoscope.report.variants_table import reasons
from convoscope.report.wording import number

LONGEST = 200  # rows of the page
CAPTION = (
    "The cells with the least certain prediction: look at some of each class before believing the counts. The "
    "confidence is the highest prediction of a cell, spread its standard deviation over the networks."
)


def draw(
    path: Path,
    *,
    predicted_cells: pd.DataFrame,
    cells_dropped: pd.DataFrame,
    examples: pd.DataFrame,
    metrics: Mapping[str, Any],
    predictions: pd.DataFrame,
    name: str,
) -> None:
    """List how many cells are called what, the least sure ones, and the reasons for drops."""
    _, _, counted = compare(predicted_cells, examples, metrics, predictions)
    page = _cells_page(counted, predicted_cells, cells_dropped, labels_of(predicted_cells), name)
    with replacing(path) as [scratch]:
        scratch.write_text(page, encoding="utf-8")


def least_sure(table: pd.DataFrame, labels: list[str], most: int) -> pd.DataFrame:
    """Return the cells with the lowest confidence: name, image, place, call, confidence and its spread."""
    values = table[labels].to_numpy(np.float64)
    spreads = table[[f"{label}:spread" for label in labels]].to_numpy(np.float64)
    order = np.argsort(values.max(axis=1), kind="stable")[:most]
    best = values.argmax(axis=1)[order]
    places = [name for name in ("x", "y") if table[name].notna().any()]
    found = table[["line", "cell", "image", *places, "called"]].iloc[order]
    return found.assign(confidence=values[order, best], spread=spreads[order, best])


def _cells_page(counted: pd.DataFrame, table: pd.DataFrame, dropped: pd.DataFrame, labels: list[str], what: str) -> str:
    """Return the page: calls, the least sure cells, and how many rows were dropped for which reason.

    Parameters
    ----------
    counted
        Of :func:`count`.
    table, dropped
        Of the verb ``predict-cells``.
    labels
        Names of the outputs.
    what
        Name of the cells.
    """
    title = f"{len(table):,} cells of {what} predicted, {len(dropped):,} dropped"
    headings = {"test_share": "share in the test split", "confidence": "median confidence"}
    shares = {"share": number, "share in the test split": number, "median confidence": number}
    top = table_block(counted.rename(columns=headings), shares)
    formats = {"confidence": number, "spread": number, "x": lambda value: f"{value:g}", "y": lambda value: f"{value:g}"}
    unsure = table_block(least_sure(table, labels, LONGEST), formats) + note(CAPTION)
    lost = table_block(reasons(dropped, "rows", "line"))
    return whole_page(title, f"{top}<h1>Least sure</h1>\n{unsure}<h1>Dropped</h1>\n{lost}")

"""The page of windows without labels: those that score highest, and what was dropped for which reason."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.files import replacing
from convoscope.report.html import integer, note, table_block, whole_page
from convoscope.report.predicted import labels_of
from convoscope.report.variants_table import reasons
from convoscope.report.wording import number

LONGEST = 200  # rows of the page
PLACES = ("line", "record", "id", "chrom", "start", "end", "name", "strand")
CAPTION = (
    "A window is listed once, with the label that it scores highest for. Spread is the standard deviation over the "
    "networks. Windows that the networks were trained on look better than they are."
)


def draw(path: Path, *, predicted: pd.DataFrame, predicted_dropped: pd.DataFrame, name: str) -> None:
    """List the windows that score highest and the reasons for drops."""
    with replacing(path) as [scratch]:
        scratch.write_text(predicted_page(predicted, predicted_dropped, f"windows of {name}"), encoding="utf-8")


def strongest(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the windows with the highest predictions, each with its highest label: place, label, prediction, spread.

    >>> table = pd.DataFrame({"line": [1, 2], "a": [0.1, 0.2], "a:spread": 0, "b": [0.9, 0.1], "b:spread": [0.5, 0]})
    >>> strongest(table, 1).to_numpy().tolist()
    [[1, 'b', 0.9, 0.5]]
    """
    labels = labels_of(table)
    values = table[labels].to_numpy(dtype=float)
    best = values.argmax(axis=1)
    order = np.argsort(-values.max(axis=1), kind="stable")[:most]
    spreads = table[[f"{label}:spread" for label in labels]].to_numpy(dtype=float)
    found = table[[name for name in PLACES if name in table]].iloc[order]
    return found.assign(
        label=np.array(labels, dtype=object)[best[order]],
        prediction=values[order, best[order]],
        spread=spreads[order, best[order]],
    )


def predicted_page(table: pd.DataFrame, dropped: pd.DataFrame, what: str) -> str:
    """Return the page: the strongest windows, and how many rows were dropped for which reason."""
    shown = strongest(table, LONGEST)
    formats = {**dict.fromkeys(("start", "end"), integer), "prediction": number, "spread": number}
    cut = f"The strongest {len(shown)} of {len(table):,}. " if len(table) > len(shown) else ""
    lost = reasons(dropped, "rows", "line" if "line" in dropped else "record")
    title = f"{len(table):,} {what} predicted, {len(dropped):,} dropped"
    top = table_block(shown, formats) + note(cut + CAPTION)
    return whole_page(title, top + "<h1>Dropped</h1>\n" + table_block(lost))

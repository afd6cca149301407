"""The surest wrong answers: wrong labels, confused classes, or a shortcut that failed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.report.montage import channel_key, colour, draw_tile, limits
from convoscope.report.style import drawing, headline, say, small_multiples
from convoscope.report.wording import number

MISTAKES = 24
SURE = 0.9  # probability beyond which a wrong answer is counted as a sure one


def draw(
    path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, codes: np.ndarray, predictions: pd.DataFrame
) -> None:
    """Draw the crops that were called wrong with the highest probability."""
    table = mistakes_table(predictions, examples, card["labels"])
    shown = table.head(MISTAKES)
    rows = examples.reset_index().set_index("id").loc[shown["id"], "index"].to_numpy()
    crops = np.asarray(codes[rows], dtype=np.float32)
    with drawing(path, 0.9 + 1.9 * max(1, -(-len(shown) // 8)), shown) as figure:
        headline(figure, mistakes_finding(table, len(examples)))
        grid = small_multiples(figure, len(shown), 8)
        if not len(shown):
            return say(figure.axes[0], "no test cell is called wrong")
        images = colour(crops, limits(crops))
        for row, image, axes in zip(shown.to_dict("records"), images, grid, strict=True):
            draw_tile(image, f"{row['called']} {number(row['probability'], 2)}", f"true: {row['true']}", axes)
        figure.supxlabel(channel_key(card["channel_names"]))
    return None


def mistakes_table(predictions: pd.DataFrame, examples: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return the test examples that are called wrong, the surest first.

    Parameters
    ----------
    predictions
        Columns ``id split label prediction`` of the ensemble.
    examples
        Columns ``id`` and one of 0 and 1 per label.
    labels
        Classes in their order.

    Returns
    -------
    Columns ``id true called probability true_probability``; ``attrs["tested"]`` is the number of test examples.
    """
    tested = predictions[predictions["split"] == "test"]
    wide = tested.pivot(index="id", columns="label", values="prediction")[list(labels)]
    truth = examples.set_index("id").loc[wide.index, list(labels)].idxmax(axis=1)
    table = pd.DataFrame({"true": truth, "called": wide.idxmax(axis=1), "probability": wide.max(axis=1)})
    places = [list(labels).index(name) for name in truth.astype(str)]
    own = wide.to_numpy()[np.arange(len(wide)), places]
    table = table.assign(true_probability=own).rename_axis(columns=None)
    wrong = table[table["true"] != table["called"]].sort_values("probability", ascending=False, kind="stable")
    result = wrong.reset_index()
    result.attrs["tested"] = len(table)
    return result


def mistakes_finding(table: pd.DataFrame, everything: int) -> str:
    """Say how many answers are wrong and how many of them have a high probability."""
    tested = table.attrs.get("tested", everything)
    confident = int((table["probability"] > SURE).sum())
    share = len(table) / max(1, tested)
    sure = f"{confident} of them with a probability above {number(SURE, 1)}"
    return f"{len(table)} of {tested} test cells are called wrong ({share:.0%}), {sure}"

"""Draw a classifier's confusions and its most confident mistakes."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.artifacts import read_metrics
from convoscope.dataset import Dataset, load
from convoscope.errors import InputError
from convoscope.evaluation.collect import read_predictions
from convoscope.report.confusion import confusion_finding, confusion_table, draw_confusion, draw_recalls
from convoscope.report.measures import measures_table
from convoscope.report.mistakes import MISTAKES, mistakes_finding, mistakes_table
from convoscope.report.montage import channel_key, colour, draw_tile, limits
from convoscope.report.style import drawing, headline, say, small_multiples


def draw_classes(
    *, metrics: Path, predictions: Path, examples: Path, codes: Path, card: Path, confusion: Path, mistakes: Path
) -> None:
    """Draw the confusion matrix with recall and precision, and the surest wrong answers with their crops."""
    content, data = read_metrics(metrics), load(examples, codes, card)
    predicted = read_predictions(predictions)
    labels = data.card["labels"]
    if "confusion" not in content:
        raise InputError(f"{metrics}: no confusion; only tasks with one class per example have one")
    table = confusion_table(np.array(content["confusion"]), labels)
    measures = measures_table(content)
    with drawing(confusion, 1.6 + 0.42 * len(labels), table) as figure:
        headline(figure, confusion_finding(table))
        left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
        draw_confusion(table, left)
        draw_recalls(measures[measures["method"] == "model"], labels, right)
    show_mistakes(data, predicted, mistakes)


def show_mistakes(data: Dataset, predictions: pd.DataFrame, path: Path) -> None:
    """Draw the crops that were called wrong with the highest probability."""
    table = mistakes_table(predictions, data.table, data.card["labels"])
    shown = table.head(MISTAKES)
    rows = data.table.reset_index().set_index("id").loc[shown["id"], "index"].to_numpy()
    crops = np.asarray(data.codes[rows], dtype=np.float32)
    with drawing(path, 0.9 + 1.5 * max(1, -(-len(shown) // 8)), shown) as figure:
        headline(figure, mistakes_finding(table, len(data.table)))
        grid = small_multiples(figure, len(shown), 8)
        if not len(shown):
            return say(figure.axes[0], "no test cell is called wrong")
        images = colour(crops, limits(crops))
        for row, image, axes in zip(shown.to_dict("records"), images, grid, strict=True):
            draw_tile(image, f"{row['called']} {row['probability']:.2f}", f"true: {row['true']}", axes)
        figure.supxlabel(channel_key(data.card["channel_names"]), fontsize=9)
    return None

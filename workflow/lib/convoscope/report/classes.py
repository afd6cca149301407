"""Images that maximise the score of each class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from convoscope.report.montage import channel_key, colour, draw_tile, limits
from convoscope.report.style import drawing, headline, say, small_multiples

ENOUGH = 0.5  # share of the pictures that have to show structure


def draw(path: Path, *, card: Mapping[str, Any], interpretation: Mapping[str, np.ndarray]) -> None:
    """Draw the image of each class, if they show more than those of untrained networks."""
    images = interpretation["classes"]
    shown = interpretation.get("classes:structured", np.ones(len(images), int)) > 0
    table = pd.DataFrame(
        {
            "class": card["labels"],
            "largest": np.abs(images).max(axis=(1, 2, 3)),
            "structured": np.where(shown, "yes", "no"),
        }
    )
    is_drawn = shown.mean() >= ENOUGH
    with drawing(path, 0.9 + 1.75 * (-(-len(images) // 6) if is_drawn else 0), table) as figure:
        headline(figure, classes_finding(int(shown.sum()), len(images)))
        if is_drawn:
            _draw_images(images, card, figure)
        else:
            say(figure.subplots(), "not drawn: those of untrained networks show as much")


def classes_finding(shown: int, images: int) -> str:
    """Say how many images show more than those of untrained networks.

    >>> classes_finding(1, 12)
    'Images that maximise the score of each class: 1 of 12 have more structure than those of untrained networks'
    """
    words = f"{shown} of {images} have more structure than those of untrained networks"
    drawn = "; caricatures, not cells" if shown >= ENOUGH * images else ""
    return f"Images that maximise the score of each class: {words}{drawn}"


def _draw_images(images: np.ndarray, card: Mapping[str, Any], figure: Figure) -> None:
    """Draw one tile per class, each stretched on its own."""
    for image, name, axes in zip(images, card["labels"], small_multiples(figure, len(images), 6), strict=True):
        draw_tile(colour(image[None], limits(image[None]))[0], name, "", axes)
    figure.supxlabel(channel_key(card["channel_names"]))

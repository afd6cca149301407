"""Images that maximise the score of each class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.report.montage import channel_key, colour, draw_tile, limits
from convoscope.report.style import drawing, headline, small_multiples


def draw(path: Path, *, card: Mapping[str, Any], interpretation: Mapping[str, np.ndarray]) -> None:
    """Draw the image of each class."""
    images = interpretation["classes"]
    table = pd.DataFrame({"class": card["labels"], "largest": np.abs(images).max(axis=(1, 2, 3))})
    with drawing(path, 0.9 + 1.75 * -(-len(images) // 6), table) as figure:
        headline(figure, "Images that maximise the score of each class, from faint noise: caricatures, not cells")
        for image, name, axes in zip(images, card["labels"], small_multiples(figure, len(images), 6), strict=True):
            draw_tile(colour(image[None], limits(image[None]))[0], name, "", axes)
        figure.supxlabel(channel_key(card["channel_names"]), fontsize=9)

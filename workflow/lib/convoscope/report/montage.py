"""Crops as pictures: channels as colours, many cells side by side."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.report.class_counts import class_names
from convoscope.report.style import INK, MUTED, drawing, headline

# One colour per channel: complementary, so that two channels together are white and each is visible to colour-blind.
TINTS = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.6, 1.0], [1.0, 0.7, 0.0]])
TINT_NAMES = ("magenta", "green", "blue", "orange")
DARK, BRIGHT = 0.5, 99.8  # percentiles of all crops shown, black and full colour
EACH = 14  # cells of a class
LINE = 14  # letters that fit above and below a picture
MOST = 24  # classes that are shown


def draw(path: Path, *, card: Mapping[str, Any], examples: pd.DataFrame, codes: np.ndarray) -> None:
    """Draw one line of crops per class, all with the same limits."""
    chosen = choose(class_names(examples, card["labels"]).tolist(), EACH)
    shown = list(dict.fromkeys(chosen["class"]))[:MOST]
    crops = np.asarray(codes[chosen["row"].to_numpy()], dtype=np.float32)
    images = colour(crops, limits(crops))
    listed = chosen.assign(cell=examples["id"].to_numpy()[chosen["row"]])
    with drawing(path, 0.9 + 0.72 * len(shown), listed[["class", "cell"]]) as figure:
        # Room for the names: pictures of fixed proportions are moved over what the layout had kept free.
        figure.set_layout_engine("constrained", rect=(0.04, 0, 0.96, 1))
        more = f" (the first {MOST} of {chosen['class'].nunique()} classes)" if chosen["class"].nunique() > MOST else ""
        headline(figure, f"Random cells of every class{more}, all with the same contrast")
        for name, axes in zip(shown, np.atleast_1d(figure.subplots(len(shown), 1)), strict=True):
            _draw_strip(images[(chosen["class"] == name).to_numpy()], str(name), axes)
        figure.supxlabel(channel_key(card["channel_names"]))


def limits(crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of each channel that are drawn black and in full colour: ``(channels,)`` each."""
    flat = np.moveaxis(crops, 1, 0).reshape(crops.shape[1], -1)
    low, high = np.percentile(flat, [DARK, BRIGHT], axis=1)
    return low, np.where(high > low, high, low + 1)


def colour(crops: np.ndarray, bounds: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return crops ``(n, channels, height, width)`` as RGB ``(n, height, width, 3)`` from 0 to 1.

    One channel is grey, three are red, green and blue as they are, others get the colours of ``TINTS`` and add up.
    """
    low, high = (part[:, None, None] for part in bounds)
    shares = np.clip((crops - low) / (high - low), 0, 1)
    channels = crops.shape[1]
    if channels == 1:
        return np.repeat(np.moveaxis(shares, 1, 3), 3, axis=3)
    if channels == 3:
        return np.moveaxis(shares, 1, 3)
    tints = np.resize(TINTS, (channels, 3))
    return np.clip(np.einsum("nchw,ck->nhwk", shares, tints), 0, 1)


def channel_key(names: Sequence[str]) -> str:
    """Say which colour is which channel."""
    if len(names) == 1:
        return f"grey: {names[0]}"
    tints = ("red", "green", "blue") if len(names) == 3 else TINT_NAMES
    return ", ".join(f"{tint}: {name}" for tint, name in zip(tints, names, strict=False))


def choose(classes: Sequence[str], each: int, seed: int = 0) -> pd.DataFrame:
    """Choose random cells of every class: columns ``row`` (of the classes) and ``class``, sorted by class."""
    table = pd.DataFrame({"row": range(len(classes)), "class": list(classes)})
    shuffled = table.sample(frac=1, random_state=seed)
    return shuffled.groupby("class").head(each).sort_values(["class", "row"], kind="stable").reset_index(drop=True)


def _draw_strip(images: np.ndarray, title: str, axes: Axes) -> None:
    """Draw RGB images ``(n, height, width, 3)`` in one line behind their title."""
    count, height, width = images.shape[:3]
    line = np.ones((height, count * (width + 2) - 2, 3))
    for number, image in enumerate(images):
        line[:, number * (width + 2) : number * (width + 2) + width] = image
    axes.imshow(line, interpolation="nearest", aspect="equal")
    name_line(axes, title)


def name_line(axes: Axes, title: str) -> None:
    """Leave of the axes nothing but a name to the left of the picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_ylabel(title, rotation=0, ha="right", va="center", color=INK)


def draw_tile(image: np.ndarray, over: str, under: str, axes: Axes) -> None:
    """Draw one RGB image with words above and below, on as many lines as they need."""
    axes.imshow(image, interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(textwrap.fill(over, LINE), loc="center", fontweight="normal", pad=2)
    below = textwrap.fill(under, LINE)
    axes.text(0.5, -0.03, below, ha="center", va="top", transform=axes.transAxes, color=MUTED)

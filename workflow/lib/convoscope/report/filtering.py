"""Classic filtering on one crop: smoothing, derivatives and edges, and why one smooths before differentiating."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from convoscope.config.image import Crops
from convoscope.errors import InputError
from convoscope.palette import BLUE, VERMILION
from convoscope.report.filtering_study import LARGEST, NOISE, Study, amount, middle, study
from convoscope.report.style import MUTED, TEXT, WIDTH, drawing, headline
from convoscope.report.wording import number

SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", VERMILION])
SAMPLE = 2000  # crops that compete for the most contrasted one, evenly spaced: enough, also among millions
MANY = 200  # crops
LINE = 18  # letters that fit below a panel


def draw(path: Path, *, codes: np.ndarray, spec: Crops) -> None:
    """Draw smoothing, derivatives and edges of the most contrasted crop, in the second channel where there is one."""
    draw_crop(path, codes, channel=len(spec.channels[1:2]), names=spec.channels)


def draw_crop(
    path: Path, crops: np.ndarray, row: int | None = None, channel: int = 0, names: Sequence[str] = ()
) -> None:
    """Draw one channel of one crop.

    Parameters
    ----------
    path
        The ``.svg``; the pixels of all panels go to the same name with ``.tsv``.
    crops
        ``(cells, channels, height, width)``.
    row, channel
        Which crop, counted from 0, the most contrasted one when None; and which of its channels.
    names
        Names of the channels in their order; their numbers when empty.
    """
    if crops.ndim != 4 or not crops.size:
        raise InputError(f"codes: an array {crops.shape}; crops (cells, channels, height, width), at least one")
    _within("channel", channel, crops.shape[1])
    chosen = most_contrasted(crops, channel) if row is None else row
    _within("row", chosen, len(crops))
    found = study(middle(crops[chosen, channel]))
    table = filtering_table(found)
    title = f"crop {chosen}, channel {names[channel] if channel < len(names) else channel}"
    if max(crops.shape[2:]) > LARGEST:
        title += f" (its middle {LARGEST} px)"
    with drawing(path, WIDTH * 1.08, table) as figure:
        headline(figure, filtering_finding(found, title))
        parts = figure.subfigures(len(found.rows), 1, squeeze=False)[:, 0]
        for number_, (part, sentence) in enumerate(zip(parts, found.rows, strict=True)):
            part.suptitle(sentence, x=0.005, ha="left", fontsize=TEXT, fontweight="bold")
            for place, axes in enumerate(part.subplots(1, len(found.rows[sentence]))):
                draw_panel(table[(table["row"] == number_) & (table["panel"] == place)], axes)


def _within(name: str, value: int, count: int) -> None:
    """Refuse a number that counts from 0 and is not there."""
    if not 0 <= value < count:
        raise InputError(f"{name}: {value}; 0 to {count - 1}")


def most_contrasted(crops: np.ndarray, channel: int) -> int:
    """Return the row of the largest variance in one channel of ``(cells, channels, height, width)``.

    Of many crops the first twentieth is passed over: the most contrasted of all are dead cells and dirt.
    """
    rows = np.unique(np.linspace(0, len(crops) - 1, SAMPLE).astype(int))
    order = np.argsort([-crops[row, channel].var(dtype=np.float64) for row in rows], kind="stable")
    return int(rows[order[len(rows) // 20 if len(rows) >= MANY else 0]])


def filtering_table(found: Study) -> pd.DataFrame:
    """Return the pixels of all panels.

    Returns
    -------
    ``row panel title kernel kind low high unit y`` and one column of values per x, counted from 0; empty where a
    direction is not defined.
    """
    parts = []
    for row, panels in enumerate(found.rows.values()):
        for place, panel in enumerate(panels):
            part = pd.DataFrame(panel.values, columns=[str(x) for x in range(panel.values.shape[1])])
            told = {name: value for name, value in panel._asdict().items() if name != "values"}
            known = {"row": row, "panel": place, **told, "y": np.arange(len(part))}
            parts.append(pd.DataFrame(known, index=part.index).join(part))
    return pd.concat(parts, ignore_index=True)


def filtering_finding(found: Study, name: str) -> str:
    """Say how much of the gradient survives the noise."""
    return (
        f"Under noise of {NOISE:.0%} of its range of intensities, the gradient of {name} keeps "
        f"r = {number(found.raw, 2)} with its noise-free self; smoothed first, r = {number(found.smooth, 2)}"
    )


def wheel(size: int = 41) -> np.ndarray:
    """Return the colours of all directions around a centre ``(size, size, 4)``, transparent outside of the disc."""
    v, u = np.mgrid[:size, :size] - size // 2
    colours = direction_colours(np.rad2deg(np.arctan2(v, u)))
    colours[..., 3] = np.hypot(u, v) <= size // 2
    return colours


def direction_colours(degrees: np.ndarray) -> np.ndarray:
    """Return RGBA ``(…, 4)`` of directions, missing ones white.

    The colours go round through light, blue, dark and red, so that they differ in lightness as well, for readers who do
    not see all hues.
    """
    colours = matplotlib.colormaps["twilight"]((np.nan_to_num(degrees) % 360) / 360)
    colours[np.isnan(degrees)] = 1
    return colours


def _show_grey(values: np.ndarray, panel: Mapping[str, Any], axes: Axes) -> str:
    """Draw counts or sizes in grey."""
    axes.imshow(values, cmap="gray", vmin=panel["low"], vmax=panel["high"], interpolation="none")
    return f"{amount(panel['low'])}–{amount(panel['high'])} {panel['unit']}"


def _show_signed(values: np.ndarray, panel: Mapping[str, Any], axes: Axes) -> str:
    """Draw a derivative: vermilion where brightness rises, blue where it falls."""
    axes.imshow(values, cmap=SIGNED, vmin=panel["low"], vmax=panel["high"], interpolation="none")
    return f"±{amount(panel['high'])} {panel['unit']}"


def _show_direction(values: np.ndarray, panel: Mapping[str, Any], axes: Axes) -> str:
    """Draw directions as hues, with their wheel above."""
    axes.imshow(direction_colours(values), interpolation="none")
    legend = axes.inset_axes((0.83, 1.02, 0.17, 0.17))
    legend.imshow(wheel(), interpolation="none")
    legend.set_axis_off()
    legend.set_in_layout(False)
    return ""


def _show_edges(values: np.ndarray, panel: Mapping[str, Any], axes: Axes) -> str:
    """Draw marked pixels in ink."""
    axes.imshow(values, cmap="gray_r", vmin=0, vmax=1, interpolation="none")
    return f"{values.mean():.0%} of the pixels"


DRAW: dict[str, Callable[[np.ndarray, Mapping[str, Any], Axes], str]] = {
    "brightness": _show_grey,
    "size": _show_grey,
    "signed": _show_signed,
    "direction": _show_direction,
    "edges": _show_edges,
}


def draw_panel(part: pd.DataFrame, axes: Axes) -> None:
    """Draw the rows of the table that belong to one panel, with its kernel and its range below."""
    panel = {str(name): value for name, value in part.iloc[0].items()}
    values = part[[name for name in part.columns if str(name).isdigit()]].to_numpy(np.float64)
    caption = DRAW[panel["kind"]](values, panel, axes)
    axes.set_title(panel["title"], y=1)  # a given y: else the wheel lifts it
    axes.set(xticks=[], yticks=[])
    below = [*textwrap.wrap(str(panel["kernel"]), LINE), caption]
    axes.set_xlabel("\n".join(below), color=MUTED, labelpad=2)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_linewidth(0.5)

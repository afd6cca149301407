"""Draw what the classic kernels make of one crop of the experiment."""

from pathlib import Path

import numpy as np

from convoscope.dataset import load_codes
from convoscope.errors import InputError
from convoscope.report.filtering import LARGEST, draw_panel, filtering_finding, filtering_table, middle, study
from convoscope.report.style import WIDTH, drawing, headline

SAMPLE = 2000  # crops that compete for the most contrasted one, evenly spaced: enough, also among millions
MANY = 200  # crops


def draw_filtering(
    *, codes: Path, row: int | None = None, channel: int = 0, names: list[str] | None = None, figure: Path
) -> None:
    """Draw smoothing, derivatives and edges of a channel of one crop: the most contrasted one when no row is given.

    Parameters
    ----------
    codes
        ``codes.npy`` ``(cells, channels, height, width)``.
    row, channel
        Which crop, counted from 0, and which of its channels.
    names
        Names of the channels in their order; their numbers when not given.
    figure
        The ``.svg``; the pixels of all panels go to the same name with ``.tsv``.
    """
    crops = load_codes(codes)
    if crops.ndim != 4 or not crops.size:
        raise InputError(f"{codes}: an array {crops.shape}; crops (cells, channels, height, width), at least one")
    within("--channel", channel, crops.shape[1])
    chosen = most_contrasted(crops, channel) if row is None else row
    within("--row", chosen, len(crops))
    found = study(middle(crops[chosen, channel]))
    table = filtering_table(found)
    title = f"crop {chosen}, channel {names[channel] if names and channel < len(names) else channel}"
    if max(crops.shape[2:]) > LARGEST:
        title += f" (its middle {LARGEST} px)"
    with drawing(figure, WIDTH * 0.86, table) as canvas:
        headline(canvas, filtering_finding(found, title))
        parts = canvas.subfigures(len(found.rows), 1, squeeze=False)[:, 0]
        for number, (part, sentence) in enumerate(zip(parts, found.rows, strict=True)):
            part.suptitle(sentence, x=0.005, ha="left", fontsize=9.5, fontweight="bold")
            for place, axes in enumerate(part.subplots(1, len(found.rows[sentence]))):
                draw_panel(table[(table["row"] == number) & (table["panel"] == place)], axes)


def within(option: str, value: int, count: int) -> None:
    """Refuse a number that counts from 0 and is not there."""
    if not 0 <= value < count:
        raise InputError(f"{option}: {value}; 0 to {count - 1}")


def most_contrasted(crops: np.ndarray, channel: int) -> int:
    """Return the row of the largest variance in one channel of ``(cells, channels, height, width)``.

    Of many crops the first twentieth is passed over: the most contrasted of all are dead cells and dirt.
    """
    rows = np.unique(np.linspace(0, len(crops) - 1, SAMPLE).astype(int))
    order = np.argsort([-crops[row, channel].var(dtype=np.float64) for row in rows], kind="stable")
    return int(rows[order[len(rows) // 20 if len(rows) >= MANY else 0]])

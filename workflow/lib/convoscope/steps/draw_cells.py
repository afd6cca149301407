"""Draw the cells: some of every class, how many there are on every side, and what was not used."""

from pathlib import Path

import numpy as np

from convoscope.dataset import Dataset, load, split_names
from convoscope.report.class_counts import draw_sides, sides_finding, sides_table
from convoscope.report.dropped import DROPPED, draw_dropped, dropped_finding, dropped_table
from convoscope.report.montage import channel_key, choose, colour, draw_strip, limits
from convoscope.report.style import drawing, headline
from convoscope.tables import read_table

EACH = 14  # cells of a class
MOST = 24  # classes that are shown


def draw_cells(
    *, examples: Path, codes: Path, card: Path, dropped: Path, montage: Path, sides: Path, dropped_figure: Path
) -> None:
    """Draw a montage of crops by class, cells by class and split, and dropped rows by reason."""
    data, rows = load(examples, codes, card), dropped_table(read_table(dropped, "dropped", DROPPED))
    names = np.array(data.card["labels"], dtype=object)
    positive = data.labels > 0.5
    classes = np.array(["+".join(names[row]) or "none" for row in positive], dtype=object)
    show_montage(data, classes, montage)
    table = sides_table(classes, split_names(data, next(iter(data.card["folds"]))), data.table["group"])
    with drawing(sides, 1.4 + 0.26 * table["class"].nunique(), table) as figure:
        headline(figure, sides_finding(table, data.card["by"]))
        draw_sides(table, data.card["by"], *figure.subplots(1, 2, sharey=True))
    with drawing(dropped_figure, max(2.4, 1.3 + 0.34 * rows["reason"].nunique()), rows, width=9) as figure:
        headline(figure, dropped_finding(rows, len(data.table)))
        draw_dropped(rows, figure.subplots())


def show_montage(data: Dataset, classes: np.ndarray, path: Path) -> None:
    """Draw one line of crops per class, all with the same limits."""
    chosen = choose(classes.tolist(), EACH)
    shown = list(dict.fromkeys(chosen["class"]))[:MOST]
    crops = np.asarray(data.codes[chosen["row"].to_numpy()], dtype=np.float32)
    images = colour(crops, limits(crops))
    listed = chosen.assign(cell=data.table["id"].to_numpy()[chosen["row"]])
    with drawing(path, 0.9 + 0.72 * len(shown), listed[["class", "cell"]]) as figure:
        # Room for the names: pictures of fixed proportions are moved over what the layout had kept free.
        figure.set_layout_engine("constrained", rect=(0.04, 0, 0.96, 1))
        more = f" (the first {MOST} of {chosen['class'].nunique()} classes)" if chosen["class"].nunique() > MOST else ""
        headline(figure, f"Random cells of every class{more}, all with the same contrast")
        for name, axes in zip(shown, np.atleast_1d(figure.subplots(len(shown), 1)), strict=True):
            draw_strip(images[(chosen["class"] == name).to_numpy()], str(name), axes)
        figure.supxlabel(channel_key(data.card["channel_names"]), fontsize=9)

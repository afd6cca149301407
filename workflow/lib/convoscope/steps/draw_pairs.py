"""Draw what motifs do together beyond the sum of both."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from convoscope.errors import InputError
from convoscope.report.pairs import MOST, PAIRS, TINTS, draw_pair_panel, make_panels, pairs_finding
from convoscope.report.style import drawing, headline, small_multiples
from convoscope.tables import read_table

COLUMNS = 4


def draw_pairs(*, pairs: Path, figure: Path) -> None:
    """Draw the interaction of every pair of motifs against their distance, on the labels that they raise."""
    given = read_table(pairs, "pairs", PAIRS)
    for name in ("distance", "first_effect", "second_effect", "interaction"):
        if given[name].isna().any():
            raise InputError(f"{pairs}: {name} is empty in row {int(given[name].isna().argmax()) + 1}; a number")
    strange = given[~given["orientation"].isin(list(TINTS))]
    if len(strange):
        raise InputError(f"{pairs}: orientation {strange['orientation'].iloc[0]!r}; {' or '.join(TINTS)}")
    panels = make_panels(given)
    # The first pairs are those of the most influential motifs; the control is the last.
    shown = panels if len(panels) <= MOST else [*panels[: MOST - 1], panels[-1]]
    table = pd.concat([panel.rows for panel in shown]) if shown else given
    rows = max(1, -(-len(shown) // COLUMNS))
    with drawing(figure, 1.0 + 1.75 * rows if shown else 1.6, table) as picture:
        headline(picture, pairs_finding(panels))
        every = small_multiples(picture, len(shown), COLUMNS)
        for panel, axes in zip(shown, every, strict=True):
            draw_pair_panel(panel, axes)
        share_scale(every)
        if shown:
            every[0].legend(*orientations(every[0]), loc="best", fontsize=7.5)
            picture.supxlabel("second motif behind the first, centre to centre (bp)", fontsize=9)
            picture.supylabel("raw score beyond the sum of both", fontsize=9)


def orientations(axes: Axes) -> tuple[list, list[str]]:
    """Return the line of each orientation once, and its name."""
    kept = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    names = [name for name in TINTS if name in kept]
    return [kept[name] for name in names], [f"{name} strand" for name in names]


def share_scale(every: list[Axes]) -> None:
    """Give all axes one range, so that heights compare."""
    limits = [axes.get_ylim() for axes in every]
    reach = [axes.get_xlim() for axes in every]
    for axes in every:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
        axes.set_xlim(min(low for low, _ in reach), max(high for _, high in reach))

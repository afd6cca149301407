"""Two motifs together: what they do beyond the sum of both, by their distance and orientation."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.errors import InputError
from convoscope.palette import BLUE, VERMILION
from convoscope.report.style import INK, MUTED, drawing, headline, small_multiples
from convoscope.report.wording import number, shorten

TINTS = {"same": BLUE, "opposite": VERMILION}
MOST = 16  # panels; the table has all
COLUMNS = 4
TOUCHING = 6  # bp next to the gap, where a filter sees parts of both sites: drawn, but not judged
NOTABLE = 0.1  # of the larger effect alone: less is called additive


def draw(path: Path, *, pairs: pd.DataFrame) -> None:
    """Draw the interaction of every pair of motifs against their distance, on the labels that they raise."""
    _check_pairs(pairs)
    panels = make_panels(pairs)
    # The first pairs are those of the most influential motifs; the control is the last.
    shown = panels if len(panels) <= MOST else [*panels[: MOST - 1], panels[-1]]
    table = pd.concat([panel.rows for panel in shown]) if shown else pairs
    rows = max(1, -(-len(shown) // COLUMNS))
    with drawing(path, 1.0 + 2.0 * rows if shown else 1.6, table) as figure:
        headline(figure, pairs_finding(panels))
        every = small_multiples(figure, len(shown), COLUMNS)
        draw_pairs(shown, every)
        if shown:
            every[0].legend(*_orientations(every[0]), loc="best")
            figure.supxlabel("second motif behind the first, centre to centre (bp)")
            figure.supylabel("raw score beyond the sum of both")


def _check_pairs(pairs: pd.DataFrame) -> None:
    """Refuse pairs without a distance, an effect, or a known orientation."""
    for name in ("distance", "first_effect", "second_effect", "interaction"):
        if pairs[name].isna().any():
            raise InputError(f"pairs: {name} is empty in row {int(pairs[name].isna().argmax()) + 1}; a number")
    strange = pairs[~pairs["orientation"].isin(list(TINTS))]
    if len(strange):
        raise InputError(f"pairs: orientation {strange['orientation'].iloc[0]!r}; {' or '.join(TINTS)}")


class Panel(NamedTuple):
    """One pair and one label that one of its motifs raises: the rows of ``pairs.tsv``, and what they come to."""

    first: str
    second: str
    label: str
    rows: pd.DataFrame
    alone: tuple[float, float]  # mean effects of both
    judged: pd.DataFrame  # the rows whose sites do not touch
    level: float  # their median interaction
    peak: pd.Series  # the arrangement that is farthest from it
    swing: float  # how far, with its interval counted off


def _raised(rows: pd.DataFrame, effect: str) -> str:
    """Return the label that a motif raises most where it stands alone."""
    return str(rows.groupby("label", sort=False)[effect].mean().idxmax())


def make_panels(pairs: pd.DataFrame) -> list[Panel]:
    """Return the panels of every pair of ``pairs.tsv``: for the labels that its first and its second motif raise."""
    panels = []
    for (first, second), rows in pairs.groupby(["first", "second"], sort=False):
        for label in dict.fromkeys([_raised(rows, "first_effect"), _raised(rows, "second_effect")]):
            panels.append(_make_panel(str(first), str(second), label, rows[rows["label"] == label]))
    return panels


def _make_panel(first: str, second: str, label: str, rows: pd.DataFrame) -> Panel:
    """Sum up the rows of one pair and label."""
    apart = rows["distance"].abs()
    judged = rows[apart > apart.min() + TOUCHING] if apart.max() > apart.min() + TOUCHING else rows
    level = float(judged["interaction"].median())
    low, high = judged["low"].to_numpy(), judged["high"].to_numpy()
    beyond = np.maximum(low - level, level - high)  # positive: the interval leaves the level out
    peak = judged.iloc[int(beyond.argmax())]
    alone = float(rows["first_effect"].mean()), float(rows["second_effect"].mean())
    return Panel(first, second, label, rows, alone, judged, level, peak, max(float(beyond.max()), 0.0))


def _scale(panel: Panel) -> float:
    """Return the larger effect alone."""
    return max(map(abs, panel.alone))


def _signed(value: float) -> str:
    """Write a number with its sign.

    >>> _signed(0.5), _signed(-2.136), _signed(0.001)
    ('+.5', '−2.1', '0')
    """
    text = number(value, 1)
    return "0" if float(f"{value:.1f}") == 0 else text if text.startswith("−") else f"+{text}"


def pairs_finding(panels: list[Panel]) -> str:
    """Say whether motifs add up, and which pair departs most from that and where."""
    different = [panel for panel in panels if panel.first != panel.second]
    if not different:
        return "No two motifs are named and reproducible: no pair was planted"
    largest = max(float(panel.judged["interaction"].abs().max()) for panel in different)
    notable = [each for each in different if max(abs(each.level), each.swing) > NOTABLE * _scale(each)]
    if not notable:
        alone = max(_scale(panel) for panel in different)
        return (
            f"Additive: no pair of motifs departs by more than {number(largest, 1)} from the sum of both, "
            f"of which one alone changes a raw score by up to {number(alone, 1)}"
        )
    most = max(notable, key=lambda each: max(abs(each.level), each.swing))
    effects = f"(alone {_signed(most.alone[0])} and {_signed(most.alone[1])})"
    return (
        f"In {len(notable)} of {len(different)} cases two motifs do not add up to within a tenth; most of all "
        f"{most.first} with {most.second} on {most.label} {effects}: {departure(most)}"
    )


def departure(panel: Panel) -> str:
    """Say by how much a pair departs from additivity, and whether the distance matters."""
    if panel.swing <= NOTABLE * _scale(panel):
        return f"{_signed(panel.level)} beyond the sum, at any distance"
    peak = panel.peak
    where = f"{abs(int(peak['distance']))} bp apart on the {peak['orientation']} strand"
    return f"{_signed(peak['interaction'])} beyond the sum, {where}"


def _sides(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the stretches of distances without a gap, with their orientation: the sites never overlap."""
    for orientation, part in rows.groupby("orientation", sort=False):
        for _, side in part.groupby(part["distance"] > 0):
            yield str(orientation), side.sort_values("distance")


def draw_pair_panel(panel: Panel, axes: Axes) -> None:
    """Draw interaction against distance, one line for each orientation, with its band."""
    axes.axhline(0, color=INK, linewidth=0.8)
    for orientation, side in _sides(panel.rows):
        tint = TINTS[orientation]
        axes.fill_between(side["distance"], side["low"], side["high"], color=tint, alpha=0.2, linewidth=0)
        axes.plot(side["distance"], side["interaction"], color=tint, linewidth=1.3, label=orientation)
    both = f"{panel.first} twice" if panel.first == panel.second else f"{panel.first}, {panel.second}"
    axes.set_title(shorten(f"{both} on {panel.label}", 32), y=1, pad=20)
    text = f"alone {_signed(panel.alone[0])}, {_signed(panel.alone[1])}"
    axes.annotate(text, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points", color=MUTED)


def _orientations(axes: Axes) -> tuple[list, list[str]]:
    """Return the line of each orientation once, and its name."""
    kept = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    names = [name for name in TINTS if name in kept]
    return [kept[name] for name in names], [f"{name} strand" for name in names]


def draw_pairs(panels: Sequence[Panel], every: Sequence[Axes]) -> None:
    """Draw a panel into each of the axes, those of two motifs on one range, so that heights compare.

    The control has a range of its own: the same motif twice departs so far that the others would be flat lines.
    """
    for panel, axes in zip(panels, every, strict=True):
        draw_pair_panel(panel, axes)
    different = [axes for panel, axes in zip(panels, every, strict=True) if panel.first != panel.second]
    limits = [axes.get_ylim() for axes in different]
    reach = [axes.get_xlim() for axes in every]
    for axes in different:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    for axes in every:
        axes.set_xlim(min(low for low, _ in reach), max(high for _, high in reach))

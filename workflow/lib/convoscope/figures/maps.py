"""Mutation maps: what every mutation of a window does, and which letters each method of attribution points at."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.transforms import Affine2D

from convoscope.figures.logos import WIDTH, letter_colors, letter_outline
from convoscope.figures.style import BLUE, INK, MUTED, VERMILION, number, shorten
from convoscope.sequence.alphabet import ALPHABETS, decode

Arrays = Mapping[str, np.ndarray]
WINDOWS = 6  # in the figure; the data holds all
SPAN = 121  # positions that are still wide enough for a letter
ENOUGH = 0.9  # share of the heights in the best stretch that a more central one has to show
INVISIBLE = 0.015  # of the tallest letter
LOSS = LinearSegmentedColormap.from_list("change", [VERMILION, "white", BLUE])
METHODS = {
    "mutagenesis": "in-silico mutagenesis",
    "gradient_input": "gradient × input",
    "integrated_gradients": "integrated gradients",
    "deeplift": "DeepLIFT",
}
NARROW = {"I": 0.3}  # of the width of other letters; its outline is a bar
ARROWS = {"+": "→", "-": "←"}


class Mark(NamedTuple):
    """A named motif: its first and its last position from the centre."""

    name: str
    first: int
    last: int
    strand: str


class Block(NamedTuple):
    """One map, cut to what is shown: ``S`` positions, counted from the window's centre."""

    title: str
    text: str
    places: np.ndarray  # (S,)
    heights: np.ndarray  # (S,)
    changes: np.ndarray  # (letters, S)
    indels: np.ndarray  # (0 or 2, S): deletions, strongest insertion before each letter
    methods: dict[str, np.ndarray]  # contributions (S,); empty where a network cannot be explained
    gaps: dict[str, float]  # of the shared-out difference
    marks: list[Mark]


def best_span(heights: np.ndarray, size: int = SPAN) -> slice:
    """Return the positions to show: near the centre, but with as good as all of the heights ``(L,)`` that fit.

    >>> best_span(np.array([0.0, 0, 1, 2, 0]), 2), best_span(np.zeros(5), 3)
    (slice(2, 4, None), slice(1, 4, None))
    """
    if len(heights) <= size:
        return slice(0, len(heights))
    sums = np.convolve(heights, np.ones(size), "valid")
    good = np.flatnonzero(sums >= ENOUGH * sums.max())
    start = int(good[np.abs(good - (len(heights) - size) / 2).argmin()])
    return slice(start, start + size)


def make_block(arrays: Arrays, row: int) -> Block:
    """Cut one map out of the arrays of ``maps.npz``."""
    span = best_span(arrays["heights"][row])
    alphabet, codes = ALPHABETS[str(arrays["alphabet"])], arrays["codes"][row]
    places = np.arange(len(codes)) - len(codes) // 2
    known = [str(name) for name in arrays["methods"]]
    empty = np.empty(0)
    gaps = {name: share_of_gap(arrays, name, row) for name in known if f"gap:{name}" in arrays}
    marks = [
        Mark(str(name), int(places[start]), int(places[end - 1]), str(strand))
        for which, name, start, end, strand in zip(
            *(arrays[f"hit:{field}"] for field in ("map", "name", "start", "end", "strand")), strict=True
        )
        if which == row and span.start <= start and end <= span.stop
    ]
    return Block(
        f"{arrays['label'][row]}   {arrays['id'][row]}   predicted {number(float(arrays['prediction'][row]), 3)}",
        decode(codes, alphabet)[span],
        places[span],
        arrays["heights"][row, span],
        arrays["map"][row][:, span],
        indels(arrays, row)[:, span],
        {name: arrays[f"actual:{name}"][row, span] if f"actual:{name}" in arrays else empty for name in known},
        {name: gap for name, gap in gaps.items() if np.isfinite(gap)},
        marks,
    )


def share_of_gap(arrays: Arrays, method: str, row: int) -> float:
    """Return by which share of the difference the contributions of a window miss it; NaN where there is none."""
    difference = float(arrays[f"difference:{method}"][row])
    return abs(float(arrays[f"gap:{method}"][row])) / abs(difference) if difference else float("nan")


def indels(arrays: Arrays, row: int) -> np.ndarray:
    """Return deletions and, before each letter, the insertion that changes the score most, ``(2, L)``; or nothing."""
    if "deletion" not in arrays:
        return np.empty((0, arrays["codes"].shape[1]))
    every = arrays["insertion"][row]
    return np.stack([arrays["deletion"][row], every[np.abs(every).argmax(0), np.arange(every.shape[1])]])


def draw_letters(block: Block, values: np.ndarray, axes: Axes) -> None:
    """Draw letters as tall as the values ``(S,)``; those below zero stand on their head."""
    largest = float(np.abs(values).max()) or 1.0
    bases = "ACGT" if set(block.text) <= set("ACGTUN") else block.text
    tints = {**letter_colors(bases), "U": letter_colors("ACGU")["U"] if bases == "ACGT" else INK}
    for letter in sorted(set(block.text)):
        outline = letter_outline(letter)
        chosen = [
            (place, value)
            for place, value, own in zip(block.places, values, block.text, strict=True)
            if own == letter and abs(value) > INVISIBLE * largest
        ]
        width = WIDTH * NARROW.get(letter, 1)
        paths = [
            outline.transformed(Affine2D().scale(width, value).translate(place - width / 2, 0))
            for place, value in chosen
        ]
        axes.add_collection(PathCollection(paths, facecolors=tints.get(letter, INK), linewidths=0), autolim=False)
    low = min(0.0, float(values.min()))
    axes.set_ylim(1.08 * low, 1.08 * max(float(values.max()), 0.05 * largest))
    axes.axhline(0, color=MUTED, linewidth=0.5, zorder=0)


def draw_heights(block: Block, axes: Axes) -> None:
    """Draw the letters of the mutation map, or why there is none."""
    axes.set_ylabel("largest\ndrop", rotation=0, ha="right", va="center", fontsize=7.5)
    draw_letters(block, block.heights, axes)
    if not block.changes.any():
        axes.set_yticks([])
        axes.text(0.5, 0.5, "empty: neither the window nor a mutant scores above the label's share in training",
                  ha="center", va="center", color=MUTED, fontsize=7.5, transform=axes.transAxes)  # fmt: skip


def draw_marks(block: Block, axes: Axes) -> None:
    """Draw a bracket with its name over every motif."""
    across = axes.get_xaxis_transform()
    for mark in block.marks:
        left, right = mark.first - 0.5, mark.last + 0.5
        bracket = ([left, left, right, right], [1.02, 1.06, 1.06, 1.02])
        axes.plot(*bracket, color=INK, linewidth=1, transform=across, clip_on=False)
        text = f"{shorten(mark.name, 14)} {ARROWS.get(mark.strand, '')}"
        axes.text((left + right) / 2, 1.08, text, ha="center", va="bottom", fontsize=7.5, transform=across)


def draw_heat(values: np.ndarray, block: Block, norm: Normalize, axes: Axes) -> None:
    """Draw rows of changes ``(rows, S)``, the first on top."""
    extent = (block.places[0] - 0.5, block.places[-1] + 0.5, len(values) - 0.5, -0.5)
    axes.imshow(values, cmap=LOSS, norm=norm, aspect="auto", interpolation="none", extent=extent)
    axes.tick_params(left=False, pad=2)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def draw_substitutions(block: Block, letters: str, norm: Normalize, axes: Axes) -> None:
    """Draw the heat map of substitutions; a dot marks the letter that is there."""
    draw_heat(block.changes, block, norm, axes)
    axes.set_yticks(range(len(letters)), list(letters), fontsize=7 if len(letters) <= 5 else 5.5)
    own = [(place, letters.index(letter)) for place, letter in zip(block.places, block.text, strict=True)
           if letter in letters]  # fmt: skip
    if own:
        columns, rows = zip(*own, strict=True)
        axes.scatter(columns, rows, s=1.6, color=MUTED, linewidths=0)


def draw_indels(block: Block, norm: Normalize, axes: Axes) -> None:
    """Draw the strip of deletions and insertions."""
    draw_heat(block.indels, block, norm, axes)
    axes.set_yticks([0, 1], ["deleted", "inserted"], fontsize=7)


def draw_method(block: Block, method: str, axes: Axes) -> None:
    """Draw one row of contributions, with the gap of its completeness."""
    values = block.methods[method]
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel(METHODS[method], rotation=0, ha="right", va="center", fontsize=7.5)
    if not len(values):
        axes.text(0.5, 0.5, "cannot explain this architecture", ha="center", va="center", color=MUTED, fontsize=7.5,
                  transform=axes.transAxes)  # fmt: skip
        return
    draw_letters(block, values, axes)
    if method in block.gaps:
        percent = 100 * block.gaps[method]
        text = f"gap {number(percent, 1)} %" if percent >= 0.05 else "gap < .1 %"
        axes.text(1, 1, text, ha="right", va="top", fontsize=6.5, color=MUTED, transform=axes.transAxes)


def norm_of(blocks: list[Block]) -> Normalize:
    """Return the common scale of all heat maps, symmetric about 0."""
    largest = max([float(np.abs(block.changes).max()) for block in blocks], default=0.0) or 1.0
    return Normalize(-largest, largest)


def scale_bar(norm: Normalize, axes: Axes) -> None:
    """Draw the scale of the heat maps to the right of one."""
    bar = axes.figure.colorbar(ScalarMappable(norm, LOSS), cax=axes, extend="both", extendfrac=0.06)
    top = float(f"{norm.vmax:.1g}")
    top = top if top <= float(norm.vmax or 0) else float(norm.vmax or 0)
    bar.set_ticks([-top, 0, top], labels=[number(-top, 1), "0", "+" + number(top, 1)], fontsize=6.5)
    bar.set_label("change\nof score", fontsize=7)
    bar.outline.set_visible(False)


def agreement(blocks: list[Block]) -> list[tuple[str, float]]:
    """Return the correlation of each method's contributions with those of mutagenesis, over all blocks."""

    def joined(method: str) -> np.ndarray:
        return np.concatenate([block.methods.get(method, np.empty(0)) for block in blocks] or [np.empty(0)])

    exact = joined("mutagenesis")
    others = [name for name in (blocks[0].methods if blocks else {}) if name != "mutagenesis"]
    pairs = [(name, joined(name)) for name in others]
    return [(name, float(np.corrcoef(exact, values)[0, 1])) for name, values in pairs if len(values) == len(exact) > 2]


def maps_finding(blocks: list[Block]) -> str:
    """Say where the highest letters stand, and how well the methods agree."""
    if not blocks:
        return "No window was mapped"
    found = [owner(block) for block in blocks]
    if any(block.marks for block in blocks):
        inside = sum(name != "" for name in found)
        words = f"In {inside} of {len(blocks)} windows the letter that matters most stands in a named motif"
    else:
        words = f"What every mutation does to the scores of {len(blocks)} window" + ("s" if len(blocks) > 1 else "")
    rates = agreement(blocks)
    if not rates:
        return words
    low, high = min(rate for _, rate in rates), max(rate for _, rate in rates)
    spread = f"r = {number(low, 2)}" + (f" to {number(high, 2)}" if len(rates) > 1 else "")
    return f"{words}; attributions agree with mutagenesis by {spread}"


def owner(block: Block) -> str:
    """Return the name of the motif that the highest letter is of, or nothing."""
    best = int(block.places[block.heights.argmax()])
    tall = float(block.heights.max()) > 0
    return next((mark.name for mark in block.marks if tall and mark.first <= best <= mark.last), "")


def maps_table(blocks: list[Block], letters: str) -> pd.DataFrame:
    """Return what the figure draws: one row per window and position."""
    tables = []
    for block in blocks:
        table = pd.DataFrame({"window": block.title.split("   ")[1], "label": block.title.split("   ")[0]},
                             index=range(len(block.places)))  # fmt: skip
        table = table.assign(position=block.places, letter=list(block.text), height=block.heights)
        table = table.assign(**{f"to {letter}": row for letter, row in zip(letters, block.changes, strict=True)})
        table = table.assign(**dict(zip(("deleted", "inserted"), block.indels, strict=False)))
        tables.append(table.assign(**{name: values for name, values in block.methods.items() if len(values)}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["window", "label", "position"])

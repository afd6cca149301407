"""Mutation maps: what every mutation of a window does, and which letters each method of attribution points at."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import SubFigure
from matplotlib.ticker import MultipleLocator
from matplotlib.transforms import Affine2D

from convoscope.errors import InputError
from convoscope.palette import BLUE, VERMILION
from convoscope.report.logos import WIDTH, letter_colors, letter_outline
from convoscope.report.mutation_map_data import Block, make_block, maps_finding, maps_table
from convoscope.report.style import INK, MUTED, drawing, headline, mark_parts, say
from convoscope.report.wording import number, shorten
from convoscope.sequence.alphabet import ALPHABETS

WINDOWS = 6  # in the figure; the data holds all
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
# Inches of the rows of a block: letters, one row of the heat map, strip of indels, one method; title and axis.
LETTERS, ROW, STRIP, METHOD, REST = 0.75, 0.17, 0.36, 0.36, 1.1


def draw(path: Path, *, maps: Mapping[str, np.ndarray]) -> None:
    """Draw the first windows of maps.npz, which are those of different labels."""
    letters = _letters_of(maps)
    blocks = [make_block(maps, row) for row in range(min(WINDOWS, len(maps["id"])))]
    heights = [sum(_row_heights(block, letters)) + REST for block in blocks]
    with drawing(path, max(1.6, 0.6 + sum(heights)), maps_table(blocks, letters)) as figure:
        few = f"; {len(blocks)} of {len(maps['id'])} windows are shown" if len(blocks) < len(maps["id"]) else ""
        headline(figure, maps_finding(blocks) + few)
        if not blocks:
            return say(figure.subplots(), "no window")
        figure.set_layout_engine("constrained", h_pad=0.03, hspace=0.0)
        parts = figure.subfigures(len(blocks), 1, squeeze=False, height_ratios=heights)[:, 0]
        mark_parts(parts)
        lowest = [_draw_block(block, letters, norm_of(blocks), part) for block, part in zip(blocks, parts, strict=True)]
        unit = "bp" if len(letters) == 4 else "residues"
        for axes in lowest:
            axes.set_xlabel(f"position from the centre of the window ({unit})")
    return None


def draw_letters(text: str, places: np.ndarray, values: np.ndarray, axes: Axes) -> None:
    """Draw letters at places as tall as the values ``(S,)``; those below zero stand on their head."""
    largest = float(np.abs(values).max()) or 1.0
    bases = "ACGT" if set(text) <= set("ACGTUN") else text
    tints = {**letter_colors(bases), "U": letter_colors("ACGU")["U"] if bases == "ACGT" else INK}
    for letter in sorted(set(text)):
        outline = letter_outline(letter)
        chosen = [
            (place, value)
            for place, value, own in zip(places, values, text, strict=True)
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
    axes.set_ylabel("largest\ndrop", rotation=0, ha="right", va="center")
    draw_letters(block.text, block.places, block.heights, axes)
    if not block.changes.any():
        axes.set_yticks([])
        axes.text(0.5, 0.5, "empty: neither the window nor a mutant scores above the label's share in training",
                  ha="center", va="center", color=MUTED, transform=axes.transAxes)  # fmt: skip


def draw_marks(block: Block, axes: Axes) -> None:
    """Draw a bracket with its name over every motif."""
    across = axes.get_xaxis_transform()
    for mark in block.marks:
        left, right = mark.first - 0.5, mark.last + 0.5
        bracket = ([left, left, right, right], [1.02, 1.06, 1.06, 1.02])
        axes.plot(*bracket, color=INK, linewidth=1, transform=across, clip_on=False)
        text = f"{shorten(mark.name, 14)} {ARROWS.get(mark.strand, '')}"
        axes.text((left + right) / 2, 1.08, text, ha="center", va="bottom", transform=across)


def _draw_heat(values: np.ndarray, block: Block, norm: Normalize, axes: Axes) -> None:
    """Draw rows of changes ``(rows, S)``, the first on top."""
    extent = (block.places[0] - 0.5, block.places[-1] + 0.5, len(values) - 0.5, -0.5)
    axes.imshow(values, cmap=LOSS, norm=norm, aspect="auto", interpolation="none", extent=extent)
    axes.tick_params(left=False, pad=2)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def draw_substitutions(block: Block, letters: str, norm: Normalize, axes: Axes) -> None:
    """Draw the heat map of substitutions; a dot marks the letter that is there."""
    _draw_heat(block.changes, block, norm, axes)
    axes.set_yticks(range(len(letters)), list(letters))
    own = [(place, letters.index(letter)) for place, letter in zip(block.places, block.text, strict=True)
           if letter in letters]  # fmt: skip
    if own:
        columns, rows = zip(*own, strict=True)
        axes.scatter(columns, rows, s=1.6, color=MUTED, linewidths=0)


def _draw_indels(block: Block, norm: Normalize, axes: Axes) -> None:
    """Draw the strip of deletions and insertions."""
    _draw_heat(block.indels, block, norm, axes)
    axes.set_yticks([0, 1], ["deleted", "inserted"])


def draw_method(block: Block, method: str, axes: Axes) -> None:
    """Draw one row of contributions, with the gap of its completeness."""
    values = block.methods[method]
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel(METHODS[method], rotation=0, ha="right", va="center")
    if not len(values):
        axes.text(0.5, 0.5, "cannot explain this architecture", ha="center", va="center", color=MUTED,
                  transform=axes.transAxes)  # fmt: skip
        return
    draw_letters(block.text, block.places, values, axes)
    if method in block.gaps:
        percent = 100 * block.gaps[method]
        text = f"gap {number(percent, 1)} %" if percent >= 0.05 else "gap < .1 %"
        axes.text(1, 1, text, ha="right", va="top", color=MUTED, transform=axes.transAxes)


def norm_of(blocks: list[Block]) -> Normalize:
    """Return the common scale of all heat maps, symmetric about 0."""
    largest = max([float(np.abs(block.changes).max()) for block in blocks], default=0.0) or 1.0
    return Normalize(-largest, largest)


def _scale_bar(norm: Normalize, axes: Axes) -> None:
    """Draw the scale of the heat maps to the right of one."""
    bar = axes.figure.colorbar(ScalarMappable(norm, LOSS), cax=axes, extend="both", extendfrac=0.06)
    top = float(f"{norm.vmax:.1g}")
    top = top if top <= float(norm.vmax or 0) else float(norm.vmax or 0)
    bar.set_ticks([-top, 0, top], labels=[number(-top, 1), "0", "+" + number(top, 1)])
    bar.set_label("change\nof score")
    bar.outline.set_visible(False)


def _letters_of(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the letters of the maps' alphabet; codes and maps must be of it."""
    name = str(arrays["alphabet"])
    if name not in ALPHABETS:
        raise InputError(f"maps: alphabet {name!r}; {', '.join(ALPHABETS)} are known")
    alphabet, codes = ALPHABETS[name], arrays["codes"]
    if codes.size and (codes.max() >= len(alphabet.symbols) or arrays["map"].shape[1] != len(alphabet.letters)):
        raise InputError(f"maps: codes to {codes.max()}, maps of {arrays['map'].shape[1]} letters; not of {name}")
    return alphabet.letters


def _row_heights(block: Block, letters: str) -> list[float]:
    """Return the inches of every row of a block."""
    strip = [STRIP] if len(block.indels) else []
    return [LETTERS, ROW * len(letters), *strip, *([METHOD] * len(block.methods))]


def _draw_block(block: Block, letters: str, norm: Normalize, part: SubFigure) -> Axes:
    """Draw one window: letters, heat map, indels, methods, on one axis of positions; return the lowest row."""
    heights = _row_heights(block, letters)
    grid = part.add_gridspec(len(heights), 2, width_ratios=[1, 0.012], height_ratios=heights)
    rows = [part.add_subplot(grid[number, 0]) for number in range(len(heights))]
    for axes in rows:
        axes.set_xlim(block.places[0] - 0.5, block.places[-1] + 0.5)
        axes.tick_params(bottom=False, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
    draw_heights(block, rows[0])
    draw_marks(block, rows[0])
    rows[0].set_title(block.title, pad=20 if block.marks else 6)
    draw_substitutions(block, letters, norm, rows[1])
    _scale_bar(norm, part.add_subplot(grid[1, 1]))
    rest = rows[2:]
    if len(block.indels):
        _draw_indels(block, norm, rest.pop(0))
    for method, axes in zip(block.methods, rest, strict=True):
        draw_method(block, method, axes)
    rows[-1].tick_params(bottom=True, labelbottom=True)
    rows[-1].xaxis.set_major_locator(MultipleLocator(10))
    return rows[-1]

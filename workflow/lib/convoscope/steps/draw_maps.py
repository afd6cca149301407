"""Draw mutation maps, indel scans, attributions and named motifs of the strongest windows."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import SubFigure
from matplotlib.ticker import MultipleLocator

from convoscope.errors import InputError
from convoscope.report.arrays import read_arrays
from convoscope.report.mutation_map_data import Block, make_block, maps_finding, maps_table
from convoscope.report.mutation_maps import (
    WINDOWS,
    draw_heights,
    draw_indels,
    draw_marks,
    draw_method,
    draw_substitutions,
    norm_of,
    scale_bar,
)
from convoscope.report.style import drawing, headline, say
from convoscope.sequence.alphabet import ALPHABETS

# Inches of the rows of a block: letters, one row of the heat map, strip of indels, one method; title and axis.
LETTERS, ROW, STRIP, METHOD, REST = 0.75, 0.14, 0.24, 0.34, 0.85


def draw_maps(*, maps: Path, figure: Path) -> None:
    """Draw the first windows of maps.npz, which are those of different labels."""
    arrays = read_arrays(maps, "maps")
    letters = letters_of(arrays, maps)
    blocks = [make_block(arrays, row) for row in range(min(WINDOWS, len(arrays["id"])))]
    heights = [sum(row_heights(block, letters)) + REST for block in blocks]
    with drawing(figure, max(1.6, 0.6 + sum(heights)), maps_table(blocks, letters)) as page:
        headline(page, maps_finding(blocks))
        if not blocks:
            return say(page.subplots(), "no window")
        page.set_layout_engine("constrained", h_pad=0.03, hspace=0.0)
        parts = page.subfigures(len(blocks), 1, squeeze=False, height_ratios=heights)[:, 0]
        lowest = [draw_block(block, letters, norm_of(blocks), part) for block, part in zip(blocks, parts, strict=True)]
        unit = "bp" if len(letters) == 4 else "residues"
        lowest[-1].set_xlabel(f"position from the centre of the window ({unit})")
    return None


def letters_of(arrays: Mapping[str, np.ndarray], path: Path) -> str:
    """Return the letters of the maps' alphabet; codes and maps must be of it."""
    name = str(arrays["alphabet"])
    if name not in ALPHABETS:
        raise InputError(f"{path}: alphabet {name!r}; {', '.join(ALPHABETS)} are known")
    alphabet, codes = ALPHABETS[name], arrays["codes"]
    if codes.size and (codes.max() >= len(alphabet.symbols) or arrays["map"].shape[1] != len(alphabet.letters)):
        raise InputError(f"{path}: codes to {codes.max()}, maps of {arrays['map'].shape[1]} letters; not of {name}")
    return alphabet.letters


def row_heights(block: Block, letters: str) -> list[float]:
    """Return the inches of every row of a block."""
    strip = [STRIP] if len(block.indels) else []
    return [LETTERS, ROW * len(letters), *strip, *([METHOD] * len(block.methods))]


def draw_block(block: Block, letters: str, norm: Normalize, part: SubFigure) -> Axes:
    """Draw one window: letters, heat map, indels, methods, on one axis of positions; return the lowest row."""
    heights = row_heights(block, letters)
    grid = part.add_gridspec(len(heights), 2, width_ratios=[1, 0.012], height_ratios=heights)
    rows = [part.add_subplot(grid[number, 0]) for number in range(len(heights))]
    for axes in rows:
        axes.set_xlim(block.places[0] - 0.5, block.places[-1] + 0.5)
        axes.tick_params(bottom=False, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
    draw_heights(block, rows[0])
    draw_marks(block, rows[0])
    rows[0].set_title(block.title, pad=16 if block.marks else 6)
    draw_substitutions(block, letters, norm, rows[1])
    scale_bar(norm, part.add_subplot(grid[1, 1]))
    rest = rows[2:]
    if len(block.indels):
        draw_indels(block, norm, rest.pop(0))
    for method, axes in zip(block.methods, rest, strict=True):
        draw_method(block, method, axes)
    rows[-1].tick_params(bottom=True, labelbottom=True)
    rows[-1].xaxis.set_major_locator(MultipleLocator(10))
    return rows[-1]

"""The rows of one locus: a track, the sites that are known there, genes, and the letters in its middle."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from convoscope.palette import BLUE, VERMILION
from convoscope.report.allele_letters import Letters, draw_alleles
from convoscope.report.mutation_map_data import Block
from convoscope.report.mutation_maps import METHODS, draw_letters, draw_marks
from convoscope.report.style import FAINT, INK, MUTED
from convoscope.report.wording import number, shorten

REACH = 2000  # bp on both sides of the centre
LETTERS = 81  # of the middle
BEST = ("deeplift", "integrated_gradients", "gradient_input", "mutagenesis")  # attributions, those first that add up
LANES, LETTER = 3, 2 * REACH / 100  # rows of genes, and bp that a letter of a name takes
ARROWS = {"+": " →", "-": " ←"}
# Inches: track, a row of sites, a lane of genes, letters; title, axes and what is between.
TRACK, SITES, LANE, LOGO, ALLELE, REST = 0.8, 0.22, 0.36, 0.8, 0.62, 1.5


class Locus(NamedTuple):
    """What is drawn of a place on the genome: values from ``REACH`` before the centre to ``REACH`` behind it."""

    title: str
    chrom: str
    center: int
    label: str
    values: np.ndarray  # (2 * REACH + 1,)
    sites: pd.DataFrame  # label start end
    genes: pd.DataFrame  # start end strand name exons
    block: Block | None  # letters of the middle
    reverse: bool = False  # whether these are read from the minus strand
    changed: int | None = None  # position of a variant
    alleles: Sequence[Letters] = ()  # letters around it, with either allele

    @property
    def start(self) -> int:
        """Position of the first value."""
        return self.center - REACH


def known_sites(examples: pd.DataFrame, label: str, labels: Sequence[str], chrom: str, center: int) -> pd.DataFrame:
    """Return the windows with a label around a place, ``label start end``, those of ``label`` first."""
    here = examples[
        (examples["chrom"] == chrom) & (examples["end"] > center - REACH) & (examples["start"] <= center + REACH)
    ]
    parts = [
        here.loc[here[name] > 0.5, ["start", "end"]].assign(label=name)
        for name in (label, *(name for name in labels if name != label))
    ]
    return pd.concat(parts)[["label", "start", "end"]]


def genes_around(genes: pd.DataFrame | None, chrom: str, center: int) -> pd.DataFrame:
    """Return the genes around a place, each with its ``text`` and where this begins, ``left``, within what is shown."""
    if genes is None:
        return pd.DataFrame(columns=["start", "end", "strand", "name", "exons", "text", "left"])
    low, high = center - REACH, center + REACH
    found = genes[(genes["chrom"] == chrom) & (genes["end"] > low) & (genes["start"] <= high)]
    text = found["name"].map(lambda name: shorten(str(name), 16)) + found["strand"].map(ARROWS).fillna("")
    last = high - LETTER * text.str.len()
    return found.assign(text=text, left=found["start"].clip(low, last.astype(int)))


def in_lanes(genes: pd.DataFrame) -> list[int]:
    """Return the lane of each gene, the first in which neither its name nor its line touches the one before.

    >>> starts = [0, 50, 5000]
    >>> in_lanes(pd.DataFrame({"start": starts, "left": starts, "end": [100, 60, 5100], "text": ["a", "b", "c"]}))
    [0, 1, 0]
    """
    ends: list[float] = []
    lanes = []
    for row in genes[["start", "left", "end", "text"]].to_dict("records"):
        lane = next((place for place, last in enumerate(ends) if last <= min(row["start"], row["left"])), len(ends))
        ends[lane : lane + 1] = [max(row["end"], row["left"] + LETTER * (len(row["text"]) + 1))]
        lanes.append(lane)
    return lanes


def heights_of(locus: Locus) -> list[float]:
    """Return the inches of the rows of a locus."""
    lanes = min(max(in_lanes(locus.genes), default=-1) + 1, LANES)
    rows = [TRACK, SITES * max(locus.sites["label"].nunique(), 1)]
    return rows + ([LANE * lanes] if lanes else []) + ([LOGO] if locus.block else []) + [ALLELE] * len(locus.alleles)


def draw_locus(locus: Locus, part: SubFigure) -> None:
    """Draw the rows of a locus, all but the letters on one axis of positions."""
    heights = heights_of(locus)
    grid = part.add_gridspec(len(heights), 1, height_ratios=heights)
    rows = [part.add_subplot(grid[place]) for place in range(len(heights))]
    rows[0].set_title(locus.title)
    alleles = [rows.pop() for _ in locus.alleles][::-1]
    letters = rows.pop() if locus.block else None
    _draw_track(locus, rows[0])
    _draw_sites(locus, rows[1])
    if len(rows) > 2:
        _draw_genes(locus.genes, rows[2])
    for axes in rows:
        _mark_letters(locus, axes)
        axes.set_xlim(locus.start / 1000, (locus.center + REACH) / 1000)
        axes.tick_params(axis="x", bottom=axes is rows[-1], labelbottom=axes is rows[-1])
        axes.spines["bottom"].set_visible(axes is rows[-1])
    rows[-1].ticklabel_format(axis="x", useOffset=False)
    rows[-1].set_xlabel(f"position on {locus.chrom} (kb)")
    if letters is not None and locus.block is not None:
        _draw_letters(locus.block, locus.reverse, letters)
    if alleles:
        draw_alleles(locus.alleles, alleles)


def _mark_letters(locus: Locus, axes: Axes) -> None:
    """Draw a band where the letters are, and a line where a variant is."""
    if locus.block is not None:
        ways = (-1 if locus.reverse else 1) * locus.block.places[[0, -1]]
        axes.axvspan(*(locus.center + np.sort(ways)) / 1000, color=FAINT, zorder=0, linewidth=0)
    if locus.changed is not None:
        axes.axvline(locus.changed / 1000, color=VERMILION, linewidth=1)


def steps(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where runs of one value begin, and the values.

    >>> [part.tolist() for part in steps(np.array([1.0, 1.0, 3.0, np.nan, np.nan]))]
    [[0, 2, 3], [1.0, 3.0, nan]]
    """
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    starts = np.append(0, np.flatnonzero(~same) + 1)
    return starts, values[starts]


def _draw_track(locus: Locus, axes: Axes) -> None:
    """Draw the prediction along the locus."""
    starts, values = steps(locus.values)
    edges = (locus.start + np.append(starts, len(locus.values))) / 1000
    axes.stairs(np.nan_to_num(values), edges, fill=True, color=BLUE)
    axes.set_ylim(min(0, float(np.nanmin([*values, 0]))), max(1.05 * float(np.nanmax([*values, 0])), 1e-9))
    axes.set_ylabel(shorten(locus.label, 14), rotation=0, ha="right", va="center")
    axes.locator_params(axis="y", nbins=3)


def _draw_sites(locus: Locus, axes: Axes) -> None:
    """Draw the known sites, a row for each label."""
    names = list(dict.fromkeys(locus.sites["label"]))
    for place, name in enumerate(names):
        own = locus.sites[locus.sites["label"] == name]
        spans = [(start / 1000, (end - start) / 1000) for start, end in zip(own["start"], own["end"], strict=True)]
        axes.broken_barh(spans, (place - 0.3, 0.6), color=INK if name == locus.label else MUTED, linewidth=0)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), [f"{shorten(name, 14)} sites" for name in names])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _draw_genes(genes: pd.DataFrame, axes: Axes) -> None:
    """Draw genes as lines with thick exons, arrows along their strand, and their names above."""
    lanes = in_lanes(genes)
    low, high = 0.0, min(max(lanes) + 1, LANES)
    for lane, gene in zip(lanes, genes.to_dict("records"), strict=True):
        if lane >= LANES:
            continue
        axes.plot([gene["start"] / 1000, gene["end"] / 1000], [lane + 0.75] * 2, color=INK, linewidth=0.8)
        spans = [tuple(map(int, exon.split("-"))) for exon in str(gene["exons"]).split(",")]
        axes.broken_barh([(start / 1000, (end - start) / 1000) for start, end in spans], (lane + 0.6, 0.3), color=INK)
        axes.text(gene["left"] / 1000, lane + 0.55, gene["text"], va="bottom", in_layout=False)
    left_out = sum(lane >= LANES for lane in lanes)
    axes.set_ylim(high, low)
    axes.set_yticks([high / 2], [f"genes (and {left_out} more)" if left_out else "genes"])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def letters_of(block: Block) -> tuple[str, np.ndarray]:
    """Return the attribution that is drawn of a map, with its name: by the method that adds up best, or the heights."""
    for method in BEST:
        if len(block.methods.get(method, ())):
            return METHODS[method], block.methods[method]
    return "largest drop", block.heights


def _draw_letters(block: Block, reverse: bool, axes: Axes) -> None:
    """Draw the letters of the middle with the named motifs among them."""
    name, values = letters_of(block)
    draw_letters(block.text, block.places, values, axes)
    draw_marks(block, axes)
    axes.set_xlim(block.places[0] - 0.5, block.places[-1] + 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel(name.replace(" ", "\n", 1), rotation=0, ha="right", va="center")
    strand = ", read from the minus strand" if reverse else ""
    axes.set_xlabel(f"bp from the centre of the window{strand}")


def locus_title(label: str, place: str, prediction: float, more: str = "") -> str:
    """Write what a locus is.

    >>> locus_title("CTCF", "chr1:10-20", 0.98, ", a held-out site")
    'CTCF at chr1:10-20, a held-out site: predicted .980'
    """
    return f"{shorten(label, 24)} at {place}{more}: predicted {number(prediction)}"

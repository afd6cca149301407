"""Where negatives come from: a table of strategies with one signature.

A strategy takes the positives (``id chrom start end strand fold``), the :class:`Background` and the section
``negatives`` of the configuration, and returns :class:`Sampled`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from convoscope.config import Negatives
from convoscope.errors import InputError
from convoscope.sequence.background import WINDOW, Background, Sampled, one_line, sampled
from convoscope.sequence.gc_matching import gc_matched
from convoscope.sequence.intervals import contig_numbers, genome_intervals, touches
from convoscope.sequence.orientation import centers_in_direction, give_strands, place_columns
from convoscope.sequence.splits import CROSSING, fold_of_windows
from convoscope.sequence.usable_regions import first_reason, line_ends, survey
from convoscope.sequence.windows import place_windows, sort_windows


def sample_negatives(strategy: str, positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Return the negatives of a strategy; where windows have a direction, those without a strand get a random one."""
    drawn = NEGATIVES[strategy](positives, background, negatives)
    return drawn._replace(rows=give_strands(drawn.rows, background.landscape.direction, negatives.seed))


def _dinucleotide_shuffle(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Shuffle every positive: rows at the positive's place that name it as parent; the codes are made when encoding."""
    ratio = negatives.ratio_for(len(positives))
    rows = shuffled_rows(positives, ratio, negatives.seed)
    return sampled(rows, one_line("dinucleotide_shuffle", round(len(positives) * ratio), len(rows)))


def shuffled_rows(positives: pd.DataFrame, ratio: float, seed: int) -> pd.DataFrame:
    """Return ``ratio`` copies of every row, naming it as ``parent``; a fraction goes to random rows."""
    total = round(len(positives) * ratio)
    generator = np.random.default_rng(seed)
    rounds = [np.arange(len(positives))] * (total // max(len(positives), 1))
    extra = np.sort(generator.permutation(len(positives))[: total % max(len(positives), 1)])
    rows = positives.iloc[np.concatenate([*rounds, extra])]
    return rows.assign(parent=rows["id"]).reset_index(drop=True)


def flanks(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Take windows at ``distance`` bp left and right of the positives, then further out, until ``ratio`` is met.

    A flank is refused if it leaves its parent's region, holds a base of any site or cannot be used otherwise.
    """
    length = background.landscape.length
    ratio = negatives.ratio_for(len(positives))
    total = round(len(positives) * ratio)
    order = np.random.default_rng(negatives.seed).permutation(len(positives))
    candidates = []
    for number in range(2 * (int(np.ceil(ratio / 2)) + 1)):
        ring, side = number // 2 + 1, 1 if number % 2 else -1
        # Every second positive begins on its other side, so that a ratio of 1 takes as many left as right flanks.
        sides = np.where(np.arange(len(positives)) % 2, side, -side)
        shift = sides * ring * (length + negatives.distance)
        start = positives["start"] + shift
        place = positives.assign(start=start, end=start + length, parent=positives["id"], strand=".")
        candidates.append(place.iloc[order])
    every = pd.concat(candidates, ignore_index=True)
    kept = every[_negative_reasons(every, background) == ""].iloc[:total]
    return sampled(sort_windows(kept, background.landscape.sizes), one_line("flanks", total, len(kept)))


def _negative_reasons(windows: pd.DataFrame, background: Background) -> np.ndarray:
    """Return why windows ``chrom start end fold`` cannot be negatives, ``(N,)`` text, empty where they can."""
    reasons, _ = survey(windows, background.landscape)
    found = fold_of_windows(windows, background.regions, background.landscape.sizes)
    checks = {
        "holds_site": _holds_site(windows, background),
        "overlaps_other_split": (found == CROSSING) | (found != windows["fold"].to_numpy()),
        "duplicate": windows.duplicated(place_columns(background.landscape.direction)).to_numpy(),
    }
    return np.where(reasons == "", first_reason(checks), reasons)


def _holds_site(windows: pd.DataFrame, background: Background) -> np.ndarray:
    """Tell which windows share a base with any site of any label; a window that has a direction, on its strand."""
    sites, landscape = background.sites, background.landscape
    strands = windows["strand"].to_numpy() if landscape.direction == "site" else np.full(len(windows), ".")
    held = np.zeros(len(windows), dtype=bool)
    for strand, other in (("+", "-"), ("-", "+"), (".", "")):
        rows = strands == strand
        own = genome_intervals(sites[sites["strand"] != other], landscape.sizes)
        held[rows] = touches(*line_ends(windows[rows], landscape.sizes), own)
    return held


def _other_labels(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Add nothing: the sites of one label are the negatives of the others, which takes two labels at least."""
    if background.sites["label"].nunique() < 2:
        raise InputError("negatives.strategy: other_labels needs sites of two labels or more; one label is given")
    return sampled(pd.DataFrame(columns=WINDOW), one_line("other_labels", 0, 0))


def _from_file(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Centre windows on every row of a given file; rows that hold a site or cannot be used are dropped with reasons."""
    landscape, given = background.landscape, background.given
    if given is None:
        raise InputError("negatives.path: missing; strategy file needs the path of a BED file")
    given = give_strands(given, landscape.direction, negatives.seed)
    given = given.assign(center=centers_in_direction(given, landscape.direction))
    known = contig_numbers(given["chrom"], landscape.sizes) >= 0
    windows = place_windows(given[known], landscape).assign(strand=given["strand"])
    windows["fold"] = fold_of_windows(windows, background.regions, landscape.sizes)
    reasons = np.full(len(given), "unknown_contig", dtype=object)
    reasons[known] = _negative_reasons(windows, background)
    rows = windows[reasons[known] == ""]
    lost = given.assign(reason=reasons)[reasons != ""]
    return sampled(sort_windows(rows, landscape.sizes), one_line("file", len(given), len(rows)), lost)


def _nothing(positives: pd.DataFrame, background: Background, negatives: Negatives) -> Sampled:
    """Add nothing."""
    return sampled(pd.DataFrame(columns=WINDOW), one_line("none", 0, 0))


NEGATIVES: dict[str, Callable[[pd.DataFrame, Background, Negatives], Sampled]] = {
    "gc_matched": gc_matched,
    "dinucleotide_shuffle": _dinucleotide_shuffle,
    "flanks": flanks,
    "other_labels": _other_labels,
    "file": _from_file,
    "none": _nothing,
}

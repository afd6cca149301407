"""What a figure of mutation maps shows: each map cut to its telling stretch, and what all of them say together."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.report.wording import number
from convoscope.sequence.alphabet import ALPHABETS, decode_codes

Arrays = Mapping[str, np.ndarray]
SPAN = 121  # positions that are still wide enough for a letter
ENOUGH = 0.9  # share of the heights in the best stretch that a more central one has to show


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


def make_block(arrays: Arrays, row: int, size: int = SPAN) -> Block:
    """Cut one map out of the arrays of ``maps.npz``, and of it what is shown: ``size`` positions at most."""
    span = best_span(arrays["heights"][row], size)
    alphabet, codes = ALPHABETS[str(arrays["alphabet"])], arrays["codes"][row]
    places = np.arange(len(codes)) - len(codes) // 2
    known = [str(name) for name in arrays["methods"]]
    empty = np.empty(0)
    gaps = {name: _share_of_gap(arrays, name, row) for name in known if f"gap:{name}" in arrays}
    marks = [
        Mark(str(name), int(places[start]), int(places[end - 1]), str(strand))
        for which, name, start, end, strand in zip(
            *(arrays[f"hit:{field}"] for field in ("map", "name", "start", "end", "strand")), strict=True
        )
        if which == row and span.start <= start and end <= span.stop
    ]
    return Block(
        f"{arrays['label'][row]}   {arrays['id'][row]}   predicted {number(float(arrays['prediction'][row]), 3)}",
        decode_codes(codes, alphabet)[span],
        places[span],
        arrays["heights"][row, span],
        arrays["map"][row][:, span],
        _indels(arrays, row)[:, span],
        {name: arrays[f"actual:{name}"][row, span] if f"actual:{name}" in arrays else empty for name in known},
        {name: gap for name, gap in gaps.items() if np.isfinite(gap)},
        marks,
    )


def _share_of_gap(arrays: Arrays, method: str, row: int) -> float:
    """Return by which share of the difference the contributions of a window miss it; NaN where there is none."""
    difference = float(arrays[f"difference:{method}"][row])
    return abs(float(arrays[f"gap:{method}"][row])) / abs(difference) if difference else float("nan")


def _indels(arrays: Arrays, row: int) -> np.ndarray:
    """Return deletions and, before each letter, the insertion that changes the score most, ``(2, L)``; or nothing."""
    if "deletion" not in arrays:
        return np.empty((0, arrays["codes"].shape[1]))
    every = arrays["insertion"][row]
    return np.stack([arrays["deletion"][row], every[np.abs(every).argmax(0), np.arange(every.shape[1])]])


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
    found = [_owner(block) for block in blocks]
    if any(block.marks for block in blocks):
        inside = sum(name != "" for name in found)
        words = f"In {inside} of {len(blocks)} windows the letter that matters most lies in a named motif"
    else:
        words = f"What every mutation does to the scores of {len(blocks)} window" + ("s" if len(blocks) > 1 else "")
    rates = agreement(blocks)
    if not rates:
        return words
    low, high = min(rate for _, rate in rates), max(rate for _, rate in rates)
    spread = f"r = {number(low, 2)}" + (f" to {number(high, 2)}" if len(rates) > 1 else "")
    return f"{words}; attributions agree with mutagenesis by {spread}"


def _owner(block: Block) -> str:
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

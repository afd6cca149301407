"""The letters around a variant as tall as their contribution, with either allele on one scale."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from convoscope.palette import VERMILION
from convoscope.prediction.variants.alleles import trim_alleles
from convoscope.report.mutation_maps import draw_letters
from convoscope.report.wording import shorten


class Letters(NamedTuple):
    """The letters of one allele's window: their columns, counted from the first that changes, and heights ``(S,)``."""

    name: str
    text: str
    places: np.ndarray
    values: np.ndarray
    changed: int  # columns that the change takes


def alleles_of(letters: pd.DataFrame | None, row: pd.Series) -> list[Letters]:
    """Return the letters around a variant with REF and with ALT; none where nothing is known of it."""
    if letters is None:
        return []
    own = letters[(letters["row"] == row["row"]) & (letters["allele"] == row["allele"])]
    _, ref, alt = trim_alleles(str(row["ref"]).upper(), str(row["alt"]).upper())
    parts = [(name, text, own[own["allele_shown"] == name]) for name, text in (("REF", ref), ("ALT", alt))]
    return [
        Letters(
            f"{name} {shorten(text, 8) or '–'}", "".join(part["letter"]), part["position"].to_numpy(),
            part["contribution"].to_numpy(), max(len(ref), len(alt)),
        )
        for name, text, part in parts
        if len(part)
    ]  # fmt: skip


def alleles_table(alleles: Sequence[Letters], center: int) -> list[pd.DataFrame]:
    """Return what is drawn of a variant, one row per letter: its column as a position, its height, its allele."""
    return [
        pd.DataFrame({
            "part": f"letter with {one.name[:3]}", "start": center + one.places, "end": center + one.places + 1,
            "name": list(one.text), "value": one.values,
        })
        for one in alleles
    ]  # fmt: skip


def draw_alleles(alleles: Sequence[Letters], rows: Sequence[Axes]) -> None:
    """Draw one row for each allele, all of one height per contribution, with a band where they differ."""
    places = np.concatenate([one.places for one in alleles])
    limits: list[tuple[float, float]] = []
    for one, axes in zip(alleles, rows, strict=True):
        draw_letters(one.text, one.places, one.values, axes)
        limits.append(axes.get_ylim())
        axes.axvspan(-0.5, one.changed - 0.5, color=VERMILION, alpha=0.18, zorder=0, linewidth=0)
        axes.set_xlim(places.min() - 0.5, places.max() + 0.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_ylabel(one.name, rotation=0, ha="right", va="center")
    lows, highs = zip(*limits, strict=True)
    for axes in rows:
        axes.set_ylim(min(lows), max(highs))
        axes.tick_params(axis="x", bottom=axes is rows[-1], labelbottom=axes is rows[-1])
        axes.spines["bottom"].set_visible(axes is rows[-1])
    rows[-1].set_xlabel("bp from the variant; letters as tall as their contribution to the raw score")

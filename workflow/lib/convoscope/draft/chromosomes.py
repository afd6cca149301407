"""Which chromosomes validate and which test: those whose shares of the sites are nearest to what is wanted."""

from itertools import chain, combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from convoscope.sequence.contigs import is_organelle

WANTED = 0.15  # share of the sites of every label, in each of the two splits
LEAST, MOST = 0.08, 0.25  # of all sites
TOGETHER = 3  # chromosomes in one split, at most
TRIED = 24  # chromosomes with the most sites


class Held(NamedTuple):
    """Chromosomes that do not train, and their shares of all sites."""

    validation: list[str]
    test: list[str]
    shares: tuple[float, float]


def choose_chromosomes(counts: pd.DataFrame) -> Held | None:
    """Choose chromosomes for validation and test by the number of sites alone; none where no choice fits.

    Parameters
    ----------
    counts
        Sites of every label (column) on every contig (row), in the order of the genome.
    """
    nuclear = counts[[not is_organelle(str(name)) for name in counts.index]]
    largest = nuclear.sum(axis=1).nlargest(TRIED).index
    shares = (nuclear.loc[nuclear.index.isin(largest)] / counts.sum()).fillna(0.0)
    held, total = list[list[str]](), counts.to_numpy().sum()
    for _ in range(2):
        held.append(_nearest(shares))
        shares = shares.drop(held[-1])
    test, validation = held
    parts = [float(counts.loc[names].to_numpy().sum() / max(total, 1)) for names in (validation, test)]
    fits = all(LEAST <= part <= MOST for part in parts) and len(shares)
    present = all((counts.loc[names].sum() > 0).all() for names in held)
    return Held(validation, test, (parts[0], parts[1])) if fits and present else None


def _nearest(shares: pd.DataFrame) -> list[str]:
    """Return the few chromosomes whose share of every label is nearest to the wanted one; of equals the fewest."""
    values = shares.to_numpy()
    sizes = range(1, min(TOGETHER, len(shares)) + 1)
    sets = list(chain.from_iterable(combinations(range(len(shares)), size) for size in sizes))
    far = [np.abs(values[list(chosen)].sum(axis=0) - WANTED).max() for chosen in sets]
    return [str(shares.index[row]) for row in sets[int(np.argmin(np.round(far, 2)))]] if sets else []

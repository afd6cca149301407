"""What could make the metrics too good: copies on two sides, units seen before, classes that go with a batch.

Every check returns findings; a finding is a row of ``audit.tsv``. Columns that nobody named as groups are looked at
too: that a table has a column ``track`` whose values repeat is a hint that cells do.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import pandas as pd

LARGEST = 20_000  # crops compared for likeness
THUMB = 16  # pixels per side
ALIKE = 0.98  # correlation of thumbnails
SMALL = 25  # cells: a unit with this number or fewer is a repeated cell or a small group rather than a batch
FULL = 0.95  # share of a group's cells of one class, or of a class's cells in such groups
OWN = 0.8  # share of a group's cells that makes it one of the class, some labels being wrong
FEWEST = 5  # cells of a group that can be called pure
FEW = 2  # groups of a class among the tested ones that say little of groups in general
OK, NOTE, LEAK = "fine", "look", "leak"


class Finding(NamedTuple):
    """One row of ``audit.tsv``."""

    verdict: str
    check: str
    subject: str
    cells: int
    share: float
    finding: str


def views(crop: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the eight flips and quarter turns of a crop ``(channels, size, size)``."""
    for turns in range(4):
        turned = np.rot90(crop, turns, (1, 2))
        yield turned
        yield turned[:, :, ::-1]


def _fingerprints(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two names per crop ``(n,)``: equal for equal crops, and equal for crops with a view in common."""
    exact, any_view = [], []
    for crop in codes:
        names = [blake2b(np.ascontiguousarray(one).tobytes(), digest_size=16).digest() for one in views(crop)]
        exact.append(names[0])
        any_view.append(min(names))
    return np.array(exact, dtype=object), np.array(any_view, dtype=object)


def copies(codes: np.ndarray, sides: np.ndarray) -> list[Finding]:
    """Look for crops that stand more than once, as they are or turned.

    Parameters
    ----------
    codes
        ``(n, channels, size, size)``.
    sides
        ``(n,)`` split of each crop.
    """
    exact, any_view = _fingerprints(codes)
    numbers = {"exact copies": pd.Series(exact), "flipped or turned copies": pd.Series(any_view)}
    findings = []
    for check, names in numbers.items():
        if check != "exact copies":
            # A crop whose plain copy is elsewhere has been counted already.
            names = names[~pd.Series(exact).duplicated(keep=False)]
        repeated = names.duplicated(keep=False)
        spread = pd.Series(sides)[names.index].groupby(names).transform("nunique") > 1
        crossing = int((repeated & spread).sum())
        total = int(repeated.sum())
        verdict = LEAK if crossing else NOTE if total else OK
        text = f"{total} cells have a copy, {crossing} of them in another split"
        findings.append(Finding(verdict, check, "crops", total, total / len(sides), text))
    return findings


def thumbnails(codes: np.ndarray) -> np.ndarray:
    """Return standardised small versions of crops, ``(n, channels * 16 * 16)`` of unit length."""
    size = codes.shape[-1] // THUMB * THUMB
    step = size // THUMB
    cut = codes[:, :, :size, :size].astype(np.float32)
    small = cut.reshape(*cut.shape[:2], THUMB, step, THUMB, step).mean(axis=(3, 5))
    small -= small.mean(axis=(2, 3), keepdims=True)
    flat = small / np.maximum(np.sqrt(np.square(small).sum(axis=(2, 3), keepdims=True)), 1e-9)
    return flat.reshape(len(flat), -1) / np.sqrt(codes.shape[1])


def near_copies(codes: np.ndarray, sides: np.ndarray, seed: int = 0) -> list[Finding]:
    """Look for test crops that are almost a training crop, in any of its eight views.

    Parameters
    ----------
    codes
        ``(n, channels, size, size)``, size at least 16; of more than ``LARGEST`` a random part is compared.
    sides
        ``(n,)`` split of each crop.
    seed
        Of that part.
    """
    generator = np.random.default_rng(seed)
    known, asked = (np.flatnonzero(sides == side) for side in ("train", "test"))
    known, asked = (
        np.sort(generator.choice(rows, min(len(rows), most), replace=False))
        for rows, most in ((known, LARGEST), (asked, LARGEST // 4))
    )
    if codes.shape[-1] < THUMB or not len(known) or not len(asked):
        return []
    from sklearn.neighbors import NearestNeighbors  # a second, and the ladder's figure reads this module too

    index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(thumbnails(codes[known]))
    turned = [np.stack(group) for group in zip(*(views(crop) for crop in codes[asked]), strict=True)]
    distance = np.min([index.kneighbors(thumbnails(group))[0][:, 0] for group in turned], axis=0)
    alike = 1 - distance**2 / 2 > ALIKE
    total, share = int(alike.sum()), float(alike.mean())
    text = f"{total} of {len(asked)} test cells correlate above {ALIKE} with a training cell"
    return [Finding(LEAK if share > 0.01 else OK if not total else NOTE, "near copies", "crops", total, share, text)]


def shared_values(table: pd.DataFrame, sides: np.ndarray, columns: Sequence[str]) -> list[Finding]:
    """Tell, for every column, how many test cells share its value with a training cell.

    Small units (tracks of one cell, neighbours of one frame) that are on two sides are leaks; batches such as plates
    are only to be known of.

    Parameters
    ----------
    table
        One row per cell, text columns.
    sides
        ``(n,)`` split of each cell.
    columns
        Columns to look at.
    """
    findings = []
    for column in columns:
        values = table[column].to_numpy(object)
        sizes = pd.Series(values).value_counts()
        if not 1 < len(sizes) < len(values):
            continue
        seen = np.isin(values[sides == "test"], values[sides == "train"])
        total, share = int(seen.sum()), float(seen.mean()) if len(seen) else 0.0
        typical = float(sizes[values].median())
        unit = "repeated units" if typical <= SMALL else "batches"
        verdict = OK if not total else LEAK if unit == "repeated units" else NOTE
        text = f"{len(sizes)} values of {typical:g} cells; {share:.0%} of the test cells share theirs with training"
        findings.append(Finding(verdict, unit, column, total, share, text))
    return findings


def confounded(table: pd.DataFrame, classes: np.ndarray, columns: Sequence[str]) -> list[Finding]:
    """Look for classes that can be told from a column alone, because they have its groups to themselves.

    Where every class has groups of its own (proteins under their localisations) that is the design and said once; where
    only some do, the batch gives these classes away.

    Parameters
    ----------
    table
        One row per cell, text columns.
    classes
        ``(n,)`` class of each cell.
    columns
        Columns to look at.
    """
    findings = []
    for column in columns:
        counts = pd.crosstab(table[column].to_numpy(object), classes)
        counts = counts[counts.sum(axis=1) >= FEWEST]
        if len(counts) < 2 or len(counts.columns) < 2:
            continue
        pure = counts.div(counts.sum(axis=1), axis=0) >= FULL
        share = (counts * pure).sum() / pd.Series(classes).value_counts()
        alone = share[share >= FULL]
        owned = counts[counts.div(counts.sum(axis=1), axis=0).max(axis=1) >= OWN].to_numpy().sum()
        if owned >= FULL * counts.to_numpy().sum():
            text = "every class has values of its own: split by this column or one above it"
            findings.append(Finding(NOTE, "nested", column, len(table), 1.0, text))
            continue
        for name, part in alone.items():
            places = counts.index[pure[name]]
            text = f"class {name} has {column} {', '.join(map(str, places[:3]))} to itself: the batch tells the class"
            findings.append(Finding(LEAK, "confounded", f"{name} and {column}", int(counts[name].sum()), part, text))
    return findings


def few_groups(groups: np.ndarray, classes: np.ndarray, sides: np.ndarray) -> list[Finding]:
    """Look for classes that one split tests on few groups, so that the metrics depend on the choice of these.

    Parameters
    ----------
    groups, classes, sides
        ``(n,)`` group that the split keeps together, class and split of each cell. Where every cell is a group of its
        own, and where a split tests nothing, nothing is to be found.
    """
    tested = pd.DataFrame({"class": classes, "group": groups})[sides == "test"]
    if not len(tested) or len(np.unique(groups.astype(str))) == len(groups):
        return []
    counts = tested.groupby("class")["group"].nunique()
    few = counts[counts <= FEW]
    text = f"{len(few)} of {len(counts)} classes are tested on {FEW} groups or fewer"
    advice = ": split.strategy grouped_folds tests every group once" if len(few) else ""
    cells = int(tested["class"].isin(few.index).sum())
    return [Finding(NOTE if len(few) else OK, "few groups", "test", cells, cells / len(tested), text + advice)]

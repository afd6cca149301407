"""Cross-validation over regions of the genome: neighbouring variants share their sequence, so they share their fold."""

import numpy as np
import pandas as pd

from convoscope.errors import InputError
from convoscope.image.splits import deal_groups


def name_regions(chroms: np.ndarray, positions: np.ndarray, size: int) -> np.ndarray:
    """Name the block of ``size`` bp in which each position lies; a contig that is shorter is one region.

    Parameters
    ----------
    chroms
        ``(n,)`` contig of each variant.
    positions
        ``(n,)``, counted from 1.
    size
        bp per region.

    Examples
    --------
    >>> name_regions(np.array(["a", "a", "b"]), np.array([100, 101, 1]), 100).tolist()
    ['a:0', 'a:1', 'b:0']
    """
    return np.array(
        [f"{chrom}:{(pos - 1) // size}" for chrom, pos in zip(chroms, positions, strict=True)], dtype=object
    )


def grouped_folds(classes: np.ndarray, regions: np.ndarray, folds: int, seed: int, where: str) -> np.ndarray:
    """Deal whole regions to folds so that both classes are spread over all of them.

    Parameters
    ----------
    classes
        ``(n,)`` bool.
    regions
        ``(n,)`` region of each row.
    folds
        Number of folds.
    seed
        Equal seeds give equal folds.
    where
        What is split, for messages.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` number of each row's fold.

    Raises
    ------
    InputError
        If there are fewer regions than folds, or a fold would have one class only.
    """
    advice = "take fewer folds, smaller regions, or more variants"
    many = len(np.unique(regions))
    if many < folds:
        raise InputError(f"{where}: {len(regions)} variants in {many} regions; {folds} folds need {folds}; {advice}")
    dealt = deal_groups(classes, regions, folds, seed)
    for fold in range(folds):
        inside = pd.Series(classes[dealt == fold])
        if inside.nunique() < 2:
            found = f"{len(inside)} variants of one class" if len(inside) else "no variant"
            raise InputError(f"{where}: {found} in fold {fold} of {folds}; each needs both classes; {advice}")
    return dealt

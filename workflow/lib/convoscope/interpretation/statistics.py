"""Figures of scipy.stats, which takes a second to import, as long as all else of a job that names motifs."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

CONFIDENCE = 0.95


def false_discovery(p_values: np.ndarray) -> np.ndarray:
    """Return q-values ``(n,)`` by Benjamini and Hochberg 1995, as ``scipy.stats.false_discovery_control``.

    >>> false_discovery(np.array([0.5, 0.6, 0.1, 0.001])).tolist()
    [0.6, 0.6, 0.2, 0.004]
    """
    order = np.argsort(p_values)
    steps = p_values[order] * (len(p_values) / np.arange(1.0, len(p_values) + 1))
    found = np.empty_like(steps)
    found[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return np.clip(found, 0, 1)


def mean_ranks(rows: np.ndarray) -> np.ndarray:
    """Return the ranks of the values of each row ``(rows, n)``, from 1; equal values share the mean of theirs.

    >>> mean_ranks(np.array([[3.0, 1.0, 3.0]])).tolist()
    [[2.5, 1.0, 2.5]]
    """
    return pd.DataFrame(rows).rank(axis=1).to_numpy()


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the interval of a rate by Wilson 1927, as of ``scipy.stats.binomtest``."""
    z, rate = ndtri(0.5 + 0.5 * CONFIDENCE), successes / trials
    scale = 2 * (trials + z**2)
    centre = (2 * trials * rate + z**2) / scale
    reach = z / scale * np.sqrt(4 * trials * rate * (1 - rate) + z**2)
    return float(0.0 if successes == 0 else centre - reach), float(1.0 if successes == trials else centre + reach)

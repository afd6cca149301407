"""What scipy.stats computes of rates, without the second that it takes to import: q-values and an interval."""

import math

import numpy as np
from scipy.special import ndtri


def q_values(p_values: np.ndarray) -> np.ndarray:
    """Return the q-value of each p-value ``(n,)``: the share of wrong ones among those as small or smaller.

    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x; as `scipy.stats.false_discovery_control`.

    >>> q_values(np.array([0.01, 0.5, 0.02])).round(3).tolist()
    [0.03, 0.5, 0.03]
    """
    order, number = np.argsort(p_values), len(p_values)
    adjusted = p_values[order] * (number / np.arange(1, number + 1))
    found = np.empty(number)
    found[order] = np.minimum.accumulate(adjusted[::-1])[::-1]
    return np.clip(found, 0, 1)


def rate_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a rate; as ``proportion_ci("wilson")`` of `scipy.stats.binomtest`.

    Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.

    >>> [round(bound, 3) for bound in rate_interval(9, 10)]
    [0.596, 0.982]
    """
    rate, z = successes / trials, float(ndtri(0.5 + 0.5 * confidence))
    middle = (2 * trials * rate + z**2) / (2 * (trials + z**2))
    reach = z / (2 * (trials + z**2)) * math.sqrt(4 * trials * rate * (1 - rate) + z**2)
    return middle - reach if successes else 0.0, middle + reach if successes < trials else 1.0

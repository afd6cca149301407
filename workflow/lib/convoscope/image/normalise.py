"""From camera counts to numbers about 0: an offset and a scale per channel, from a stated part of the data.

A normalised pixel is ``(count - offset) / scale``; for ``log`` the logarithm takes the place of the count. What offset
and scale are is the strategy; what they are taken from (each crop, the training split, each group of a column) is the
scope. They never read a label, and statistics of the training split never read a test crop.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import CROP, TRAINING

if TYPE_CHECKING:
    from torch import Tensor

CHUNK = 1024  # crops read at once
LOW, HIGH = 0.01, 0.99
LEAST = 0.5  # grey levels: what flickers between two neighbouring ones deviates by no more


class Statistics(NamedTuple):
    """Offset and scale, each ``(channels,)``."""

    offset: np.ndarray
    scale: np.ndarray


def histogram(codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Count how often each value occurs in each channel.

    Parameters
    ----------
    codes
        ``(n, channels, height, width)`` uint8 or uint16, read in chunks so that memory does not grow with ``n``.
    rows
        Row numbers.

    Returns
    -------
    ``(channels, 256 or 65536)`` int64.
    """
    values = int(np.iinfo(codes.dtype).max) + 1
    counts = np.zeros((codes.shape[1], values), dtype=np.int64)
    for start in range(0, len(rows), CHUNK):
        part = np.asarray(codes[rows[start : start + CHUNK]])
        for channel, total in enumerate(counts):
            total += np.bincount(part[:, channel].ravel(), minlength=values)
    return counts


def standard(counts: np.ndarray, values: np.ndarray | None = None) -> Statistics:
    """Return mean and standard deviation of each channel's histogram ``(channels, values)``; values count from 0.

    They are taken from differences to the smallest value, so that the deviation of a constant channel is exactly 0.
    """
    values, total = np.arange(counts.shape[1]) if values is None else values, counts.sum(axis=1)
    low = values[(counts > 0).argmax(axis=1)]
    above = values - low[:, None]
    mean = (counts * above).sum(axis=1) / total
    return Statistics(low + mean, np.sqrt((counts * np.square(above - mean[:, None])).sum(axis=1) / total))


def log(counts: np.ndarray) -> Statistics:
    """Return mean and standard deviation of the logarithm of one more than the count."""
    return standard(counts, np.log1p(np.arange(counts.shape[1])))


def percentile(counts: np.ndarray) -> Statistics:
    """Return the 1st percentile of each channel and its distance to the 99th, at least the standard deviation.

    Where a channel is sparse, such as few bright spots on an even background, the percentiles lie next to each other
    or are the same; the standard deviation then keeps the spots near the numbers of other channels.
    """
    below, total = np.cumsum(counts, axis=1), counts.sum(axis=1, keepdims=True)
    low, high = ((below >= share * total).argmax(axis=1).astype(np.float64) for share in (LOW, HIGH))
    return Statistics(low, np.maximum(high - low, standard(counts).scale))


def _bit_depth(counts: np.ndarray) -> Statistics:
    """Return 0 and the camera's largest value, whatever the crops hold."""
    channels, values = counts.shape
    return Statistics(np.zeros(channels), np.full(channels, values - 1.0))


def _mean_and_deviation(pixels: "Tensor") -> tuple["Tensor", "Tensor"]:
    """Return mean and standard deviation of pixels ``(batch, channels, pixels)``, each ``(batch, channels)``."""
    return pixels.mean(2), _deviation(pixels)


def _deviation(pixels: "Tensor") -> "Tensor":
    """Return the standard deviation of pixels ``(batch, channels, pixels)``: torch's `std`, in a third of its time."""
    import torch  # takes seconds, and what is fitted to a histogram needs none

    wide = pixels.to(torch.float64, memory_format=torch.contiguous_format)
    return (wide - wide.mean(2, keepdim=True)).square_().mean(2).sqrt_().to(pixels.dtype)


def _inner_range(pixels: "Tensor") -> tuple["Tensor", "Tensor"]:
    """Return what `percentile` does, of pixels ``(batch, channels, pixels)``, each ``(batch, channels)``."""
    ordered = pixels.sort(2).values
    # The same order statistic as in a histogram: the least value that so large a share does not exceed.
    low, high = (ordered[:, :, max(0, -int(-share * pixels.shape[2] // 1) - 1)] for share in (LOW, HIGH))
    return low, (high - low).maximum(_deviation(pixels))


class Strategy(NamedTuple):
    """How to normalise: `Statistics` of a histogram of counts, and the same of the pixels of each crop alone.

    ``of_crops`` is None where the range is the camera's, whatever the crops are. ``logarithm``: pixels are the
    logarithm of one more than the count.
    """

    of_counts: Callable[[np.ndarray], Statistics]
    of_crops: Callable[["Tensor"], tuple["Tensor", "Tensor"]] | None
    logarithm: bool = False


# The functions of `convoscope.config.strategies.NORMALISATIONS`.
STRATEGIES = {
    "standard": Strategy(standard, _mean_and_deviation),
    "log": Strategy(log, _mean_and_deviation, logarithm=True),
    "percentile": Strategy(percentile, _inner_range),
    "depth": Strategy(_bit_depth, None),
}


def fit_crops(codes: np.ndarray, rows: np.ndarray, strategy: str) -> dict[str, list[float]]:
    """Return offset and scale of some crops, as the card keeps them."""
    return fit_counts(histogram(codes, rows), strategy)


def fit_counts(counts: np.ndarray, strategy: str) -> dict[str, list[float]]:
    """Return offset and scale of histograms ``(channels, values)``, as the card keeps them.

    A constant channel has the range of the camera as its scale, so that other crops in which it is none stay near 0.
    One that deviates by less than half a grey level, such as a dead one with a few bright pixels, has its own range:
    its noise is not blown up, and sparse photons or masks of 0 and 1 are still told apart.
    """
    row = STRATEGIES[strategy]
    offset, scale = row.of_counts(counts)
    if row.of_crops:
        low, high = value_range(counts)
        span = np.log1p(high) - np.log1p(low) if row.logarithm else high - low
        scale = np.where(standard(counts).scale < LEAST, span, scale)
    whole = full_scale(strategy, counts.shape[1] - 1)
    return {"offset": [float(value) for value in offset], "scale": [float(value) or whole for value in scale]}


def value_range(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest value of each channel's histogram ``(channels, values)``.

    >>> [ends.tolist() for ends in value_range(np.array([[0, 2, 0, 1, 0]]))]
    [[1], [3]]
    """
    found = counts > 0
    return found.argmax(axis=1), counts.shape[1] - 1 - found[:, ::-1].argmax(axis=1)


def full_scale(strategy: str, largest: int) -> float:
    """Return the range of a camera, or of the logarithms of its counts: the scale of a constant channel."""
    return float(np.log1p(largest)) if STRATEGIES[strategy].logarithm else float(largest)


def group_rows(groups: Iterable[str]) -> dict[str, np.ndarray]:
    """Return the rows of every group: ``groups`` names that of each row."""
    names = np.asarray(list(groups), dtype=object)
    return {str(name): np.flatnonzero(names == name) for name in dict.fromkeys(names)}


def fitted_rows(scope: str, table: pd.DataFrame, training: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the rows that each set of statistics is taken from: by fold, by group, or none for crops alone.

    Parameters
    ----------
    scope
        ``crop``, ``training``, or a column of the table.
    table
        One row per crop.
    training
        The training rows of every fold.
    """
    if scope == CROP:
        return {}
    return dict(training) if scope == TRAINING else group_rows(table[scope])


def of_fold(settings: Mapping[str, Any], fold: str) -> dict[str, Any]:
    """Return how a card says that one fold is normalised: strategy, scope, and the figures of this fold.

    Where trials chose the scope, they are there too.

    >>> settings = {"strategy": "log", "scope": "training", "figures": {"0": "first", "1": "second"}}
    >>> of_fold(settings, "1")
    {'strategy': 'log', 'scope': 'training', 'figures': 'second'}
    >>> of_fold({"strategy": "log", "scope": "auto", "folds": {"0": settings | {"scope": "plate"}}}, "0")["scope"]
    'plate'
    """
    if "folds" in settings:
        return dict(settings["folds"][fold])
    figures = settings["figures"]
    return {**settings, "figures": figures.get(fold) if settings["scope"] == TRAINING else figures}


def transformed(crops: "Tensor", strategy: str) -> "Tensor":
    """Apply the transformation of a strategy: the counts themselves, or their logarithm."""
    return crops.log1p() if STRATEGIES[strategy].logarithm else crops


def each_alone(crops: "Tensor", strategy: str, largest: int) -> "Tensor":
    """Normalise every crop by its own statistics.

    Parameters
    ----------
    crops
        ``(batch, channels, height, width)`` float.
    strategy
        A row of ``STRATEGIES``.
    largest
        The camera's largest value.
    """
    measure = STRATEGIES[strategy].of_crops
    if measure is None:
        return crops / largest
    even = _deviation(crops.flatten(2)) < LEAST
    crops = transformed(crops, strategy)
    crops = crops - crops[..., :1, :1]  # so that sums are exact, and a constant channel exactly 0
    offset, scale = measure(crops.flatten(2))
    crops = crops.contiguous()  # with channels last, as they come in trainings, the rest takes several times as long
    flat = crops.flatten(2)
    scale = (flat.amax(2) - flat.amin(2)).where(even, scale)
    scale = scale.where(scale > 0, 1.0)
    return (crops - offset[..., None, None]) / scale[..., None, None]

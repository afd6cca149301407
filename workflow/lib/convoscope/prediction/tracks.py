"""Predictions along a genome, contig by contig in bounded memory.

The genome is parted into spans of ``step`` bp, ``[k * step, (k + 1) * step)``. The value of a span is the prediction
of the window whose centre base (see `window_start`) is the base ``k * step + step // 2``, the middle one of the span.
Spans whose window does not lie within the contig, or has too many unknown letters, have no value.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

import numpy as np

from convoscope.prediction.ensemble import Ensemble, predictions
from convoscope.prediction.scan import scores
from convoscope.sequence.alphabet import Alphabet, encode
from convoscope.sequence.windows import window_start

STRETCH = 1 << 20  # letters of a contig that are read and predicted at once
MAX_UNKNOWN = 0.1  # of the letters of a window, as in training where the configuration does not say otherwise


class Settings(NamedTuple):
    """How a genome or sequence is scanned; see `scan.scores`."""

    step: int
    both_strands: bool = False
    threads: int = 1
    max_unknown: float = MAX_UNKNOWN


class Spans(NamedTuple):
    """The spans of a contig that have a window: the number of the first one, and how many."""

    first: int
    several: int


def spans_of(size: int, window: int, step: int) -> Spans:
    """Return which spans of a contig of ``size`` bp have a window within it.

    >>> spans_of(100, 21, 10)  # middles 15, 25, …, 85; that of the first span, 5, is too near to the end
    Spans(first=1, several=8)
    """
    before = first_base(0, window, step)
    first = max(-(before // step), 0)
    last = (size - window - before) // step
    return Spans(first, max(last - first + 1, 0))


def first_base(number: int, window: int, step: int) -> int:
    """Return where the window of a span starts, which may be before the contig does."""
    return int(cast(int, window_start(number * step + step // 2, window)))


def unknown_shares(codes: np.ndarray, alphabet: Alphabet, window: int, step: int) -> np.ndarray:
    """Return the share of ambiguous letters of every window of a stretch of codes ``(letters,)``.

    >>> from convoscope.sequence.alphabet import ALPHABETS
    >>> unknown_shares(np.array([0, 14, 14, 1, 2]), ALPHABETS["dna"], 2, 1).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    total = np.concatenate([[0], np.cumsum(codes >= len(alphabet.letters), dtype=np.int64)])
    return (total[window:] - total[:-window])[::step] / window


def predict_stretch(networks: Ensemble, codes: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over members of the predictions of all windows, ``(windows, labels)`` each.

    Windows with too many unknown letters have NaN.
    """
    raw = scores(networks, codes, settings.step, settings.both_strands, settings.threads)
    found = predictions(networks, raw)
    mean, spread = found.mean(axis=0), found.std(axis=0)
    if len(mean):
        shares = unknown_shares(codes, networks.alphabet, networks.window, settings.step)
        mean[shares > settings.max_unknown] = np.nan
    return mean, spread


class Contig(NamedTuple):
    """A contig, by what gives the letters of a half-open interval of it; ``where`` names it in errors."""

    where: str
    size: int
    fetch: Callable[[int, int], str]


def predict_contig(networks: Ensemble, contig: Contig, settings: Settings) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the mean predictions ``(spans, labels)`` of a contig's spans in order, and how many bp those are."""
    spans, step = spans_of(contig.size, networks.window, settings.step), settings.step
    most, end = max(STRETCH // step, 1), spans.first + spans.several
    for number in range(spans.first, end, most):
        count = min(most, end - number)
        start = first_base(number, networks.window, step)
        letters = contig.fetch(start, start + (count - 1) * step + networks.window)
        codes = encode(letters, networks.alphabet, f"{contig.where} from base {start + 1} on")
        yield predict_stretch(networks, codes, settings)[0], count * step

"""Predictions along a genome: contig by contig in bounded memory, and as one bigWig per label.

The genome is parted into spans of ``step`` bp, ``[k * step, (k + 1) * step)``. The value of a span is the prediction
of the window whose centre base (see `window_start`) is the base ``k * step + step // 2``, the middle one of the span.
Spans whose window does not lie within the contig, or has too many unknown letters, have no value.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import numpy as np
import pyBigWig

from convoscope.errors import InputError
from convoscope.prediction.ensemble import Ensemble, predictions
from convoscope.prediction.scan import scores
from convoscope.sequence.alphabet import Alphabet, encode
from convoscope.sequence.genome import runs
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


def file_names(labels: Sequence[str]) -> list[str]:
    """Return the name of each label's bigWig; what has a meaning in paths is percent-encoded.

    >>> file_names(["Reb1", "a/b c"])
    ['Reb1.bw', 'a%2Fb%20c.bw']
    """
    return [quote(label, safe="+-._") + ".bw" for label in labels]


def in_bigwig_order(contigs: Iterable[str]) -> list[str]:
    """Return contigs in the order of their bytes, by which UCSC's programs search a bigWig."""
    return sorted(contigs, key=str.encode)


def open_bigwig(path: Path, sizes: dict[str, int]) -> Any:
    """Open a bigWig for writing with all contigs in its header."""
    track = pyBigWig.open(str(path), "w")
    track.addHeader([(chrom, sizes[chrom]) for chrom in in_bigwig_order(sizes)])
    return track


def add_contig(track: Any, chrom: str, size: int, values: np.ndarray, step: int, first: int) -> None:
    """Add the values ``(spans,)`` of a contig, from span ``first`` on, to a bigWig; those that are NaN are left out.

    Parameters
    ----------
    track
        Of `open_bigwig`; contigs come in its order.
    chrom, size
        The contig and its length, at which a last span that reaches beyond is cut.
    values
        Of the spans.
    step, first
        bp of a span, and number of the first one.
    """
    for low, high in runs(~np.isnan(values)).tolist():
        start, rest = (first + low) * step, size - (first + high - 1) * step
        whole = high - (rest < step)
        if whole > low:
            track.addEntries(chrom, start, values=values[low:whole].astype(np.float64), span=step, step=step)
        if whole < high:
            track.addEntries([chrom], [size - rest], ends=[size], values=[float(values[high - 1])])


def read_points(path: Path, chroms: Sequence[str], positions: Sequence[int]) -> np.ndarray:
    """Return the values of a bigWig at single bases ``(N,)``, NaN where it has none.

    Raises
    ------
    InputError
        If it is not a bigWig.
    """
    try:
        track = pyBigWig.open(str(path))
    except RuntimeError:
        raise InputError(f"{path}: cannot be opened as bigWig; give one that the verb predict-genome wrote") from None
    with track:
        sizes = track.chroms()
        found = np.full(len(positions), np.nan)
        for row, (chrom, position) in enumerate(zip(chroms, positions, strict=True)):
            if 0 <= position < sizes.get(chrom, 0):
                found[row] = track.values(chrom, int(position), int(position) + 1)[0]
    return found

"""Predictions along a genome, contig by contig in bounded memory.

The genome is parted into spans of ``step`` bp, ``[k * step, (k + 1) * step)``. The value of a span is the prediction
of the window whose centre base (see `window_start`) is the base ``k * step + step // 2``, the middle one of the span.
Spans whose window does not lie within the contig, or has too many unknown letters, have no value. Networks that know
the strand give two values, of the window as each strand reads it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from convoscope.models.symmetry import knows_strand
from convoscope.prediction.ensemble import Ensemble, predictions
from convoscope.prediction.scan import stretch_scores
from convoscope.sequence.alphabet import ALPHABETS, Alphabet, encode_text, read_strand
from convoscope.sequence.windows import window_start

STRANDS = {"+": "plus", "-": "minus"}
STRETCH = 1 << 20  # letters of a contig that are read and predicted at once
MAX_UNKNOWN = 0.1  # of the letters of a window, as in training where the configuration does not say otherwise


class ScanSettings(NamedTuple):
    """How a genome or sequence is scanned; see `scan.stretch_scores`. ``strands``: which of the genome are read."""

    step: int
    both_strands: bool = False
    threads: int = 1
    max_unknown: float = MAX_UNKNOWN
    strands: tuple[str, ...] = ("+",)


class Spans(NamedTuple):
    """The spans of a contig that have a window: the number of the first one, and how many."""

    first: int
    several: int


def spans_of(size: int, window: int, step: int, strands: Sequence[str] = ("+",)) -> Spans:
    """Return which spans of a contig of ``size`` bp have a window within it, on one of the strands at least.

    >>> spans_of(100, 21, 10)  # middles 15, 25, …, 85; that of the first span, 5, is too near to the end
    Spans(first=1, several=8)
    >>> spans_of(20, 10, 5), spans_of(20, 10, 5, "-"), spans_of(20, 10, 5, "+-")  # middles 7 and 12; 7; 7 and 12
    (Spans(first=1, several=2), Spans(first=1, several=2), Spans(first=1, several=2))
    """
    found = [_strand_spans(size, window, step, strand) for strand in strands]
    filled = [spans for spans in found if spans.several] or found[:1]
    first = min(spans.first for spans in filled)
    return Spans(first, max(spans.first + spans.several for spans in filled) - first)


def _strand_spans(size: int, window: int, step: int, strand: str) -> Spans:
    """Return which spans of a contig have a window within it that is read from one strand."""
    before = first_base(0, window, step, strand)
    first = max(-(before // step), 0)
    last = (size - window - before) // step
    return Spans(first, max(last - first + 1, 0))


def first_base(number: int, window: int, step: int, strand: str = "+") -> int:
    """Return where the window of a span starts, which may be before the contig does."""
    return int(cast(int, window_start(number * step + step // 2, window, strand == "-")))


def strands_of(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the strands that are read of a genome: both, each for itself, where the networks know the strand."""
    return tuple(STRANDS) if knows_strand(facts) and ALPHABETS[facts["alphabet"]].complement else ("+",)


def names_of_tracks(labels: Sequence[str], strands: Sequence[str]) -> list[str]:
    """Return the name of every track: the label's, or of several strands ``<label>.plus``, …, ``<label>.minus``, ….

    >>> names_of_tracks(["a", "b"], ["+"]), names_of_tracks(["a", "b"], ["+", "-"])
    (['a', 'b'], ['a.plus', 'b.plus', 'a.minus', 'b.minus'])
    """
    if len(strands) == 1:
        return list(labels)
    return [f"{label}.{STRANDS[strand]}" for strand in strands for label in labels]


def unknown_shares(codes: np.ndarray, alphabet: Alphabet, window: int, step: int) -> np.ndarray:
    """Return the share of ambiguous letters of every window of a stretch of codes ``(letters,)``.

    >>> from convoscope.sequence.alphabet import ALPHABETS
    >>> unknown_shares(np.array([0, 14, 14, 1, 2]), ALPHABETS["dna"], 2, 1).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    total = np.concatenate([[0], np.cumsum(codes >= len(alphabet.letters), dtype=np.int64)])
    return (total[window:] - total[:-window])[::step] / window


def predict_stretch(networks: Ensemble, codes: np.ndarray, settings: ScanSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over members of the predictions of all windows, ``(windows, labels)`` each.

    Windows with too many unknown letters have NaN.
    """
    raw = stretch_scores(networks, codes, settings.step, settings.both_strands, settings.threads)
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


def predict_contig(networks: Ensemble, contig: Contig, settings: ScanSettings) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the mean predictions of a contig's spans in order, and how many bp those are.

    They are ``(spans, strands * labels)``, all labels of a strand together.
    """
    spans, step = spans_of(contig.size, networks.window, settings.step, settings.strands), settings.step
    most, end = max(STRETCH // step, 1), spans.first + spans.several
    for number in range(spans.first, end, most):
        numbers = range(number, min(number + most, end))
        parts = [_predict_spans(networks, contig, settings, strand, numbers) for strand in settings.strands]
        yield np.concatenate(parts, axis=1), len(numbers) * step


def _predict_spans(
    networks: Ensemble, contig: Contig, settings: ScanSettings, strand: str, numbers: range
) -> np.ndarray:
    """Return the mean predictions ``(spans, labels)`` of spans as a strand reads them, NaN where there is no window."""
    window, step = networks.window, settings.step
    own = _strand_spans(contig.size, window, step, strand)
    inside = range(max(numbers.start, own.first), min(numbers.stop, own.first + own.several))
    found = np.full((len(numbers), len(networks.labels)), np.nan, dtype=np.float32)
    if inside:
        start = first_base(inside.start, window, step, strand)
        letters = contig.fetch(start, start + (len(inside) - 1) * step + window)
        text = read_strand(letters, strand, networks.alphabet)
        codes = encode_text(text, networks.alphabet, f"{contig.where} from base {start + 1} on")
        values = predict_stretch(networks, codes, settings)[0]
        # Read backwards, the last window comes first.
        found[inside.start - numbers.start :][: len(inside)] = values[::-1] if strand == "-" else values
    return found

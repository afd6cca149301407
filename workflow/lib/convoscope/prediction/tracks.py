"""Predictions along a genome, contig by contig in bounded memory.

The genome is parted into spans of ``step`` bp, ``[k * step, (k + 1) * step)``. The value of a span is the prediction
of the window whose centre base (see `window_start`) is the base ``k * step + step // 2``, the middle one of the span.
Spans whose window does not lie within the contig, or has too many unknown letters, have no value. Networks that know
the strand give two values, of the window as each strand reads it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
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


@lru_cache(maxsize=1 << 18)  # asked for several times for each of many contigs
def spans_of(size: int, window: int, step: int, strands: tuple[str, ...] | str = ("+",)) -> Spans:
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
        yield from _predict_pieces(networks, [Piece(contig, range(number, min(number + most, end)))], settings)


def predict_joined(
    networks: Ensemble, contigs: Sequence[Contig], settings: ScanSettings
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield for each of several short contigs what `predict_contig` does, from one stretch of all of them.

    Many contigs cost no more than one of their total length.
    """
    spans = [spans_of(contig.size, networks.window, settings.step, settings.strands) for contig in contigs]
    numbers = [range(one.first, one.first + one.several) for one in spans]
    return _predict_pieces(networks, list(map(Piece, contigs, numbers)), settings)


class Piece(NamedTuple):
    """Spans of a contig, by their numbers."""

    contig: Contig
    numbers: range


def _predict_pieces(
    networks: Ensemble, pieces: Sequence[Piece], settings: ScanSettings
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the mean predictions of the spans of each piece, and how many bp they are."""
    strands = [_predict_strand(networks, pieces, settings, strand) for strand in settings.strands]
    for parts in zip(*strands, strict=True):
        yield np.concatenate(parts, axis=1), len(parts[0]) * settings.step


def _predict_strand(
    networks: Ensemble, pieces: Sequence[Piece], settings: ScanSettings, strand: str
) -> list[np.ndarray]:
    """Return the mean predictions ``(spans, labels)`` of pieces as a strand reads them, NaN where is no window.

    The pieces are laid out as one stretch, each from a multiple of the step on; windows on two pieces are not used.
    """
    readable = [_readable(piece, networks.window, settings.step, strand) for piece in pieces]
    codes = [
        _read_codes(networks, piece.contig, settings.step, strand, inside)
        for piece, inside in zip(pieces, readable, strict=True)
    ]
    places = [0, *accumulate(-(-len(part) // settings.step) for part in codes)]
    stretch = np.zeros(places[-1] * settings.step, dtype=np.uint8)
    for place, part in zip(places, codes, strict=False):
        stretch[place * settings.step :][: len(part)] = part
    values = predict_stretch(networks, stretch, settings)[0]
    found = [np.full((len(piece.numbers), len(networks.labels)), np.nan, dtype=np.float32) for piece in pieces]
    for place, inside, piece, spans in zip(places, readable, pieces, found, strict=False):
        own = values[place:][: len(inside)]
        # Read backwards, the last window comes first.
        spans[inside.start - piece.numbers.start :][: len(inside)] = own[::-1] if strand == "-" else own
    return found


def _readable(piece: Piece, window: int, step: int, strand: str) -> range:
    """Return which spans of a piece have a window that lies within the contig on a strand."""
    own = _strand_spans(piece.contig.size, window, step, strand)
    first = max(piece.numbers.start, own.first)
    return range(first, max(min(piece.numbers.stop, own.first + own.several), first))


def _read_codes(networks: Ensemble, contig: Contig, step: int, strand: str, numbers: range) -> np.ndarray:
    """Return the codes of the letters under the windows of spans, as a strand reads them; none of no span."""
    if not numbers:
        return np.empty(0, dtype=np.uint8)
    start = first_base(numbers.start, networks.window, step, strand)
    letters = contig.fetch(start, start + (len(numbers) - 1) * step + networks.window)
    text = read_strand(letters, strand, networks.alphabet)
    return encode_text(text, networks.alphabet, f"{contig.where} from base {start + 1} on")

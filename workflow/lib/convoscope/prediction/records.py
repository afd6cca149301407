"""Sequences to predict, of FASTA files or given as text: their windows, and why some have none."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.tracks import STRETCH, ScanSettings, predict_stretch
from convoscope.prediction.windows import BATCH, ILLEGAL_LETTER, UNKNOWN, predict_windows, read_codes
from convoscope.sequence.fitting import fit_text, pad_letter
from convoscope.sequence.nucleotides import holds_nucleotides

SHORT, NUCLEOTIDES = "shorter_than_window", "nucleotides_for_proteins"
FEW = 64  # windows of a sequence from which on they are scanned together, and not batched with those of others


class FastaRecord(NamedTuple):
    """A sequence of a FASTA file: its number from 1, the first word of its header, its letters."""

    number: int
    name: str
    letters: str


class Waiting(NamedTuple):
    """A sequence whose windows wait for those of others: its codes ``(letters,)`` and where its windows begin."""

    record: FastaRecord
    codes: np.ndarray
    starts: np.ndarray


class Dropped(NamedTuple):
    """A record without a window, and why."""

    record: FastaRecord
    reason: str


class Predicted(NamedTuple):
    """Windows: number and name of the record of each ``(N,)``, its start ``(N,)``, mean and spread ``(N, labels)``.

    Mean is NaN where too many letters are unknown.
    """

    numbers: np.ndarray
    names: np.ndarray
    starts: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


def read_fasta(path: Path) -> Iterator[FastaRecord]:
    """Yield the records of a FASTA file, plain or gzipped, one at a time.

    Raises
    ------
    InputError
        If there is none, or the file does not begin with one.
    """
    with open_text(path) as stream:
        first = next((line for line in stream if line.strip()), "")
        if not first.startswith(">"):
            found = f"begins with {first.strip()[:20]!r}" if first else "is empty"
            raise InputError(f"{path}: not FASTA: {found}; records begin with '>'")
        number, title, letters = 1, first[1:], bytearray()
        for line in stream:
            if line.startswith(">"):
                record = _fasta_record(number, title, letters)
                number, title, letters = number + 1, line[1:], bytearray()  # a chromosome is not held twice
                yield record
            else:
                letters += line.replace(" ", "").rstrip().encode()
        record = _fasta_record(number, title, letters)
        del letters
        yield record


def _fasta_record(number: int, title: str, letters: bytearray) -> FastaRecord:
    """Return a record by the first word of its title, or by its number if it has none."""
    return FastaRecord(number, (title.split() or [f"record{number}"])[0], letters.decode())


def fit_records(
    networks: Ensemble, records: Iterable[FastaRecord], max_unknown: float
) -> Iterator[FastaRecord | Dropped]:
    """Pad or crop records as those of the training were; pads are no unknown letters of theirs.

    Records with too many of their own are dropped, and DNA and RNA that are given for proteins.
    """
    place = networks.facts.get("card", {}).get("fit")
    letters = frozenset(networks.alphabet.letters.lower() + networks.alphabet.letters)
    pad = pad_letter(networks.alphabet)
    for record in records:
        known = sum(map(record.letters.count, letters))
        if holds_nucleotides(record.letters, networks.alphabet):
            yield Dropped(record, NUCLEOTIDES)
        elif place and known < (1 - max_unknown) * len(record.letters):
            yield Dropped(record, UNKNOWN)
        elif place and record.letters:
            yield record._replace(letters=fit_text(record.letters, networks.window, place, pad))
        else:
            yield record


def predict_records(
    networks: Ensemble, records: Iterable[FastaRecord | Dropped], settings: ScanSettings
) -> Iterator[Predicted | Dropped]:
    """Predict the windows of sequences at every step from their first letter on, and the last window that fits.

    What is predicted comes in order, and so do the sequences without a window. The windows of short sequences are
    predicted together with those of their neighbours; those of long ones share their work.
    """
    waiting: list[Waiting] = []
    count = 0
    for record in records:
        if isinstance(record, Dropped):
            yield record
            continue
        codes, illegal = read_codes([record.letters], networks.alphabet)
        starts = starts_of(len(record.letters), networks.window, settings.step)
        if illegal[0] or not len(starts):
            yield Dropped(record, ILLEGAL_LETTER if illegal[0] else SHORT)
            continue
        if len(starts) >= FEW or count >= BATCH:
            yield from _predict_waiting(networks, waiting, settings)
            waiting, count = [], 0
        if len(starts) >= FEW:
            yield from _predict_long(networks, record, codes[0], settings)
        else:
            waiting.append(Waiting(record, codes[0], starts))
            count += len(starts)
    yield from _predict_waiting(networks, waiting, settings)


def starts_of(length: int, window: int, step: int) -> np.ndarray:
    """Return where the windows of a sequence begin: at every step, and so that the last one ends with the sequence.

    >>> starts_of(12, 5, 3).tolist(), starts_of(11, 5, 3).tolist(), starts_of(4, 5, 3).tolist()
    ([0, 3, 6, 7], [0, 3, 6], [])
    """
    last = length - window
    starts = np.arange(0, last + 1, step)
    return np.append(starts, last) if last % step and last > 0 else starts


def _predict_waiting(networks: Ensemble, waiting: Sequence[Waiting], settings: ScanSettings) -> Iterator[Predicted]:
    """Predict the windows of several sequences together."""
    if waiting:
        sizes = [len(one.starts) for one in waiting]
        numbers = np.repeat([one.record.number for one in waiting], sizes)
        names = np.repeat(np.array([one.record.name for one in waiting], dtype=object), sizes)
        windows = np.concatenate([sliding_window_view(one.codes, networks.window)[one.starts] for one in waiting])
        starts = np.concatenate([one.starts for one in waiting])
        yield Predicted(numbers, names, starts, *predict_windows(networks, windows, settings))


def _predict_long(
    networks: Ensemble, record: FastaRecord, codes: np.ndarray, settings: ScanSettings
) -> Iterator[Predicted]:
    """Predict the windows of one sequence, some at a time, and its last one on its own."""
    most = max(STRETCH // settings.step, 1) * settings.step
    for start in range(0, len(codes) - networks.window + 1, most):
        part = codes[start : start + most - settings.step + networks.window]
        mean, spread = predict_stretch(networks, part, settings)
        starts = start + np.arange(len(mean)) * settings.step
        numbers, names = np.full(len(mean), record.number), np.full(len(mean), record.name, dtype=object)
        yield Predicted(numbers, names, starts, mean, spread)
    last = len(codes) - networks.window
    if last % settings.step:
        found = predict_windows(networks, codes[np.newaxis, last:], settings)
        yield Predicted(np.array([record.number]), np.array([record.name], dtype=object), np.array([last]), *found)

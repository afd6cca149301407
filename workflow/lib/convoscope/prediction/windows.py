"""Windows to predict, of intervals on a genome and of sequences: their codes, and why some cannot be predicted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from convoscope.errors import InputError
from convoscope.files import open_packed, open_text
from convoscope.prediction.ensemble import Ensemble, predictions, scores
from convoscope.prediction.tracks import STRETCH, ScanSettings, predict_stretch
from convoscope.sequence.alphabet import ILLEGAL, Alphabet, lookup
from convoscope.sequence.codes import letters
from convoscope.sequence.contigs import Contigs, rename_rows
from convoscope.sequence.fitting import fit_text, pad_letter
from convoscope.sequence.nucleotides import holds_nucleotides
from convoscope.sequence.orientation import centers_in_direction, has_strand, on_minus
from convoscope.sequence.usable_regions import first_reason
from convoscope.sequence.windows import window_start
from convoscope.tables import write_table

SHORT, UNKNOWN, ILLEGAL_LETTER = "shorter_than_window", "unknown_letters", "letter_not_in_alphabet"
NUCLEOTIDES = "nucleotides_for_proteins"
FEW = 64  # windows of a sequence from which on they are scanned together, and not batched with those of others
BATCH = 4096  # windows that are predicted and written together


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


def place_sites(
    sites: pd.DataFrame, contigs: Contigs, window: int, source: str, direction: str = "forward"
) -> pd.DataFrame:
    """Return ``chrom start end strand reason`` of the window of every site, on the genome's contigs.

    ``source`` is the sites' file, for messages. Reasons: ``unknown_contig``, ``out_of_bounds``, and ``no_strand`` where
    windows have their site's direction; empty where the window can be read.
    """
    chrom = rename_rows(sites, contigs, source)["chrom"]
    center, minus = centers_in_direction(sites, direction), on_minus(sites, direction)
    start = cast(pd.Series, window_start(center, window, minus))
    size = chrom.map(contigs.sizes)
    outside = (start < 0) | (start + window > size) | (sites["end"] > size)
    checks = {
        "unknown_contig": size.isna().to_numpy(),
        "out_of_bounds": outside.to_numpy(),
        "no_strand": (direction == "site") & ~has_strand(sites),
    }
    places = {"chrom": chrom, "start": start, "end": start + window, "strand": sites["strand"]}
    return pd.DataFrame({**places, "reason": first_reason(checks)})


def read_codes(texts: Sequence[str], alphabet: Alphabet) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes ``(N, L)`` of texts of one length, and which of them have a letter of another alphabet.

    Those have code 0 in its place.

    >>> from convoscope.sequence.alphabet import ALPHABETS
    >>> [part.tolist() for part in read_codes(["AC", "gE"], ALPHABETS["dna"])]
    [[[0, 1], [2, 0]], [False, True]]
    """
    text, table = "".join(texts), lookup(alphabet)
    flat = np.empty(len(text), dtype=np.uint8)
    # Piece by piece: a chromosome is held as letters and as codes, and not in between as well.
    for low in range(0, len(text), STRETCH):
        piece = text[low : low + STRETCH].encode("ascii", "replace")
        flat[low : low + STRETCH] = table[np.frombuffer(piece, dtype=np.uint8)]
    codes = flat.reshape(len(texts), -1)
    illegal = codes.max(axis=1, initial=0) == ILLEGAL
    for row in np.flatnonzero(illegal):
        codes[row, codes[row] == ILLEGAL] = 0
    return codes, illegal


def predict_windows(networks: Ensemble, codes: np.ndarray, settings: ScanSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over members for codes ``(N, window)``, ``(N, labels)`` each.

    Windows with too many unknown letters have NaN.
    """
    found = predictions(networks, scores(networks, codes, settings.both_strands))
    mean, spread = found.mean(axis=0), found.std(axis=0)
    mean[(codes >= len(networks.alphabet.letters)).mean(axis=1) > settings.max_unknown] = np.nan
    return mean, spread


def predict_places(
    networks: Ensemble, fasta: Path, places: pd.DataFrame, settings: ScanSettings, direction: str = "forward"
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Predict windows on a genome, some at a time.

    Parameters
    ----------
    networks
        The ensemble.
    fasta
        Indexed FASTA.
    places
        Of `place_sites`, without those that have a reason.
    settings
        Strands, and most unknown letters.
    direction
        In which the windows are read, forward or site.

    Yields
    ------
    Row numbers, mean, spread, and the reason why a window has no value.
    """
    for low in range(0, len(places), BATCH):
        rows = np.arange(low, min(low + BATCH, len(places)))
        texts = letters(fasta, places.iloc[rows], networks.alphabet, direction)
        codes, illegal = read_codes(texts, networks.alphabet)
        mean, spread = predict_windows(networks, codes, settings)
        reasons = first_reason({ILLEGAL_LETTER: illegal, UNKNOWN: np.isnan(mean).any(axis=1)})
        yield rows, mean, spread, reasons


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


@contextmanager
def open_table(path: Path, name: Path) -> Iterator[TextIO]:
    """Open a text file for writing; gzipped, the same bytes for the same text, where ``name`` ends in ``.gz``."""
    with open_packed(path) if name.suffix == ".gz" else open(path, "w", encoding="utf-8", newline="") as text:
        yield text


def write_values(
    sink: TextIO, rows: Mapping[str, Any], labels: Sequence[str], found: tuple[np.ndarray, np.ndarray], header: bool
) -> None:
    """Write rows with mean and spread of every label as ``<label>`` and ``<label>:spread``.

    Parameters
    ----------
    sink
        Text file.
    rows
        First columns, by name.
    labels
        Names of the outputs.
    found
        Mean and spread, ``(N, labels)`` each.
    header
        Whether the names come first.
    """
    names = [name for label in labels for name in (label, f"{label}:spread")]
    values = np.stack(found, axis=-1).reshape(-1, len(names))
    table = pd.concat([pd.DataFrame(rows), pd.DataFrame(values, columns=names)], axis=1)
    write_table(table, sink, header=header)

"""Windows to predict, of intervals on a genome: their codes, why some cannot be predicted, and the table of all."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
import pandas as pd

from convoscope.files import open_packed
from convoscope.prediction.ensemble import Ensemble, predictions, scores
from convoscope.prediction.tracks import STRETCH, ScanSettings
from convoscope.sequence.alphabet import ILLEGAL, Alphabet, lookup
from convoscope.sequence.codes import letters
from convoscope.sequence.contigs import Contigs, rename_rows
from convoscope.sequence.orientation import centers_in_direction, has_strand, on_minus
from convoscope.sequence.usable_regions import first_reason
from convoscope.sequence.windows import window_start
from convoscope.tables import write_table

UNKNOWN, ILLEGAL_LETTER = "unknown_letters", "letter_not_in_alphabet"
BATCH = 4096  # windows that are predicted and written together


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

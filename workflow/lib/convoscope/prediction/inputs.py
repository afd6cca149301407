"""Sequences and crops in memory as what trained networks read; each is predicted, and none is dropped."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.config.image import FurtherCells
from convoscope.errors import InputError
from convoscope.prediction import cells
from convoscope.prediction.cells import Classifier
from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.records import Dropped, FastaRecord, fit_records
from convoscope.prediction.tracks import ScanSettings
from convoscope.prediction.windows import predict_windows
from convoscope.sequence.alphabet import encode_many
from convoscope.sequence.fitting import pad_letter
from convoscope.sequence.letters import checked_codes

Sequences = str | Iterable[Any] | np.ndarray
READ = "letters, (name, letters), records of Biopython or an array of codes"
MeanAndSpread = tuple[np.ndarray, np.ndarray]


class SequenceWindows(NamedTuple):
    """Sequences of one length: names (None where there are none), codes ``(N, window)``, and which can be predicted.

    ``known (N,)`` is False for sequences that were padded and have too many unknown letters of their own.
    """

    names: list[str] | None
    codes: np.ndarray
    known: np.ndarray


def _as_records(sequences: Iterable[Any]) -> list[FastaRecord]:
    """Return texts, pairs of name and text, or Biopython's records as records; texts have no name."""
    if not isinstance(sequences, Iterable):
        raise InputError(f"sequences: {type(sequences).__name__}; {READ} are read")
    found = []
    for number, one in enumerate([sequences] if isinstance(sequences, str) else sequences, start=1):
        pair = ("", one) if isinstance(one, str) else (one.id, str(one.seq)) if hasattr(one, "seq") else one
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise InputError(f"sequence {number}: {type(one).__name__}; {READ} are read")
        found.append(FastaRecord(number, *pair))
    return found


def read_windows(networks: Ensemble, sequences: Sequences, max_unknown: float = 1.0) -> SequenceWindows:
    """Return sequences as windows of the networks, one each; see `SequenceWindows`.

    Raises
    ------
    InputError
        If a sequence has another length than the networks read, or a letter that is not of their alphabet.
    """
    alphabet, window = networks.alphabet, networks.window
    if isinstance(sequences, np.ndarray) and sequences.dtype.kind not in "UO":
        codes = checked_codes(sequences, alphabet)
        return SequenceWindows(None, codes, np.ones(len(codes), dtype=bool))
    records, blank = _as_records(sequences), pad_letter(alphabet) * window
    fitted = list(fit_records(networks, records, max_unknown))
    texts = [blank if isinstance(one, Dropped) else one.letters for one in fitted]
    for record, text in zip(records, texts, strict=True):
        if len(text) != window:
            raise InputError(f"sequence {record.number}: {len(text)} letters; the networks read {window}")
    codes = encode_many(texts, alphabet).reshape(-1, window)
    known = np.array([not isinstance(one, Dropped) for one in fitted], dtype=bool)
    names = [record.name for record in records]
    return SequenceWindows(names if any(names) else None, codes, known)


def predict_sequences(
    networks: Ensemble, windows: SequenceWindows, both_strands: bool, max_unknown: float
) -> MeanAndSpread:
    """Return mean and standard deviation over the networks ``(N, labels)``, NaN where too much is unknown."""
    padded = bool(networks.facts.get("card", {}).get("fit"))  # then the pads are not counted, and unknown letters were
    settings = ScanSettings(1, both_strands, max_unknown=1.0 if padded else max_unknown)
    mean, spread = predict_windows(networks, windows.codes, settings)
    mean[~windows.known] = np.nan
    return mean, np.where(np.isnan(mean), np.nan, spread)


def predict_crops(classifier: Classifier, crops: np.ndarray, groups: Sequence[str] | None) -> MeanAndSpread:
    """Return mean and standard deviation over the networks ``(N, labels)`` of crops ``(N, channels, size, size)``.

    Raises
    ------
    InputError
        If the crops have another type or shape than the networks read, or groups are missing or too small.
    """
    facts, columns, rows = classifier.facts[0], classifier.groups, np.arange(len(crops))
    shape = (len(facts["channel_names"]), *facts["space"])
    if crops.shape[1:] != shape or crops.dtype != facts["dtype"]:
        right = ", ".join(map(str, shape))
        raise InputError(f"crops: {crops.dtype} {crops.shape}; the networks read {facts['dtype']} (N, {right})")
    if not columns:
        if groups is not None:
            raise InputError("groups: given, but these networks are not normalised by groups; leave them out")
        return _joined(classifier, crops, pd.DataFrame(index=rows), rows)
    if len(columns) > 1:
        raise InputError(f"groups: the networks are normalised by {' and '.join(columns)}; use the verb predict-cells")
    column, names = columns[0], np.array([] if groups is None else list(groups), dtype=object)
    if len(names) != len(crops):
        found = len(names) or "none"
        raise InputError(f"groups: {found} for {len(crops)} crops; intensities are normalised by {column}")
    small = cells.small_groups(names, FurtherCells.model_fields["group_size"].default, column)
    if small.any():
        raise InputError(f"groups: {next(filter(None, small))}")
    table = pd.DataFrame({column: names})
    return _joined(cells.fit_groups(classifier, crops, rows, table), crops, table, rows)


def _joined(classifier: Classifier, crops: np.ndarray, table: pd.DataFrame, rows: np.ndarray) -> MeanAndSpread:
    """Return the predictions of all crops behind each other; see `cells.predict_crops`."""
    none = np.empty((0, len(classifier.labels)), dtype=np.float32)
    found = [(mean, spread) for _, mean, spread in cells.predict_crops(classifier, crops, table, rows)]
    mean, spread = zip((none, none), *found, strict=True)
    return np.concatenate(mean), np.concatenate(spread)

"""Verb ``predict-fasta``: trained networks on the records of a FASTA file; long ones are tiled."""

import logging
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from convoscope.config.base import Device
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.options import Input
from convoscope.prediction import ensemble, records, windows
from convoscope.prediction.tracks import ScanSettings
from convoscope.training.device import choose_device, use_threads

log = logging.getLogger(__name__)
FARTHEST = 1_000_000_000  # letters between windows
DROPPED = ("record", "id", "start", "end", "reason")


def predict_fasta(
    *, models: list[Input], fasta: Input, step: int | None = None, max_unknown: float = 0.1, both_strands: bool = False,
    device: Device = "auto", gpus: int | None = None, threads: int = 1, predictions: Path, dropped: Path,
) -> None:  # fmt: skip
    """Predict the records of a FASTA file; long records are tiled.

    A record that is longer than the networks' window is tiled with windows from its first letter on, one every STEP
    letters (half a window when not given), and one that ends with its last letter. Networks that were trained on
    sequences of several lengths (key ``fit``) predict one window per record, padded or cropped in the same way.

    The table has one row per window: number of the record from 1, its name, start and end of the window, and for each
    label the mean over the networks and their standard deviation (``<label>:spread``).

    Parameters
    ----------
    fasta
        Sequences, FASTA: plain or gzipped.
    step
        Distance between the windows of a long record in letters; half a window when not given.
    predictions
        Table to write; gzipped if its name ends in .gz.
    """
    if (step is not None and not 1 <= step <= FARTHEST) or not 0 <= max_unknown <= 1:
        raise InputError(f"--step {step}, --max-unknown {max_unknown}; a step of 1 to {FARTHEST}, a share from 0 to 1")
    use_threads(threads)
    networks = ensemble.load(models, choose_device(device, gpus))
    fitted = bool(networks.facts.get("card", {}).get("fit"))  # then unknown letters are counted before padding
    settings = ScanSettings(step or max(networks.window // 2, 1), both_strands, 1, 1.0 if fitted else max_unknown)
    counts, header = Counter[str](), True
    with (
        replacing(predictions, dropped) as [scratch, rest],
        windows.open_table(scratch, predictions) as sink,
        open(rest, "w", encoding="utf-8", newline="") as lost,
        tqdm(desc="sequences", unit=" windows", file=sys.stderr) as bar,
    ):
        lost.write("\t".join(DROPPED) + "\n")
        sequences = records.fit_records(networks, records.read_fasta(fasta), max_unknown)
        for found in records.predict_records(networks, sequences, settings):
            if isinstance(found, records.Dropped):
                record = found.record
                lost.write(f"{record.number}\t{record.name}\t0\t{len(record.letters)}\t{found.reason}\n")
                counts[found.reason] += 1
                continue
            fine = ~np.isnan(found.mean).any(axis=1)
            ends = found.starts + networks.window
            for row in np.flatnonzero(~fine):
                place = f"{found.numbers[row]}\t{found.names[row]}\t{found.starts[row]}\t{ends[row]}"
                lost.write(f"{place}\t{windows.UNKNOWN}\n")
            columns = dict(zip(DROPPED, (found.numbers, found.names, found.starts, ends), strict=False))
            kept = {name: column[fine] for name, column in columns.items()}
            windows.write_values(sink, kept, networks.labels, (found.mean[fine], found.spread[fine]), header)
            counts += Counter({"predicted": int(fine.sum()), windows.UNKNOWN: int((~fine).sum())})
            header = False
            bar.update(len(fine))
        tally = ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)
        if not counts["predicted"]:
            allowed = f"{networks.alphabet.name} letters are {networks.alphabet.symbols}"
            raise InputError(
                f"{fasta}: nothing can be predicted with windows of {networks.window} letters: {tally}; {allowed}"
            )
    log.info("sequences: %s", tally)

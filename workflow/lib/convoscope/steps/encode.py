"""Windows as integer codes, and the card that describes them."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope import __version__
from convoscope.config import EncodeSpec
from convoscope.errors import InputError
from convoscope.files import digest, replacing, write_json
from convoscope.memory import keep_memory
from convoscope.options import Input
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.balance import all_shares
from convoscope.sequence.codes import window_length, write_codes
from convoscope.sequence.splits import fold_map
from convoscope.sequence.tables import check_labels, count_folds
from convoscope.tables import read_table

PLACE = ("chrom", "start", "end", "strand", "origin", "fold")  # columns besides the labels


def encode(
    *,
    fasta: Input,
    windows: Input,
    inputs: list[Input],
    spec: EncodeSpec,
    codes: Path,
    card: Path,
) -> None:
    """Encode the windows as integers, and describe them in a card.

    Parameters
    ----------
    fasta
        Reference of the windows, FASTA: bgzipped and indexed.
    inputs
        Files that the windows were made from; their checksums are noted in the card.
    codes
        Codes to write, .npy: (windows, letters), uint8.
    card
        Description of the examples to write, card.json.
    """
    keep_memory()
    table = read_table(windows, "examples", PLACE, spec.labels, only=True)
    if table.empty:
        raise InputError(f"{windows}: no window; make it again")

    def name(row: int) -> str:
        """Return the name of a window; a third of the time that the table takes, and only an error needs it."""
        return str(read_table(windows, "examples", ["id"], only=True)["id"].iloc[row])

    check_labels(table[spec.labels].to_numpy(np.float64), spec.labels, spec.task, name)
    alphabet = ALPHABETS[spec.alphabet]
    with replacing(codes, card) as [codes_scratch, card_scratch]:
        write_codes(codes_scratch, table, fasta, alphabet, spec.seed, spec.direction, name)
        write_json(card_scratch, _describe(table, spec, [fasta, *inputs]))


def _describe(table: pd.DataFrame, spec: EncodeSpec, inputs: list[Path]) -> dict[str, object]:
    """Return the card's content."""
    return {
        "modality": "sequence",
        "alphabet": spec.alphabet,
        "unknown": spec.unknown,
        "strands": spec.strands,
        "direction": spec.direction,
        "ask_strand": spec.ask_strand,
        "fit": spec.fit.place if spec.fit else None,
        "window": window_length(table),
        "task": spec.task,
        "labels": list(spec.labels),
        "folds": fold_map(spec.split),
        "counts": count_folds(table, list(spec.labels)),
        "shares": all_shares(table["fold"], table[spec.labels].to_numpy(dtype=float), spec.labels),
        "inputs": {str(path): digest(path) for path in inputs},
        "versions": {"convoscope": __version__},
    }

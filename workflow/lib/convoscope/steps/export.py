"""Codes for other tools."""

from pathlib import Path

import numpy as np

from convoscope.files import read_json, replacing
from convoscope.sequence.alphabet import ALPHABETS
from convoscope.sequence.codes import write_one_hot


def export(*, codes: Path, card: Path, one_hot: Path) -> None:
    """Write all windows as float32 one-hot ``(examples, letters, length)``, row i as row i of windows.tsv."""
    content = read_json(card)
    with replacing(one_hot) as [scratch]:
        write_one_hot(scratch, np.load(codes, mmap_mode="r"), ALPHABETS[content["alphabet"]], content["unknown"])

"""Shuffle the letters or pixels of every example."""

from pathlib import Path

import numpy as np

from convoscope.config.base import Seed
from convoscope.dataset import PART, load_codes
from convoscope.evaluation import controls
from convoscope.files import replacing
from convoscope.options import Input

LARGE = 1 << 26  # values that are shuffled at once


def shuffle_inputs(*, codes: Input, seed: Seed = 1, shuffled: Path) -> None:
    """Shuffle each example's letters or pixels: a control that keeps their counts.

    Parameters
    ----------
    seed
        Seed of the shuffles.
    shuffled
        Codes to write, .npy.
    """
    array = load_codes(codes)
    size = max(1, min(PART, LARGE // max(1, int(np.prod(array.shape[1:])))))
    with replacing(shuffled) as [scratch]:
        target = np.lib.format.open_memmap(scratch, mode="w+", dtype=array.dtype, shape=array.shape)
        for start in range(0, len(array), size):
            target[start : start + size] = controls.shuffle_inputs(array[start : start + size], seed, start)
        target.flush()

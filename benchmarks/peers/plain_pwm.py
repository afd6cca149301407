"""Counts of the sites above half of each filter's maximum, by conv1d in batches of 64 and numpy, in two passes.

`plain_pwm.py <found> <model> <codes>`
"""

import sys
from pathlib import Path

import numpy as np
import torch
from serve import serve

from convoscope import modelfile

_, _, MODEL, CODES = sys.argv
LAYERS = modelfile.load(Path(MODEL))[0].trunk.block1
CONV, NORM, WINDOWS = LAYERS.correlation, LAYERS.normalise, np.load(CODES)
FILTERS, _, SIZE = CONV.weight.shape


def maps(start: int) -> tuple[np.ndarray, np.ndarray]:
    """Return one-hot windows and the normalised maps of a batch."""
    one_hot = torch.nn.functional.one_hot(torch.from_numpy(WINDOWS[start : start + 64].astype(np.int64)), 4)
    one_hot = one_hot.transpose(1, 2).float()
    return one_hot.numpy(), NORM(torch.nn.functional.conv1d(one_hot, CONV.weight)).numpy()


@torch.inference_mode()
def count() -> dict[str, np.ndarray]:
    """Return the counts of every filter."""
    starts = range(0, len(WINDOWS), 64)
    best = np.max([maps(start)[1].max(axis=(0, 2)) for start in starts], axis=0)
    counts = np.zeros((FILTERS, SIZE, 4))
    for start in starts:
        one_hot, found = maps(start)
        for number in range(FILTERS):
            rows, places = np.nonzero(found[:, number] > max(best[number] / 2, 0))
            sites = one_hot.transpose(0, 2, 1)[rows[:, None], places[:, None] + np.arange(SIZE)]
            counts[number] += sites.sum(axis=0)
    return {"counts": counts}


serve(count)

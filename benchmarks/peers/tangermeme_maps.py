"""Saturation mutagenesis of windows by tangermeme, as it comes: `tangermeme_maps.py <found> <model> <codes>`."""

import sys
from pathlib import Path

import numpy as np
import torch
from serve import serve
from tangermeme.saturation_mutagenesis import saturation_mutagenesis

from convoscope import modelfile

_, _, MODEL, CODES = sys.argv
NETWORK = modelfile.load(Path(MODEL))[0]
ONE_HOT = torch.nn.functional.one_hot(torch.from_numpy(np.load(CODES).astype(np.int64)), 4).transpose(1, 2).float()


def explain() -> dict[str, np.ndarray]:
    """Return what every substitution changes, ``(windows, letters, length)``."""
    result = saturation_mutagenesis(NETWORK, ONE_HOT, raw_outputs=True, device="cpu")
    before, after = result
    return {"change": (after[..., 0] - before[:, None, None, ..., 0]).numpy()}


serve(explain)

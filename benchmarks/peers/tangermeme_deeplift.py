"""DeepLIFT of windows by tangermeme, in single precision: `tangermeme_deeplift.py <found> <model> <windows>`.

tangermeme explains modules, so that a Basset is put together of them; windows come with their references.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from serve import serve
from tangermeme.deep_lift_shap import deep_lift_shap
from torch import nn

from convoscope import modelfile

_, _, MODEL, WINDOWS = sys.argv
TAKEN = modelfile.load(Path(MODEL))[0]


def plain(block: nn.Module) -> list[nn.Module]:
    """Return the layers of a block as torch has them."""
    filters, channels, size = block.correlation.weight.shape
    conv = nn.Conv1d(channels, filters, size, bias=False)
    conv.weight = block.correlation.weight
    return [conv, block.normalise, nn.MaxPool1d(block.pool.kernel_size[0]), nn.ReLU()]


LAYERS = [layer for block in TAKEN.trunk for layer in plain(block)]
HEAD = [nn.ReLU() if isinstance(layer, nn.ReLU) else layer for layer in TAKEN.head]
NETWORK = nn.Sequential(*LAYERS, nn.Flatten(), *HEAD).eval()
with np.load(WINDOWS) as FOUND:
    CODES, REFERENCES = (
        nn.functional.one_hot(torch.from_numpy(FOUND[name].astype(np.int64)), 4).transpose(-1, -2).float()
        for name in ("codes", "references")
    )


def explain() -> dict[str, np.ndarray]:
    """Return what every letter contributes, ``(windows, length)``."""
    found = deep_lift_shap(NETWORK, CODES, references=REFERENCES, device="cpu")
    return {"actual": found.sum(1).numpy()}


serve(explain)

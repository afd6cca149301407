"""One-hot sequences of texts by tangermeme, which takes one after another: `tangermeme_codes.py <found> <texts>`."""

import sys
from pathlib import Path

import numpy as np
import torch
from serve import serve
from tangermeme.utils import one_hot_encode

TEXTS = Path(sys.argv[2]).read_text(encoding="utf-8").split()


def encode() -> dict[str, np.ndarray]:
    """Return the one-hot sequences."""
    return {"one_hot": torch.stack([one_hot_encode(text) for text in TEXTS]).numpy()}


serve(encode)

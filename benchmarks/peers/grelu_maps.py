"""Mutation maps of windows by gReLU: `grelu_maps.py <found> <model> <codes>`."""

import sys
from pathlib import Path

import numpy as np
from grelu.interpret.score import ISM_predict
from grelu_model import Model, texts
from serve import serve

_, _, MODEL, CODES = sys.argv
NETWORK, WINDOWS = Model(Path(MODEL), raw=True), np.load(CODES)
TEXTS = texts(WINDOWS)


def explain() -> dict[str, np.ndarray]:
    """Return what every substitution changes, ``(windows, letters, length)``."""
    scores = ISM_predict(TEXTS, NETWORK, num_workers=0, return_df=False)[..., 0, 0].transpose(0, 2, 1)
    wild = np.take_along_axis(scores, WINDOWS[:, None].astype(np.int64), axis=1)
    return {"change": scores - wild}


serve(explain)

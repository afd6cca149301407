"""Scans along a genome, compared with the same network on every window in its fastest batches."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from convoscope.prediction import ensemble
from convoscope.prediction.scan import stretch_scores
from rows.base import Row, network, timed
from rows.interpretation import draw_codes
from rows.predictions import SIZES


def _row(name: str, length: int, step: int, windows: int, least: float, folder: Path) -> Row:
    """Return the row of one architecture at one step."""
    letters = (windows - 1) * step + length
    networks = ensemble.load([network(folder, name, length)])
    codes = np.load(draw_codes(folder, 1, letters))[0]
    cut = np.lib.stride_tricks.sliding_window_view(codes, length)[::step]

    @torch.inference_mode()
    def plain(size: int) -> np.ndarray:
        batches = (torch.from_numpy(cut[start : start + size].copy()) for start in range(0, windows, size))
        return torch.cat([networks.members[0](networks.encode(batch)) for batch in batches]).numpy()

    def mine() -> np.ndarray:
        return stretch_scores(networks, codes, step)[0]

    def check() -> None:
        np.testing.assert_allclose(mine(), plain(64), rtol=0, atol=1e-5)

    check()
    best = min(SIZES, key=lambda size: timed(partial(plain, size))())
    title = f"scan, {name} {length} bp, every {step} bp, {windows:,} windows"
    against = f"every window in the network's best batches, of {best}"
    return Row(title, against, least, check, timed(mine), timed(partial(plain, best)), "1e-5")


deepbind_dense = partial(_row, "deepbind", 200, 10, 16_384, 4.0)
deepbind_sparse = partial(_row, "deepbind", 200, 50, 8_192, 1.7)
basset_scan = partial(_row, "basset", 600, 50, 512, 3.0)

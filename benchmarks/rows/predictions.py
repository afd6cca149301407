"""Predictions, compared with the same network in batches of the size that is fastest for it."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from convoscope.prediction import ensemble
from rows.base import Row, network, timed
from rows.interpretation import draw_codes

SIZES = (8, 16, 32, 64, 128, 256, 512)


def _row(name: str, length: int, count: int, folder: Path) -> Row:
    """Return the row of one architecture."""
    networks, codes = ensemble.load([network(folder, name, length)]), np.load(draw_codes(folder, count, length))

    @torch.inference_mode()
    def plain(size: int) -> np.ndarray:
        batches = torch.from_numpy(codes).split(size)
        return torch.cat([networks.members[0](networks.encode(batch)) for batch in batches]).numpy()

    def mine() -> np.ndarray:
        return ensemble.scores(networks, codes)[0]

    def check() -> None:
        np.testing.assert_allclose(mine(), plain(64), rtol=0, atol=1e-5)

    check()
    best = min(SIZES, key=lambda size: timed(partial(plain, size))())
    title, against = (
        f"predictions, {name} {length} bp, {count:,} windows",
        f"the network in its best batches, of {best}",
    )
    return Row(title, against, 0.95, check, timed(mine), timed(partial(plain, best)), "1e-5")


deepbind_predictions = partial(_row, "deepbind", 200, 8_192)
basset_predictions = partial(_row, "basset", 600, 256)

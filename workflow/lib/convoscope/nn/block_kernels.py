"""Blocks of maps to products and back, for `trained_products`, on one CPU thread; imports numba.

A matrix along rows and then along columns takes a third of the multiplications of their Kronecker product, and blocks
are read from the maps and written to them without copies between.
"""

from typing import Any

import numpy as np
from torch import Tensor

from convoscope.machine_code import fast
from convoscope.nn.block_matrices import Plan

TOGETHER = 128  # channels whose blocks lie in the first cache


@fast
def _both(matrix: Any, block: Any, half: Any, done: Any) -> None:
    """Multiply a block ``(size, size, count)`` by the matrix along its rows and its columns, to ``done``."""
    products, size = matrix.shape
    count = block.shape[2]
    for p in range(products):
        a, b, c, d = matrix[p, 0], matrix[p, 1], matrix[p, 2], matrix[p, 3]
        if size == 6:
            e, f = matrix[p, 4], matrix[p, 5]
            for j in range(size):
                for k in range(count):
                    half[p, j, k] = (
                        a * block[0, j, k]
                        + b * block[1, j, k]
                        + c * block[2, j, k]
                        + d * block[3, j, k]
                        + e * block[4, j, k]
                        + f * block[5, j, k]
                    )
        else:
            for j in range(size):
                for k in range(count):
                    half[p, j, k] = a * block[0, j, k] + b * block[1, j, k] + c * block[2, j, k] + d * block[3, j, k]
    for p in range(products):
        for q in range(products):
            a, b, c, d = matrix[q, 0], matrix[q, 1], matrix[q, 2], matrix[q, 3]
            if size == 6:
                e, f = matrix[q, 4], matrix[q, 5]
                for k in range(count):
                    done[p, q, k] = (
                        a * half[p, 0, k]
                        + b * half[p, 1, k]
                        + c * half[p, 2, k]
                        + d * half[p, 3, k]
                        + e * half[p, 4, k]
                        + f * half[p, 5, k]
                    )
            else:
                for k in range(count):
                    done[p, q, k] = a * half[p, 0, k] + b * half[p, 1, k] + c * half[p, 2, k] + d * half[p, 3, k]


@fast
def gather(rows: Any, matrix: Any, top: int, left: int, each: int, spectra: Any, count: int) -> None:
    """Write blocks of rows ``(batch, height, width, channels)`` times a matrix to ``spectra``.

    Blocks begin every ``each`` positions, the first one ``top`` above and ``left`` of the maps, which are 0 outside;
    ``count`` channels are taken at a time.
    ``spectra (products, products, batch, rows of blocks, columns of blocks, channels)``.
    """
    batch, height, width, channels = rows.shape
    products, size = matrix.shape
    room = (6, 6, count)
    block, half, done = np.empty(room, rows.dtype), np.empty(room, rows.dtype), np.empty(room, rows.dtype)
    for n in range(batch):
        for down in range(spectra.shape[3]):
            for across in range(spectra.shape[4]):
                for part in range(channels // count):
                    for i in range(size):
                        y = down * each - top + i
                        for j in range(size):
                            x = across * each - left + j
                            if 0 <= y < height and 0 <= x < width:
                                row = rows[n, y, x]
                                for k in range(count):
                                    block[i, j, k] = row[part * count + k]
                            else:
                                block[i, j] = 0
                    _both(matrix, block, half, done)
                    for p in range(products):
                        for q in range(products):
                            target = spectra[p, q, n, down, across]
                            for k in range(count):
                                target[part * count + k] = done[p, q, k]


@fast
def scatter(spectra: Any, matrix: Any, top: int, left: int, each: int, rows: Any, count: int) -> None:
    """Add a matrix times ``spectra`` to rows, the transpose of `gather`: blocks overlap where they are larger."""
    batch, height, width, channels = rows.shape
    size, products = matrix.shape
    room = (6, 6, count)
    block, half, done = np.empty(room, rows.dtype), np.empty(room, rows.dtype), np.empty(room, rows.dtype)
    for n in range(batch):
        for down in range(spectra.shape[3]):
            for across in range(spectra.shape[4]):
                for part in range(channels // count):
                    for p in range(products):
                        for q in range(products):
                            source = spectra[p, q, n, down, across]
                            for k in range(count):
                                block[p, q, k] = source[part * count + k]
                    _both(matrix, block, half, done)
                    for i in range(size):
                        y = down * each - top + i
                        for j in range(size):
                            x = across * each - left + j
                            if 0 <= y < height and 0 <= x < width:
                                row = rows[n, y, x]
                                for k in range(count):
                                    row[part * count + k] += done[i, j, k]


class Loops:
    """What `Matrices` does, of a plan with steps ``along`` a dimension; all tensors are contiguous."""

    def __init__(self, how: Plan) -> None:
        assert how.along is not None
        self.how = how
        self.sides = how.around[4], how.around[2]  # zeros above and left of the maps
        self.before, self.after = how.along.before.numpy(), how.along.after.numpy()
        self.back, self.slopes = (np.ascontiguousarray(one.T) for one in (self.before, self.after))

    def _gathered(self, rows: Tensor, matrix: np.ndarray, sides: tuple[int, int]) -> Tensor:
        batch, _, _, channels = rows.shape
        spectra = rows.new_empty(len(matrix), len(matrix), batch, *self.how.counts, channels)
        gather(rows.numpy(), matrix, *sides, self.how.each[0], spectra.numpy(), _together(channels))
        return spectra.view(len(matrix) ** 2, -1, channels)

    def _scattered(self, spectra: Tensor, matrix: np.ndarray, sides: tuple[int, int], rows: Tensor) -> None:
        products, channels = matrix.shape[1], rows.shape[-1]
        several = spectra.view(products, products, len(rows), *self.how.counts, channels)
        scatter(several.numpy(), matrix, *sides, self.how.each[0], rows.numpy(), _together(channels))

    def of_rows(self, rows: Tensor) -> Tensor:
        """Return the spectra of rows ``(batch, *space, channels)``."""
        return self._gathered(rows, self.before, self.sides)

    def of_slopes(self, slopes: Tensor) -> Tensor:
        """Return the spectra of the gradient of outputs ``(batch, *outputs, filters)``."""
        return self._gathered(slopes, self.slopes, (0, 0))

    def to_outputs(self, spectra: Tensor, bias: Tensor | None, outputs: Tensor) -> None:
        """Write what spectra give, and biases, to outputs ``(batch, *outputs, filters)``."""
        outputs.zero_() if bias is None else outputs.copy_(bias)
        self._scattered(spectra, self.after, (0, 0), outputs)

    def to_rows(self, spectra: Tensor, rows: Tensor) -> None:
        """Write the gradient of rows ``(batch, *space, channels)`` that spectra give."""
        self._scattered(spectra, self.back, self.sides, rows.zero_())


def _together(channels: int) -> int:
    """Return how many channels are taken at a time: as many as divide them all."""
    return next(count for count in range(min(TOGETHER, channels), 0, -1) if channels % count == 0)

"""Blocks of maps to products and back by products of matrices, for `trained_products`: any dimensions and threads."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from convoscope.nn.fewer_products import Steps


class Plan(NamedTuple):
    """How to correlate: matrices of `Steps`, and of each dimension the outputs of a block and the number of blocks.

    ``around`` and ``behind`` are what `torch.nn.functional.pad` adds to maps and to outputs to fill all blocks.
    ``along`` are the steps along one dimension where they are the same along both of two.
    """

    before: Tensor
    kernels: Tensor
    after: Tensor
    each: tuple[int, ...]
    counts: tuple[int, ...]
    outputs: tuple[int, ...]
    around: tuple[int, ...]
    behind: tuple[int, ...]
    along: Steps | None


class Matrices:
    """The four transforms of a plan; spectra are ``(products, blocks, channels)``, or filters in place of channels."""

    def __init__(self, how: Plan) -> None:
        self.how = how
        ndim = len(how.each)
        self.positions = [round(how.before.shape[1] ** (1 / ndim))] * ndim

    def of_rows(self, rows: Tensor) -> Tensor:
        """Return the spectra of rows ``(batch, *space, channels)``."""
        return _products(self.how.before, rows, self.how.around, self.positions, self.how.each)

    def of_slopes(self, slopes: Tensor) -> Tensor:
        """Return the spectra of the gradient of outputs ``(batch, *outputs, filters)``."""
        return _products(self.how.after.T, slopes, self.how.behind, self.how.each, self.how.each)

    def to_outputs(self, spectra: Tensor, bias: Tensor | None, outputs: Tensor) -> None:
        """Write what spectra give, and biases, to outputs ``(batch, *outputs, filters)``."""
        how = self.how
        found = (how.after @ spectra.flatten(1)).view(*how.each, len(outputs), *how.counts, -1)
        torch.add(_side_by_side(found, how), 0 if bias is None else bias, out=outputs)

    def to_rows(self, spectra: Tensor, rows: Tensor) -> None:
        """Write the gradient of rows ``(batch, *space, channels)`` that spectra give."""
        back = self.how.before.T @ spectra.flatten(1)
        rows.copy_(_overlapping(back.view(*self.positions, len(rows), *self.how.counts, -1), self.how))


def _products(
    matrix: Tensor, rows: Tensor, sides: tuple[int, ...], positions: Sequence[int], each: Sequence[int]
) -> Tensor:
    """Return the blocks of rows ``(batch, *space, channels)`` times a matrix, ``(products, blocks, channels)``.

    Blocks of ``positions`` begin every ``each`` of the rows, to which ``sides`` are added.
    """
    ndim, channels = len(each), rows.shape[-1]
    cut = F.pad(rows, sides) if any(sides) else rows
    for dimension, pair in enumerate(zip(positions, each, strict=True), start=1):
        cut = cut.unfold(dimension, *pair)
    blocks = cut.permute(*range(ndim + 2, 2 * ndim + 2), *range(ndim + 2)).reshape(prod(positions), -1)
    return (matrix @ blocks).view(len(matrix), -1, channels)


def _side_by_side(blocks: Tensor, how: Plan) -> Tensor:
    """Return the outputs ``(batch, *outputs, filters)`` of blocks ``(*each, batch, *counts, filters)``."""
    ndim, batch = len(how.each), blocks.shape[len(how.each)]
    order = [ndim, *(axis for d in range(ndim) for axis in (ndim + 1 + d, d)), 2 * ndim + 1]
    whole = [count * each for count, each in zip(how.counts, how.each, strict=True)]
    return _without(blocks.permute(order).reshape(batch, *whole, -1), how.behind)


def _overlapping(blocks: Tensor, how: Plan) -> Tensor:
    """Return the sum ``(batch, *space, channels)`` of blocks ``(*positions, batch, *counts, channels)``."""
    ndim = len(how.each)
    positions, batch, channels = blocks.shape[:ndim], blocks.shape[ndim], blocks.shape[-1]
    space = [(count - 1) * each + size for count, each, size in zip(how.counts, how.each, positions, strict=True)]
    rows = blocks.new_zeros(batch, *space, channels)
    for place in product(*map(range, positions)):
        begins = zip(place, how.counts, how.each, strict=True)
        rows[(slice(None), *(slice(at, at + count * each, each) for at, count, each in begins))] += blocks[place]
    return _without(rows, how.around)


def _without(rows: Tensor, sides: tuple[int, ...]) -> Tensor:
    """Take off what padding with ``sides`` would add."""
    return F.pad(rows, [-side for side in sides]) if any(sides) else rows

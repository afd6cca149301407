"""Correlations of many channels in training by fewer products, forth and back.

Maps are cut into blocks, and the same three matrices as in predictions (`fewer_products`) take blocks and kernels to
products and back; their transposes give both gradients, so that these take as few products. Kernels of 3 positions
leave 4 outputs of a block of 6 by 6 products in place of 12, in two dimensions 36 in place of 144 (Toom and Cook;
Lavin & Gray 2016, doi:10.1109/CVPR.2016.435); longer ones, along sequences, read Fourier transforms. Blocks are taken
and put back by products of matrices (`block_matrices`), or on one thread in two dimensions by loops (`block_kernels`),
which take a half to a third of the time.
"""

from collections.abc import Sequence
from functools import cache, reduce
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from convoscope.nn.block_matrices import Matrices, Plan
from convoscope.nn.convolution import Correlation, per_dimension
from convoscope.nn.fewer_products import BLOCK, Steps, fourier

POINTS = (0.0, 1.0, -1.0, 0.5, -2.0)  # at which rounding is that of a plain correlation; a sixth is infinity
TOGETHER = 8_000_000  # bytes of the products at once, so that the caches hold them
SHARE = 0.4  # of the multiplications, with which the gathering of blocks is worth it
SHARE_OF_LOOPS = 0.5  # where loops gather them


def toom_cook(size: int, points: Sequence[float] = POINTS) -> Steps:
    """Return the steps of a correlation with kernels of ``size`` that leaves as many outputs as the points allow.

    A product of two polynomials is known by its values at the points, and by its highest coefficient; a correlation is
    the transpose of such a product.
    """

    def values(count: int) -> Tensor:
        powers = torch.tensor(points, dtype=torch.float64)[:, None] ** torch.arange(count)
        return torch.cat([powers, torch.eye(count, dtype=torch.float64)[-1:]])

    positions = len(points) + 1
    return Steps(torch.linalg.inv(values(positions)).T, values(size), values(positions - size + 1).T)


def _steps(size: int, outputs: int, ndim: int) -> Steps | None:
    """Return the steps along one dimension; None if there are none for such kernels."""
    if size == 3:
        return toom_cook(size)
    if ndim > 1 or not 3 < size < BLOCK:
        return None
    blocks = -(-outputs // (BLOCK - size + 1))
    each = -(-outputs // blocks)
    return fourier(size, each + size - 1, 0, each)


@cache
def plan(
    shape: tuple[int, ...], space: tuple[int, ...], padding: tuple[int, ...], dtype: torch.dtype, threads: int
) -> Plan | None:
    """Return how to correlate maps with kernels of a ``shape`` ``(filters, channels, *size)``; None if it saves little.

    Parameters
    ----------
    shape
        Of the kernels.
    space, padding
        Positions of the maps and zeros at each end, in every dimension.
    dtype
        Of the numbers.
    threads
        Of torch.
    """
    filters, channels, *sizes = shape
    outputs = [length + 2 * side - size + 1 for length, side, size in zip(space, padding, sizes, strict=True)]
    found = [_steps(*pair, len(sizes)) for pair in zip(sizes, outputs, strict=True)]
    several = [steps for steps in found if steps is not None]
    if len(several) < len(sizes):
        return None
    before, kernels, after = (reduce(torch.kron, parts).to(dtype).contiguous() for parts in zip(*several, strict=True))
    each = tuple(len(steps.after) for steps in several)
    counts = tuple(-(-output // size) for output, size in zip(outputs, each, strict=True))
    products, positions = before.shape
    fewer = products * (channels * filters + positions * channels + prod(each) * filters) * prod(counts)
    loops = (threads, dtype, sizes) == (1, torch.float32, [3, 3])
    if fewer > (SHARE_OF_LOOPS if loops else SHARE) * prod(outputs) * prod(sizes) * channels * filters:
        return None
    # F.pad begins with the last dimension, that of the channels.
    more = [size * count - output for size, count, output in zip(each, counts, outputs, strict=True)][::-1]
    behind = [side for extra in more for side in (0, extra)]
    around = [side for zeros, extra in zip(padding[::-1], more, strict=True) for side in (zeros, zeros + extra)]
    along = Steps(*(part.to(dtype).contiguous() for part in several[0])) if loops else None
    return Plan(before, kernels, after, each, counts, tuple(outputs), (0, 0, *around), (0, 0, *behind), along)


def transforms(how: Plan) -> Any:
    """Return the transforms of a plan, `Matrices` or `Loops`."""
    if how.along is None:
        return Matrices(how)
    from convoscope.nn.block_kernels import Loops  # imports numba

    return Loops(how)


def may_pay(layer: Correlation) -> bool:
    """Tell whether a layer takes fewer products on large maps."""
    ndim = layer.weight.ndim - 2
    numbers = {one for name in ("stride", "dilation", "groups") for one in per_dimension(getattr(layer, name), ndim)}
    return (
        numbers == {1}
        and plan(tuple(layer.weight.shape), (240,) * ndim, (0,) * ndim, torch.float32, torch.get_num_threads())
        is not None
    )


def correlate_trained(
    maps: Tensor, weight: Tensor, bias: Tensor | None, stride: Sequence[int], padding: Sequence[int],
    dilation: Sequence[int], groups: int,
) -> Tensor | None:  # fmt: skip
    """Return what `torch.nn.functional.conv1d` or ``conv2d`` does; None where other ways are faster.

    Maps ``(batch, channels, *space)`` come and go with the channels next to each other in memory.
    """
    trained = torch.is_grad_enabled() and weight.requires_grad and not torch.is_autocast_enabled("cpu")
    if not trained or {*stride, *dilation, groups} != {1}:
        return None
    how = plan(tuple(weight.shape), tuple(maps.shape[2:]), tuple(padding), weight.dtype, torch.get_num_threads())
    return None if how is None else _Blockwise.apply(maps.movedim(1, -1), weight, bias, how).movedim(-1, 1)


class _Blockwise(Function):
    """A correlation of rows ``(batch, *space, channels)`` to ``(batch, *outputs, filters)``, some at a time."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None, how: Plan) -> Tensor:
        """Return the maps."""
        filters, channels, *sizes = weight.shape
        by_size = weight.permute(*range(2, len(sizes) + 2), 1, 0).reshape(-1, channels * filters)
        spectrum = (how.kernels @ by_size).view(-1, channels, filters)
        ctx.how, ctx.shape, ctx.transforms = how, weight.shape, transforms(how)
        ctx.step = max(1, TOGETHER // (rows.itemsize * len(spectrum) * prod(how.counts) * max(channels, filters)))
        rows = rows.contiguous()
        ctx.save_for_backward(rows, spectrum)
        result = rows.new_empty(len(rows), *how.outputs, filters)
        for own, place in zip(rows.split(ctx.step), result.split(ctx.step), strict=True):
            ctx.transforms.to_outputs(torch.bmm(ctx.transforms.of_rows(own), spectrum), bias, place)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor | None, None]:
        """Return the gradients of rows, kernels and biases."""
        rows, spectrum = ctx.saved_tensors
        gradient = gradient.contiguous()
        of_spectrum, of_rows = torch.zeros_like(spectrum), torch.empty_like(rows)
        for own, slopes, place in zip(*(one.split(ctx.step) for one in (rows, gradient, of_rows)), strict=True):
            spectra, slopes = ctx.transforms.of_rows(own), ctx.transforms.of_slopes(slopes)
            of_spectrum.baddbmm_(spectra.transpose(1, 2), slopes)
            ctx.transforms.to_rows(torch.bmm(slopes, spectrum.transpose(1, 2)), place)
        of_kernels = (ctx.how.kernels.T @ of_spectrum.flatten(1)).view(*ctx.shape[2:], rows.shape[-1], -1)
        of_bias = gradient.flatten(0, -2).sum(0) if ctx.needs_input_grad[2] else None
        return of_rows, of_kernels.movedim((-1, -2), (0, 1)), of_bias, None

"""Layers on maps of images that read and write them as few times as they can, in training on one CPU thread.

The numbers are those of torch up to rounding. Maps are ``(batch, channels, height, width)``, in memory with the
channels next to each other; `serves` tells which.
"""

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed
from torch.autograd import Function


def serves(maps: Tensor) -> bool:
    """Tell whether maps are such that the functions of this module may take them."""
    shared = distributed.is_available() and distributed.is_initialized()  # whose statistics are those of all processes
    alone = torch.get_num_threads() == 1 and maps.device.type == "cpu" and not shared
    single = maps.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")
    known = alone and single and torch.is_grad_enabled() and maps.requires_grad
    return (
        known
        and maps.ndim == 4
        and maps.numel() > maps.shape[1]
        and maps.is_contiguous(memory_format=torch.channels_last)
    )


def _loops() -> ModuleType:
    """Return the compiled loops; imports numba."""
    from convoscope.nn import map_kernels

    return map_kernels


def _array(maps: Tensor) -> Any:
    """Return maps as an array ``(batch, height, width, channels)`` of the same memory."""
    return maps.permute(0, 2, 3, 1).numpy()


def _like(gradient: Tensor) -> Tensor:
    """Return a gradient with its channels next to each other."""
    return gradient.contiguous(memory_format=torch.channels_last)


def _rows(maps: Tensor) -> Any:
    """Return maps as a matrix of the same memory, as many positions to a row as make about 512 numbers."""
    array = _array(maps)
    return array.reshape(-1, _width(array.size // array.shape[3], array.shape[3]))


@cache
def _width(positions: int, channels: int) -> int:
    """Return the numbers of a row."""
    each = next(count for count in range(max(1, 512 // channels), 0, -1) if positions % count == 0)
    return each * channels


def _room(shape: Sequence[int]) -> Tensor:
    """Return room for maps."""
    return torch.empty(shape, memory_format=torch.channels_last)


def _edged(shape: Sequence[int]) -> Tensor:
    """Return room for maps, 0 where squares of two by two leave an edge."""
    result = _room(shape)
    return result.zero_() if shape[2] % 2 or shape[3] % 2 else result


def _half(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of maps of half the height and width."""
    return (*shape[:2], shape[2] // 2, shape[3] // 2)


class _Normalised(Function):
    """Batch normalisation, and rectifying where ``least`` is 0; the maps, too, for another way from them."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, norm: Any, least: np.float32) -> Any:
        """Return maps and normalised maps; note mean and variance, as torch does."""
        rows, loops, result = _rows(maps), _loops(), _room(maps.shape)
        mean, variance = np.empty((2, maps.shape[1]))
        loops.moments(rows, mean, variance)
        noted = norm.running_mean.numpy(), norm.running_var.numpy(), norm.momentum
        loops.note(*noted, mean, variance, rows.size // len(mean))
        ctx.figures = mean, (variance + norm.eps) ** -0.5, weight.numpy(), bias.numpy(), least
        loops.normalise(rows, *ctx.figures, _rows(result))
        ctx.save_for_backward(maps, weight, bias)
        ctx.set_materialize_grads(False)
        return maps, result

    @staticmethod
    def backward(ctx: Any, other: Tensor | None, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of maps, weights and biases."""
        maps, weight, bias = ctx.saved_tensors
        rows, result = _rows(maps), _room(maps.shape)
        ways = rows[:0] if other is None else _rows(_like(other))
        found = torch.empty_like(weight), torch.empty_like(bias)
        slopes = _rows(_like(gradient))
        _loops().normalise_back(rows, slopes, *ctx.figures, ways, _rows(result), *(one.numpy() for one in found))
        return result, *found, None, None


def normalised(maps: Tensor, norm: Any, rectified: bool = False) -> tuple[Tensor, Tensor]:
    """Return maps, for another way from them, and what `torch.nn.BatchNorm2d` and a rectifier make of them."""
    norm.num_batches_tracked.add_(1)
    return _Normalised.apply(maps, norm.weight, norm.bias, norm, np.float32(0 if rectified else -np.inf))


class _Halved(Function):
    """Maximum pooling of squares of two by two."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        """Return the maxima."""
        ctx.shape, shape = maps.shape, _half(maps.shape)
        best = _room(shape)
        ctx.places = torch.empty(shape, dtype=torch.uint8, memory_format=torch.channels_last)
        _loops().halve(_array(maps), _array(best), _array(ctx.places))
        return best

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Return the gradient of the maps."""
        result = _edged(ctx.shape)
        _loops().double(_array(_like(gradient)), _array(ctx.places), _array(result))
        return result


def halved(maps: Tensor) -> Tensor:
    """Return what `torch.nn.functional.max_pool2d` of two by two positions does."""
    return _Halved.apply(maps)


class _Subsampled(Function):
    """Squashed maps, summed by squares of two by two, times coefficients plus biases ``(channels, 1, 1)``, squashed."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, coefficient: Tensor, bias: Tensor) -> Tensor:
        """Return the maps of half the height and width."""
        sums, result = (_room(_half(maps.shape)) for _ in range(2))
        figures = [one.flatten().numpy() for one in (coefficient, bias)]
        _loops().subsample(_array(maps), *figures, _array(sums), _array(result))
        ctx.save_for_backward(maps, coefficient, sums, result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of maps, coefficients and biases."""
        (maps, coefficient, sums, result), loops = ctx.saved_tensors, _loops()
        tangent = result / float(loops.HIGH)
        slopes = _like(gradient * float(loops.HIGH * loops.STEEP) * (1 - tangent.square_()))
        of_maps = _edged(maps.shape)
        loops.spread(_array(maps), _array(slopes * coefficient), _array(of_maps))
        of_coefficient = (slopes * sums).sum((0, 2, 3)).view_as(coefficient)
        return of_maps, of_coefficient, slopes.sum((0, 2, 3)).view_as(coefficient)


def subsampled(maps: Tensor, coefficient: Tensor, bias: Tensor) -> Tensor:
    """Return what a `Squash`, a `Subsample` of such coefficients and biases, and another `Squash` do."""
    return _Subsampled.apply(maps, coefficient, bias)

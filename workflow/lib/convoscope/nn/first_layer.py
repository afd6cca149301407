"""The first layer on sequences in training: gradients of its kernels alone, from the windows that they matched.

Nothing before the layer has a gradient. That of the kernels is a product of matrices, gradient × windows; behind a
maximum of each whole map, of one window per map.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor
from torch.autograd import Function


def is_first(maps: Tensor, weight: Tensor) -> bool:
    """Tell whether kernels are trained on maps ``(batch, channels, length)`` that are not, in their own precision."""
    trained = torch.is_grad_enabled() and weight.requires_grad and not maps.requires_grad
    return trained and maps.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def _windows(maps: Tensor, size: int) -> Tensor:
    """Return a view ``(batch, positions, size, channels)`` of maps whose channels are next to each other."""
    return maps.transpose(1, 2).unfold(1, size, 1).transpose(2, 3)


def whole_maximum(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the maximum of each map ``(batch, channels, length)`` and its first place, both ``(batch, channels)``.

    Where channels are next to each other, pooling takes all of them at once, in a fifth of the time. (On a GPU the
    gradient of pooling is not repeatable.)
    """
    if maps.stride(1) != 1 or maps.device.type != "cpu":
        return maps.max(2)
    best, places = F.max_pool2d(maps.unsqueeze(2), (1, maps.shape[2]), return_indices=True)
    return best.flatten(1), places.flatten(1)


class FirstCorrelation(Function):
    """Unpadded cross-correlation ``(batch, channels, length)`` to ``(batch, filters, positions)``, channels last."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return the maps."""
        ctx.save_for_backward(maps, weight, bias)
        return F.conv2d(maps.unsqueeze(2), weight.unsqueeze(2), bias).squeeze(2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor | None]:
        """Return the gradients of kernels and biases."""
        maps, weight, bias = ctx.saved_tensors
        filters, channels, size = weight.shape
        found = torch.bmm(gradient, _windows(maps, size).flatten(2)).sum(0)
        own = found.view(filters, size, channels).transpose(1, 2)
        return None, own, None if bias is None else gradient.sum((0, 2))


class BestMatch(Function):
    """Maximum of each map of a first correlation, ``(batch, filters)``, with the gradient of one window per map."""

    @staticmethod
    def forward(ctx: Any, found: Tensor, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return the maxima of the maps that were found."""
        best, places = whole_maximum(found)
        ctx.save_for_backward(maps, weight, bias, places)
        return best

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, Tensor, Tensor | None]:
        """Return the gradients of kernels and biases."""
        maps, weight, bias, places = ctx.saved_tensors
        filters, channels, size = weight.shape
        batch, _, length = maps.shape
        letters = maps.transpose(1, 2).contiguous()
        starts = (torch.arange(batch) * length + places.T).flatten()
        rows = letters.as_strided((batch * length - size + 1, size * channels), (channels, 1))
        best = rows.index_select(0, starts).view(filters, batch, -1)
        own = torch.bmm(gradient.T.contiguous()[:, None], best).view(filters, size, channels).transpose(1, 2)
        return None, None, own, None if bias is None else gradient.sum(0)


def best_match(maps: Tensor) -> Tensor | None:
    """Return the maximum of each map of a first correlation; None of any other maps."""
    node = maps.grad_fn
    if type(node).__name__ != f"{FirstCorrelation.__name__}Backward":
        return None
    return BestMatch.apply(maps.detach(), *node.saved_tensors)  # type: ignore[union-attr]

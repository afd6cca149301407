"""The layers of LeNet-5 that are its own: the scaled tangent, and subsampling that learns."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function


class _Squashed(Function):
    """What `Squash` gives in training: the same numbers in fewer passes over memory."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        """Return the squashed numbers."""
        tangent = (maps * (2 / 3)).tanh_()
        ctx.save_for_backward(tangent)
        return tangent * 1.7159

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Return gradient × 1.7159 (1 - tangent²) 2/3."""
        (tangent,), slopes = ctx.saved_tensors, gradient * 1.7159
        return torch.ops.aten.tanh_backward.grad_input(slopes, tangent, grad_input=slopes).mul_(2 / 3)


class Squash(nn.Module):
    """The scaled hyperbolic tangent ``1.7159 tanh(2/3 a)``, which maps 1 to 1 and -1 to -1 (LeCun et al. 1998)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Return the squashed numbers."""
        if self.training and maps.requires_grad:
            return _Squashed.apply(maps)
        return 1.7159 * torch.tanh(maps * (2 / 3))


class Subsample(nn.Module):
    """Sum every 2×2 square of a map, times one learned number, plus another: two parameters per map."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.kernel_size = self.stride = (2, 2)
        self.coefficient = nn.Parameter(torch.full((maps, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, maps, height, width)`` to half the height and width."""
        # The sum, exactly; divisor_override=1 would be lost in ONNX, whose pooling has no such thing.
        return 4 * nn.functional.avg_pool2d(maps, 2) * self.coefficient + self.bias

"""Several processes that train one network together, each on its part of every batch.

All of them draw the same batches and vary them alike; each computes the scores of its own part. What a batch has in
common is taken from the whole one: the statistics of batch normalisation, the draws of dropout, and the loss, which
every process computes from the scores of all. So the result is that of one process up to the order of summation.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.autograd import Function
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from convoscope.errors import InputError


class Team(Protocol):
    """What a training asks of the processes that share it."""

    rank: int

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network as one whose gradients are summed over the processes."""

    def part(self, total: int) -> slice:
        """Return which of `total` examples are one's own."""

    def scores(self, network: Callable[[Tensor], Tensor], codes: Tensor) -> Tensor:
        """Return the scores ``(batch, labels)`` of the whole batch of codes ``(batch, …)``."""

    def whole(self, own: Tensor, total: int) -> Tensor:
        """Return what all processes have, ``(total, labels)``, from each one's part."""

    def agreed(self, value: Any) -> Any:
        """Return the first process's value."""


class Alone:
    """One process: the whole batch is its part."""

    rank = 0

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network as it is."""
        return network

    def part(self, total: int) -> slice:
        """Return all examples."""
        return slice(0, total)

    def scores(self, network: Callable[[Tensor], Tensor], codes: Tensor) -> Tensor:
        """Return the network's scores."""
        return network(codes).float()

    def whole(self, own: Tensor, total: int) -> Tensor:
        """Return the tensor as it is."""
        return own

    def agreed(self, value: Any) -> Any:
        """Return the value."""
        return value


class Processes:
    """One of ``size`` processes of `torch.distributed`."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network as one whose gradients are averaged over the processes; `_Whole` turns means into sums."""
        return nn.parallel.DistributedDataParallel(network)

    def part(self, total: int) -> slice:
        """Return one's own of `total` examples: parts differ in size by at most one, and none is empty.

        Raises
        ------
        InputError
            If there are fewer examples than processes.
        """
        if total < self.size:
            raise InputError(f"training.devices: {self.size}, for {total} examples at a time; at most as many")
        return slice(total * self.rank // self.size, total * (self.rank + 1) // self.size)

    def scores(self, network: Callable[[Tensor], Tensor], codes: Tensor) -> Tensor:
        """Return the scores of the whole batch, from which only one's own gradients flow back."""
        part = self.part(len(codes))
        with WholeBatch(len(codes), part):
            own = network(codes[part]).float()
        return _Whole.apply(own, len(codes), part, self.size)

    def whole(self, own: Tensor, total: int) -> Tensor:
        """Return what all processes have; it passes through memory of the device that they communicate by."""
        place = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
        return _gathered(own.to(place), total, self.part(total)).to(own.device)

    def agreed(self, value: Any) -> Any:
        """Return the first process's value, of whatever kind."""
        values = [value]
        dist.broadcast_object_list(values)
        return values[0]


def _gathered(own: Tensor, total: int, part: slice) -> Tensor:
    """Return the parts of all processes in their order, ``(total, …)``."""
    whole = own.new_zeros(total, *own.shape[1:])
    whole[part] = own
    dist.all_reduce(whole)
    return whole


class _Sum(Function):
    """The sum over all processes; so is its gradient, since each process depends on it."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        total = own.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _Sum.forward(ctx, gradient.contiguous())


class _Whole(Function):
    """All parts in their order. Every process has the loss of the whole, so that each takes its part of the gradient.

    The gradient is multiplied by the number of processes, over which that of the weights is averaged.
    """

    @staticmethod
    def forward(ctx: Any, own: Tensor, total: int, part: slice, size: int) -> Tensor:
        ctx.part, ctx.size = part, size
        return _gathered(own, total, part)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        return gradient[ctx.part] * ctx.size, None, None, None


class WholeBatch(TorchFunctionMode):
    """Within it, layers that look across a batch, or draw for it, do as if one's part of it were the whole batch.

    A network may look at each example several times (at both strands), one copy of the batch after the other.
    `torch.nn.SyncBatchNorm` would need a GPU, and has no counterpart for dropout.

    Parameters
    ----------
    total
        Examples of the whole batch.
    part
        Which of them the network gets.
    """

    def __init__(self, total: int, part: slice) -> None:
        super().__init__()
        self.total, self.part = total, part
        self.own = part.stop - part.start
        self.layers = {functional.batch_norm: self.batch_norm, functional.dropout: self.dropout}

    def __torch_function__(
        self, function: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a function of torch, or what takes its place."""
        return self.layers.get(function, function)(*args, **(kwargs or {}))

    def batch_norm(
        self, inputs: Tensor, mean: Tensor, variance: Tensor, weight: Tensor, bias: Tensor,
        training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
    ) -> Tensor:  # fmt: skip
        """Normalise ``(copies · own, channels, *space)`` by mean and variance of the whole batch; note them, as torch.

        Ioffe & Szegedy 2015, arXiv:1502.03167; the variance that is noted is unbiased.
        """
        if not training:
            return functional.batch_norm(inputs, mean, variance, weight, bias, training, momentum, eps)
        axes, shape = [0, *range(2, inputs.ndim)], [1, -1, *[1] * (inputs.ndim - 2)]
        values = inputs.to(mean.dtype)  # of mixed precision to single, as torch does
        count = values[:, 0].numel() // self.own * self.total
        found = _Sum.apply(values.sum(axes)) / count
        centred = values - found.view(shape)
        spread = _Sum.apply(centred.square().sum(axes)) / count
        with torch.no_grad():
            mean.lerp_(found, momentum)
            variance.lerp_(spread * count / (count - 1), momentum)
        normalised = centred * (spread + eps).rsqrt().view(shape)
        return (normalised * weight.view(shape) + bias.view(shape)).to(inputs.dtype)

    def dropout(self, inputs: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        """Drop from ``(copies · own, …)`` what one process would drop of the whole batch."""
        if not training or not p:
            return inputs
        copies = len(inputs) // self.own
        # torch draws in the order of memory, which need not be that of the axes.
        strides = inputs.stride()
        order = sorted(range(inputs.ndim), key=lambda axis: -strides[axis])
        whole = torch.empty_permuted((copies * self.total, *inputs.shape[1:]), order).to(inputs).fill_(1)
        drawn = functional.dropout(whole, p).unflatten(0, (copies, self.total))
        return inputs * drawn[:, self.part].reshape(inputs.shape)

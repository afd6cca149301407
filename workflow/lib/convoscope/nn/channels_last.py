"""Maps whose channels are next to each other in memory, in training on a CPU.

The numbers stay the same up to rounding. Pooling in windows takes a fifth of the time, which pays behind normalisation,
and the gradient of the best match of every detector a tenth; averages of whole maps take longer.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from convoscope.nn.convolution import Correlation
from convoscope.nn.fewer_products import BlockCorrelation
from convoscope.nn.first_layer import FirstCorrelation, is_first
from convoscope.nn.joined import gains, joined
from convoscope.nn.pooling import GlobalPool, Pool, largest
from convoscope.nn.trained_products import correlate_trained, may_pay

# Behind these, maps have their channels next to each other, or cost nothing to be given so.
SIDE_BY_SIDE = (nn.BatchNorm1d, BlockCorrelation)


def conv1d(
    maps: Tensor, weight: Tensor, bias: Tensor | None, stride: Sequence[int], padding: Sequence[int],
    dilation: Sequence[int], groups: int,
) -> Tensor:  # fmt: skip
    """Return what `torch.nn.functional.conv1d` does."""
    maps = maps.transpose(1, 2).contiguous().transpose(1, 2)
    if (*stride, *padding, *dilation, groups) == (1, 0, 1, 1) and is_first(maps, weight):
        return FirstCorrelation.apply(maps, weight, bias)
    fewer = correlate_trained(maps, weight, bias, stride, padding, dilation, groups)
    if fewer is not None:
        return fewer
    sizes = (1, *stride), (0, *padding), (1, *dilation)
    return F.conv2d(maps.unsqueeze(2), weight.unsqueeze(2), bias, *sizes, groups).squeeze(2)


def conv2d(maps: Tensor, weight: Tensor, *options: Any) -> Tensor:
    """Return what `torch.nn.functional.conv2d` does."""
    fewer = correlate_trained(maps, weight, *options)
    return F.conv2d(maps, weight, *options) if fewer is None else fewer


def max_pool1d(maps: Tensor, size: Sequence[int], stride: Sequence[int], **options: Any) -> Tensor:
    """Return what `torch.nn.functional.max_pool1d` does."""
    return F.max_pool2d(maps.unsqueeze(2), (1, *size), (1, *stride), **options).squeeze(2)


def batch_norm(maps: Tensor, *figures: Any, **options: Any) -> Tensor:
    """Return what `torch.nn.functional.batch_norm` does."""
    if maps.ndim != 3:
        return F.batch_norm(maps, *figures, **options)
    return F.batch_norm(maps.unsqueeze(2), *figures, **options).squeeze(2)


def pad(maps: Tensor, sides: Sequence[int], **options: Any) -> Tensor:
    """Return what `torch.nn.functional.pad` does."""
    if not _are_sequences([maps], sides):
        return F.pad(maps, sides, **options)
    return F.pad(maps.transpose(1, 2), (0, 0, *sides), **options).transpose(1, 2)


def cat(maps: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Return what `torch.cat` does."""
    if dim or not _are_sequences(maps):
        return torch.cat(list(maps), dim)
    return torch.cat([one.transpose(1, 2) for one in maps]).transpose(1, 2)


def _are_sequences(maps: Sequence[Tensor], sides: Sequence[int] = (0, 0)) -> bool:
    """Tell whether all have channels next to each other, and only positions are added."""
    return len(sides) == 2 and all(one.ndim == 3 and one.stride(1) == 1 for one in maps)


def pays(network: nn.Module) -> bool:
    """Tell whether a network has layers that are so much faster that its training is."""
    if pays_in_prediction(network) or gains(network):
        return True
    if any(isinstance(one, Correlation) and may_pay(one) for one in network.modules()):
        return True
    return any(
        isinstance(layer, Correlation) and isinstance(following, GlobalPool) and following.functions == [largest]
        for layer, following in _neighbours(network)
    )


def pays_in_prediction(network: nn.Module) -> bool:
    """Tell whether a network pools in windows behind a normalisation, or behind a layer that one is folded into."""
    return any(isinstance(one, SIDE_BY_SIDE) and isinstance(other, Pool) for one, other in _neighbours(network))


def _neighbours(network: nn.Module) -> Iterator[tuple[nn.Module, nn.Module]]:
    """Yield all layers that follow each other in a chain."""
    if isinstance(network, nn.Sequential):
        yield from pairwise(network)
    for part in network.children():  # unlike modules, also of an ONNX file
        yield from _neighbours(part)


FUNCTIONS = {
    F.conv1d: conv1d,
    F.conv2d: conv2d,
    F.max_pool1d: max_pool1d,
    F.batch_norm: batch_norm,
    F.pad: pad,
    torch.cat: cat,
}


class ChannelsLast(TorchFunctionMode):
    """Within it, functions of torch on maps ``(batch, channels, length)`` keep the channels next to each other."""

    def __torch_function__(
        self, function: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a function of torch, or what takes its place."""
        return FUNCTIONS.get(function, function)(*args, **(kwargs or {}))


def side_by_side(maps: Tensor, pays: bool) -> AbstractContextManager[Any]:
    """Return the mode of layers that read maps on a CPU, where it pays: every call of torch takes longer within it."""
    return ChannelsLast() if pays and maps.device.type == "cpu" else nullcontext()


class PositionByPosition(nn.Module):
    """A network that is trained with channels last; its predictions are computed as ever."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.joined = [joined(network)]  # in a list, since its layers are those of the network

    def forward(self, inputs: Tensor) -> Tensor:
        """Return scores of input ``(batch, channels, *space)``."""
        if not self.training:
            return self.network(inputs)
        with ChannelsLast():
            return self.joined[0](inputs)

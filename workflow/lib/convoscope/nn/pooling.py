"""Pooling: each map is summarised alone, no channel ever meets another."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.convolution import Numbers, output_size, per_dimension
from convoscope.nn.first_layer import best_match, whole_maximum

POOLS: dict[str, dict[int, Callable[..., Tensor]]] = {
    "max": {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d},
    "average": {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d},
}


def largest(maps: Tensor) -> Tensor:
    """Return the maximum of each whole map, ``(batch, channels)``; a gradient goes to one position alone.

    ``amax()`` would share it among ties; where there is none, it takes a tenth of the time, unless channels are next
    to each other.
    """
    flat = maps.flatten(2)
    if not flat.requires_grad:
        return whole_maximum(flat)[0] if flat.stride(1) == 1 else flat.amax(2)
    best = best_match(flat)
    return whole_maximum(flat)[0] if best is None else best


GLOBAL_POOLS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": largest,
    "average": lambda maps: maps.flatten(2).mean(2),
}
KINDS: dict[str, tuple[str, ...]] = {"max": ("max",), "average": ("average",), "max+average": ("max", "average")}


def _parts(kind: str) -> tuple[str, ...]:
    """Return the elementary poolings of a kind, or refuse it."""
    if kind not in KINDS:
        raise InputError(f"pool: {kind!r}; one of {', '.join(KINDS)}")
    return KINDS[kind]


def join_channels(pooled: Sequence[Tensor]) -> Tensor:
    """Put the results of several poolings behind each other on the channel axis."""
    return pooled[0] if len(pooled) == 1 else torch.cat(list(pooled), dim=1)


class Pool(nn.Module):
    """Pool windows of each map: ``(batch, channels, *space)`` to ``(batch, channels, *output_size)``.

    ``max+average`` gives ``2 * channels`` maps: all maxima, then all averages (Alipanahi et al. 2015).

    Parameters
    ----------
    ndim
        Number of spatial dimensions.
    kind
        ``max``, ``average`` or ``max+average``.
    size
        Window, one value or one per dimension.
    stride
        Step between windows; the size when not given. Positions that fill no window are left out.

    Raises
    ------
    InputError
        If the kind is unknown, or (when called) the window is larger than the maps.
    """

    def __init__(self, ndim: int, kind: str, size: Numbers, stride: Numbers | None = None) -> None:
        super().__init__()
        self.functions = [POOLS[part][ndim] for part in _parts(kind)]
        self.kernel_size = per_dimension(size, ndim)
        self.stride = self.kernel_size if stride is None else per_dimension(stride, ndim)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the pooled maps."""
        for numbers in zip(maps.shape[2:], self.kernel_size, self.stride, strict=True):
            output_size(*numbers)
        return join_channels([function(maps, self.kernel_size, self.stride) for function in self.functions])


class GlobalPool(nn.Module):
    """Summarise each whole map: ``(batch, channels, *space)`` to ``(batch, channels)``.

    ``max+average`` gives ``(batch, 2 * channels)``: all maxima, then all averages.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.functions = [GLOBAL_POOLS[part] for part in _parts(kind)]

    def forward(self, maps: Tensor) -> Tensor:
        """Return one number per map and elementary pooling."""
        return join_channels([function(maps) for function in self.functions])

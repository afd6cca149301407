"""Cross-correlation and convolution in any number of dimensions: functions, layers and the arithmetic of sizes.

The two differ by one flip. For a kernel of ``F`` positions per dimension and one map,

- cross-correlation: ``out[i] = sum over u of kernel[u] * maps[i * stride + u * dilation - left]``
- convolution: cross-correlation with the kernel flipped in every spatial dimension,

where ``left`` is the padding before the first position. The convolutional layers of the field are cross-correlations.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.padding import PADDINGS

Numbers = int | Sequence[int]
Padding = str | int

CORRELATE: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def per_dimension(value: Numbers | str, ndim: int) -> tuple[Any, ...]:
    """Return one value for each of ``ndim`` dimensions; a single value is repeated.

    >>> per_dimension(3, 2), per_dimension((3, 5), 2)
    ((3, 3), (3, 5))
    """
    values = (value,) * ndim if isinstance(value, int | str) else tuple(value)
    if len(values) != ndim:
        raise InputError(f"layer: {len(values)} values {values} for {ndim} dimensions; one for each, or a single one")
    return values


def padding_sides(size: int, padding: Padding = "valid", dilation: int = 1) -> tuple[int, int]:
    """Return how many zeros stand before and after one dimension.

    ``same`` keeps ``ceil(N / stride)`` outputs; an even span needs an odd number of zeros and takes the odd one
    at the end, as torch and TensorFlow do. ``full`` keeps every position that the kernel touches at all.

    >>> padding_sides(4, "same"), padding_sides(4, "full"), padding_sides(4, 2)
    ((1, 2), (3, 3), (2, 2))
    """
    if isinstance(padding, str) and padding in PADDINGS:
        return PADDINGS[padding](dilation * (size - 1))
    if isinstance(padding, int) and padding >= 0:
        return padding, padding
    raise InputError(f"padding: {padding!r}; one of {', '.join(PADDINGS)}, or a whole number from 0")


def output_size(length: int, size: int, stride: int = 1, padding: Padding = "valid", dilation: int = 1) -> int:
    """Return how many outputs a kernel gives along one dimension: ``(N − F + 2P) / S + 1``, rounded down.

    Parameters
    ----------
    length, size
        Input positions N and kernel positions; the kernel spans ``F = dilation * (size - 1) + 1``.
    stride, dilation
        Step S between outputs, and distance between neighbouring kernel positions.
    padding
        Zeros P at each end, or ``valid``, ``same``, ``full``.

    Raises
    ------
    InputError
        If the kernel does not fit, or a number is below one.

    >>> output_size(32, 5)
    28
    """
    if min(size, stride, dilation) < 1:
        raise InputError(f"layer: size {size}, stride {stride}, dilation {dilation}; each at least 1")
    span, padded = dilation * (size - 1) + 1, length + sum(padding_sides(size, padding, dilation))
    if span > padded:
        raise InputError(f"kernel: spans {span} positions of {padded} (padding included); at most as many as there are")
    return (padded - span) // stride + 1


def least_length(layers: Sequence[tuple[int, int]]) -> int:
    """Return the shortest input of a chain of unpadded layers, each given by its size and stride.

    >>> least_length([(19, 1), (3, 3)])
    21
    """
    needed = 1
    for size, stride in reversed(layers):
        needed = (needed - 1) * stride + size
    return needed


def correlate(
    maps: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = "valid",
    dilation: Numbers = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate maps with kernels, summing over the channels of a group.

    Parameters
    ----------
    maps
        ``(batch, channels, *space)``.
    weight
        ``(out_channels, channels / groups, *size)``; its number of spatial dimensions is that of the operation.
    bias
        ``(out_channels,)``, or nothing.
    stride, dilation
        One value, or one per dimension.
    padding
        Of every dimension; see `padding_sides`.
    groups
        Number of groups of channels that do not see each other.

    Returns
    -------
    ``(batch, out_channels, *output_size)``; `output_size` raises InputError when a kernel does not fit.
    """
    ndim = weight.dim() - 2
    sizes, paddings = tuple(weight.shape[2:]), (padding,) * ndim
    strides, dilations = per_dimension(stride, ndim), per_dimension(dilation, ndim)
    for numbers in zip(maps.shape[2:], sizes, strides, paddings, dilations, strict=True):
        output_size(*numbers)
    sides = [padding_sides(*numbers) for numbers in zip(sizes, paddings, dilations, strict=True)]
    common = tuple(min(pair) for pair in sides)
    # torch pads both ends alike; what one end has more is added first (F.pad counts from the last dimension).
    extra = [side - both for pair, both in zip(reversed(sides), reversed(common), strict=True) for side in pair]
    padded = F.pad(maps, extra) if any(extra) else maps
    return CORRELATE[ndim](padded, weight, bias, strides, common, dilations, groups)


def convolve(
    maps: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Numbers = 1,
    padding: Padding = "valid",
    dilation: Numbers = 1,
    groups: int = 1,
) -> Tensor:
    """Flip the kernels over every spatial dimension, then `correlate`; parameters and errors are the same.

    With an even size, ``same`` is shifted by one position from ``scipy.signal.convolve``, which cuts out the
    centre of the full result.
    """
    flipped = weight.flip(tuple(range(2, weight.dim())))
    return correlate(maps, flipped, bias, stride, padding, dilation, groups)


def _kernels(shape: Sequence[int], bias: bool) -> tuple[nn.Parameter, nn.Parameter | None]:
    """Draw weights ``(out_channels, in_channels / groups, *size)`` from torch's global generator; biases are zero.

    He et al. 2015: a variance of 2 / fan-in keeps the scale of the signal through rectified layers.
    """
    weight = nn.Parameter(torch.empty(*shape))
    nn.init.kaiming_normal_(weight, nonlinearity="relu")
    return weight, nn.Parameter(torch.zeros(shape[0])) if bias else None


class Correlation(nn.Module):
    """Cross-correlation with learned kernels.

    Maps ``(batch, in_channels, *space)`` to ``(batch, out_channels, *output_size)``.

    Parameters
    ----------
    ndim
        Number of spatial dimensions: 1 for sequences, 2 for images.
    in_channels, out_channels
        Maps that come in, and kernels (maps that go out).
    size, stride, dilation
        One value, or one per dimension.
    padding
        Of every dimension; see `padding_sides`.
    groups
        Number of groups of channels that do not see each other.
    bias
        Whether a learned number is added to each map.
    """

    def __init__(
        self,
        ndim: int,
        in_channels: int,
        out_channels: int,
        size: Numbers,
        stride: Numbers = 1,
        padding: Padding = "valid",
        dilation: Numbers = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = per_dimension(size, ndim)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self.weight, self.bias = _kernels((out_channels, in_channels // groups, *self.kernel_size), bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return one map per kernel."""
        return correlate(maps, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Convolution(nn.Module):
    """Convolution with learned kernels; parameters and shapes are those of `Correlation`."""

    def __init__(
        self,
        ndim: int,
        in_channels: int,
        out_channels: int,
        size: Numbers,
        stride: Numbers = 1,
        padding: Padding = "valid",
        dilation: Numbers = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = per_dimension(size, ndim)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self.weight, self.bias = _kernels((out_channels, in_channels // groups, *self.kernel_size), bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return one map per kernel."""
        return convolve(maps, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


def first_correlation(model: nn.Module) -> Correlation:
    """Return the layer whose kernels ``(filters, channels, *size)`` look at the input itself.

    Networks that look at both strands call it once with both, first the sequences, then their reverse complements:
    a hook on it sees maps of ``(2 * batch, filters, positions)``.

    """
    for module in model.modules():
        if isinstance(module, Correlation):
            return module
    raise InputError(f"model: no Correlation among the layers of {type(model).__name__}; filters need at least one")

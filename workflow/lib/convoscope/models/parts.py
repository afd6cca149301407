"""What the architectures have in common: the check of the window, trunk and strands."""

from collections.abc import Sequence

from torch import nn

from convoscope.errors import InputError
from convoscope.nn.blocks import chain, correlation_block
from convoscope.nn.convolution import Correlation, least_length, output_size
from convoscope.nn.strand import BothStrands

FIRST_SHARE = 0.02  # standard deviation of their first weights, as a share of He's


def begin_small(layer: Correlation, deviation: float | None = None) -> Correlation:
    """Draw the weights of a layer, in place, from a normal distribution far narrower than He's.

    For a first layer that is normalised later on, so that the scale of its weights is free: from small weights training
    writes patterns, where it would otherwise correct noise that stays visible to the end.

    Parameters
    ----------
    layer
        A first layer.
    deviation
        Standard deviation; `FIRST_SHARE` of He's when not given.
    """
    usual = (2 / layer.weight[0].numel()) ** 0.5
    nn.init.normal_(layer.weight, std=FIRST_SHARE * usual if deviation is None else deviation)
    return layer


def require_window(name: str, space: tuple[int, ...], layers: Sequence[tuple[int, int]]) -> int:
    """Return how many positions a chain of unpadded layers leaves of a window.

    Parameters
    ----------
    name
        The architecture, for the message.
    space
        ``(length,)``.
    layers
        Size and stride of each layer in order.

    Raises
    ------
    InputError
        If the input is not a sequence, or too short; the message holds the shortest length that fits.
    """
    if len(space) != 1:
        raise InputError(f"model.name: {name} reads sequences, not {len(space)}-dimensional images; choose another")
    needed, length = least_length(layers), space[0]
    if length < needed:
        raise InputError(
            f"windows.length: {length} is too short for {name}; at least {needed}, or smaller layers by model.options"
        )
    for size, stride in layers:
        length = output_size(length, size, stride)
    return length


def require_image(name: str, space: tuple[int, ...], layers: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the height and width that a chain of unpadded layers leaves of an image.

    Parameters
    ----------
    name
        The architecture, for the message.
    space
        ``(height, width)``.
    layers
        Size and stride of each layer in order, the same for both dimensions.

    Raises
    ------
    InputError
        If the input is not an image, or too small; the message holds the smallest side that fits.
    """
    if len(space) != 2:
        raise InputError(f"model.name: {name} reads images, not sequences; choose another")
    needed = least_length(layers)
    if min(space) < needed:
        raise InputError(
            f"crops.size: {min(space)} is too small for {name}; at least {needed}, or fewer layers by model.options"
        )
    for size, stride in layers:
        space = tuple(output_size(side, size, stride) for side in space)
    return space


def trunk_layers(
    name: str, filters: Sequence[int], lengths: Sequence[int], pools: Sequence[int]
) -> list[tuple[int, int]]:
    """Return size and stride of every correlation and pooling of a trunk, or refuse options that do not pair up."""
    if not len(filters) == len(lengths) == len(pools) > 0:
        found = f"{len(filters)} filters, {len(lengths)} lengths, {len(pools)} pools"
        raise InputError(f"model.options: {found} for {name}; one of each per layer, at least one layer")
    return [pair for length, pool in zip(lengths, pools, strict=True) for pair in ((length, 1), (pool, pool))]


def trunk(
    channels: int,
    filters: Sequence[int],
    lengths: Sequence[int],
    pools: Sequence[int],
    dropout: Sequence[float] | None = None,
    norm: bool = False,
    activation: str = "relu",
) -> nn.Sequential:
    """Chain correlation blocks on sequences: ``(batch, channels, length)`` to ``(batch, filters[-1], positions)``.

    Parameters
    ----------
    channels
        Letters of the alphabet.
    filters, lengths, pools
        Kernels, their length, and pooling window (1 for none) of each block.
    dropout
        Share of numbers set to zero after each block; none when not given.
    norm
        Whether blocks are batch-normalised.
    activation
        Of the first block; the others have rectifiers.
    """
    widths = [channels, *filters][:-1]
    shares = [0.0] * len(filters) if dropout is None else dropout
    kinds = [activation, *["relu"] * (len(filters) - 1)]
    blocks = {
        f"block{number}": correlation_block(1, (before, after), size, pool, norm, share, kind)
        for number, (before, after, size, pool, share, kind) in enumerate(
            zip(widths, filters, lengths, pools, shares, kinds, strict=True), start=1
        )
    }
    return chain(**blocks)


def require_strands(strands: str, channels: int) -> None:
    """Refuse the reverse complement of anything but DNA."""
    if strands != "single" and channels != 4:
        raise InputError(
            f"model.options.strands: {strands!r} with {channels} letters; both strands need A, C, G, T, so use single"
        )


def on_strands(network: nn.Module, strands: str, channels: int) -> nn.Module:
    """Show a network one strand (``single``), or both and take the ``max`` or ``mean`` of its scores."""
    require_strands(strands, channels)
    return network if strands == "single" else BothStrands(network, strands)

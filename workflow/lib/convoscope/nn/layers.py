"""The table of layers of a network: what comes out, what it costs, how far it sees."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convoscope.nn.convolution import per_dimension
from convoscope.nn.pooling import GlobalPool
from convoscope.nn.position import PlacedMaximum

# Layers that look at everything that comes in, or no longer know positions.
GLOBAL = (GlobalPool, PlacedMaximum, nn.Flatten, nn.Linear, nn.LSTM, nn.GRU)
# Layers whose output has its channels on the last axis.
CHANNELS_LAST = (nn.Linear, nn.LSTM, nn.GRU)


class LayerRow(NamedTuple):
    """One layer; shapes are without the batch."""

    layer: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    receptive_field: tuple[int, ...]
    multiply_adds: int


class Sight(NamedTuple):
    """How far one unit sees, and how far neighbouring units are apart, in input positions per dimension."""

    field: tuple[int, ...]
    jump: tuple[int, ...]


def look(sight: Sight, layer: nn.Module, space: tuple[int, ...]) -> Sight:
    """Return the sight behind one more layer.

    A kernel of ``size`` positions adds ``(size - 1) * dilation * jump`` to the field and its stride multiplies the
    jump; layers without a kernel change nothing; global layers see the whole input. No field exceeds the input.
    """
    if isinstance(layer, GLOBAL):
        return Sight(space, sight.jump)
    ndim = len(space)
    size, stride, dilation = (
        per_dimension(getattr(layer, name, 1), ndim) for name in ("kernel_size", "stride", "dilation")
    )
    wider = (f + (n - 1) * d * j for f, n, d, j in zip(sight.field, size, dilation, sight.jump, strict=True))
    field = tuple(min(pair) for pair in zip(wider, space, strict=True))
    return Sight(field, tuple(j * s for j, s in zip(sight.jump, stride, strict=True)))


def _multiply_adds(layer: nn.Module, output: Tensor) -> int:
    """Count multiplications by a weight for the example that gave this output.

    Every weight matrix or kernel is used once per output position; biases, normalisation and pooling are not counted.
    """
    weights = sum(parameter.numel() for parameter in layer.parameters(recurse=False) if parameter.dim() > 1)
    channels = output.shape[-1 if isinstance(layer, CHANNELS_LAST) else 1]
    return weights * (output.numel() // channels)


def own_layers(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield name and module of every layer: what has no modules inside, or parameters of its own."""
    for name, module in model.named_modules():
        if not list(module.children()) or list(module.parameters(recurse=False)):
            yield name, module


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode without gradients and give every module back in the mode that it had."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def layer_table(model: nn.Module, channels: int, space: tuple[int, ...]) -> list[LayerRow]:
    """Describe every layer in the order of computation, by one pass of an example of zeros.

    Parameters
    ----------
    model
        Any network of ``(batch, channels, *space)``; given back unchanged, hooks and modes included.
    channels, space
        Shape of one example.

    Returns
    -------
    One row per layer. `receptive_field` follows the main path in the order of computation, so behind a residual
    block it is that of the longer way; recurrent, global, flattening and dense layers see the whole input.
    `_multiply_adds` is for one example; a network that reads both strands computes each layer twice, and a layer
    that is called several times has one row with the work of all calls.
    """
    rows: dict[str, LayerRow] = {}
    sight = Sight((1,) * len(space), (1,) * len(space))

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor | tuple[Tensor, ...]], None]:
        def note(layer: nn.Module, _: tuple[Tensor, ...], result: Tensor | tuple[Tensor, ...]) -> None:
            nonlocal sight
            output = result if isinstance(result, Tensor) else result[0]
            sight = look(sight, layer, space)
            work = _multiply_adds(layer, output) + (rows[name].multiply_adds if name in rows else 0)
            parameters = sum(parameter.numel() for parameter in layer.parameters(recurse=False))
            rows[name] = LayerRow(name, type(layer).__name__, tuple(output.shape[1:]), parameters, sight.field, work)

        return note

    first = next(model.parameters(), torch.zeros(0))
    with evaluating(model), ExitStack() as hooks:
        for name, module in own_layers(model):
            hooks.callback(module.register_forward_hook(watch(name)).remove)
        model(torch.zeros(1, channels, *space, dtype=first.dtype, device=first.device))
    return list(rows.values())


def join_shape(shape: tuple[int, ...]) -> str:
    """Write a shape as people do.

    >>> join_shape((300, 183))
    '300 x 183'
    """
    return " x ".join(map(str, shape))


def pixel_by_pixel(model: nn.Module) -> nn.Module:
    """Lay out the weights of layers on images, in place, and so all that they compute, with channels last.

    The numbers stay the same; on a CPU a training takes two thirds of the time, and a prediction half.
    """
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

"""What the units of any layer fire on: the strongest examples, and the patch of the input that a unit sees."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.layer_outputs import layer_named, outputs_of_layers
from convoscope.nn.convolution import padding_sides, per_dimension
from convoscope.nn.layers import GLOBAL, Sight, evaluating, look, own_layers

# Larger than any receptive field: `look` ends fields at the input, but where one lies needs its true size.
ENDLESS = 2**40


class UnitFrame(NamedTuple):
    """What a layer's units see, per dimension in input positions.

    The unit at position ``i`` of a map sees ``field`` positions from ``start + i * jump`` on; a start below zero lies
    in the padding. A layer that sees everything has the whole input as its field and no jump.
    """

    field: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[int, ...]


class Strongest(NamedTuple):
    """The examples on which each unit fires most, best first.

    ``values (channels, count)``; ``rows (channels, count)``: the examples' numbers; ``positions (channels, count,
    dimensions)``: where in the map.
    """

    values: np.ndarray
    rows: np.ndarray
    positions: np.ndarray


def _step(frame: UnitFrame, layer: nn.Module, space: tuple[int, ...]) -> UnitFrame:
    """Return the frame behind one more layer: zeros before the first position move the start to the left."""
    if isinstance(layer, GLOBAL) or frame.jump == (0,) * len(space):
        return UnitFrame(space, (0,) * len(space), (0,) * len(space))
    sight = look(Sight(frame.field, frame.jump), layer, (ENDLESS,) * len(space))
    size, padding, dilation = (
        per_dimension(getattr(layer, name, default), len(space))
        for name, default in (("kernel_size", 1), ("padding", 0), ("dilation", 1))
    )
    before = [padding_sides(*numbers)[0] for numbers in zip(size, padding, dilation, strict=True)]
    moved = (start - zeros * jump for start, zeros, jump in zip(frame.start, before, frame.jump, strict=True))
    return UnitFrame(sight.field, sight.jump, tuple(moved))


def frame_of(model: nn.Module, channels: int, space: tuple[int, ...], layer: str) -> UnitFrame:
    """Return what the units of a layer see, by one pass of an example of zeros.

    Follows the main path in the order of computation, as `nn.layers.layer_table` does.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    channels, space
        Shape of one example.
    layer
        Dotted name of a layer.

    Raises
    ------
    InputError
        If there is no such layer, or the model does not use it.
    """
    frame, found = UnitFrame((1,) * len(space), (1,) * len(space), (0,) * len(space)), list[UnitFrame]()

    def walk(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal frame
        frame = _step(frame, module, space)

    first = next(model.parameters(), torch.zeros(0))
    with evaluating(model), ExitStack() as hooks:
        for _, module in own_layers(model):
            hooks.callback(module.register_forward_hook(walk).remove)
        # Behind the layer's own hook, so that the layer is included.
        note: Callable[..., None] = lambda module, inputs, output: found.append(frame)  # noqa: E731
        hooks.callback(layer_named(model, layer).register_forward_hook(note).remove)
        model(torch.zeros(1, channels, *space, dtype=first.dtype, device=first.device))
    if not found:
        raise InputError(f"layer: {layer!r} is not used by the model; choose another")
    return found[0]


def strongest_examples(
    model: nn.Module, batches: Iterable[tuple[np.ndarray, Tensor]], layers: Sequence[str], count: int = 9
) -> list[Strongest]:
    """Find for each map or unit of each of the layers the examples on which it fires most.

    Each example counts once, with its best position. Memory does not grow with the number of batches.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    batches
        Numbers of the examples ``(batch,)``, and inputs ``(batch, channels, *space)``.
    layers
        Dotted names of layers of maps or units.
    count
        Examples to keep; all of them where there are fewer.

    Raises
    ------
    InputError
        If there are no examples, or count is below one.
    """
    if count < 1:
        raise InputError(f"count: {count}; at least 1")
    best: list[Strongest] = []
    for rows, inputs in batches:
        found = [_peaks(output, rows) for output in outputs_of_layers(model, inputs, layers)]
        if best:
            found = [_joined(*pair) for pair in zip(best, found, strict=True)]
        best = [_first_of(one, count) for one in found]
    if not best:
        raise InputError("strongest: no examples; at least one")
    return best


def _joined(first: Strongest, second: Strongest) -> Strongest:
    """Put the examples of one behind those of another."""
    return Strongest(*(np.concatenate(pair, axis=1) for pair in zip(first, second, strict=True)))


def _first_of(found: Strongest, count: int) -> Strongest:
    """Return the examples with the highest values, best first; of equals, the one that came first."""
    order = np.argsort(-found.values, axis=1, kind="stable")[:, :count]
    channels = np.arange(len(order))[:, None]
    return Strongest(*(field[channels, order] for field in found))


def _peaks(output: Tensor, rows: np.ndarray) -> Strongest:
    """Return for ``(batch, channels, *space)`` each example's best position of each channel."""
    values, places = output.flatten(2).max(2) if output.dim() > 2 else (output, torch.zeros_like(output).long())
    space = tuple(output.shape[2:])
    positions = np.stack(np.unravel_index(places.T.cpu().numpy(), space), axis=2) if space else None
    nowhere = np.empty((output.shape[1], output.shape[0], 0), dtype=np.int64)
    numbers = np.broadcast_to(rows, (output.shape[1], len(rows)))
    return Strongest(values.T.cpu().numpy(), numbers, nowhere if positions is None else positions)


def patches(inputs: np.ndarray, positions: np.ndarray, frame: UnitFrame, fill: float = 0.0) -> np.ndarray:
    """Cut out what units see, ``(batch, channels, *field)``.

    Where the field is as large as the input or larger, the whole input is returned along that dimension.

    Parameters
    ----------
    inputs
        ``(batch, channels, *space)``.
    positions
        ``(batch, dimensions)`` of the units in their map, one for each example; no columns: they see everything.
    frame
        From `frame_of`.
    fill
        What stands beyond the border, where a unit sees padding.
    """
    space = inputs.shape[2:]
    places = positions if positions.shape[1] else np.zeros((len(inputs), len(space)), dtype=np.int64)
    cut = np.full(
        (*inputs.shape[:2], *(min(pair) for pair in zip(frame.field, space, strict=True))), fill, inputs.dtype
    )
    for example, place, target in zip(inputs, places, cut, strict=True):
        source, destination = [slice(None)], [slice(None)]
        for side, field, jump, start, at in zip(space, *frame, place.tolist(), strict=True):
            begin = 0 if field >= side else start + at * jump
            inside = slice(max(begin, 0), min(begin + min(field, side), side))
            source.append(inside)
            destination.append(slice(inside.start - begin, inside.stop - begin))
        target[tuple(destination)] = example[tuple(source)]
    return cut


def embedding(model: nn.Module, inputs: Tensor) -> np.ndarray:
    """Return what the last dense layer sees of every example, ``(batch, units)``.

    Raises
    ------
    InputError
        If the model has no dense layer.
    """
    dense = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not dense:
        raise InputError(f"model: no dense layer in {type(model).__name__}; embeddings need one")
    seen: list[Tensor] = []
    handle = dense[-1].register_forward_hook(lambda module, given, output: seen.append(given[0]))
    try:
        with evaluating(model):
            model(inputs)
    finally:
        handle.remove()
    return _one_row_each(seen, len(inputs)).cpu().numpy()


def _one_row_each(seen: list[Tensor], batch: int) -> Tensor:
    """Return the units per example; of a model that reads both strands, the mean of the two."""
    [units] = seen
    return units.unflatten(0, (-1, batch)).mean(0)

"""Scores of sequences that differ from others in a few letters, without reading each of them from end to end.

A layer that is local changes only around the letters that differ. So the maps of the wild types are computed once, and
of a mutant only the positions that may differ, layer by layer, until a layer needs the whole: a dense one, a recurrent
one, or any that has no rule here. From there on the mutants are computed like all other examples. The scores are those
of the mutants one by one, up to rounding.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convoscope.nn.activation import Exponential
from convoscope.nn.blocks import Residual
from convoscope.nn.channels_last import ChannelsLast, pays_in_prediction
from convoscope.nn.convolution import Correlation, padding_sides, per_dimension
from convoscope.nn.pooling import Pool
from convoscope.nn.strand import BothStrands, opposite_strand


class WildTypes(NamedTuple):
    """Wild types ``(batch, letters, length)``, and what every layer of a network makes of them, by the layer."""

    one_hot: Tensor
    outputs: dict[nn.Module, Tensor]


class Changed(NamedTuple):
    """Maps that come to a layer from wild types, and the positions of mutants where they may differ from them.

    ``maps (batch, channels, length)``; mutant ``m`` is wild type ``owner[m]`` but for ``mutant[m]``, ``(mutants, width,
    channels)``, from position ``start[m]`` on, which may lie outside of the maps. ``outputs`` as in `WildTypes`.
    """

    maps: Tensor
    outputs: dict[nn.Module, Tensor]
    owner: Tensor
    start: Tensor
    mutant: Tensor


State = Changed | Tensor  # maps or numbers of whole mutants ``(mutants, …)``
Rule = Callable[[Any, Changed], State | None]


def _memory(network: nn.Module, one_hot: Tensor) -> AbstractContextManager[Any]:
    """Return the layout of memory in which a network is faster."""
    return ChannelsLast() if one_hot.device.type == "cpu" and pays_in_prediction(network) else nullcontext()


def read_wild_types(network: nn.Module, one_hot: Tensor) -> WildTypes:
    """Keep what the layers of a network in evaluation mode, called once each, make of wild types."""
    outputs: dict[nn.Module, Tensor] = {}

    def note(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        outputs[module] = output

    with ExitStack() as hooks, _memory(network, one_hot):

        def watch(module: nn.Module) -> None:
            if type(module) in RULES:
                hooks.callback(module.register_forward_hook(note).remove)

        network.apply(watch)  # unlike its modules, also of an ONNX file
        outputs[network] = network(one_hot)
    return WildTypes(one_hot, outputs)


def mutant_scores(network: nn.Module, wild: WildTypes, owner: Tensor, place: Tensor, letters: Tensor) -> Tensor:
    """Score mutants that have one other letter each.

    Parameters
    ----------
    network, wild
        The network, and the wild types that it has read.
    owner, place
        The wild type of each mutant, and where it has another letter, ``(mutants,)``.
    letters
        What stands there, encoded, ``(mutants, letters)``.
    """
    with _memory(network, wild.one_hot):
        return _whole(advance(network, Changed(*wild, owner, place, letters[:, None])))


def advance(layer: nn.Module, state: State) -> State:
    """Return what a layer makes of mutants."""
    if isinstance(state, Changed):
        rule = RULES.get(type(layer))
        found = rule(layer, state) if rule else None
        if found is not None:
            return found
    return layer(_whole(state))


def _whole(state: State) -> Tensor:
    """Put what changed into copies of the wild types."""
    if isinstance(state, Tensor):
        return state
    copies = state.maps.index_select(0, state.owner) if state.maps.is_contiguous() else state.maps[state.owner]
    each = torch.arange(len(copies), device=copies.device)[:, None]
    # A position outside of the maps repeats the nearest inside, which every mutant has.
    places = _positions(state, state.mutant.shape[1]).clamp(0, state.maps.shape[2] - 1)
    changed = _pick(state.mutant.transpose(1, 2), each[:, 0], places - state.start[:, None])
    copies.transpose(1, 2)[each, places] = changed
    return copies


def _positions(state: Changed, width: int) -> Tensor:
    """Return the positions ``(mutants, width)`` from the start of each mutant on."""
    return state.start[:, None] + torch.arange(width, device=state.start.device)


def _inside(state: Changed) -> Tensor:
    """Tell which positions of mutants lie within the maps, ``(mutants, width)``."""
    places = _positions(state, state.mutant.shape[1])
    return (places >= 0) & (places < state.maps.shape[2])


def _before(state: Changed, width: int) -> Tensor:
    """Return the wild types' numbers ``(mutants, width, channels)``; outside of the maps, any."""
    return _pick(state.maps, state.owner, _positions(state, width))


def _pick(maps: Tensor, example: Tensor, places: Tensor) -> Tensor:
    """Return ``maps[example[m], :, places[m]]``, ``(mutants, width, channels)``; outside of the maps, the nearest."""
    rows, places = maps.transpose(1, 2), places.clamp(0, maps.shape[2] - 1)
    if not rows.is_contiguous():
        return rows[example[:, None], places]
    numbers = (example[:, None] * rows.shape[1] + places).flatten()  # whole rows are copied in a quarter of the time
    return rows.flatten(0, 1).index_select(0, numbers).view(*places.shape, -1)


def _around(state: Changed, start: Tensor, width: int) -> Tensor:
    """Return mutants from other positions on, ``(mutants, width, channels)``."""
    has, each = state.mutant.shape[1], torch.arange(len(start), device=start.device)
    places = _positions(state._replace(start=start - state.start), width)
    around = _pick(state.mutant.transpose(1, 2), each, places)
    number, position = ((places < 0) | (places >= has)).nonzero(as_tuple=True)
    same = _pick(state.maps, state.owner[number], (start[number] + position)[:, None])
    around[number, position] = same[:, 0]
    return around


def _difference(state: Changed) -> Tensor:
    """Return by how much mutants differ from wild types, ``(mutants, width, channels)``; outside of the maps 0."""
    difference = state.mutant - _before(state, state.mutant.shape[1])
    return difference.masked_fill_(~_inside(state)[..., None], 0)


def _in_turn(chain: nn.Sequential, state: Changed) -> State:
    """Rule of a chain: its layers one after the other."""
    found: State = state
    for layer in chain:
        found = advance(layer, found)
    return found


def _correlation(layer: Correlation, state: Changed) -> State | None:
    """Rule of a correlation, which is linear: what its outputs have more is what it makes of the differences."""
    filters, _, size = layer.weight.shape
    [stride], [dilation] = per_dimension(layer.stride, 1), per_dimension(layer.dilation, 1)
    reach, width = (size - 1) * dilation, state.mutant.shape[1]
    if stride != 1 or layer.groups != 1 or width + reach >= state.maps.shape[2]:
        return None
    difference = _difference(state)
    before, _ = padding_sides(size, layer.padding, dilation)
    found = Changed(state.outputs[layer], state.outputs, state.owner, state.start + before - reach, difference)
    outputs, taps = _before(found, width + reach), layer.weight.permute(2, 1, 0).contiguous()
    if width == 1:  # all outputs in one product
        outputs[:, ::dilation] += (difference[:, 0] @ taps.flip(0).transpose(0, 1).flatten(1)).view(-1, size, filters)
        return _local(found._replace(mutant=outputs))
    for output in range(width + reach):
        first = max(output - reach, (output - reach) % dilation)  # the first position that it sees
        seen, tap = difference[:, first : output + 1 : dilation], (first + reach - output) // dilation
        outputs[:, output].addmm_(seen.flatten(1), taps[tap : tap + seen.shape[1]].flatten(0, 1))
    return _local(found._replace(mutant=outputs))


def _local(state: Changed) -> Changed | None:
    """Return the state, but None where what changed is as wide as the maps, and nothing is gained."""
    return state if state.mutant.shape[1] < state.maps.shape[2] else None


def _pad(layer: nn.ConstantPad1d, state: Changed) -> State | None:
    """Rule of padding: the positions move."""
    mutant = state.mutant.masked_fill(~_inside(state)[..., None], layer.value)
    return _local(Changed(state.outputs[layer], state.outputs, state.owner, state.start + layer.padding[0], mutant))


def _pool(layer: Pool, state: Changed) -> State | None:
    """Rule of pooling: every window that holds a changed position is pooled once more."""
    [size], [stride] = layer.kernel_size, layer.stride
    if size < stride:
        return None
    first = (state.start - size + stride).div(stride, rounding_mode="floor")
    windows = (state.mutant.shape[1] + size - 2) // stride + 1
    pooled = state.outputs[layer]
    if windows >= pooled.shape[2]:
        return None
    first = first.clamp(max=pooled.shape[2] - 1)  # at the end are positions that no window holds
    around = _around(state, first * stride, (windows - 1) * stride + size)
    return Changed(pooled, state.outputs, state.owner, first, layer(around.transpose(1, 2)).transpose(1, 2))


def _pointwise(layer: nn.Module, state: Changed) -> State | None:
    """Rule of a layer that treats every position alone, as normalisation does by figures of the training."""
    if isinstance(layer, nn.BatchNorm1d) and layer.running_var is None:
        return None
    mutant = layer(state.mutant.flatten(0, 1)).view(state.mutant.shape)
    return state._replace(maps=state.outputs[layer], mutant=mutant)


def _residual(layer: Residual, state: Changed) -> State:
    """Rule of a sum of what came in and what a branch finds."""
    found = advance(layer.branch, state)
    if isinstance(found, Tensor):
        return _whole(state) + found
    came = _around(state, found.start, found.mutant.shape[1])
    return found._replace(maps=state.outputs[layer], mutant=came + found.mutant)


def _strands(layer: BothStrands, state: Changed) -> State:
    """Rule of a network that reads both strands."""
    start = state.maps.shape[2] - state.mutant.shape[1] - state.start
    maps = torch.cat([state.maps, opposite_strand(state.maps)])
    forward = state._replace(maps=maps)
    reverse = Changed(maps, state.outputs, state.owner + len(state.maps), start, state.mutant.flip(1, 2))
    return layer.reduce(*(_whole(advance(layer.network, strand)) for strand in (forward, reverse)))


RULES: dict[type[nn.Module], Rule] = {
    nn.Sequential: _in_turn,
    Correlation: _correlation,
    nn.ConstantPad1d: _pad,
    Pool: _pool,
    nn.BatchNorm1d: _pointwise,
    nn.ReLU: _pointwise,
    Exponential: _pointwise,
    nn.Dropout: lambda layer, state: state,
    Residual: _residual,
    BothStrands: _strands,
}

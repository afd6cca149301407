"""Scores of sequences that differ from others in a few letters, without reading each of them from end to end.

A layer that is local changes only around the letters that differ. So the maps of the wild types are computed once, and
of a mutant only the positions that may differ, layer by layer, until a layer needs the whole: a recurrent one, or any
that has no rule here. Maxima and averages of whole maps, and the dense layer behind flattened ones, change by what
changed. From there on the mutants are computed like all other examples. The scores are those of the mutants one by
one, up to rounding.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convoscope.nn.activation import Exponential
from convoscope.nn.blocks import Residual
from convoscope.nn.changed import Changed, Flat, State, around, before, by_start, difference, inside, whole
from convoscope.nn.channels_last import pays_in_prediction, side_by_side
from convoscope.nn.convolution import Correlation, padding_sides, per_dimension
from convoscope.nn.fewer_products import BlockCorrelation
from convoscope.nn.letter_table import LetterCorrelation
from convoscope.nn.pooling import GLOBAL_POOLS, GlobalPool, Pool, largest
from convoscope.nn.prepared import Dense
from convoscope.nn.strand import BothStrands, opposite_strand


class WildTypes(NamedTuple):
    """Wild types ``(batch, letters, length)``, and what every layer of a network makes of them, by the layer."""

    one_hot: Tensor
    outputs: dict[nn.Module, Tensor]


Rule = Callable[[Any, Any], State | None]


def read_wild_types(network: nn.Module, one_hot: Tensor) -> WildTypes:
    """Keep what the layers of a network in evaluation mode, called once each, make of wild types."""
    outputs: dict[nn.Module, Tensor] = {}

    def note(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        outputs[module] = output

    with ExitStack() as hooks, side_by_side(one_hot, pays_in_prediction(network)):

        def watch(module: nn.Module) -> None:
            if type(module) in RULES or type(module) in FLAT_RULES:
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
    return whole(advance(network, Changed(*wild, owner, place, letters[:, None])))


def _applied(layer: nn.Module, maps: Tensor) -> Tensor:
    """Return what a layer makes of maps, or of numbers, in the layout of memory that they have."""
    with side_by_side(maps, maps.dim() == 3 and maps.stride(1) == 1):
        return layer(maps)


def advance(layer: nn.Module, state: State) -> State:
    """Return what a layer makes of mutants."""
    rules: Mapping[type[nn.Module], Rule] = {Changed: RULES, Flat: FLAT_RULES}.get(type(state), {})
    rule = rules.get(type(layer))
    found = rule(layer, state) if rule else None
    return _applied(layer, whole(state)) if found is None else found


def _in_turn(chain: nn.Sequential, state: State) -> State:
    """Rule of a chain: its layers one after the other."""
    for layer in chain:
        state = advance(layer, state)
    return state


def _correlation(layer: Correlation, state: Changed) -> State | None:
    """Rule of a correlation, which is linear: what its outputs have more is what it makes of the differences."""
    [stride], [dilation] = per_dimension(layer.stride, 1), per_dimension(layer.dilation, 1)
    size = layer.weight.shape[2]
    if stride != 1 or layer.groups != 1:
        return None
    first, _ = padding_sides(size, layer.padding, dilation)
    return _correlated(layer, state, first, dilation)


def _unpadded(layer: BlockCorrelation, state: Changed) -> State | None:
    """Rule of a correlation of a network that is prepared."""
    return _correlated(layer, state, 0, 1)


def _correlated(layer: Any, state: Changed, padding: int, dilation: int) -> State | None:
    """Add what a correlation makes of the differences, where they begin to be seen ``padding`` positions earlier."""
    filters, _, size = layer.weight.shape
    reach, width = (size - 1) * dilation, state.width
    if width + reach >= state.maps.shape[2]:
        return None
    found = state._replace(maps=state.outputs[layer], start=state.start + padding - reach)
    outputs, more = before(found, width + reach), difference(state)
    products = layer.products(width, 1 - size, width + reach) if isinstance(layer, BlockCorrelation) else None
    taps = layer.weight.permute(2, 1, 0)
    if products is not None:
        outputs += products.of(more)
    elif width == 1:  # all outputs in one product
        outputs[:, ::dilation] += (more[:, 0] @ taps.flip(0).transpose(0, 1).flatten(1)).view(-1, size, filters)
    else:
        taps = taps.contiguous()
        for output in range(width + reach):
            low = max(output - reach, (output - reach) % dilation)  # the first position that it sees
            seen, tap = more[:, low : output + 1 : dilation], (low + reach - output) // dilation
            outputs[:, output].addmm_(seen.flatten(1), taps[tap : tap + seen.shape[1]].flatten(0, 1))
    return _local(found._replace(mutant=outputs))


def _local(state: Changed) -> Changed | None:
    """Return the state, but None where what changed is as wide as the maps, and nothing is gained."""
    return state if state.width < state.maps.shape[2] else None


def _pad(layer: nn.ConstantPad1d, state: Changed) -> State | None:
    """Rule of padding: the positions move."""
    mutant = state.mutant.masked_fill(~inside(state)[..., None], layer.value)
    return _local(Changed(state.outputs[layer], state.outputs, state.owner, state.start + layer.padding[0], mutant))


def _pool(layer: Pool, state: Changed) -> State | None:
    """Rule of pooling: every window that holds a changed position is pooled once more."""
    [size], [stride] = layer.kernel_size, layer.stride
    if size < stride:
        return None
    first = (state.start - size + stride).div(stride, rounding_mode="floor")
    windows = (state.width + size - 2) // stride + 1
    pooled = state.outputs[layer]
    if windows >= pooled.shape[2]:
        return None
    first = first.clamp(max=pooled.shape[2] - 1)  # at the end are positions that no window holds
    maps = around(state, first * stride, (windows - 1) * stride + size)
    return Changed(pooled, state.outputs, state.owner, first, _applied(layer, maps.transpose(1, 2)).transpose(1, 2))


def _pointwise(layer: nn.Module, state: Changed) -> State | None:
    """Rule of a layer that treats every position alone, as normalisation does by figures of the training."""
    if isinstance(layer, nn.BatchNorm1d) and layer.running_var is None:
        return None
    mutant = layer(state.mutant.flatten(0, 1)).view(state.mutant.shape)
    return state._replace(maps=state.outputs[layer], mutant=mutant)


def _residual(layer: Residual, state: Changed) -> State:
    """Rule of a sum of what came in and what a branch finds."""
    found = advance(layer.branch, state)
    if not isinstance(found, Changed):
        return whole(state) + whole(found)
    came = around(state, found.start, found.width)
    return found._replace(maps=state.outputs[layer], mutant=came + found.mutant)


def _strands(layer: BothStrands, state: Changed) -> State:
    """Rule of a network that reads both strands."""
    start = state.maps.shape[2] - state.width - state.start
    maps = torch.cat([state.maps, opposite_strand(state.maps)])
    forward = state._replace(maps=maps)
    reverse = Changed(maps, state.outputs, state.owner + len(state.maps), start, state.mutant.flip(1, 2))
    return layer.reduce(*(whole(advance(layer.network, strand)) for strand in (forward, reverse)))


def _summary(layer: GlobalPool, state: Changed) -> Tensor:
    """Rule of summaries of whole maps."""
    parts = state.outputs[layer].chunk(len(layer.functions), dim=1)
    return torch.cat([SUMMARIES[one](state, part) for one, part in zip(layer.functions, parts, strict=True)], dim=1)


def _largest(state: Changed, _: Tensor) -> Tensor:
    """Return the maximum of each map: the larger of that of what changed and that of all else."""
    found = state.mutant.masked_fill(~inside(state)[..., None], -torch.inf).amax(1)
    for start, these in by_start(state):
        owner = state.owner[these]
        first, last = int(owner.min()), int(owner.max())
        rows = state.maps[first : last + 1].transpose(1, 2).clone()
        rows[:, max(start, 0) : max(start + state.width, 0)] = -torch.inf
        elsewhere = largest(rows.transpose(1, 2))
        found[these] = torch.maximum(found[these], elsewhere.index_select(0, owner - first))
    return found


def _average(state: Changed, wild: Tensor) -> Tensor:
    """Return the average of each map, from those of the wild types."""
    return wild.index_select(0, state.owner) + difference(state).sum(1) / state.maps.shape[2]


def _flatten(layer: nn.Flatten, state: Changed) -> State | None:
    """Rule of flattening: what comes next may not need the whole."""
    return Flat(state) if (layer.start_dim, layer.end_dim) == (1, -1) else None


def _dense(layer: Dense, state: Flat) -> Tensor:
    """Rule of the dense layer behind flattened maps, which is linear, too."""
    changed, more = state.changed, difference(state.changed)
    found = changed.outputs[layer].index_select(0, changed.owner)
    weights = layer.by_position(changed.maps.shape[1])
    for start, these in by_start(changed):
        low, high = max(start, 0), min(start + changed.width, len(weights))
        if low < high:
            part = more[these, low - start : high - start].flatten(1)
            found.index_add_(0, these, part @ weights[low:high].flatten(0, 1))
    return found


def _as_it_is(_: nn.Module, state: State) -> State:
    """Rule of a layer that does nothing in evaluation mode."""
    return state


SUMMARIES = {GLOBAL_POOLS["max"]: _largest, GLOBAL_POOLS["average"]: _average}
RULES: dict[type[nn.Module], Rule] = {
    nn.Sequential: _in_turn,
    Correlation: _correlation,
    BlockCorrelation: _unpadded,
    LetterCorrelation: _unpadded,
    nn.ConstantPad1d: _pad,
    Pool: _pool,
    GlobalPool: _summary,
    nn.BatchNorm1d: _pointwise,
    nn.ReLU: _pointwise,
    Exponential: _pointwise,
    nn.Dropout: _as_it_is,
    nn.Flatten: _flatten,
    Residual: _residual,
    BothStrands: _strands,
}
FLAT_RULES: dict[type[nn.Module], Rule] = {nn.Sequential: _in_turn, nn.Dropout: _as_it_is, Dense: _dense}

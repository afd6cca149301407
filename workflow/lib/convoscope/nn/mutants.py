"""Scores of sequences that differ from others in a few letters, without reading each of them from end to end.

A layer that is local changes only around the letters that differ. So the maps of the wild types are computed once, and
of a mutant only what it changes, layer by layer, until a layer needs the whole: a dense one, a summary of whole maps, a
recurrent one, or any that has no rule here. From there on the mutants are computed like all other examples. The scores
are those of the mutants one by one, up to rounding.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from convoscope.nn.activation import Exponential
from convoscope.nn.blocks import Residual
from convoscope.nn.convolution import Correlation, padding_sides, per_dimension
from convoscope.nn.pooling import Pool
from convoscope.nn.strand import BothStrands, opposite_strand


class Changed(NamedTuple):
    """Maps of wild types, and by how much those of mutants differ from them.

    ``wild (batch, channels, length)``; mutant ``m`` is wild type ``owner[m]`` plus ``change[m]``, ``(mutants, width,
    channels)``, from position ``start[m]`` on. Positions outside of the maps have a change of 0.
    """

    wild: Tensor
    owner: Tensor
    start: Tensor
    change: Tensor


class Whole(NamedTuple):
    """What comes of wild types ``(batch, …)`` and mutants ``(mutants, …)``, every example on its own."""

    wild: Tensor
    mutants: Tensor


State = Changed | Whole
Rule = Callable[[Any, Changed], State | None]


def mutant_scores(network: nn.Module, wild: Tensor, owner: Tensor, place: Tensor, letters: Tensor) -> Whole:
    """Score wild types, and mutants that have one other letter each.

    Parameters
    ----------
    network
        Of ``(batch, letters, length)``, in evaluation mode.
    wild
        ``(batch, letters, length)``.
    owner, place
        The wild type of each mutant, and where it has another letter, ``(mutants,)``.
    letters
        What stands there, encoded, ``(mutants, letters)``.
    """
    change = (letters - wild[owner, :, place])[:, None]
    found = advance(network, Changed(wild, owner, place, change))
    return _whole(found)


def advance(layer: nn.Module, state: State) -> State:
    """Return what a layer makes of wild types and mutants."""
    if isinstance(state, Changed):
        rule = RULES.get(type(layer))
        found = rule(layer, state) if rule else None
        if found is not None:
            return found
    wild, mutants = _whole(state)
    return Whole(layer(wild), layer(mutants))


def _whole(state: State) -> Whole:
    """Put what changed into copies of the wild types."""
    if isinstance(state, Whole):
        return state
    mutants = state.wild[state.owner]
    places = _positions(state, state.change.shape[1]).clamp(0, state.wild.shape[2] - 1)
    index = places[:, None].expand(-1, state.wild.shape[1], -1)
    return Whole(state.wild, mutants.scatter_add_(2, index, state.change.transpose(1, 2)))


def _positions(state: Changed, width: int) -> Tensor:
    """Return the positions ``(mutants, width)`` from the start of each mutant on."""
    return state.start[:, None] + torch.arange(width, device=state.start.device)


def _before(state: Changed, width: int) -> Tensor:
    """Return the wild types' numbers ``(mutants, width, channels)``; outside of the maps, any."""
    places = _positions(state, width).clamp(0, state.wild.shape[2] - 1)
    return state.wild.transpose(1, 2)[state.owner[:, None], places]


def _within(state: Changed) -> Changed | None:
    """Clear what lies outside of the maps; None where a change is as wide as they are, and nothing is gained."""
    length, width = state.wild.shape[2], state.change.shape[1]
    if width >= length:
        return None
    places = _positions(state, width)
    return state._replace(change=state.change * ((places >= 0) & (places < length))[..., None])


def _moved(state: Changed, start: Tensor, width: int) -> Tensor:
    """Return the change from other positions on, which hold all of it: ``(mutants, width, channels)``."""
    offset = (state.start - start)[:, None] + torch.arange(state.change.shape[1], device=start.device)
    index = offset[..., None].expand(state.change.shape)
    return state.change.new_zeros(len(start), width, state.change.shape[2]).scatter_(1, index, state.change)


def _in_turn(chain: nn.Sequential, state: Changed) -> State:
    """Rule of a chain: its layers one after the other."""
    found: State = state
    for layer in chain:
        found = advance(layer, found)
    return found


def _correlation(layer: Correlation, state: Changed) -> State | None:
    """Rule of a correlation, which is linear: each changed position adds to the outputs that see it."""
    filters, channels, size = layer.weight.shape
    [stride], [dilation] = per_dimension(layer.stride, 1), per_dimension(layer.dilation, 1)
    if stride != 1 or layer.groups != 1:
        return None
    reach, width = (size - 1) * dilation, state.change.shape[1]
    if width + reach >= state.wild.shape[2]:
        return None
    before, _ = padding_sides(size, layer.padding, dilation)
    taps = layer.weight.flip(2).permute(1, 2, 0).reshape(channels, -1)  # the first output sees by the last position
    added = state.change.new_zeros(len(state.change), width + reach, filters)
    for position in range(width):
        seen = added[:, position : position + reach + 1 : dilation]
        seen += (state.change[:, position] @ taps).view(-1, size, filters)
    return _within(Changed(layer(state.wild), state.owner, state.start + before - reach, added))


def _pad(layer: nn.ConstantPad1d, state: Changed) -> State | None:
    """Rule of padding: the positions move."""
    return _within(state._replace(wild=layer(state.wild), start=state.start + layer.padding[0]))


def _pool(layer: Pool, state: Changed) -> State | None:
    """Rule of pooling: every window that holds a changed position is pooled once more."""
    [size], [stride] = layer.kernel_size, layer.stride
    if size < stride:
        return None
    first = (state.start - size + stride).div(stride, rounding_mode="floor")
    windows = (state.change.shape[1] + size - 2) // stride + 1
    pooled = state._replace(wild=layer(state.wild), start=first)
    if windows >= pooled.wild.shape[2]:
        return None
    width = (windows - 1) * stride + size
    inputs = _before(state._replace(start=first * stride), width)
    after = inputs + _moved(state, first * stride, width)
    change = layer(after.transpose(1, 2)).transpose(1, 2) - layer(inputs.transpose(1, 2)).transpose(1, 2)
    return _within(pooled._replace(change=change))


def _scale(layer: nn.BatchNorm1d, state: Changed) -> State | None:
    """Rule of normalisation by figures of the training: a factor per map."""
    if layer.running_var is None:
        return None
    factor = (layer.running_var + layer.eps).rsqrt() * (1 if layer.weight is None else layer.weight)
    return state._replace(wild=layer(state.wild), change=state.change * factor)


def _pointwise(layer: nn.Module, state: Changed) -> State:
    """Rule of a layer that treats every number alone."""
    before = _before(state, state.change.shape[1])
    return state._replace(wild=layer(state.wild), change=layer(before + state.change) - layer(before))


def _residual(layer: Residual, state: Changed) -> State:
    """Rule of a sum of what came in and what a branch finds."""
    found = advance(layer.branch, state)
    if isinstance(found, Whole):
        return Whole(*(came + branch for came, branch in zip(_whole(state), found, strict=True)))
    change = found.change + _moved(state, found.start, found.change.shape[1])
    return found._replace(wild=state.wild + found.wild, change=change)


def _strands(layer: BothStrands, state: Changed) -> State:
    """Rule of a network that reads both strands."""
    start = state.wild.shape[2] - state.change.shape[1] - state.start
    turned = Changed(opposite_strand(state.wild), state.owner, start, state.change.flip(1, 2))
    forward, reverse = (_whole(advance(layer.network, strand)) for strand in (state, turned))
    return Whole(*(layer.reduce(*pair) for pair in zip(forward, reverse, strict=True)))


RULES: dict[type[nn.Module], Rule] = {
    nn.Sequential: _in_turn,
    Correlation: _correlation,
    nn.ConstantPad1d: _pad,
    Pool: _pool,
    nn.BatchNorm1d: _scale,
    nn.ReLU: _pointwise,
    Exponential: _pointwise,
    nn.Dropout: lambda layer, state: state,
    Residual: _residual,
    BothStrands: _strands,
}

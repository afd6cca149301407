"""What comes to a layer from wild types, and what of mutants may differ from them."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Changed(NamedTuple):
    """Maps that come to a layer from wild types, and the positions of mutants where they may differ from them.

    ``maps (batch, channels, length)``; mutant ``m`` is wild type ``owner[m]`` but for ``mutant[m]``, ``(mutants, width,
    channels)``, from position ``start[m]`` on, which may lie outside of the maps. ``outputs`` is what every layer makes
    of the wild types, by the layer.
    """

    maps: Tensor
    outputs: dict[nn.Module, Tensor]
    owner: Tensor
    start: Tensor
    mutant: Tensor

    @property
    def width(self) -> int:
        """Positions of a mutant that may differ."""
        return self.mutant.shape[1]


class Flat(NamedTuple):
    """The same, flattened: the channels one behind the other."""

    changed: Changed


State = Changed | Flat | Tensor  # maps or numbers of whole mutants ``(mutants, …)``


def whole(state: State) -> Tensor:
    """Put what changed into copies of the wild types."""
    if isinstance(state, Tensor):
        return state
    if isinstance(state, Flat):
        return whole(state.changed).flatten(1)
    copies = state.maps.index_select(0, state.owner) if state.maps.is_contiguous() else state.maps[state.owner]
    each = torch.arange(len(copies), device=copies.device)[:, None]
    # A position outside of the maps repeats the nearest inside, which every mutant has.
    places = positions(state, state.width).clamp(0, state.maps.shape[2] - 1)
    changed = pick(state.mutant.transpose(1, 2), each[:, 0], places - state.start[:, None])
    copies.transpose(1, 2)[each, places] = changed
    return copies


def positions(state: Changed, width: int) -> Tensor:
    """Return the positions ``(mutants, width)`` from the start of each mutant on."""
    return state.start[:, None] + torch.arange(width, device=state.start.device)


def inside(state: Changed) -> Tensor:
    """Tell which positions of mutants lie within the maps, ``(mutants, width)``."""
    places = positions(state, state.width)
    return (places >= 0) & (places < state.maps.shape[2])


def before(state: Changed, width: int) -> Tensor:
    """Return the wild types' numbers ``(mutants, width, channels)``; outside of the maps, any."""
    return pick(state.maps, state.owner, positions(state, width))


def pick(maps: Tensor, example: Tensor, places: Tensor) -> Tensor:
    """Return ``maps[example[m], :, places[m]]``, ``(mutants, width, channels)``; outside of the maps, the nearest."""
    rows, places = maps.transpose(1, 2), places.clamp(0, maps.shape[2] - 1)
    if not rows.is_contiguous():
        return rows[example[:, None], places]
    numbers = (example[:, None] * rows.shape[1] + places).flatten()  # whole rows are copied in a quarter of the time
    return rows.flatten(0, 1).index_select(0, numbers).view(*places.shape, -1)


def around(state: Changed, start: Tensor, width: int) -> Tensor:
    """Return mutants from other positions on, ``(mutants, width, channels)``."""
    each = torch.arange(len(start), device=start.device)
    places = positions(state._replace(start=start - state.start), width)
    found = pick(state.mutant.transpose(1, 2), each, places)
    number, position = ((places < 0) | (places >= state.width)).nonzero(as_tuple=True)
    same = pick(state.maps, state.owner[number], (start[number] + position)[:, None])
    found[number, position] = same[:, 0]
    return found


def difference(state: Changed) -> Tensor:
    """Return by how much mutants differ from wild types, ``(mutants, width, channels)``; outside of the maps 0."""
    return (state.mutant - before(state, state.width)).masked_fill_(~inside(state)[..., None], 0)


def by_start(state: Changed) -> list[tuple[int, Tensor]]:
    """Return the starts of mutants, and the numbers of those that have it."""
    starts, which = state.start.unique(return_inverse=True)
    return [(start, (which == number).nonzero()[:, 0]) for number, start in enumerate(starts.tolist())]

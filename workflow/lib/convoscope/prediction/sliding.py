"""What all windows of a stretch need of it at once: the best match and the average of each map over each window."""

from functools import reduce
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from convoscope.nn.letter_table import Letters
from convoscope.nn.position import PlacedMaximum


class Stretch(NamedTuple):
    """Maps that several windows share.

    Window ``k`` of ``windows`` sees ``maps[:, k * step : k * step + length]``, and before and behind it its own.

    ``maps`` is ``(channels, positions)``; ``before`` and ``behind`` are ``(own positions, channels, windows)``.
    ``letters`` are those that a network begins with, if its first layer's matches can be looked up.
    """

    maps: Tensor
    length: int
    step: int
    windows: int
    before: Tensor | None = None
    behind: Tensor | None = None
    letters: Letters | None = None

    @property
    def ends(self) -> list[Tensor]:
        """Maps of the padding before and after the stretch."""
        return [end for end in (self.before, self.behind) if end is not None]


def side_by_side(stretch: Stretch) -> Tensor:
    """Return maps ``(step, channels, blocks)``: position ``i`` of window ``k`` is ``[i % step, :, k + i // step]``.

    So what windows do with one position is done to whole rows, for all windows at once.
    """
    maps, step = stretch.maps, stretch.step
    blocks = -(-maps.shape[1] // step)
    filled = F.pad(maps, (0, blocks * step - maps.shape[1]))
    return filled.reshape(len(maps), blocks, step).permute(2, 0, 1).contiguous()


def sliding_best(phases: Tensor, stretch: Stretch, layer: PlacedMaximum) -> Tensor:
    """Return the best match with the bonus of its position over each window, ``(channels, windows)``."""
    sizes = [0 if end is None else len(end) for end in (stretch.before, stretch.behind)]
    bonus = layer.bonus(stretch.length + sum(sizes)).T[:, :, None].contiguous()
    before, middle, behind = bonus.split([sizes[0], stretch.length, sizes[1]])
    rows, best = phases.unbind(), phases.new_full((phases.shape[1], stretch.windows), -torch.inf)
    candidate = torch.empty_like(best)
    for position, added in enumerate(middle.unbind()):
        block, phase = divmod(position, stretch.step)
        torch.add(rows[phase].narrow(1, block, stretch.windows), added, out=candidate)
        torch.maximum(best, candidate, out=best)
    for end, added in ((stretch.before, before), (stretch.behind, behind)):
        if end is not None and len(end):
            torch.maximum(best, (end + added).amax(0), out=best)
    return best


def sliding_maximum(stretch: Stretch) -> Tensor:
    """Return the maximum over each window, ``(channels, windows)``: over whole steps first, then over those."""
    whole, rest = divmod(stretch.length, stretch.step)
    parts = [_best_of_end(end) for end in stretch.ends if len(end)]
    if whole:
        steps = _maximum_of_blocks(stretch.maps, stretch.step, stretch.step)[:, : stretch.windows + whole - 1]
        parts.append(_running_maximum(steps, whole))
    if rest:
        last = _maximum_of_blocks(stretch.maps[:, whole * stretch.step :], rest, stretch.step)
        parts.append(last[:, : stretch.windows])
    return reduce(torch.maximum, parts)


def _best_of_end(end: Tensor) -> Tensor:
    """Return the maximum over positions ``(own positions, channels, windows)``, ``(channels, windows)``."""
    # Along memory: torch takes many times as long across it.
    return end.transpose(1, 2).amax(0).T if end.stride(1) == 1 else end.amax(0)


def _maximum_of_blocks(maps: Tensor, size: int, stride: int) -> Tensor:
    """Return the maximum over every block of maps ``(channels, positions)``, ``(channels, blocks)``."""
    if maps.stride(0) != 1:
        return F.max_pool1d(maps[None], size, stride)[0]
    # Channels next to each other are taken together by the pooling of images, which knows them by their strides.
    image = maps.T[None, :, None].permute(0, 3, 1, 2)
    return F.max_pool2d(image, (size, 1), (stride, 1))[0, :, :, 0]


def _running_maximum(maps: Tensor, size: int) -> Tensor:
    """Return the maximum over ``size`` neighbours, ``(channels, positions - size + 1)``, by doubling what is seen.

    >>> _running_maximum(torch.tensor([[3, 1, 2, 0, 5]]), 3).tolist()
    [[3, 2, 5]]
    """
    seen, count = 1, maps.shape[1] - size + 1
    while 2 * seen <= size:
        maps = torch.maximum(maps[:, :-seen], maps[:, seen:])
        seen *= 2
    return torch.maximum(maps[:, :count], maps[:, size - seen : size - seen + count])


def sliding_average(phases: Tensor, stretch: Stretch) -> Tensor:
    """Return the average over each window, ``(channels, windows)``, by differences of the sum up to each step."""
    (whole, rest), count = divmod(stretch.length, stretch.step), stretch.windows
    sums = F.pad(phases.sum(0).double().cumsum(1), (1, 0))  # double: a difference of large sums keeps few digits
    total = (sums[:, whole : whole + count] - sums[:, :count]).to(phases.dtype)
    if rest:
        total += phases[:rest].sum(0)[:, whole : whole + count]
    for end in stretch.ends:
        total += end.sum(0)
    return total / (stretch.length + sum(len(end) for end in stretch.ends))

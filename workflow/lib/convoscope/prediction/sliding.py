"""What all windows of a stretch need of it at once: the best match and the average of each map over each window."""

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from convoscope.nn.position import PlacedMaximum


class Stretch(NamedTuple):
    """Maps that several windows share.

    Window ``k`` of ``windows`` sees ``maps[:, k * step : k * step + length]``, and before and behind it its own.

    ``maps`` is ``(channels, positions)``; ``before`` and ``behind`` are ``(own positions, channels, windows)``.
    """

    maps: Tensor
    length: int
    step: int
    windows: int
    before: Tensor | None = None
    behind: Tensor | None = None

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
    return filled.view(len(maps), blocks, step).permute(2, 0, 1).contiguous()


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
    (whole, rest), maps = divmod(stretch.length, stretch.step), stretch.maps[None]
    parts = [end.amax(0) for end in stretch.ends if len(end)]
    if whole:
        steps = F.max_pool1d(maps, stretch.step)[:, :, : stretch.windows + whole - 1]
        parts.append(F.max_pool1d(steps, whole, 1)[0])
    if rest:
        parts.append(F.max_pool1d(maps[:, :, whole * stretch.step :], rest, stretch.step)[0, :, : stretch.windows])
    return torch.stack(parts).amax(0)


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

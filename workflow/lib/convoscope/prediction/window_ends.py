"""Both ends of windows, which see their own padding, correlated for all windows of a stretch at once."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor

from convoscope.nn.convolution import Correlation, per_dimension
from convoscope.nn.letter_table import UNKNOWN, Letters
from convoscope.prediction.sliding import Stretch

TOGETHER = 8  # positions at a window's end


def at_the_ends(values: Tensor, start: int, size: int, stretch: Stretch) -> Tensor:
    """Return what each window has from one of its positions on.

    Parameters
    ----------
    values
        Of the stretch, ``(…, positions)``.
    start, size
        First position in every window, and how many.
    stretch
        Whose windows they are.

    Returns
    -------
    ``(…, size, windows)``.
    """
    return values[..., start:].unfold(-1, size, stretch.step)[..., : stretch.windows, :].transpose(-2, -1)


def look_up_matches(
    letters: Letters, stretch: Stretch, starts: Sequence[int], sides: Sequence[tuple[int, int]]
) -> list[Tensor]:
    """Look up the matches of padded windows.

    Parameters
    ----------
    letters
        Of the stretch.
    stretch
        One-hot maps of these letters.
    starts
        First position of both ends in every window.
    sides
        Letters of padding before and behind each end.

    Returns
    -------
    Matches in the stretch, ``(kernels, positions)``, then before and behind windows, ``(positions, kernels, windows)``.
    """
    table, found = letters.table, [letters.table.matches(letters.symbols).T]
    for start, side in zip(starts, sides, strict=True):
        own = at_the_ends(letters.symbols, start, table.size - 1, stretch)
        found.append(table.matches(F.pad(own, (0, 0, *side), value=UNKNOWN), dim=0).transpose(1, 2))
    return found


def correlate_ends(layer: Correlation, letters: Tensor, sides: tuple[int, int], value: float) -> Tensor:
    """Correlate the ends ``(reach, channels, windows)`` of windows, padded, to ``(positions, kernels, windows)``.

    This is linear in the letters: a few matrix products for all windows, several times as fast as many short
    correlations. A position near the padding sees few letters, so some positions at a time are multiplied with those
    letters alone that one of them sees. The constant is the weight of a row of ones.

    Parameters
    ----------
    layer
        Without stride and padding.
    letters
        Maps at one end of every window.
    sides
        Positions of padding before and behind them.
    value
        Of the padding.
    """
    reach, channels, count = letters.shape
    positions, kernels = sum(sides), len(layer.weight)
    result = letters.new_empty((positions, kernels, count))
    if not positions:
        return result
    units = torch.eye(reach * channels, dtype=letters.dtype, device=letters.device)
    units = units.view(-1, reach, channels).transpose(1, 2)
    options: Any = {"weight": layer.weight, "dilation": per_dimension(layer.dilation, 1), "groups": layer.groups}
    linear = F.conv1d(F.pad(units, sides), **options).permute(2, 1, 0)
    constant = F.conv1d(F.pad(torch.zeros_like(units[:1]), sides, value=value), bias=layer.bias, **options)[0].T
    one = letters.new_ones((1, count))
    for start in range(0, positions, TOGETHER):
        end = min(start + TOGETHER, positions)
        low, high = max(start - sides[0], 0), min(end - sides[0] + reach, reach)
        weights = linear[start:end, :, low * channels : high * channels].flatten(0, 1)
        weights = torch.cat([weights, constant[start:end].reshape(-1, 1)], dim=1)
        seen = torch.cat([letters[low:high].flatten(0, 1), one])
        torch.mm(weights, seen, out=result[start:end].view(-1, count))
    return result

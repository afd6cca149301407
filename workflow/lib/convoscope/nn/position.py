"""Where in the window a match stands, as a learned bonus or malus of each detector."""

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.nn.activation import FUNCTIONS
from convoscope.nn.pooling import largest


class PlacedMaximum(nn.Module):
    """Keep each map's best match by value and place: ``(batch, channels, length)`` to ``(batch, channels)``.

    To each map its own piecewise linear function of the position is added before the maximum. It begins as 0
    everywhere. Few knots keep it smooth, so that a few hundred sites are enough to learn that a factor's motif stands
    in the centre of its windows.

    Parameters
    ----------
    channels
        Number of maps.
    knots
        Number of learned values, equally spaced from the first position to the last; between them it is linear.
    average
        Whether the average of the activated matches, wherever they are, comes behind: ``(batch, 2 * channels)``.
    activation
        What the best match, and every match before the average, goes through.
    """

    def __init__(self, channels: int, knots: int, average: bool, activation: str = "relu") -> None:
        super().__init__()
        self.knots = nn.Parameter(torch.zeros(channels, knots))
        self.average, self.activation = average, activation

    def bonus(self, length: int) -> Tensor:
        """Return the function ``(channels, length)`` that is added."""
        return F.interpolate(self.knots[None], size=length, mode="linear", align_corners=True)[0]

    def forward(self, maps: Tensor) -> Tensor:
        """Return one number per map, or two."""
        activate = FUNCTIONS[self.activation]
        best = activate(largest(maps + self.bonus(maps.shape[2])))
        return torch.cat([best, activate(maps).mean(2)], dim=1) if self.average else best

"""What the maps of a network's first layer go through: a rectifier, or an exponential."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Exponential(nn.Module):
    """Exponential of every number, which widens the distance of strong matches from weak ones.

    Filters in front of it come nearer to whole motifs than those in front of a rectifier (Koo & Ploenzke 2021,
    doi:10.1038/s42256-020-00291-x). What comes in is normalised, so that it does not grow without bounds.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Return the exponential, shaped like the maps."""
        return maps.exp()


LAYERS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "exponential": Exponential}
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": torch.relu, "exponential": torch.exp}

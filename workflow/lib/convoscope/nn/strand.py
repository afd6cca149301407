"""Both strands of DNA: reverse complement of one-hot sequences, and networks that treat the strands alike.

The channels are A, C, G, T: complementing a base reverses the order of the channels, so flipping channels and
positions together gives the reverse complement. Ambiguous bases (equal parts, or zeros) behave.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.convolution import Correlation, Numbers, Padding

REDUCE: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "max": torch.maximum,
    "mean": lambda forward, reverse: (forward + reverse) / 2,
}


def opposite_strand(one_hot: Tensor) -> Tensor:
    """Return the other strand of sequences ``(batch, 4, length)`` with channels A, C, G, T.

    >>> opposite_strand(torch.eye(4)[None, :, :2]).argmax(1).tolist()  # AC becomes GT
    [[2, 3]]
    """
    if one_hot.dim() != 3 or one_hot.shape[1] != 4:
        raise InputError(f"strands: shape {tuple(one_hot.shape)}; (batch, 4, length) with channels A, C, G, T")
    return one_hot.flip(1, 2)


def _halves(both: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first and the second half of a batch; `torch.export` would fix the batch size at ``chunk(2)``."""
    forward, reverse = both.unflatten(0, (2, -1)).unbind()
    return forward, reverse


class BothStrands(nn.Module):
    """Show a network both strands and reduce its two answers to one, element by element.

    With ``max`` (Alipanahi et al. 2015) or ``mean`` of the scores, a sequence and its reverse complement get the
    same score. The network is called once, with the sequences followed by their reverse complements.
    """

    def __init__(self, network: nn.Module, reduce: str = "max") -> None:
        super().__init__()
        if reduce not in REDUCE:
            raise InputError(f"strands: {reduce!r}; one of {', '.join(REDUCE)}")
        self.network = network
        self.reduce = REDUCE[reduce]

    def forward(self, one_hot: Tensor) -> Tensor:
        """Map ``(batch, 4, length)`` to what the network gives for the batch."""
        both = self.network(torch.cat([one_hot, opposite_strand(one_hot)]))
        return self.reduce(*_halves(both))


class ReverseComplementCorrelation(nn.Module):
    """Correlation with shared weights on both strands (Shrikumar et al. 2017): ``filters`` kernels, twice as many maps.

    Maps ``f`` and ``2 * filters - 1 - f`` are one kernel and its reverse complement, so the reverse complement of
    the input gives the output flipped in channels and positions, and such layers can follow each other.
    The second half is computed as the kernels on the reverse complement, flipped back: the same numbers, exactly
    symmetric for every stride and padding, and hooks on the inner `Correlation` see both strands.

    Parameters
    ----------
    channels
        4 for sequences (A, C, G, T), or the maps of a previous such layer.
    filters
        Number of unique kernels.
    size, stride, padding, dilation
        As of `Correlation`.
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        size: Numbers,
        stride: Numbers = 1,
        padding: Padding = "valid",
        dilation: Numbers = 1,
    ) -> None:
        super().__init__()
        self.correlation = Correlation(1, channels, filters, size, stride, padding, dilation)

    def forward(self, maps: Tensor) -> Tensor:
        """Map ``(batch, channels, length)`` to ``(batch, 2 * filters, positions)``."""
        forward, reverse = _halves(self.correlation(torch.cat([maps, maps.flip(1, 2)])))
        return torch.cat([forward, reverse.flip(1, 2)], dim=1)


class StrandMax(nn.Module):
    """Take the larger of each kernel's two strands: ``(batch, 2 * filters, length)`` to ``(batch, filters, length)``.

    It undoes the doubling of `ReverseComplementCorrelation`: afterwards the reverse complement of the input flips
    positions alone.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Return the element-wise maximum of the first half and the second half in reversed order."""
        first, second = maps.chunk(2, dim=1)
        return torch.maximum(first, second.flip(1))

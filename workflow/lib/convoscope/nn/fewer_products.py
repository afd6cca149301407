"""Correlations of many channels by fewer products than one per position of the kernels.

A discrete Fourier transform of an odd number ``n`` of positions turns the correlation of a block into a real and
``(n - 1) / 2`` complex products of matrices, and a complex product is three real ones (Gauss). Of a block of 33
positions, kernels of 11 leave 23 outputs: 49 products in place of 253. All steps are linear, so that they are three
matrices (Lavin & Gray 2016, doi:10.1109/CVPR.2016.435); points on the unit circle keep the rounding small.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.nn.convolution import correlate

BLOCK = 33  # positions of a block of whole maps
TOGETHER = 256  # blocks at once, so that their products stay in the caches
SHARE = 0.7  # of the multiplications, with which two more passes over the maps are worth it


class Steps(NamedTuple):
    """``out[o] = Σ_p after[o, p] · (Σ_i before[p, i] · x[i]) · (Σ_u kernels[p, u] · w[u])`` of numbers x by a kernel w.

    ``before (products, positions)``, ``kernels (products, size)``, ``after (outputs, products)``, in double precision.
    """

    before: Tensor
    kernels: Tensor
    after: Tensor


class Products(NamedTuple):
    """``out[o] = Σ_p after[o, p] · (Σ_i before[p, i] · x[i]) @ kernels[p]``.

    ``before (products, positions)``, ``kernels (products, channels, filters)``, ``after (outputs, products)``.
    """

    before: Tensor
    kernels: Tensor
    after: Tensor

    def of(self, blocks: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return the outputs ``(blocks, outputs, filters)`` of blocks ``(blocks, positions, channels)``."""
        found = [self._of(part, bias) for part in blocks.split(TOGETHER)]
        return found[0] if len(found) == 1 else torch.cat(found)

    def _of(self, blocks: Tensor, bias: Tensor | None) -> Tensor:
        """Return the outputs of a few blocks; products of blocks one by one, so that none is copied in between."""
        spectrum = torch.bmm(self.before.expand(len(blocks), -1, -1), blocks)
        found = torch.bmm(spectrum.transpose(0, 1), self.kernels)
        if bias is not None:
            found[0] += bias / self.after[0, 0]  # the first product is that of frequency 0, which all outputs share
        return torch.bmm(self.after.expand(len(blocks), -1, -1), found.transpose(0, 1))


def products(weight: Tensor, positions: int, first: int, outputs: int) -> Products:
    """Return how to correlate a block that is 0 outside.

    Parameters
    ----------
    weight
        ``(filters, channels, size)``.
    positions
        Of the block.
    first, outputs
        The first output, which sees the positions from there on, and their number.
    """
    filters, channels, size = weight.shape
    steps = fourier(size, positions, first, outputs)
    kernels = steps.kernels @ weight.permute(2, 1, 0).flatten(1).double()
    parts = steps.before, kernels.view(-1, channels, filters), steps.after
    return Products(*(part.to(weight.dtype).contiguous() for part in parts))


def fourier(size: int, positions: int, first: int, outputs: int) -> Steps:
    """Return the steps of a correlation with kernels of ``size``; the other numbers are those of `products`."""
    period = _period(size, positions, first, outputs)
    angles = 2 * torch.pi / period * torch.arange(period // 2 + 1, dtype=torch.float64)[:, None]

    def waves(start: int, count: int) -> tuple[Tensor, Tensor]:
        phases = angles * torch.arange(start, start + count)
        return phases.cos(), phases.sin()

    def three(*parts: Tensor) -> Tensor:
        return torch.cat([parts[0], *(part[1:] for part in parts[1:])])  # that of frequency 0 is real

    (cos, sin), (real, imaginary), (back, across) = waves(0, positions), waves(0, size), waves(first, outputs)
    share = torch.full_like(angles, 2 / period)
    share[0] /= 2
    before = three(cos - sin, cos, -sin)
    kernels = three(real, imaginary - real, real + imaginary)
    after = three(share * (back - across), -share * across, -share * back).T
    return Steps(before, kernels, after)


def _period(size: int, positions: int, first: int, outputs: int) -> int:
    """Return the least odd number of positions on a circle on which nothing of a block comes round."""
    return max(positions - first, first + outputs + size - 1) | 1


def pays(weight: Tensor, positions: int, first: int, outputs: int) -> bool:
    """Tell whether `products` saves enough multiplications."""
    filters, channels, size = weight.shape
    count = 3 * (_period(size, positions, first, outputs) // 2) + 1
    fewer = count * (channels * filters + positions * channels + outputs * filters)
    seen = sum(
        0 <= place < positions for output in range(first, first + outputs) for place in range(output, output + size)
    )
    return fewer < SHARE * seen * channels * filters


class BlockCorrelation(nn.Module):
    """An unpadded correlation of maps ``(batch, channels, length)`` in evaluation mode, by fewer products if it pays.

    Parameters
    ----------
    weight, bias
        ``(filters, channels, size)`` and ``(filters,)``, or nothing.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias
        self._known: dict[tuple[int, int, int], Products | None] = {}

    def products(self, positions: int, first: int, outputs: int) -> Products | None:
        """Return how to correlate a block, see `products`; None where that does not pay."""
        shape = positions, first, outputs
        if shape not in self._known:
            self._known[shape] = products(self.weight, *shape) if pays(self.weight, *shape) else None
        return self._known[shape]

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps ``(batch, filters, positions)`` whose channels are next to each other in memory."""
        batch, _, length = maps.shape
        each = BLOCK - self.weight.shape[2] + 1
        outputs = length - self.weight.shape[2] + 1
        found = self.products(BLOCK, 0, each) if each > 0 and outputs > each else None
        if found is None:
            return correlate(maps, self.weight, self.bias)
        count = -(-outputs // each)
        rows = F.pad(maps.transpose(1, 2), (0, 0, 0, count * each - outputs))
        blocks = rows.unfold(1, BLOCK, each).transpose(2, 3).flatten(0, 1)
        return found.of(blocks, self.bias).view(batch, count * each, -1)[:, :outputs].transpose(1, 2)

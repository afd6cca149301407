"""Motif detectors (DeepBind) that read codes of letters: windows, and mutants of theirs with one other letter.

Matches are looked up in a table (`nn.letter_table`). Of a mutant they are only those that cover the letter; its best
match is the larger of their best and the wild type's best elsewhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.nn.convolution import Correlation
from convoscope.nn.letter_table import UNKNOWN, letter_table
from convoscope.nn.pooling import GlobalPool, largest
from convoscope.nn.position import PlacedMaximum
from convoscope.nn.strand import BothStrands

PIECE = 16 << 20  # bytes of the matches of a piece, which the last cache holds
ENDS = ([GlobalPool, nn.ReLU], [nn.ReLU, GlobalPool], [PlacedMaximum])


def find_detectors(model: nn.Module) -> nn.Sequential | None:
    """Return the detectors of a DeepBind network (`models.deepbind.detectors`), or None of another network."""
    for module in model.modules():
        if isinstance(module, nn.Sequential):
            kinds: list[type] = [type(layer) for layer in module]
            if kinds[:2] == [nn.ConstantPad1d, Correlation] and kinds[2:] in ENDS and _fully_padded(module):
                return module
    return None


def _fully_padded(layers: nn.Sequential) -> bool:
    """Tell whether as many matches cover every letter: one less than the detector's length is added at both ends."""
    pad, correlation, *_ = layers
    assert isinstance(pad, nn.ConstantPad1d)
    assert isinstance(correlation, Correlation)
    plain = (correlation.stride, correlation.padding, correlation.dilation, correlation.groups) == (1, "valid", 1, 1)
    return plain and pad.padding == (correlation.kernel_size[0] - 1,) * 2


def keep_best_alone(layers: nn.Sequential) -> bool:
    """Tell whether detectors of four letters give their best matches and nothing else, wherever these are."""
    pad, correlation, *end = layers
    assert isinstance(pad, nn.ConstantPad1d)
    assert isinstance(correlation, Correlation)
    pools = [layer.functions for layer in end if isinstance(layer, GlobalPool)]
    return pools == [[largest]] and pad.value == 0.25 and correlation.weight.shape[1] == 4


@contextmanager
def answering(detectors: nn.Sequential, forward: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Let a function answer in place of the detectors."""
    detectors.forward = forward  # type: ignore[method-assign]
    try:
        yield
    finally:
        del detectors.forward


class Windows(NamedTuple):
    """Symbols ``(batch, padded)`` of windows, and the matches there, ``(batch, positions, detectors)``."""

    symbols: Tensor
    matches: Tensor


class BestMatches:
    """A network on a CPU that reads letters: the best matches of detectors that `keep_best_alone`, then the rest.

    Best matches are those of both strands; those of the other one come second.

    Parameters
    ----------
    network
        The network.
    detectors
        Its own, of `find_detectors`.
    columns
        One-hot column of every code, ``(codes, 4)``.
    """

    def __init__(self, network: nn.Module, detectors: nn.Sequential, columns: Tensor) -> None:
        correlation = detectors[1]
        assert isinstance(correlation, Correlation)
        self.network, self.detectors, self.size = network, detectors, correlation.weight.shape[2]
        self.turned = any(isinstance(module, BothStrands) for module in network.modules())
        self.table = letter_table(correlation, columns, both_strands=True)

    def scores(self, codes: Tensor, both_strands: bool = False) -> Tensor | None:
        """Return the scores ``(batch, labels)`` of codes ``(batch, letters)``; None where one has no symbol."""
        symbols = self.table.symbols(codes)
        if symbols is None:
            return None
        positions = codes.shape[1] + self.size - 1
        size = max(1, PIECE // (positions * self.table.table.shape[1] * self.table.table.itemsize))
        return torch.cat([self.finish(self.best(self.read(piece)), both_strands) for piece in symbols.split(size)])

    def finish(self, best: Tensor, both_strands: bool = False) -> Tensor:
        """Return the scores ``(batch, labels)`` of best matches, the mean with those of the other strand if asked."""
        strands = list(best.relu().chunk(2, dim=1))
        orders = [strands, strands[::-1]][: 1 + both_strands]
        given = [torch.cat(order) if self.turned else order[0] for order in orders]
        return torch.stack([self._answer(values, len(best)) for values in given]).float().mean(0)

    def _answer(self, values: Tensor, count: int) -> Tensor:
        """Return the scores of ``count`` examples whose detectors give these values."""
        with answering(self.detectors, lambda _: values):
            return self.network(values.new_zeros(count, 4, 1))

    def read(self, symbols: Tensor) -> Windows:
        """Match windows ``(batch, letters)``, padded as the network pads them."""
        padded = F.pad(symbols, (self.size - 1, self.size - 1), value=UNKNOWN)
        return Windows(padded, self.table.matches(padded))

    def best(self, windows: Windows) -> Tensor:
        """Return the best matches ``(batch, detectors)``."""
        return largest(windows.matches.transpose(1, 2))

    def best_of_mutants(self, windows: Windows, owner: Tensor, place: Tensor, symbols: Tensor) -> Tensor:
        """Return the best matches ``(mutants, detectors)`` of windows that have another letter each.

        Parameters
        ----------
        windows
            Of `read`.
        owner, place
            The window of each mutant, and which of its letters is another.
        symbols
            What is there.
        """
        found = windows.matches.new_empty(len(owner), windows.matches.shape[2])
        for start in place.unique().tolist():
            these = (place == start).nonzero()[:, 0]
            mine = owner[these]
            first, last = int(mine.min()), int(mine.max())
            seen = windows.symbols[mine, start : start + 2 * self.size - 1]
            seen[:, self.size - 1] = symbols[these]
            elsewhere = windows.matches[first : last + 1].clone()
            elsewhere[:, start : start + self.size] = -torch.inf
            best = [largest(self.table.matches(seen).transpose(1, 2)), largest(elsewhere.transpose(1, 2))[mine - first]]
            found[these] = torch.maximum(*best)
        return found


def best_matches(network: nn.Module, columns: Tensor) -> BestMatches | None:
    """Return a network as a reader of letters; None where it has no detectors that `keep_best_alone`.

    Parameters
    ----------
    network
        On a CPU.
    columns
        One-hot column of every code, ``(codes, channels)``.
    """
    detectors = find_detectors(network) if isinstance(network, nn.Sequential | BothStrands) else None
    return BestMatches(network, detectors, columns) if detectors is not None and keep_best_alone(detectors) else None

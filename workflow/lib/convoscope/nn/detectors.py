"""Motif detectors (DeepBind) that read codes of letters: windows, and mutants of theirs with one other letter.

Matches are sums of rows of a table, which is looked up four letters at once. Of a mutant only the matches that cover
the letter are looked up; its best match is the larger of their best and the wild type's best elsewhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool, largest
from convoscope.nn.position import PlacedMaximum

ENDS = ([GlobalPool, nn.ReLU], [nn.ReLU, GlobalPool], [PlacedMaximum])
WORD = 4  # letters that are looked up together
UNKNOWN, FOREIGN = 4, 255  # symbols of a letter that may be any of four, as padding is, and of all that have no symbol


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
    """Best matches of detectors that `keep_best_alone`, on both strands: those of the other one come second.

    Parameters
    ----------
    layers
        Of `find_detectors`.
    columns
        One-hot column of every code, ``(codes, 4)``.
    """

    def __init__(self, layers: nn.Sequential, columns: Tensor) -> None:
        correlation = layers[1]
        assert isinstance(correlation, Correlation)
        weight, bias = correlation.weight.detach(), correlation.bias
        known = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)]).to(weight)
        same = (columns[:, None] == known).all(2)
        self.symbol_of = torch.where(same.any(1), same.int().argmax(1), FOREIGN).to(torch.uint8)
        self.size = weight.shape[2]
        words = -(-self.size // WORD)
        taps = F.pad(torch.cat([weight, weight.flip(1, 2)]), (0, words * WORD - self.size))
        letters = known @ taps.unflatten(2, (words, WORD)).permute(2, 3, 1, 0)  # (words, WORD, symbols, detectors)
        table = letters[:, 0]
        for place in range(1, WORD):
            table = (table[:, :, None] + letters[:, place, None]).flatten(1, 2)
        if bias is not None:
            table[0] += torch.cat([bias, bias]).detach()  # every match has one row of the first word
        self.table = table.flatten(0, 1)
        self.first = torch.arange(words, dtype=torch.int32) * table.shape[1]  # row of each word

    def symbols(self, codes: Tensor) -> Tensor | None:
        """Return the symbols of codes, shaped like them; None where one has none."""
        found = self.symbol_of.index_select(0, codes.flatten().int()).view(codes.shape)
        return None if found.max() == FOREIGN else found

    def read(self, symbols: Tensor) -> Windows:
        """Match windows ``(batch, letters)``, padded as the network pads them."""
        padded = F.pad(symbols, (self.size - 1, self.size - 1), value=UNKNOWN)
        return Windows(padded, self._matches(padded))

    def _matches(self, symbols: Tensor) -> Tensor:
        """Look up the matches ``(batch, positions, detectors)`` in symbols."""
        letters = F.pad(symbols, (0, len(self.first) * WORD - self.size)).int()
        reach = letters.shape[1] - WORD + 1
        word = letters[:, :reach].clone()
        for place in range(1, WORD):
            word.mul_(UNKNOWN + 1).add_(letters[:, place : place + reach])
        rows = word.unfold(1, (len(self.first) - 1) * WORD + 1, 1)[..., ::WORD] + self.first
        found = F.embedding_bag(rows.contiguous().flatten(0, 1), self.table, mode="sum")
        return found.view(*rows.shape[:2], -1)

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
            best = [largest(self._matches(seen).transpose(1, 2)), largest(elsewhere.transpose(1, 2))[mine - first]]
            found[these] = torch.maximum(*best)
        return found

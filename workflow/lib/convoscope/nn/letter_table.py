"""Correlations of letters as sums of rows of a table, which is looked up four letters at once.

A kernel of 24 bases meets one-hot letters with 96 products; the table has the sums of every word of four letters, so
that six rows are added. Unknown letters, a quarter of each base, are the fifth letter of the words.
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.nn.convolution import Correlation
from convoscope.nn.fewer_products import BlockCorrelation

COLUMNS = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)])  # one-hot, of each symbol
OPPOSITE = [3, 2, 1, 0, 4]  # symbol of each symbol's complement
WORD = 4  # letters that are looked up together
LONGEST = 64  # positions of the kernels of a prepared network; the table of longer ones outgrows every cache
UNKNOWN, FOREIGN = 4, 255  # symbols of a letter that may be any of four, as padding is, and of all that have no symbol


_kept: "WeakKeyDictionary[nn.Module, dict[bool, LetterTable]]" = WeakKeyDictionary()


def letter_table(layer: Correlation, columns: Tensor, both_strands: bool = False) -> "LetterTable":
    """Return the table of a layer, which is kept as long as its weights stay the same.

    Parameters
    ----------
    layer
        Without stride, padding, dilation and groups.
    columns
        As in `LetterTable`.
    both_strands
        Whether matches of the other strand, as many, follow those of the letters' own.
    """
    weight, bias = layer.weight.detach(), None if layer.bias is None else layer.bias.detach()
    made_of = [weight, weight.new_zeros(len(weight)) if bias is None else bias, columns]
    known = _kept.setdefault(layer, {}).get(both_strands)
    # Made again for every call, tables would leave holes in the memory of who predicts a few windows at a time.
    if known is None or not all(map(torch.equal, known.made_of, made_of)):
        strands = torch.cat([weight, weight.flip(1, 2)]) if both_strands else weight
        known = LetterTable(strands, bias if bias is None or not both_strands else torch.cat([bias, bias]), columns)
        known.made_of = [one.clone() for one in made_of]
        _kept[layer][both_strands] = known
    return known


class Letters(NamedTuple):
    """Symbols ``(letters,)`` of what a layer reads, and its table."""

    symbols: Tensor
    layer: nn.Module
    table: "LetterTable"

    def first(self, count: int) -> "Letters":
        """Return the first letters."""
        return self._replace(symbols=self.symbols[:count])

    def opposite(self, count: int) -> "Letters":
        """Return the other strand of the first letters, in its direction."""
        symbols = torch.tensor(OPPOSITE, dtype=torch.uint8)[self.symbols[:count].flip(0).int()]
        return self._replace(symbols=symbols)


class LetterTable:
    """What a correlation gives for letters.

    Parameters
    ----------
    weight
        Kernels ``(kernels, 4, size)``.
    bias
        ``(kernels,)``, or nothing.
    columns
        One-hot column of every code of the alphabet, ``(codes, 4)``.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, columns: Tensor) -> None:
        self.made_of: list[Tensor] = []
        self.size = weight.shape[2]
        known = COLUMNS.to(weight)
        same = (columns[:, None] == known).all(2)
        self.symbol_of = torch.where(same.any(1), same.int().argmax(1), FOREIGN).to(torch.uint8)
        words = -(-self.size // WORD)
        taps = F.pad(weight.detach(), (0, words * WORD - self.size))
        letters = known @ taps.unflatten(2, (words, WORD)).permute(2, 3, 1, 0)
        table = letters[:, 0]  # of (words, WORD, symbols, kernels)
        for place in range(1, WORD):
            table = (table[:, :, None] + letters[:, place, None]).flatten(1, 2)
        if bias is not None:
            table[0] += bias.detach()  # every match has one row of the first word
        self.table = table.flatten(0, 1)
        self.first = torch.arange(words, dtype=torch.int32) * table.shape[1]  # row of each word

    def symbols(self, codes: Tensor) -> Tensor | None:
        """Return the symbols of codes, shaped like them; None where one has none."""
        found = self.symbol_of.index_select(0, codes.flatten().int()).view(codes.shape)
        return None if found.max() == FOREIGN else found

    def matches(self, symbols: Tensor, dim: int = -1) -> Tensor:
        """Look up the matches ``(…, positions, …, kernels)`` in symbols ``(…, letters, …)``, letters along ``dim``."""
        words, dim = len(self.first), dim % symbols.dim()
        sides = [0, 0] * (symbols.dim() - 1 - dim) + [0, words * WORD - self.size]
        letters = F.pad(symbols, sides).int()
        reach = letters.shape[dim] - WORD + 1
        word = letters.narrow(dim, 0, reach).clone()
        for place in range(1, WORD):
            word.mul_(UNKNOWN + 1).add_(letters.narrow(dim, place, reach))
        word = word.narrow(dim, 0, symbols.shape[dim] - self.size + WORD * (words - 1) + 1)
        rows = word.unfold(dim, WORD * (words - 1) + 1, 1)[..., ::WORD] + self.first
        return F.embedding_bag(rows.flatten(0, -2), self.table, mode="sum").view(*rows.shape[:-1], -1)


def symbols_of(maps: Tensor) -> Tensor | None:
    """Return the symbols ``(batch, letters)`` of maps ``(batch, 4, letters)``; None where these are not one-hot."""
    known, each = COLUMNS.to(maps), torch.arange(4).to(maps)
    numbers = (each @ maps).nan_to_num()
    symbols = numbers.where(numbers != each @ known[UNKNOWN], UNKNOWN).clamp(0, UNKNOWN).int()
    columns = known.T.index_select(1, symbols.flatten()).view(4, *symbols.shape)
    return symbols.to(torch.uint8) if torch.equal(columns, maps.transpose(0, 1)) else None


def may_look_up(weight: Tensor) -> bool:
    """Tell whether kernels ``(filters, channels, size)`` read four letters and are short enough for a table."""
    return weight.shape[1] == COLUMNS.shape[1] and weight.shape[2] <= LONGEST


class LetterCorrelation(BlockCorrelation):
    """An unpadded correlation of four channels that looks up letters; of maps that are not one-hot, as all others."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__(weight, bias)
        self.table = LetterTable(weight, bias, COLUMNS.to(weight))

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps ``(batch, filters, positions)`` whose channels are next to each other in memory."""
        symbols = symbols_of(maps)
        return super().forward(maps) if symbols is None else self.table.matches(symbols).transpose(1, 2)

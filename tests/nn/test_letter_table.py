"""Correlations by a table of letters are those of one-hot letters."""

import pytest
import torch
from torch.nn.functional import conv1d

from convoscope.nn.convolution import Correlation
from convoscope.nn.letter_table import LetterCorrelation, Letters, LetterTable, letter_table, may_look_up, symbols_of
from convoscope.nn.strand import opposite_strand

# Columns of the four bases, of any base, and of A or G, which has no symbol.
COLUMNS = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0.25] * 4, [0.5, 0, 0.5, 0]])


def draw(*shape, codes=5):
    return torch.randint(0, codes, shape, generator=torch.Generator().manual_seed(1)).to(torch.uint8)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 8, 24])
def test_matches_are_those_of_the_correlation(size, bias):
    layer, codes = Correlation(1, 4, 3, size, bias=bias), draw(2, 40)
    if bias:
        layer.bias.data.normal_()
    table = LetterTable(layer.weight, layer.bias, COLUMNS)
    with torch.inference_mode():
        expected = conv1d(COLUMNS[codes.int()].transpose(1, 2), layer.weight, layer.bias)
        found = table.matches(table.symbols(codes))
        assert found.shape == (2, 41 - size, 3)
        torch.testing.assert_close(found, expected.transpose(1, 2), rtol=1e-5, atol=1e-5)
        along_rows = table.matches(table.symbols(codes).T, dim=0)
        torch.testing.assert_close(along_rows, found.transpose(0, 1), rtol=0, atol=0)
        torch.testing.assert_close(table.matches(table.symbols(codes[0])), found[0], rtol=0, atol=0)


def test_a_code_of_two_bases_has_no_symbol():
    table = LetterTable(torch.ones(1, 4, 2), None, COLUMNS)
    assert table.symbols(torch.tensor([0, 3, 4], dtype=torch.uint8)).tolist() == [0, 3, 4]
    assert table.symbols(torch.tensor([0, 5, 4], dtype=torch.uint8)) is None


def test_a_code_of_zeros_has_no_symbol():
    columns = COLUMNS.clone()
    columns[4] = 0
    assert LetterTable(torch.ones(1, 4, 2), None, columns).symbols(torch.tensor([4], dtype=torch.uint8)) is None


def test_the_other_strand_is_that_of_the_one_hot_letters():
    table, layer = LetterTable(torch.randn(3, 4, 5), None, COLUMNS), torch.nn.Identity()
    codes = draw(30)
    letters = Letters(table.symbols(codes), layer, table)
    opposite = letters.opposite(20)
    assert opposite.layer is layer and opposite.table is table
    one_hot = COLUMNS[codes[:20].int()].T
    assert torch.equal(COLUMNS[opposite.symbols.int()].T, opposite_strand(one_hot[None])[0])
    assert torch.equal(letters.first(7).symbols, letters.symbols[:7])


@pytest.mark.parametrize("both_strands", [False, True])
def test_a_table_is_kept_until_the_weights_change(both_strands):
    layer = Correlation(1, 4, 3, 5)
    first = letter_table(layer, COLUMNS, both_strands)
    assert letter_table(layer, COLUMNS, both_strands) is first
    assert letter_table(layer, COLUMNS, not both_strands) is not first
    for change in (lambda: layer.weight.data.add_(1), lambda: layer.bias.data.add_(1)):
        change()
        changed = letter_table(layer, COLUMNS, both_strands)
        assert changed is not first and not torch.equal(changed.table, first.table)
        first = changed
    assert letter_table(layer, COLUMNS.flip(0), both_strands) is not first


def test_matches_of_the_other_strand_follow():
    layer, symbols = Correlation(1, 4, 3, 5), draw(1, 20)
    table = letter_table(layer, COLUMNS, both_strands=True)
    with torch.inference_mode():
        opposite = conv1d(opposite_strand(COLUMNS[symbols.int()].transpose(1, 2)), layer.weight, layer.bias)
        own = conv1d(COLUMNS[symbols.int()].transpose(1, 2), layer.weight, layer.bias)
    expected = torch.cat([own, opposite.flip(2)], dim=1).transpose(1, 2)
    torch.testing.assert_close(table.matches(symbols), expected, rtol=1e-5, atol=1e-5)


def one_hot(codes):
    return COLUMNS[codes.int()].transpose(1, 2)


@pytest.mark.parametrize("bias", [False, True])
def test_a_correlation_looks_up_one_hot_letters_and_nothing_else(monkeypatch, bias):
    weight, offset = torch.randn(3, 4, 5), torch.randn(3) if bias else None
    layer, looked_up = LetterCorrelation(weight, offset), []
    matches = layer.table.matches
    monkeypatch.setattr(layer.table, "matches", lambda symbols: looked_up.append(1) or matches(symbols))
    for times, codes in ((1, draw(2, 40)), (1, draw(2, 40, codes=6)), (2, draw(2, 9, codes=4))):
        found = layer(one_hot(codes))
        torch.testing.assert_close(found, conv1d(one_hot(codes), weight, offset), rtol=1e-5, atol=1e-5)
        assert len(looked_up) == times


def test_symbols_are_those_of_one_hot_letters():
    assert torch.equal(symbols_of(one_hot(draw(2, 40))), draw(2, 40))
    for other in (0.0, 0.5, 2.0, -1.0, torch.nan, torch.inf):
        maps = one_hot(draw(2, 40)).contiguous()
        maps[1, 2, 7] = other if other != maps[1, 2, 7] else 1.0
        assert symbols_of(maps) is None, other


def test_long_kernels_and_other_channels_have_no_table():
    assert may_look_up(torch.empty(3, 4, 64))
    assert not may_look_up(torch.empty(3, 4, 65)) and not may_look_up(torch.empty(3, 5, 8))

"""Both strands: equivariance and invariance, exactly."""

import pytest
import torch
from Bio.Seq import Seq
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.convolution import Correlation, correlate, first_correlation
from convoscope.nn.pooling import GlobalPool
from convoscope.nn.strand import BothStrands, ReverseComplementCorrelation, StrandMax, opposite_strand


def one_hot(sequence: str) -> Tensor:
    return nn.functional.one_hot(torch.tensor(["ACGT".index(base) for base in sequence])).T[None].float()


SEQUENCES = torch.cat([one_hot("ACGTTGCAAGGTCCATTAG"), one_hot("GGGATACCATTTTTACGCA")])


def test_reverse_complement_is_biopythons():
    assert torch.equal(opposite_strand(one_hot("AACGT")), one_hot(str(Seq("AACGT").reverse_complement())))
    assert torch.equal(opposite_strand(opposite_strand(SEQUENCES)), SEQUENCES)


@pytest.mark.parametrize("shape", [(1, 20, 9), (4, 9)])
def test_reverse_complement_refuses(shape):
    with pytest.raises(InputError, match=r"channels A, C, G, T"):
        opposite_strand(torch.zeros(shape))


def scorer() -> nn.Sequential:
    return nn.Sequential(Correlation(1, 4, 6, 5), GlobalPool("max"), nn.Linear(6, 2))


@pytest.mark.parametrize(("reduce", "combine"), [("max", torch.maximum), ("mean", lambda a, b: (a + b) / 2)])
def test_both_strands_combines_the_scores_of_each(reduce, combine):
    network = scorer()
    both = BothStrands(network, reduce)
    expected = combine(network(SEQUENCES), network(opposite_strand(SEQUENCES)))
    torch.testing.assert_close(both(SEQUENCES), expected)
    torch.testing.assert_close(both(opposite_strand(SEQUENCES)), both(SEQUENCES))


def test_both_strands_refuses():
    with pytest.raises(InputError, match="'sum'; one of max, mean"):
        BothStrands(nn.Identity(), "sum")


@pytest.mark.parametrize("geometry", [{}, {"padding": "same"}, {"padding": "full", "stride": 2}, {"dilation": 2}])
@pytest.mark.parametrize("size", [4, 5])
def test_shared_weights_are_equivariant(size, geometry):
    layers = nn.Sequential(
        ReverseComplementCorrelation(4, 3, size, **geometry), nn.ReLU(), ReverseComplementCorrelation(6, 5, 2)
    )
    maps = layers(SEQUENCES)
    assert maps.shape[1] == 10
    assert torch.equal(layers(opposite_strand(SEQUENCES)), maps.flip(1, 2))


def test_second_half_is_the_reverse_complement_filters_in_reversed_order():
    layer = ReverseComplementCorrelation(4, 3, 5)
    nn.init.normal_(layer.correlation.bias)
    weight, bias = layer.correlation.weight, layer.correlation.bias
    forward = correlate(SEQUENCES, weight, bias)
    reverse = correlate(SEQUENCES, weight.flip(0, 1, 2), bias.flip(0))
    torch.testing.assert_close(layer(SEQUENCES), torch.cat([forward, reverse], dim=1))
    assert first_correlation(layer).weight.shape == (3, 4, 5)


def test_strand_max_pairs_each_filter_with_its_own_reverse():
    maps = torch.tensor([[[1.0, 0.0], [5.0, 0.0], [2.0, 9.0], [3.0, 0.0]]])
    assert StrandMax()(maps).tolist() == [[[3, 0], [5, 9]]]


def test_strand_max_of_shared_weights_flips_positions_alone():
    layers = nn.Sequential(ReverseComplementCorrelation(4, 3, 5), StrandMax())
    assert torch.equal(layers(opposite_strand(SEQUENCES)), layers(SEQUENCES).flip(2))


def test_shared_weights_then_maximum_is_both_strands_of_the_detectors():
    shared = ReverseComplementCorrelation(4, 3, 5)
    features = nn.Sequential(shared.correlation, GlobalPool("max"))
    ours = BothStrands(features, "max")(SEQUENCES)
    torch.testing.assert_close(ours, nn.Sequential(shared, StrandMax(), GlobalPool("max"))(SEQUENCES))

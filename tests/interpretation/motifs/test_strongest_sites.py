import numpy as np
import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.motifs.pwm import RULES
from convoscope.interpretation.motifs.strongest_sites import (
    Examples,
    activations,
    batches,
    borrowed,
    centres,
    first_layer,
    scan_filters,
    starts,
)
from convoscope.models import SEQUENCES, build
from convoscope.nn.convolution import Correlation, first_correlation
from convoscope.nn.strand import BothStrands
from convoscope.sequence.alphabet import ALPHABETS, encode_many, one_hot_table, one_hot_tensor, reverse_complement_codes

DNA = ALPHABETS["dna"]


def encoder(codes):
    return one_hot_tensor(codes, torch.as_tensor(one_hot_table(DNA, "uniform")))


def detector(word, strands=1, **options):
    """Return a network whose one filter scores a point per letter of a word, less all but the last."""
    layer = Correlation(1, 4, 1, len(word), **options)
    with torch.no_grad():
        layer.weight.zero_()
        for position, letter in enumerate(word):
            layer.weight[0, DNA.letters.index(letter), position] = 1
        layer.bias[:] = 0.5 - (len(word) - 1)
    network = nn.Sequential(layer, nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten())
    return BothStrands(network) if strands == 2 else network


def examples(*sequences):
    codes = encode_many(list(sequences), DNA)
    return Examples(codes, np.arange(len(codes)), encoder)


def random_codes(number, length, seed=1):
    return np.random.default_rng(seed).integers(0, 4, size=(number, length), dtype=np.uint8)


def test_sites_by_hand():
    given = examples("AAGATTAG", "GATGATCC", "CCCCCCCC")
    found = scan_filters(detector("GAT"), given, RULES["basset"])
    assert found.sites.tolist() == [3]
    assert found.positions[0].tolist() == [[1, 0, 1, 1, 0, 0, 0, 0]]
    assert found.counts[0].tolist() == [[0, 0, 3, 0], [3, 0, 0, 0], [0, 0, 0, 3]]
    assert found.activating.tolist() == [2 / 3]


def test_reverse_strand_contributes_its_reverse_complement_at_its_forward_start():
    given = examples("AAATCAAA", "GATAAAAA")  # ATC is GAT on the other strand
    found = scan_filters(detector("GAT", strands=2), given, RULES["basset"])
    assert found.counts[0].tolist() == [[0, 0, 2, 0], [2, 0, 0, 0], [0, 0, 0, 2]]
    assert np.argwhere(found.positions[0]).tolist() == [[0, 0], [1, 2]]
    single = scan_filters(detector("GAT"), given, RULES["basset"])
    assert single.sites.tolist() == [1]


@pytest.mark.parametrize("columns", [slice(0, 3), slice(1, 3), slice(0, 1)])
def test_one_motif_on_both_strands_is_at_one_place(columns):
    # GAT over the letters 3 to 5 and, as ATC, on the other strand of the same place: columns of GAT are those letters.
    found = scan_filters(detector("GAT", strands=2), examples("CCCGATAA", "AAAATCCC"), RULES["basset"])
    places = centres(found.positions[0], columns, first_correlation(detector("GAT")))
    first, last = columns.start, columns.stop - 1
    assert places == [("+", 3 + (first + last + 1) / 2, 1), ("-", 3 + (5 - first - last) / 2, 1)]
    assert sum(place for _, place, _ in places) / 2 == 4.5


def test_the_centre_of_a_motif_of_a_dilated_filter():
    network = detector("GAT", dilation=2)  # at 2, 4, 6
    found = scan_filters(network, examples("CCGCACTC"), RULES["deepbind"])
    assert centres(found.positions[0], slice(0, 3), first_correlation(network)) == [("+", 4.5, 1)]
    assert centres(found.positions[0], slice(1, 3), first_correlation(network)) == [("+", 5.5, 1)]
    reverse = np.stack([np.zeros(8, int), np.arange(8) == 1])
    assert centres(reverse, slice(0, 1), first_correlation(network)) == [("-", 5.5, 1)]


@pytest.mark.parametrize("padding", ["valid", "same", "full", 2])
def test_sites_do_not_reach_into_padding(padding):
    given = examples("ATCCCGAT", "GATCCCCG")
    found = scan_filters(detector("GAT", padding=padding), given, RULES["deepbind"])
    assert np.argwhere(found.positions[0]).tolist() == [[0, 0], [0, 5]]
    assert found.sites.tolist() == [2]


def test_stride_and_dilation():
    network = nn.Sequential(Correlation(1, 4, 1, 2, stride=2, dilation=3), nn.AdaptiveMaxPool1d(1), nn.Flatten())
    outputs, where = starts(first_layer(network, encoder(torch.as_tensor(random_codes(2, 9)))), 9)
    assert outputs.tolist() == [0, 1, 2]
    assert where.tolist() == [[0, 2, 4]]


def test_dilated_filter_counts_the_letters_that_it_sees():
    network = detector("GT", dilation=2)
    found = scan_filters(network, examples("CCGATCCC"), RULES["basset"])
    assert found.counts[0].tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


def test_ambiguous_letters_contribute_nothing():
    network = detector("GAT")
    with torch.no_grad():
        first_correlation(network).bias += 1
    found = scan_filters(network, examples("CGNTC"), RULES["deepbind"])
    assert found.counts[0].tolist() == [[0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("strands", ["single", "max"])
def test_activations_are_what_the_model_computes(name, strands, small):
    torch.manual_seed(1)
    model = small(name, strands=strands)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.weight)
    one_hot = encoder(torch.as_tensor(random_codes(3, 201)))
    layer, seen = first_correlation(model), []
    layer.register_forward_hook(lambda module, inputs, output: seen.append((inputs[0], output)))
    with borrowed(model):
        first = first_layer(model, one_hot)
        seen.clear()
        model(one_hot)
        maps = seen[0][1] if first.normalise is None else first.normalise(seen[0][1])
        mine = activations(first, one_hot)
    padded = seen[0][0].shape[2] - 201 + (maps.shape[2] - seen[0][0].shape[2] + layer.kernel_size[0] - 1)
    before, complete = padded // 2, 201 - layer.kernel_size[0] + 1
    expected = torch.stack(maps.chunk(first.strands))[..., before : before + complete]
    assert first.strands == (2 if strands == "max" else 1)
    np.testing.assert_allclose(mine, expected.numpy(), atol=1e-4)
    assert (first.normalise is not None) == (name in ("basset", "tower"))


def test_a_symmetric_network_finds_the_same_on_either_strand():
    codes = random_codes(40, 60)
    model = build("deepbind", 4, (60,), 1, {"filters": 5, "length": 8})
    one, other = (
        scan_filters(model, Examples(each, np.arange(40), encoder), RULES["basset"])
        for each in (codes, reverse_complement_codes(codes, DNA))
    )
    np.testing.assert_array_equal(one.counts, other.counts)
    np.testing.assert_array_equal(one.positions[..., :53], other.positions[..., :53][:, ::-1, ::-1])


@pytest.mark.parametrize("rule", RULES.values())
def test_batches_change_nothing(monkeypatch, rule):
    codes = random_codes(30, 40)
    model = build("deepbind", 4, (40,), 1, {"filters": 6, "length": 7})
    given = Examples(codes, np.arange(3, 28), encoder)
    whole = scan_filters(model, given, rule)
    monkeypatch.setattr("convoscope.interpretation.motifs.strongest_sites.ELEMENTS", 6 * 40 * 2 * 4)
    monkeypatch.setattr("convoscope.interpretation.motifs.strongest_sites.HITS", 10)
    for one, other in zip(whole, scan_filters(model, given, rule), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [len(codes) for codes, _ in batches(given, 10)] == [10, 10, 5]


def test_model_is_given_back_unchanged(small):
    model = small("basset").train()
    model[0].eval()
    modes = [module.training for module in model.modules()]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    scan_filters(model, Examples(random_codes(4, 201), np.arange(4), encoder), RULES["basset"])
    assert [module.training for module in model.modules()] == modes
    assert all((before[name] == tensor).all() for name, tensor in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_refusals():
    with pytest.raises(InputError, match="motifs need filters over all letters"):
        first_layer(nn.Sequential(Correlation(2, 1, 1, 3)), torch.zeros(1, 1, 5, 5))

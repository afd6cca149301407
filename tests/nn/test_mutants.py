import pytest
import torch
from torch import nn

from convoscope.models import SEQUENCES, build
from convoscope.nn import fewer_products, mutants
from convoscope.nn.blocks import dilated_residual
from convoscope.nn.convolution import Correlation
from convoscope.nn.letter_table import LetterCorrelation
from convoscope.nn.pooling import GlobalPool, Pool
from convoscope.nn.prepared import Dense, prepared
from convoscope.nn.strand import BothStrands

LENGTH = 61
NETWORKS = {
    "deepbind": {"filters": 5, "length": 7},
    "basset": {"filters": [5, 6, 7], "lengths": [5, 3, 3], "pools": [3, 2, 2], "hidden": [8]},
    "deepsea": {"filters": [5, 6], "lengths": [5, 3], "pools": [4, 1], "dropout": [0.1, 0.1], "hidden": [8]},
    "danq": {"filters": 5, "length": 5, "pool": 4, "units": 3, "hidden": 4},
    "tower": {"filters": 5, "length": 5, "blocks": 2},
    "cnnprom": {"filters": [5], "lengths": [5], "pools": [4], "hidden": [6]},
}
CASES = [
    *((name, {"strands": strands}) for name in NETWORKS for strands in ("single", "max", "mean")),
    ("deepbind", {"strands": "filter", "pool": "max+average"}),
    ("deepbind", {"strands": "filter", "knots": 4}),
    *((name, {"activation": "exponential"}) for name in NETWORKS),
]
CHAINS = [
    [Correlation(1, 4, 3, 3, dilation=4), nn.ReLU(), Pool(1, "max+average", 4, 3), nn.Flatten()],
    [Correlation(1, 4, 3, 3, stride=2), GlobalPool("max+average")],
    [Correlation(1, 4, 3, 4, padding="same"), Pool(1, "max", 2, 3), Correlation(1, 3, 2, 3), nn.Flatten()],
    [Correlation(1, 4, 3, 4, padding="full"), nn.BatchNorm1d(3, affine=False), Pool(1, "average", 3), nn.Flatten()],
    [Correlation(1, 4, 4, 5, groups=2), nn.Sigmoid(), nn.Flatten()],
    [nn.BatchNorm1d(4), Pool(1, "max", 7), nn.Flatten()],
    [Correlation(1, 4, 3, 30), Correlation(1, 3, 3, 20), nn.ReLU(), Pool(1, "max", 5), nn.Flatten()],
    [nn.ConstantPad1d((3, 1), 0.25), Correlation(1, 4, 3, 4), dilated_residual(1, 3, 3, 20), GlobalPool("average")],
    [BothStrands(Correlation(1, 4, 3, 5), "max"), nn.ReLU(), nn.Flatten()],
]


def fill(network, seed=3):
    """Give every parameter and running figure a random value, as a training would."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        for parameter in module.parameters(recurse=False):
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.4)
        if isinstance(module, nn.BatchNorm1d) and module.running_mean is not None:
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
    return network.eval()


def every_substitution(dtype):
    """Return two windows, and all mutants of the first and some of the second, in no order."""
    wild = torch.eye(4, dtype=dtype)[torch.randint(0, 4, (2, LENGTH), generator=torch.Generator().manual_seed(1))]
    wild = wild.transpose(1, 2).contiguous()
    place, letter = (part.flatten() for part in torch.meshgrid(torch.arange(LENGTH), torch.arange(4), indexing="ij"))
    owner = torch.zeros_like(place)
    owner[::3] = 1
    return wild, owner, place, torch.eye(4, dtype=dtype)[letter]


def read_whole(network, wild, owner, place, letters):
    mutants_ = wild[owner].clone()
    mutants_[torch.arange(len(owner)), :, place] = letters
    return network(mutants_)


def score(network, one_hot, *changes):
    """Return the scores of wild types and mutants."""
    wild = mutants.read_wild_types(network, one_hot)
    return wild.outputs[network], mutants.mutant_scores(network, wild, *changes)


def check(network):
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        network = network.to(dtype)
        given = every_substitution(dtype)
        close = {"rtol": tolerance, "atol": tolerance}
        with torch.no_grad():
            expected = read_whole(network, *given)
            for one in (network, prepared(network)):
                wild, found = score(one, *given)
                torch.testing.assert_close(wild, network(given[0]), **close)
                torch.testing.assert_close(found, expected, **close)


@pytest.fixture(autouse=True)
def _few_channels_pay(monkeypatch):
    monkeypatch.setattr(fewer_products, "SHARE", 100)


@pytest.mark.parametrize(("name", "options"), CASES, ids=lambda case: str(case))
def test_mutants_of_every_network_score_as_one_by_one(name, options):
    check(fill(build(name, 4, (LENGTH,), 2, {**NETWORKS[name], **options})))


def test_the_table_of_networks_is_complete():
    assert set(NETWORKS) == set(SEQUENCES)


@pytest.mark.parametrize("layers", CHAINS, ids=lambda layers: "-".join(type(layer).__name__ for layer in layers))
def test_mutants_of_layers_with_and_without_a_rule(layers):
    check(fill(nn.Sequential(*layers)))


def test_what_is_not_touched_is_not_computed(monkeypatch):
    network, widths = fill(build("basset", 4, (LENGTH,), 2, NETWORKS["basset"])), []
    original = mutants._pool
    monkeypatch.setitem(
        mutants.RULES, Pool, lambda layer, state: widths.append(state.mutant.shape[1]) or original(layer, state)
    )
    with torch.no_grad():
        score(network, *every_substitution(torch.float32))
    # Five positions see the letter; they are pooled by threes into three, which five positions see; and so on.
    assert widths == [5, 5, 5]


def test_a_prepared_network_has_its_normalisations_folded_and_leaves_the_other_as_it_was():
    network = fill(build("basset", 4, (LENGTH,), 2, {**NETWORKS["basset"], "strands": "max"}))
    before = [(name, type(layer)) for name, layer in network.named_modules()]
    kinds = [type(layer) for layer in prepared(network).modules()]
    assert nn.BatchNorm1d not in kinds and kinds.count(fewer_products.BlockCorrelation) == 2 and kinds.count(Dense) == 2
    assert kinds.count(LetterCorrelation) == 1
    assert [(name, type(layer)) for name, layer in network.named_modules()] == before


def test_behind_flattened_maps_only_the_changed_positions_are_multiplied(monkeypatch):
    network, seen = fill(build("basset", 4, (200,), 2, NETWORKS["basset"])).double(), []
    original = mutants._dense
    monkeypatch.setitem(
        mutants.FLAT_RULES, Dense, lambda layer, flat: seen.append(flat.changed.width) or original(layer, flat)
    )
    letters = torch.eye(4, dtype=torch.float64)
    wild = letters[torch.randint(0, 4, (2, 200), generator=torch.Generator().manual_seed(1))].transpose(1, 2)
    place = torch.arange(0, 200, 3)
    given = wild.contiguous(), place % 2, place, letters[place % 4]
    with torch.no_grad():
        _, found = score(prepared(network), *given)
        torch.testing.assert_close(found, read_whole(network, *given), rtol=1e-12, atol=1e-12)
    assert seen == [3]  # of 14 positions behind the last pooling


def test_the_same_letter_changes_nothing_up_to_the_layer_that_needs_the_whole():
    network = fill(build("basset", 4, (LENGTH,), 2, NETWORKS["basset"]))[0]
    wild, owner, place, _ = every_substitution(torch.float32)
    with torch.no_grad():
        before, after = score(network, wild, owner, place, wild[owner, :, place])
    assert torch.equal(after, before[owner])

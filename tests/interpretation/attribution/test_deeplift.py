"""DeepLIFT: by hand, on networks of plain modules, and its completeness on every architecture."""

import math
import warnings
from itertools import product

import pytest
import torch
from captum.attr import DeepLift
from torch import nn
from torch.nn.functional import one_hot

from convoscope.errors import InputError
from convoscope.interpretation.attribution.deeplift import exponential_slope, multipliers, rectifier_slope
from convoscope.interpretation.attribution.twins import twin, twin_of
from convoscope.models import build
from convoscope.nn.activation import Exponential
from convoscope.nn.blocks import chain
from convoscope.nn.pooling import GlobalPool
from convoscope.nn.strand import BothStrands, ReverseComplementCorrelation, StrandMax

DEEPBIND = {"filters": 6, "length": 8}
BASSET = {"filters": [8, 8, 8], "lengths": [7, 5, 3], "pools": [3, 2, 2], "hidden": [16]}
TOWER = {"filters": 8, "length": 7, "blocks": 3, "pool": "max+average"}
NETWORKS = [
    *(
        ("deepbind", DEEPBIND | {"pool": pool, "knots": knots, "strands": strands, "hidden": 8})
        for pool, knots, strands in product(("max", "max+average"), (0, 5), ("single", "max", "mean", "filter"))
    ),
    ("deepsea", {"filters": [8, 8], "lengths": [7, 5], "pools": [3, 1], "dropout": [0.1, 0.1], "hidden": [9]}),
    ("cnnprom", {"filters": [8], "lengths": [7], "pools": [4], "hidden": [9], "strands": "max"}),
    *(("basset", BASSET | {"strands": strands}) for strands in ("single", "max", "mean")),
    *(("tower", TOWER | {"strands": strands}) for strands in ("single", "max")),
    *(
        ("deepbind", DEEPBIND | {"activation": "exponential", "knots": knots, "pool": "max+average"})
        for knots in (0, 5)
    ),
    ("basset", BASSET | {"activation": "exponential"}),
]


def trained(name, options, length=60):
    """Return a network whose every number is as random as after training, in double precision."""
    torch.manual_seed(1)
    network = build(name, 4, (length,), 2, options).double().eval()
    for key, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            tensor += 0.5 * (torch.rand_like(tensor) if "var" in key else torch.randn_like(tensor))
    return network


def pairs(length=60, count=5):
    generator = torch.Generator().manual_seed(2)
    both = torch.randint(0, 4, (2, count, length), generator=generator)
    return one_hot(both, 4).double().transpose(2, 3)


@pytest.mark.parametrize(("name", "options"), NETWORKS)
def test_twins_have_the_same_scores_and_share_them_out_completely(name, options):
    network, (inputs, references) = trained(name, options), pairs()
    explained = twin_of(network, 4, 60)
    with torch.no_grad():
        own, others = network(inputs), network(references)
        torch.testing.assert_close(explained(inputs), own, rtol=0, atol=1e-12)
    for target in (0, 1):
        shares = (inputs - references) * multipliers(explained, inputs, references, target)
        torch.testing.assert_close(shares.sum((1, 2)), (own - others)[:, target], rtol=0, atol=1e-9)
        assert (own - others)[:, target].abs().max() > 1e-3


LARGE = [
    ("basset", {"filters": [60, 40, 40], "lengths": [19, 11, 7], "pools": [3, 4, 4], "hidden": [50]}),
    ("tower", {"filters": 16, "length": 15, "blocks": 3, "pool": "max+average"}),
    ("deepbind", {"filters": 32, "length": 24, "pool": "max+average", "knots": 5}),
    ("basset", BASSET | {"activation": "exponential"}),
]


@pytest.mark.parametrize(("name", "options"), LARGE)
def test_single_precision_is_enough(name, options):
    """Of the largest contribution 1e-4 everywhere, and 1e-5 but for one in a thousand; complete to 1e-5."""
    network, (inputs, references) = trained(name, options, 200), pairs(200, 40)
    scale = network(inputs).std().item()
    found = {}
    for precise in (True, False):
        kind = torch.float64 if precise else torch.float32
        explained = twin_of(network.to(kind), 4, 200)
        single = multipliers(explained, inputs.to(kind), references.to(kind), 0).double()
        found[precise] = (single * (inputs - references)).sum(1)
    error = (found[True] - found[False]).abs() / found[True].abs().max()
    assert error.max() < 1e-4 and error.flatten().quantile(0.999) < 1e-5
    with torch.no_grad():
        truth = (network.double()(inputs) - network(references))[:, 0]
    torch.testing.assert_close(found[False].sum(1), truth, rtol=0, atol=1e-5 * scale)


def test_several_references_of_each_input():
    network, (inputs, references) = trained("basset", BASSET | {"strands": "max"}), pairs(count=6)
    explained = twin_of(network, 4, 60)
    together = multipliers(explained, inputs[:2], references, 1)
    alone = [multipliers(explained, inputs[n : n + 1], references[[3 * n + k]], 1) for n in range(2) for k in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=0, atol=1e-12)


def test_slopes_between_numbers_that_are_almost_the_same():
    """Both are derivatives in the limit, in single precision too."""
    own = torch.tensor([0.5, -0.5, 0.0, 2.0])
    other = own.nextafter(torch.tensor(3.0))
    assert rectifier_slope(own, other).tolist() == [1, 0, 1, 1]
    torch.testing.assert_close(exponential_slope(own, other), own.exp())
    assert exponential_slope(own, own).tolist() == own.exp().tolist()


def test_one_unit_by_hand():
    """relu(2x - 1) from 0 to 2 rises by 3 and from 0 to 0.25 not at all, over changes of 4 and 0.5 below it."""
    network = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Identity())
    with torch.no_grad():
        network[0].weight[:], network[0].bias[:] = 2, -1
    found = multipliers(twin(network, {}), torch.tensor([[2.0], [0.25]]), torch.zeros(2, 1), 0)
    assert found[:, 0].tolist() == pytest.approx([2 * 3 / 4, 0])


def test_an_exponential_by_hand():
    """exp(x) from 0 to 1 rises by e - 1 over a change of 1."""
    network = nn.Sequential(nn.Identity(), Exponential(), nn.Identity())
    found = multipliers(twin(network, {}), torch.tensor([[1.0]]), torch.zeros(1, 1), 0)
    assert found.item() == pytest.approx(math.e - 1)


class Plain(nn.Module):
    """A small DeepBind on both strands, written with torch's modules alone."""

    def __init__(self, source):
        super().__init__()
        first = source.detectors.network.correlation
        self.scans = nn.ModuleList([nn.Conv1d(4, 6, 8) for _ in range(2)]).double()
        for scan in self.scans:
            scan.load_state_dict({"weight": first.weight, "bias": first.bias})
        self.best = nn.ModuleList([nn.MaxPool1d(67) for _ in range(2)])
        self.rectify = nn.ModuleList([nn.ReLU() for _ in range(2)])
        self.strand = nn.MaxPool1d(2)
        self.rest = nn.Sequential(source.normalise, source.head.dense1, nn.ReLU(), source.head.scores)

    def forward(self, one_hot):
        found = []
        for strand, scan, best, rectify in zip(
            (one_hot, one_hot.flip(1, 2)), self.scans, self.best, self.rectify, strict=True
        ):
            padded = nn.functional.pad(strand, (7, 7), value=0.25)
            found.append(rectify(best(scan(padded)).squeeze(2)))
        return self.rest(self.strand(torch.stack(found, 2)).squeeze(2))


def test_multipliers_equal_captum_on_plain_modules():
    network, (inputs, references) = trained("deepbind", DEEPBIND | {"strands": "filter", "hidden": 8}), pairs()
    plain = Plain(network).double().eval()
    with torch.no_grad():
        torch.testing.assert_close(plain(inputs), network(inputs), rtol=0, atol=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = DeepLift(plain, multiply_by_inputs=False).attribute(inputs.clone(), references, target=1)
    found = multipliers(twin_of(network, 4, 60), inputs, references, 1)
    torch.testing.assert_close(found, expected.detach(), rtol=0, atol=1e-10)


def test_captum_alone_would_be_wrong_on_both_strands():
    network, (inputs, references) = trained("deepbind", DEEPBIND | {"strands": "max"}), pairs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shares = DeepLift(network).attribute(inputs.clone(), references, target=1)
    with torch.no_grad():
        truth = (network(inputs) - network(references))[:, 1]
    assert (shares.sum((1, 2)) - truth).abs().max() > 0.01


def test_strands_of_filters():
    torch.manual_seed(1)
    network = chain(
        scan=ReverseComplementCorrelation(4, 5, 7), strands=StrandMax(), pool=GlobalPool("max"), head=nn.Linear(5, 2)
    ).double()
    inputs, references = pairs()
    explained = twin_of(network, 4, 60)
    shares = (inputs - references) * multipliers(explained, inputs, references, 0)
    with torch.no_grad():
        truth = (network(inputs) - network(references))[:, 0]
    torch.testing.assert_close(shares.sum((1, 2)), truth, rtol=0, atol=1e-9)


def test_networks_are_given_back_unchanged():
    network, (inputs, references) = trained("deepbind", DEEPBIND), pairs()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    network.train()
    explained = twin_of(network, 4, 60)
    multipliers(explained, inputs, references, 0)
    assert network.training and not explained.training
    assert all(torch.equal(before[key], tensor) for key, tensor in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_recurrent_networks_are_refused():
    network = build("danq", 4, (60,), 2, {"filters": 4, "length": 6, "pool": 4, "units": 3, "hidden": 5})
    with pytest.raises(InputError, match="deeplift: a layer Bidirectional; networks of linear layers and BothStrands"):
        twin_of(network, 4, 60)
    with pytest.raises(InputError, match="a layer Tanh"):
        twin(BothStrands(nn.Tanh()), {})

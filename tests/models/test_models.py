"""The zoo: every row of SEQUENCES keeps the contract, and has the papers' numbers."""

from typing import Any

import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.models import SEQUENCES, build, factory, option_names
from convoscope.nn.activation import Exponential
from convoscope.nn.convolution import Correlation, first_correlation
from convoscope.nn.strand import opposite_strand
from convoscope.training.optimizers import AdamW

LENGTH = 201
# Fewer filters where the paper's would make the tests slow; a new row of SEQUENCES needs no entry.
SMALL: dict[str, dict[str, Any]] = {
    "basset": {"filters": [8, 8, 8], "hidden": [16, 16]},
    "deepsea": {"filters": [8, 8, 8], "hidden": [16]},
    "danq": {"filters": 8, "units": 8, "hidden": 16},
}


def draw(batch: int = 6, channels: int = 4, length: int = LENGTH) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, channels, (batch, length), generator=generator)
    return nn.functional.one_hot(codes, channels).transpose(1, 2).float()


def small(name: str, channels: int, length: int, outputs: int, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    return build(name, channels, (length,), outputs, SMALL.get(name, {}) | options)


def size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", SEQUENCES)
def test_shape_and_filters(name):
    model = small(name, 4, LENGTH, 3)
    assert model(draw()).shape == (6, 3)
    filters = first_correlation(model)
    assert filters.weight.shape[1] == 4
    assert filters is next(module for module in model.modules() if isinstance(module, Correlation))


@pytest.mark.parametrize("name", SEQUENCES)
def test_gradient_reaches_every_parameter(name):
    model = small(name, 4, LENGTH, 3)
    model(draw(16)).square().sum().backward()
    silent = [key for key, parameter in model.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    assert silent == []


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_first_layer_alone_may_have_an_exponential(name):
    model = small(name, 4, LENGTH, 3, activation="exponential")
    kinds = [type(module) for module in model.modules()]
    assert kinds.count(Exponential) == 1
    assert kinds.index(Correlation) < kinds.index(nn.BatchNorm1d) < kinds.index(Exponential)
    assert nn.ReLU not in kinds[: kinds.index(Exponential)]
    model(draw(16)).square().sum().backward()
    assert first_correlation(model).weight.grad.isfinite().all()


@pytest.mark.parametrize("name", SEQUENCES)
def test_examples_do_not_meet(name):
    model = small(name, 4, LENGTH, 3).eval()
    examples = draw()
    with torch.no_grad():
        together, alone = model(examples), torch.cat([model(example[None]) for example in examples])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", SEQUENCES)
def test_same_seed_same_network(name):
    first, second = (small(name, 4, LENGTH, 1).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", SEQUENCES)
def test_scores_are_raw(name):
    scores = small(name, 4, LENGTH, 200).eval()(draw())
    assert scores.min() < 0 < scores.max()
    assert not torch.allclose(scores.sum(1), torch.ones(6))


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("channels", [4, 20])
def test_one_strand_takes_any_alphabet(name, channels):
    model = small(name, channels, LENGTH, 2, strands="single")
    assert model(draw(2, channels)).shape == (2, 2)


@pytest.mark.parametrize("name", SEQUENCES)
def test_one_strand_is_not_both(name):
    model = small(name, 4, LENGTH, 2, strands="single").eval()
    assert not torch.allclose(model(draw(2)), model(opposite_strand(draw(2))))


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("strands", ["max", "mean"])
def test_both_strands_score_alike(name, strands):
    model = small(name, 4, LENGTH, 2, strands=strands).eval()
    with torch.no_grad():
        scores, reverse = model(draw(2)), model(opposite_strand(draw(2)))
    torch.testing.assert_close(scores, reverse)
    with pytest.raises(InputError, match=r"model.options.strands: .* with 20 letters"):
        small(name, 20, LENGTH, 2, strands=strands)


@pytest.mark.parametrize("name", SEQUENCES)
def test_window_too_short_names_the_least_and_that_one_fits(name):
    with pytest.raises(InputError, match=f"windows.length: 6 is too short for {name}; at least [0-9]+") as refusal:
        build(name, 4, (6,), 1)
    least = int(str(refusal.value).split("at least ")[1].split(",")[0])
    assert small(name, 4, least, 1).eval()(draw(2, 4, least)).shape == (2, 1)
    with pytest.raises(InputError, match=f"windows.length: {least - 1} is too short"):
        small(name, 4, least - 1, 1)


@pytest.mark.parametrize("name", SEQUENCES)
def test_images_are_refused(name):
    with pytest.raises(InputError, match=f"model.name: {name} reads sequences"):
        build(name, 2, (64, 64), 1)


@pytest.mark.parametrize("name", SEQUENCES)
def test_options_are_named_and_checked(name):
    takes = ", ".join(option_names(name))
    with pytest.raises(InputError, match=f"model.options: unknown option 'filter'; {name} takes {takes}"):
        build(name, 4, (LENGTH,), 1, {"filter": 8})
    with pytest.raises(InputError, match=r"model\.options\.strands: .* found 'both'"):
        build(name, 4, (LENGTH,), 1, {"strands": "both"})


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("deepbind", {"filters": 0}, r"model\.options\.filters: .*greater than or equal to 1; found 0"),
        ("deepbind", {"filters": "16"}, r"model\.options\.filters: .*integer; found '16'"),
        ("deepbind", {"dropout": 1.0}, r"model\.options\.dropout: .*less than 1; found 1.0"),
        ("basset", {"filters": [300]}, "1 filters, 3 lengths, 3 pools for basset; one of each per layer"),
        ("basset", {"pools": [3, 0, 4]}, r"model\.options\.pools\.1: .*greater than or equal to 1"),
        ("deepsea", {"dropout": [0.2]}, r"model\.options\.dropout: 1 shares for 3 layers"),
        ("danq", {"dropout": [0.2]}, r"model\.options\.dropout: .*at least 2"),
        ("cnnprom", {"filters": [], "lengths": [], "pools": []}, "at least one layer"),
    ],
)
def test_wrong_options_are_refused(name, options, message):
    with pytest.raises(InputError, match=message):
        build(name, 4, (LENGTH,), 1, options)


def test_unknown_model_is_refused():
    with pytest.raises(InputError, match="unknown model 'lenet6'; one of deepbind"):
        factory("lenet6")


# Published totals: DeepSEA 52,843,119; DanQ 46,926,479 with one bias per gate where torch has two (2 · 4 · 320 more);
# Basset 4,135,064 with a bias before each normalisation, which would be subtracted again (2,700 fewer).
@pytest.mark.parametrize(
    ("name", "length", "outputs", "parameters"),
    [
        ("deepsea", 1000, 919, 52_843_119),
        ("danq", 1000, 919, 46_926_479 + 2560),
        ("basset", 600, 164, 4_135_064 - 300 - 200 - 200 - 1000 - 1000),
        ("cnnprom", 251, 1, (4 * 21 + 1) * 200 + (200 * 57 + 1) * 128 + 129),
        ("deepbind", 101, 1, (4 * 24 + 1) * 16 + 32 + 17 * 32 + 33),
        ("tower", 1000, 1, 64 * (4 * 25 + 2) + 9 * 64 * (64 * 3 + 2) + 65),
    ],
)
def test_papers_sizes(name, length, outputs, parameters):
    assert size(build(name, 4, (length,), outputs)) == parameters


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"hidden": 0}, 97 * 16 + 32 + 17),
        ({"pool": "max+average"}, 97 * 16 + 64 + 33 * 32 + 33),
        ({"filters": 128, "strands": "filter"}, 97 * 128 + 256 + 129 * 32 + 33),
    ],
)
def test_deepbind_options(options, parameters):
    model = build("deepbind", 4, (101,), 1, options)
    assert size(model) == parameters
    assert model(draw(2, 4, 101)).shape == (2, 1)


def test_deepbind_by_hand():
    """One detector of AC with threshold 0.5 and a linear head; the motif lies half outside, on either strand."""
    options = {"filters": 1, "length": 2, "hidden": 0, "dropout": 0.0, "strands": "filter"}
    model = build("deepbind", 4, (3,), 1, options).eval()
    layer, head = first_correlation(model), model.head.scores
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[1.0, 0], [0, 1], [0, 0], [0, 0]]]))
        layer.bias.fill_(-0.5)
        head.weight.fill_(2.0)
        head.bias.fill_(1.0)
        model.normalise.eps = 0.0  # mean 0 and variance 1 before any training: leaves the numbers alone
    sequences = {"TAC": 4.0, "GTC": 4.0, "TTA": 2.5, "GGG": 1.0 + 2 * 0.75, "TTT": 2.5}
    codes = torch.tensor([["ACGT".index(base) for base in sequence] for sequence in sequences])
    scores = model(nn.functional.one_hot(codes, 4).transpose(1, 2).float())
    assert scores.flatten().tolist() == pytest.approx(list(sequences.values()))


@pytest.mark.parametrize("strands", ["max", "filter"])
def test_deepbind_learns_a_planted_motif_within_fifty_steps(strands):
    torch.manual_seed(1)
    model = build("deepbind", 4, (60,), 1, {"strands": strands})
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 4, (600, 60), generator=generator)
    labels = (torch.arange(600) % 2).float()
    for row, start in zip(range(1, 600, 2), torch.randint(0, 48, (300,), generator=generator).tolist(), strict=True):
        codes[row, start : start + 12] = torch.tensor([2, 1, 0, 3, 2, 2, 0, 1, 1, 3, 0, 2])
    examples = nn.functional.one_hot(codes, 4).transpose(1, 2).float()
    optimizer = AdamW(model.parameters(), lr=1e-3)
    for _ in range(50):  # with He's larger first weights, 60 steps reach .86
        chosen = torch.randint(0, 400, (64,), generator=generator)
        loss = nn.functional.binary_cross_entropy_with_logits(model(examples[chosen])[:, 0], labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = (model.eval()(examples[400:])[:, 0] > 0) == labels[400:].bool()
    assert right.float().mean() > 0.92


@pytest.mark.parametrize("strands", ["max", "mean", "filter"])
@pytest.mark.parametrize("pool", ["max", "max+average"])
def test_deepbind_is_the_same_on_both_strands(strands, pool):
    model = build("deepbind", 4, (101,), 2, {"strands": strands, "pool": pool}).eval()
    torch.testing.assert_close(model(draw(2, 4, 101)), model(opposite_strand(draw(2, 4, 101))))


def test_position_matters_to_cnnprom_but_not_to_deepbind():
    motif, other = torch.full((2, 4, 80), 0.25), draw(1, 4, 24)
    motif[0, :, :24], motif[1, :, 40:64] = other[0], other[0]
    seeing, blind = (small(name, 4, 80, 50).eval()(motif) for name in ("cnnprom", "deepbind"))
    assert (seeing[0] - seeing[1]).abs().max() > 1e-2
    torch.testing.assert_close(blind[0], blind[1])

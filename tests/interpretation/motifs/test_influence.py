import numpy as np
import pytest
import torch
from torch import nn

from convoscope.interpretation.motifs.influence import choose_examples, influences, multiply_adds, recorded, replayed
from convoscope.interpretation.motifs.strongest_sites import Examples
from convoscope.models import SEQUENCES, build
from convoscope.nn.convolution import Correlation, first_correlation
from convoscope.sequence.alphabet import ALPHABETS, one_hot_table, one_hot_tensor

TABLE = torch.as_tensor(one_hot_table(ALPHABETS["dna"], "uniform"))


def given(number=12, length=201, seed=1):
    codes = np.random.default_rng(seed).integers(0, 4, size=(number, length), dtype=np.uint8)
    return Examples(codes, np.arange(number), lambda batch: one_hot_tensor(batch, TABLE))


class Sum(nn.Module):
    def forward(self, maps):
        return maps.sum(dim=2)


def test_by_hand():
    """Filter 0 is A, filter 1 is T; the score is 2 A - 3 T per letter, so means are removed exactly."""
    layer, head = Correlation(1, 4, 2, 1, bias=False), nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0, 0] = layer.weight[1, 3, 0] = 1
        head.weight[:] = torch.tensor([[2.0, -3.0]])
    codes = np.array([[0, 0, 3, 1], [3, 2, 2, 2]], dtype=np.uint8)
    examples = Examples(codes, np.arange(2), lambda batch: one_hot_tensor(batch, TABLE))
    found = influences(nn.Sequential(layer, Sum(), head), examples, np.array([[True], [False]]))
    # Two A of eight letters, so one of four is expected; the positive has two. As many T as expected.
    assert found == pytest.approx(np.array([[2 * (2 - 1)], [-3 * (1 - 1)]]), abs=1e-5)


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("strands", ["single", "max"])
def test_equals_changing_the_map_by_a_hook(name, strands, small):
    torch.manual_seed(1)
    model, examples = small(name, 2, strands=strands).eval(), given()
    layer, positive = first_correlation(model), np.arange(24).reshape(12, 2) % 3 == 0
    one_hot = examples.encode(torch.as_tensor(examples.codes))
    with torch.no_grad():
        with recorded(layer) as outputs:
            scores = model(one_hot)
        maps = torch.cat(outputs)

        def flatten(module, inputs, output):
            output[:, 3] = maps[:, 3].mean()

        handle = layer.register_forward_hook(flatten)
        differences = (scores - model(one_hot)).numpy()
        handle.remove()
    found = influences(model, examples, positive)
    for label in range(2):
        assert found[3, label] == pytest.approx(differences[positive[:, label], label].mean(), abs=1e-5)


def test_sign_follows_the_weight_and_unused_filters_have_none():
    model = build("deepbind", 4, (60,), 1, {"filters": 3, "length": 6, "hidden": 0, "pool": "max"})
    [head] = [module for module in model.modules() if isinstance(module, nn.Linear)]
    with torch.no_grad():
        head.weight[:] = torch.tensor([[1.0, -1.0, 0.0]])
        first_correlation(model).bias += 1
    found = influences(model, given(20, 60), np.ones((20, 1), dtype=bool))[:, 0]
    assert (found[0] > 0, found[1] < 0, found[2]) == (True, True, 0)


def test_label_without_positives_is_nan_and_samples_are_seeded():
    model = build("deepbind", 4, (60,), 2, {"filters": 3, "length": 6})
    positive = np.column_stack([np.arange(40) % 2 == 0, np.zeros(40, dtype=bool)])
    first, again, other = (influences(model, given(40, 60), positive, seed, largest=8) for seed in (1, 1, 2))
    assert np.isnan(first[:, 1]).all()
    np.testing.assert_array_equal(first, again)
    assert (first[:, 0] != other[:, 0]).any()


@pytest.mark.parametrize("name", SEQUENCES)
def test_model_is_given_back_unchanged(name, small):
    model = small(name).train()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    influences(model, given(4), np.ones((4, 1), dtype=bool))
    assert all(module.training for module in model.modules())
    assert all((before[key] == tensor).all() for key, tensor in model.state_dict().items())
    assert "forward" not in vars(first_correlation(model))
    assert not any(module._forward_hooks for module in model.modules())


def test_layer_is_restored_after_an_error():
    layer = Correlation(1, 4, 2, 3)
    with pytest.raises(ZeroDivisionError), replayed(layer, []), recorded(layer):
        raise ZeroDivisionError
    assert layer(torch.zeros(1, 4, 5)).shape == (1, 2, 3)
    assert not layer._forward_hooks


def test_multiply_adds_by_hand():
    model = nn.Sequential(Correlation(1, 4, 2, 3), nn.Flatten(), nn.Linear(16, 5))
    assert multiply_adds(model, torch.zeros(7, 4, 10)) == (2 * 4 * 3 + 2) * 8 + 16 * 5 + 5
    with torch.no_grad():
        recurrent = multiply_adds(nn.LSTM(4, 3, batch_first=True), torch.zeros(2, 6, 4))
    assert recurrent == 4 * 3 * (4 + 3 + 2) * 6


def test_choice_gives_every_label_its_share():
    positive = np.zeros((100, 2), dtype=bool)
    positive[:90, 0], positive[95:, 1] = True, True
    chosen = choose_examples(positive, 20, np.random.default_rng(1))
    assert positive[chosen].sum(axis=0).tolist() == [10, 5]

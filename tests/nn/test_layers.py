"""The table of layers against numbers done by hand and gradients."""

import numpy as np
import pytest
import torch
from torch import nn

from convoscope.models import SEQUENCES, build
from convoscope.nn.blocks import chain, dilated_residual
from convoscope.nn.convolution import Correlation
from convoscope.nn.layers import LayerRow, evaluating, layer_table
from convoscope.nn.pooling import GlobalPool, Pool
from convoscope.nn.strand import BothStrands


def lenet() -> nn.Sequential:
    return chain(
        c1=Correlation(2, 1, 6, 5),
        s2=Pool(2, "average", 2),
        c3=Correlation(2, 6, 16, 5),
        s4=Pool(2, "average", 2),
        flatten=nn.Flatten(),
        f5=nn.Linear(400, 120),
    )


def test_lenet_by_hand():
    assert layer_table(lenet(), 1, (32, 32)) == [
        LayerRow("c1", "Correlation", (6, 28, 28), 156, (5, 5), 6 * 25 * 28 * 28),
        LayerRow("s2", "Pool", (6, 14, 14), 0, (6, 6), 0),
        LayerRow("c3", "Correlation", (16, 10, 10), 2416, (14, 14), 16 * 6 * 25 * 100),
        LayerRow("s4", "Pool", (16, 5, 5), 0, (16, 16), 0),
        LayerRow("flatten", "Flatten", (400,), 0, (32, 32), 0),
        LayerRow("f5", "Linear", (120,), 48120, (32, 32), 48000),
    ]


def test_torchs_own_layers_are_understood():
    ours = nn.Sequential(Correlation(1, 4, 8, 5, dilation=2), Pool(1, "max", 3))
    theirs = nn.Sequential(nn.Conv1d(4, 8, 5, dilation=2), nn.MaxPool1d(3))
    described = [[row[2:] for row in layer_table(model, 4, (40,))] for model in (ours, theirs)]
    assert described[0] == described[1]


def test_recurrent_layer_by_hand():
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(4, 3, batch_first=True)

        def forward(self, maps: torch.Tensor) -> torch.Tensor:
            return self.lstm(maps.transpose(1, 2))[0][:, -1]

    [row] = layer_table(Last(), 4, (10,))
    assert row == LayerRow("lstm", "LSTM", (10, 3), 4 * 3 * (4 + 3) + 2 * 12, (10,), 10 * 4 * 3 * (4 + 3))


def test_receptive_field_is_the_support_of_the_gradient():
    stack = chain(
        a=Correlation(1, 1, 2, 5, bias=False),
        pool=Pool(1, "average", 3),
        b=Correlation(1, 2, 2, 3, stride=2, dilation=2, bias=False),
        c=Correlation(1, 2, 1, 2, bias=False),
    )
    for parameter in stack.parameters():
        nn.init.ones_(parameter)
    example = torch.zeros(1, 1, 60, requires_grad=True)
    stack(example)[0, 0, 1].backward()
    seen = example.grad[0, 0].nonzero().flatten()
    # 5, then + 2·1, + 4·3, + 1·6
    assert layer_table(stack, 1, (60,))[-1].receptive_field == (25,) == (int(seen.max() - seen.min()) + 1,)


def test_fields_end_at_the_input():
    tower = chain(stem=Correlation(1, 4, 8, 9, padding="same"), far=dilated_residual(1, 8, 3, dilation=16))
    assert [row.receptive_field for row in layer_table(tower, 4, (30,))][:2] == [(9,), (30,)]


def test_both_strands_cost_twice():
    network = chain(motifs=Correlation(1, 4, 3, 5), pool=GlobalPool("max"), head=nn.Linear(3, 1))
    one, two = (
        [row.multiply_adds for row in layer_table(model, 4, (12,))] for model in (network, BothStrands(network))
    )
    assert two == [2 * work for work in one]


def test_a_layer_that_is_called_twice_has_one_row_with_both_calls():
    layer = Correlation(1, 4, 4, 3, padding="same")
    [row] = layer_table(nn.Sequential(layer, layer), 4, (10,))
    assert (row.parameters, row.multiply_adds, row.receptive_field) == (52, 2 * 48 * 10, (5,))


@pytest.mark.parametrize("name", SEQUENCES)
def test_parameters_add_up(name):
    options = {"filters": [8, 8, 8]} if name == "deepsea" else {}
    model = build(name, 4, (201,), 3, options)
    total = sum(parameter.numel() for parameter in model.parameters())
    assert sum(row.parameters for row in layer_table(model, 4, (201,))) == total


def test_model_is_given_back_unchanged():
    model = build("basset", 4, (201,), 1)
    model.train()
    model.head.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    layer_table(model, 4, (201,))
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert torch.is_grad_enabled()


def test_evaluating_gives_the_modes_back_after_an_error():
    model = nn.Sequential(nn.Dropout(), nn.Dropout().eval())
    with pytest.raises(ZeroDivisionError), evaluating(model):
        assert not model[0].training
        raise ZeroDivisionError
    assert [module.training for module in model.modules()] == [True, True, False]


def test_numbers_are_plain():
    for row in layer_table(lenet(), 1, (32, 32)):
        numbers = [*row.output, row.parameters, *row.receptive_field, row.multiply_adds]
        assert all(type(number) is int for number in numbers)
        assert np.prod(row.output) > 0

"""What a layer gives, by name."""

import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.layer_outputs import layer_named, outputs_of, outputs_of_layers
from convoscope.models import build
from convoscope.nn.convolution import Correlation


def test_outputs_are_those_of_the_layer():
    model = nn.Sequential(Correlation(1, 4, 3, 5), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    inputs = torch.randn(2, 4, 10)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(model, inputs, "1"), model[:2](inputs))
        torch.testing.assert_close(outputs_of(model, inputs), model(inputs))


def test_several_layers_take_one_pass():
    model, passes = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), list[int]()
    inputs = torch.randn(5, 3)
    alone = [outputs_of(model, inputs, layer) for layer in ("2", "0")]
    model.register_forward_hook(lambda module, given, output: passes.append(len(output)))
    torch.testing.assert_close(outputs_of_layers(model, inputs, ["2", "0"]), alone, rtol=0, atol=0)
    assert passes == [5]


def test_refusals():
    with pytest.raises(InputError, match="layer: no 'conv' in the model; one of 0"):
        layer_named(nn.Sequential(nn.Linear(2, 2)), "conv")
    both = build("deepbind", 4, (50,), 1, {"strands": "max", "filters": 2, "length": 5})
    layer = next(name for name, module in both.named_modules() if isinstance(module, Correlation))
    with pytest.raises(InputError, match=rf"layer: '{layer}' gave \[4\] rows for 2 examples; choose one that sees"):
        outputs_of(both, torch.zeros(2, 4, 50), layer)

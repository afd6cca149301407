"""What a layer gives, by name."""

import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.layer_outputs import layer_named, outputs_of
from convoscope.models import build
from convoscope.nn.convolution import Correlation


def test_outputs_are_those_of_the_layer():
    model = nn.Sequential(Correlation(1, 4, 3, 5), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    inputs = torch.randn(2, 4, 10)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(model, inputs, "1"), model[:2](inputs))
        torch.testing.assert_close(outputs_of(model, inputs), model(inputs))


def test_refusals():
    with pytest.raises(InputError, match="layer: no 'conv' in the model; one of 0"):
        layer_named(nn.Sequential(nn.Linear(2, 2)), "conv")
    both = build("deepbind", 4, (50,), 1, {"strands": "max", "filters": 2, "length": 5})
    layer = next(name for name, module in both.named_modules() if isinstance(module, Correlation))
    with pytest.raises(InputError, match=rf"layer: '{layer}' gave \[4\] rows for 2 examples; choose one that sees"):
        outputs_of(both, torch.zeros(2, 4, 50), layer)

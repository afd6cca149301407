"""The way back through a network, by hand and against Captum."""

import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.rectifiers import RULES, layer_named, outputs_of, pull_back, rectifying
from convoscope.models import IMAGES, SEQUENCES, build
from convoscope.nn.convolution import Correlation


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("gradient", [0.0, -2.0, 3.0]), ("deconvnet", [1.0, 0.0, 3.0]), ("guided", [0.0, 0.0, 3.0])],
)
def test_rules_by_hand(rule, expected):
    """Below the rectifier -1, 1, 1; the signal from above 1, -2, 3."""
    inputs, signal = torch.tensor([[-1.0, 1.0, 1.0]]), torch.tensor([[1.0, -2.0, 3.0]])
    output, arrived = pull_back(nn.Sequential(nn.ReLU()), inputs, "", lambda maps: signal, rule)
    assert output.tolist() == [[0.0, 1.0, 1.0]]
    assert arrived.tolist() == [expected]


def test_the_gradients_rule_is_autograds():
    torch.manual_seed(1)
    model = build("residual", 2, (16, 16), 3, {"filters": [4, 6], "blocks": [1, 1]}).eval()
    images = torch.randn(2, 2, 16, 16, requires_grad=True)
    [expected] = torch.autograd.grad(model(images).sum(), images)
    torch.testing.assert_close(pull_back(model, images, "", torch.ones_like)[1], expected)


@pytest.mark.parametrize("name", [*IMAGES, "basset"])
@pytest.mark.parametrize("rule", RULES)
def test_model_is_given_back_unchanged(name, rule):
    small = {"basset": {"filters": [4, 4, 4], "hidden": [4, 4]}, "deepyeast": {"filters": [4], "repeats": [1]}}
    shape = (4, 201) if name in SEQUENCES else (2, 32, 32)
    model = build(name, shape[0], shape[1:], 2, small.get(name, {})).train()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    pull_back(model, torch.randn(2, *shape), "", torch.ones_like, rule)
    assert all(module.training for module in model.modules())
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any("forward" in vars(module) or module._forward_hooks for module in model.modules())


def test_rectifiers_are_given_back_after_an_error():
    model = nn.Sequential(nn.ReLU())
    with pytest.raises(ZeroDivisionError), rectifying(model, "guided"):
        assert "forward" in vars(model[0])
        raise ZeroDivisionError
    assert "forward" not in vars(model[0])


def test_outputs_are_those_of_the_layer():
    model = nn.Sequential(Correlation(1, 4, 3, 5), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    inputs = torch.randn(2, 4, 10)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(model, inputs, "1"), model[:2](inputs))
        torch.testing.assert_close(outputs_of(model, inputs), model(inputs))


def test_refusals():
    model = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(InputError, match="layer: no 'conv' in the model; one of 0"):
        layer_named(model, "conv")
    with pytest.raises(InputError, match="rule: 'lrp'; one of gradient, deconvnet, guided"):
        pull_back(model, torch.zeros(1, 2), "", torch.ones_like, "lrp")
    both = build("deepbind", 4, (50,), 1, {"strands": "max", "filters": 2, "length": 5})
    layer = next(name for name, module in both.named_modules() if isinstance(module, Correlation))
    with pytest.raises(InputError, match=rf"layer: '{layer}' gave \[4\] rows for 2 examples; choose one that sees"):
        outputs_of(both, torch.zeros(2, 4, 50), layer)

"""From a unit of a network back to its input: gradients with a chosen rule for what passes a rectifier.

A deconvolutional network (Zeiler & Fergus 2013), guided backpropagation and the gradient are the same way back through
correlations (the transposed kernel) and maximum pooling (to the position that the maximum came from, the recorded
switch); they differ only in the rectifiers (Springenberg et al. 2015, figure 1).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.layers import evaluating

# What goes back through a rectifier, from the signal above it and the numbers below it.
RULES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "gradient": lambda signal, below: signal * (below > 0),
    "deconvnet": lambda signal, below: signal.clamp(min=0),
    "guided": lambda signal, below: signal.clamp(min=0) * (below > 0),
}


class Rectify(torch.autograd.Function):
    """A rectifier whose way back is one of `RULES`."""

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, *given: object) -> Tensor:
        """Return ``max(maps, 0)``; given are maps and rule."""
        maps, rule = given
        if not isinstance(maps, Tensor):
            raise TypeError(maps)
        context.save_for_backward(maps)
        context.rule = rule  # type: ignore[attr-defined]
        return maps.clamp(min=0)

    @staticmethod
    def backward(context: torch.autograd.function.FunctionCtx, *signals: Tensor) -> tuple[Tensor, None]:
        """Return what the rule lets through."""
        [below] = context.saved_tensors  # type: ignore[attr-defined]
        return context.rule(signals[0], below), None  # type: ignore[attr-defined]


@contextmanager
def rectifying(model: nn.Module, rule: str) -> Iterator[None]:
    """Let every `nn.ReLU` of a model go back by a rule of `RULES`; what goes forward stays the same."""
    if rule not in RULES:
        raise InputError(f"rule: {rule!r}; one of {', '.join(RULES)}")
    rectifiers: set[nn.Module] = {module for module in model.modules() if isinstance(module, nn.ReLU)}
    for module in rectifiers:
        module.forward = lambda maps: Rectify.apply(maps, RULES[rule])
    try:
        yield
    finally:
        for module in rectifiers:
            del module.forward


def layer_named(model: nn.Module, name: str) -> nn.Module:
    """Return a layer by its dotted name; the empty name is the model itself, whose output is the scores."""
    try:
        return model.get_submodule(name)
    except AttributeError:
        known = [known for known, _ in model.named_modules() if known]
        raise InputError(f"layer: no {name!r} in the model; one of {', '.join(known)}") from None


@contextmanager
def watched(model: nn.Module, layer: str) -> Iterator[list[Tensor]]:
    """Yield a list to which every call of a layer adds its output."""
    outputs: list[Tensor] = []
    handle = layer_named(model, layer).register_forward_hook(lambda module, inputs, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


def one_output(outputs: list[Tensor], layer: str, batch: int) -> Tensor:
    """Return the output of a layer that was called once, with one row per example.

    Raises
    ------
    InputError
        If the layer was not called, or saw both strands of each example: its units belong to no single place then.
    """
    if len(outputs) != 1 or len(outputs[0]) != batch:
        rows = [len(output) for output in outputs]
        raise InputError(f"layer: {layer!r} gave {rows} rows for {batch} examples; choose one that sees each once")
    return outputs[0]


def outputs_of(model: nn.Module, inputs: Tensor, layer: str = "") -> Tensor:
    """Return the output of a layer ``(batch, maps, *space)`` or ``(batch, units)`` in evaluation mode.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(batch, channels, *space)``.
    layer
        Dotted name of a layer; the scores when empty.
    """
    with evaluating(model), watched(model, layer) as outputs:
        model(inputs)
    return one_output(outputs, layer, len(inputs))


def pull_back(
    model: nn.Module, inputs: Tensor, layer: str, signal: Callable[[Tensor], Tensor], rule: str = "gradient"
) -> tuple[Tensor, Tensor]:
    """Send a signal from a layer back to the input.

    Parameters
    ----------
    model
        A network; it is given back unchanged, the gradients of its parameters included.
    inputs
        ``(batch, channels, *space)``.
    layer
        Dotted name of the layer where the signal starts; the scores when empty.
    signal
        From the layer's output to the signal, of the same shape.
    rule
        A key of `RULES`.

    Returns
    -------
    The layer's output, and what arrives at the input ``(batch, channels, *space)``.
    """
    images = inputs.detach().clone().requires_grad_()
    with evaluating(model), torch.enable_grad(), rectifying(model, rule), watched(model, layer) as outputs:
        model(images)
        output = one_output(outputs, layer, len(inputs))
        [arrived] = torch.autograd.grad(output, images, signal(output.detach()))
    return output.detach(), arrived

"""What a layer of a network gives, by its dotted name."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.nn.layers import evaluating


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
    return outputs_of_layers(model, inputs, [layer])[0]


def outputs_of_layers(model: nn.Module, inputs: Tensor, layers: Sequence[str]) -> list[Tensor]:
    """Return the outputs of several layers, by one pass of the inputs; see `outputs_of`."""
    with evaluating(model), ExitStack() as hooks:
        outputs = [hooks.enter_context(watched(model, layer)) for layer in layers]
        model(inputs)
    return [one_output(given, layer, len(inputs)) for given, layer in zip(outputs, layers, strict=True)]

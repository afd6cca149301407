"""What made one unit fire, drawn in the input: the deconvolutional network of Zeiler & Fergus 2013."""

from typing import NamedTuple

import numpy as np
import torch
from captum.attr import NeuronDeconvolution
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.gradients import explaining, variable
from convoscope.interpretation.attribution.layer_outputs import layer_named, outputs_of


class Projection(NamedTuple):
    """One unit per example.

    ``images (batch, channels, *space)`` are the projections, ``positions (batch, dimensions)`` the units' places in
    their map (no columns where the layer has no space), ``values (batch,)`` their activations.
    """

    images: np.ndarray
    positions: np.ndarray
    values: np.ndarray


def _strongest_positions(maps: Tensor) -> np.ndarray:
    """Return where each of the maps ``(batch, *space)`` is largest, ``(batch, dimensions)``."""
    if maps.dim() == 1:
        return np.empty((len(maps), 0), dtype=np.int64)
    places = maps.flatten(1).argmax(1).cpu().numpy()
    return np.stack(np.unravel_index(places, tuple(maps.shape[1:])), axis=1)


def project(
    model: nn.Module, inputs: Tensor, layer: str, channel: int, positions: np.ndarray | None = None
) -> Projection:
    """Send the activation of one unit per example back to the input, all other units of the layer set to zero.

    On the way back, pooled numbers return to the positions that they came from (the switches, recorded on the way
    forward), rectifiers let only positive signals pass, and correlations apply the transposed kernels
    (doi:10.1007/978-3-319-10590-1_53). Batch normalisation multiplies by its scale, averages spread evenly; squashing
    has no such rule and multiplies by its slope, so that networks without rectifiers show a gradient.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(batch, channels, *space)``.
    layer
        Dotted name of a layer of maps or units.
    channel
        Map or unit of the layer.
    positions
        ``(batch, dimensions)``: place in the map, for each example; where the map is largest when not given.

    Raises
    ------
    InputError
        If layer, channel or position do not exist.
    """
    output = outputs_of(model, inputs, layer)
    if not 0 <= channel < output.shape[1]:
        raise InputError(f"channel: {channel} of layer {layer!r}; 0 to {output.shape[1] - 1}")
    maps = output[:, channel]
    places = _strongest_positions(maps) if positions is None else np.asarray(positions)
    if places.shape != (len(maps), maps.dim() - 1) or (places < 0).any() or (places >= maps.shape[1:]).any():
        raise InputError(
            f"positions: {places.tolist()}; one place in a map of {tuple(maps.shape[1:])} for each example"
        )
    unit = (torch.arange(len(maps)), torch.full((len(maps),), channel), *torch.as_tensor(places).long().T)

    # The derivative of activation × activation, the second taken as a constant, is the activation.
    def activation(given: Tensor) -> Tensor:
        return given[unit] * given[unit].detach()

    with explaining(model):
        images = NeuronDeconvolution(model, layer_named(model, layer)).attribute(variable(inputs), activation)
    return Projection(images.cpu().numpy(), places, output[unit].cpu().numpy())

"""A network in evaluation mode whose layers are replaced by others that give the same numbers in less time."""

from copy import copy
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights, fuse_linear_bn_weights

from convoscope.nn.blocks import Residual
from convoscope.nn.convolution import Correlation
from convoscope.nn.fewer_products import BlockCorrelation
from convoscope.nn.letter_table import LetterCorrelation, may_look_up
from convoscope.nn.strand import BothStrands


class Dense(nn.Module):
    """A dense layer of fixed weights ``(units, inputs)`` and biases ``(units,)``, or none."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias
        self._by_position: Tensor | None = None

    def by_position(self, channels: int) -> Tensor:
        """Return the weights of flattened maps, ``(positions, channels, units)``."""
        if self._by_position is None:
            self._by_position = self.weight.T.unflatten(0, (channels, -1)).transpose(0, 1).contiguous()
        return self._by_position

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(batch, inputs)`` to ``(batch, units)``."""
        return F.linear(inputs, self.weight, self.bias)


def prepared(network: nn.Module) -> nn.Module:
    """Return a copy for predictions on a CPU; the scores are the same up to rounding.

    Normalisations are folded into the layers before them, letters are looked up, and correlations of many channels take
    fewer products. What has no faster form, such as an ONNX file, is part of the copy as it is. Later changes of the
    weights do not reach it.
    """
    with torch.no_grad():
        return _prepare(network)


def _prepare(layer: nn.Module) -> nn.Module:
    """Replace a layer, or the layers in it."""
    if isinstance(layer, nn.Sequential):
        return _prepare_chain(list(layer))
    if isinstance(layer, BothStrands | Residual):
        twin = copy(layer)
        twin._modules = {name: _prepare(part) for name, part in layer.named_children()}
        return twin
    return _replace(layer)


def _prepare_chain(layers: list[nn.Module]) -> nn.Sequential:
    """Replace the layers of a chain."""
    found: list[nn.Module] = []
    while layers:
        layer = layers.pop(0)
        if layers and _folds(layer, layers[0]):
            found.append(_replace(layer, layers.pop(0)))
        else:
            found.append(_prepare(layer))
    return nn.Sequential(*found)


def _folds(layer: nn.Module, following: nn.Module) -> bool:
    """Tell whether a layer is followed by a normalisation by figures of the training, which is linear."""
    normalised = isinstance(following, nn.BatchNorm1d) and following.affine and following.running_var is not None
    return normalised and type(layer) in (Correlation, nn.Linear)


def _replace(layer: Any, folded: Any = None) -> nn.Module:
    """Return what takes the place of a layer without others in it, and of the normalisation behind it."""
    if type(layer) not in (Correlation, nn.Linear):
        return layer
    weight, bias, correlates = layer.weight.detach(), layer.bias, type(layer) is Correlation
    bias = None if bias is None else bias.detach()
    if folded is not None:
        fuse = fuse_conv_bn_weights if correlates else fuse_linear_bn_weights
        figures = folded.running_mean, folded.running_var, folded.eps, folded.weight, folded.bias
        weight, bias = (part.detach() for part in fuse(weight, bias, *figures))
    if not correlates:
        return Dense(weight, bias)
    if (
        weight.dim() == 3
        and (layer.stride, layer.dilation, layer.groups) == (1, 1, 1)
        and layer.padding in ("valid", 0)
    ):
        return (LetterCorrelation if may_look_up(weight) else BlockCorrelation)(weight, bias)
    twin = copy(layer)
    vars(twin).update(weight=weight, bias=bias, _parameters={})
    return twin

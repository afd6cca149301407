"""Layers that follow each other in networks on images, trained as one that reads and writes maps fewer times."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor, nn

from convoscope.nn.blocks import Residual
from convoscope.nn.few_passes import halved, normalised, serves, subsampled
from convoscope.nn.pooling import POOLS, Pool
from convoscope.nn.squash import Squash, Subsample

_ITSELF: Any = torch._C.DisableTorchFunction  # within it, torch's functions are its own, and take half of the time


class Joined(nn.Module):
    """Layers in a row, and what computes the same of maps that `serves` takes."""

    def __init__(self, layers: Sequence[nn.Module], together: Callable[..., Tensor]) -> None:
        super().__init__()
        self.layers, self.together = nn.Sequential(*layers), together

    def forward(self, maps: Tensor) -> Tensor:
        """Return what the layers give."""
        with _ITSELF():
            if self.may(maps):
                return self.together(maps, *self.layers)
        return self.layers(maps)

    def may(self, maps: Tensor) -> bool:
        """Tell whether the layers may be computed together."""
        return all(layer.training for layer in self.layers) and serves(maps)


class JoinedResidual(nn.Module):
    """A `Residual` whose branch begins with a normalisation, which takes in the gradient of the other way."""

    def __init__(self, first: Joined, rest: nn.Module) -> None:
        super().__init__()
        self.first, self.rest = first, rest

    def forward(self, maps: Tensor) -> Tensor:
        """Return ``maps + branch(maps)``."""
        with _ITSELF():
            known = self.first.may(maps)
            norm, *rectify = self.first.layers
            maps, found = normalised(maps, norm, bool(rectify)) if known else (maps, maps)
        return maps + self.rest(found if known else self.first(maps))


def _normalise(maps: Tensor, norm: nn.Module, *rectify: nn.Module) -> Tensor:
    return normalised(maps, norm, rectified=bool(rectify))[1]


def _halve(maps: Tensor, _: nn.Module) -> Tensor:
    return halved(maps)


def _subsample(maps: Tensor, _: nn.Module, middle: Subsample, __: nn.Module) -> Tensor:
    return subsampled(maps, middle.coefficient, middle.bias)


# Kinds of layers that follow each other, the longest first, and the function that joins them.
PATTERNS: list[tuple[tuple[type[nn.Module], ...], Callable[..., Tensor]]] = [
    ((Squash, Subsample, Squash), _subsample),
    ((nn.BatchNorm2d, nn.ReLU), _normalise),
    ((nn.BatchNorm2d,), _normalise),
    ((Pool,), _halve),
]


def joined(network: nn.Module) -> nn.Module:
    """Return a network of the same layers, some of them joined, for training; both have the same weights."""
    if isinstance(network, nn.Sequential):
        return nn.Sequential(*_chain(list(network)))
    if isinstance(network, Residual):
        branch = joined(network.branch)
        if isinstance(branch, nn.Sequential) and isinstance(branch[0], Joined) and _is_normalisation(branch[0]):
            return JoinedResidual(branch[0], branch[1:])
        twin = copy(network)
        twin._modules = {"branch": branch}
        return twin
    return network


def gains(network: nn.Module) -> bool:
    """Tell whether layers of a network are joined in training, which they are on one thread."""
    several = (layer for layer in joined(network).modules() if isinstance(layer, Joined))
    return torch.get_num_threads() == 1 and any(_is_normalisation(layer) for layer in several)


def _is_normalisation(layer: Joined) -> bool:
    return isinstance(layer.layers[0], nn.BatchNorm2d)


def _chain(layers: list[nn.Module]) -> list[nn.Module]:
    """Join layers of a chain."""
    found: list[nn.Module] = []
    while layers:
        for kinds, together in PATTERNS:
            first = layers[: len(kinds)]
            if tuple(map(type, first)) == kinds and all(map(_joins, first)):
                found.append(Joined(first, together))
                break
        else:
            first = layers[:1]
            found.append(joined(layers[0]))
        layers = layers[len(first) :]
    return found


def _joins(layer: nn.Module) -> bool:
    """Tell whether the settings of a layer are those that the joined ones know."""
    if isinstance(layer, Pool):
        return (layer.functions, layer.kernel_size, layer.stride) == ([POOLS["max"][2]], (2, 2), (2, 2))
    if isinstance(layer, nn.BatchNorm2d):
        return layer.affine and layer.track_running_stats and layer.momentum is not None
    return True

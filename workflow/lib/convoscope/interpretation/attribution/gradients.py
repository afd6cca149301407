"""Which parts of an input a score depends on: gradients, integrated gradients, Grad-CAM, occlusion.

Inputs have any number of spatial dimensions. A target is one output for all examples, or one per example ``(batch,)``.
Maps are per channel except for Grad-CAM, which no longer knows channels.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.rectifiers import one_output, pull_back, watched
from convoscope.nn.convolution import Numbers, per_dimension
from convoscope.nn.layers import evaluating

Target = int | Tensor
# Examples that are in the network at a time during occlusion.
AT_A_TIME = 256
ENLARGE = {1: "linear", 2: "bilinear", 3: "trilinear"}


class Integrated(NamedTuple):
    """Integrated gradients ``maps (batch, channels, *space)`` and the ``gap (batch,)`` of their sum to the truth."""

    maps: np.ndarray
    gap: np.ndarray


class Windows(NamedTuple):
    """What is covered at a time: size and step, per dimension or the same; each channel alone or all together."""

    size: Numbers
    step: Numbers = 1
    together: bool = False


def chosen(scores: Tensor, target: Target) -> Tensor:
    """Return each example's score of the target, ``(batch,)``, of scores ``(batch, outputs)``."""
    targets = torch.as_tensor(target, device=scores.device).expand(len(scores))
    if targets.min() < 0 or targets.max() >= scores.shape[1]:
        raise InputError(f"target: {targets.unique().tolist()}; outputs are 0 to {scores.shape[1] - 1}")
    return scores.gather(1, targets[:, None])[:, 0]


def score(model: nn.Module, inputs: Tensor, target: Target) -> Tensor:
    """Return each example's raw score of the target ``(batch,)``, in evaluation mode."""
    with evaluating(model):
        return chosen(model(inputs), target)


def one_hot(scores: Tensor, target: Target) -> Tensor:
    """Return ones at the targets of scores ``(batch, outputs)``: the signal whose way back is the gradient."""
    with torch.enable_grad():
        variable = scores.detach().requires_grad_()
        return torch.autograd.grad(chosen(variable, target).sum(), variable)[0]


def gradients(model: nn.Module, inputs: Tensor, target: Target, rule: str = "gradient") -> np.ndarray:
    """Return how the raw score changes with every number of the input, ``(batch, channels, *space)``.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    rule
        ``gradient`` (Simonyan et al. 2013), ``guided`` (Springenberg et al. 2015, arXiv:1412.6806) or ``deconvnet``.
    """
    return pull_back(model, inputs, "", lambda scores: one_hot(scores, target), rule)[1].cpu().numpy()


def integrated_gradients(
    model: nn.Module, inputs: Tensor, target: Target, baseline: Tensor | float = 0.0, steps: int = 50
) -> Integrated:
    """Share out the difference of the score to that of a baseline (Sundararajan et al. 2017, arXiv:1703.01365).

    The gradient is averaged over the straight line from baseline to input by Gauss-Legendre quadrature and multiplied
    by their difference. The maps of an example would sum to the difference of the scores; ``gap`` is by how much they
    do not, and tells whether there were enough steps.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    baseline
        What stands for nothing, broadcast against the inputs.
    steps
        Points on the line.
    """
    start = torch.as_tensor(baseline, dtype=inputs.dtype, device=inputs.device).expand_as(inputs)
    maps = (inputs - start) * mean_gradients(model, inputs, target, start, steps)
    difference = score(model, inputs, target) - score(model, start, target)
    return Integrated(maps.cpu().numpy(), (maps.flatten(1).sum(1) - difference).cpu().numpy())


def mean_gradients(model: nn.Module, inputs: Tensor, target: Target, start: Tensor, steps: int) -> Tensor:
    """Return the gradient averaged over the straight line from ``start`` to the inputs, ``(batch, channels, *space)``.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs, start
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    steps
        Points on the line.
    """
    if steps < 1:
        raise InputError(f"steps: {steps}; at least 1")
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    mean = torch.zeros_like(inputs)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        between = start + float(node) * (inputs - start)
        mean += float(weight) * pull_back(model, between, "", lambda scores: one_hot(scores, target))[1]
    return mean


def grad_cam(model: nn.Module, inputs: Tensor, target: Target, layer: str) -> np.ndarray:
    """Return Grad-CAM maps ``(batch, *space of the layer)``, at the layer's own size (Selvaraju et al. 2017).

    The layer's maps are weighted with the spatial mean of the gradient of the raw score, summed, and only the sum is
    rectified (doi:10.1109/ICCV.2017.74). `enlarge` them for overlays, and say the native size beside them.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    layer
        Dotted name of a layer of maps, usually the last.

    Raises
    ------
    InputError
        If the layer has no maps, or does not see each example once.
    """
    images = inputs.detach().clone().requires_grad_()
    with evaluating(model), torch.enable_grad(), watched(model, layer) as outputs:
        scores = chosen(model(images), target)
        maps = one_output(outputs, layer, len(inputs))
        if maps.dim() < 3:
            raise InputError(f"layer: {layer!r} gives {maps.shape[1]} numbers without a place; choose one with maps")
        [slopes] = torch.autograd.grad(scores.sum(), maps)
    weights = slopes.flatten(2).mean(2)
    return torch.einsum("bm...,bm->b...", maps.detach(), weights).clamp(min=0).cpu().numpy()


def enlarge(maps: np.ndarray, space: tuple[int, ...]) -> np.ndarray:
    """Bring maps ``(batch, *native)`` to another size by (bi)linear interpolation."""
    return F.interpolate(torch.as_tensor(maps)[:, None], space, mode=ENLARGE[len(space)])[:, 0].numpy()


def slices_of(side: int, size: int, step: int) -> list[slice]:
    """Return the windows along one dimension; the last one ends at the border.

    >>> slices_of(5, 3, 2), slices_of(5, 2, 2)
    ([slice(0, 3, None), slice(2, 5, None)], [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)])
    """
    if not 1 <= step <= size <= side:
        raise InputError(f"windows: size {size}, step {step}; 1 <= step <= size <= {side}, so that all is covered once")
    return [slice(start, min(start + size, side)) for start in range(0, side - size + step, step)]


def occlusion(
    model: nn.Module, inputs: Tensor, target: Target, windows: Windows, fill: Tensor | float = 0.0
) -> np.ndarray:
    """Return by how much the raw score drops where the input is covered (Zeiler & Fergus 2013).

    Each number is the mean over the windows that cover it.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    inputs
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    windows
        Size and step of the windows; whether they cover each channel alone or all channels together.
    fill
        What stands for nothing, broadcast against the inputs.

    Returns
    -------
    ``(batch, channels, *space)``, or ``(batch, 1, *space)`` with all channels together.
    """
    places = places_of(tuple(inputs.shape[1:]), windows)
    blank = torch.as_tensor(fill, dtype=inputs.dtype, device=inputs.device).expand_as(inputs)
    targets = torch.as_tensor(target, device=inputs.device).expand(len(inputs))
    whole = score(model, inputs, targets)
    sums, counts = torch.zeros_like(inputs), torch.zeros_like(inputs[0])
    at_a_time = max(1, AT_A_TIME // len(inputs))
    for begin in range(0, len(places), at_a_time):
        several = places[begin : begin + at_a_time]
        covered = torch.cat([cover(inputs, blank, place) for place in several])
        drops = whole - score(model, covered, targets.repeat(len(several))).view(len(several), -1)
        for drop, place in zip(drops, several, strict=True):
            sums[(slice(None), *place)] += drop.view(-1, *(1,) * (inputs.dim() - 1))
            counts[place] += 1
    maps = (sums / counts).cpu().numpy()
    return maps[:, :1] if windows.together else maps


def places_of(shape: tuple[int, ...], windows: Windows) -> list[tuple[slice, ...]]:
    """Return every window in an example ``(channels, *space)``, its channels first."""
    channels, *space = shape
    sizes, steps = per_dimension(windows.size, len(space)), per_dimension(windows.step, len(space))
    layers = [slice(0, channels)] if windows.together else [slice(number, number + 1) for number in range(channels)]
    return list(product(layers, *(slices_of(*numbers) for numbers in zip(space, sizes, steps, strict=True))))


def cover(inputs: Tensor, blank: Tensor, place: tuple[slice, ...]) -> Tensor:
    """Return a copy of the inputs with one window of every example replaced."""
    covered = inputs.clone()
    covered[(slice(None), *place)] = blank[(slice(None), *place)]
    return covered

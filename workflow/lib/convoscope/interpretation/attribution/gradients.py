"""Which parts of an input a score depends on: gradients, integrated gradients, and by Captum Grad-CAM and occlusion.

Inputs have any number of spatial dimensions. A target is one output for all examples, or one per example ``(batch,)``.
Maps are per channel except for Grad-CAM, which no longer knows channels. A network is given back unchanged.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.layer_outputs import layer_named, outputs_of
from convoscope.nn.convolution import Numbers, per_dimension
from convoscope.nn.layers import evaluating

Target = int | Tensor
# Examples that are in the network at a time during occlusion.
AT_A_TIME = 256
ENLARGE = {1: "linear", 2: "bilinear", 3: "trilinear"}


class Patches(NamedTuple):
    """What is covered at a time: size and step, per dimension or the same; each channel alone or all together."""

    size: Numbers
    step: Numbers = 1
    together: bool = False


@contextmanager
def explaining(model: nn.Module, target: Target = 0) -> Iterator[None]:
    """Put a model into evaluation mode for Captum, and refuse a target that it has not.

    Captum warns that it sets hooks, which it removes itself.
    """

    def check(module: nn.Module, inputs: object, scores: Tensor) -> None:
        targets = torch.as_tensor(target)
        if targets.min() < 0 or targets.max() >= scores.shape[1]:
            raise InputError(f"target: {targets.unique().tolist()}; outputs are 0 to {scores.shape[1] - 1}")

    handle = model.register_forward_hook(check)
    try:
        with evaluating(model), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Setting backward hooks on ReLU", category=UserWarning)
            yield
    finally:
        handle.remove()


def variable(inputs: Tensor) -> Tensor:
    """Return a copy of the inputs whose gradient can be asked for."""
    return inputs.detach().clone().requires_grad_()


def _slopes(model: nn.Module, inputs: Tensor, target: Target) -> Tensor:
    """Return the gradient of each example's target, shaped like the inputs."""
    given = variable(inputs)
    with torch.enable_grad():
        scores = model(given)
        own = scores.gather(1, torch.as_tensor(target, device=scores.device).expand(len(scores))[:, None])
        return torch.autograd.grad(own.sum(), given)[0]


def gradients(model: nn.Module, inputs: Tensor, target: Target) -> np.ndarray:
    """Return how the raw score changes with every number of ``(batch, channels, *space)`` (Simonyan et al. 2013)."""
    with explaining(model, target):
        return _slopes(model, inputs, target).cpu().numpy()


def guided_backpropagation(model: nn.Module, inputs: Tensor, target: Target) -> np.ndarray:
    """Return the gradient whose negative parts are dropped at every `nn.ReLU`, shaped like the inputs.

    Springenberg et al. 2015, arXiv:1412.6806. Rectifiers that are functions instead of modules keep the gradient.
    """
    from captum.attr import GuidedBackprop  # a second, and images alone need it

    with explaining(model, target):
        return GuidedBackprop(model).attribute(variable(inputs), target).cpu().numpy()


def mean_gradients(model: nn.Module, inputs: Tensor, target: Target, start: Tensor, steps: int) -> Tensor:
    """Return the gradient averaged over the straight line from ``start`` to the inputs, ``(batch, channels, *space)``.

    By Gauss-Legendre quadrature with ``steps`` points, one point after the other, so that memory does not grow.
    """
    if steps < 1:
        raise InputError(f"steps: {steps}; at least 1")
    points, weights = np.polynomial.legendre.leggauss(steps)
    total = torch.zeros_like(inputs)
    with explaining(model, target):
        for place, weight in zip(((1 + points) / 2).tolist(), (weights / 2).tolist(), strict=True):
            total += _slopes(model, start + place * (inputs - start), target) * weight
    return total


def integrated_gradients(
    model: nn.Module, inputs: Tensor, target: Target, baseline: Tensor | float = 0.0, steps: int = 50
) -> np.ndarray:
    """Share out the difference of the score to that of a baseline (Sundararajan et al. 2017, arXiv:1703.01365).

    Parameters
    ----------
    model
        A network.
    inputs
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    baseline
        Reference input, broadcast against the inputs.
    steps
        Points on the line between them.

    Returns
    -------
    Maps, shaped like the inputs; with enough steps, those of an example sum to the difference of the scores.
    """
    start = torch.as_tensor(baseline, dtype=inputs.dtype, device=inputs.device).expand_as(inputs)
    return ((inputs - start) * mean_gradients(model, inputs, target, start, steps)).cpu().numpy()


def grad_cam(model: nn.Module, inputs: Tensor, target: Target, layer: str) -> np.ndarray:
    """Return Grad-CAM maps ``(batch, *space of the layer)``, at the layer's own size (Selvaraju et al. 2017).

    The layer's maps are weighted with the spatial mean of the gradient of the raw score, summed, and only the sum is
    rectified (doi:10.1109/ICCV.2017.74). ``layer`` is the dotted name of a layer of maps, usually the last.

    Raises
    ------
    InputError
        If the layer has no maps, or does not see each example once.
    """
    maps = outputs_of(model, inputs, layer)
    if maps.dim() < 3:
        raise InputError(f"layer: {layer!r} gives {maps.shape[1]} numbers without a place; choose one with maps")
    from captum.attr import LayerGradCam  # a second, and images alone need it

    with explaining(model, target):
        method = LayerGradCam(model, layer_named(model, layer))
        return method.attribute(variable(inputs), target, relu_attributions=True)[:, 0].detach().cpu().numpy()


def enlarge(maps: np.ndarray, space: tuple[int, ...]) -> np.ndarray:
    """Bring maps ``(batch, *native)`` to another size by (bi)linear interpolation."""
    from captum.attr import LayerAttribution  # a second, and images alone need it

    return LayerAttribution.interpolate(torch.as_tensor(maps)[:, None], space, ENLARGE[len(space)])[:, 0].numpy()


def occlusion(
    model: nn.Module, inputs: Tensor, target: Target, windows: Patches, fill: Tensor | float = 0.0
) -> np.ndarray:
    """Return by how much the raw score drops where the input is covered (Zeiler & Fergus 2013).

    Each number is the mean over the windows that cover it; the last window of a row ends at the border.

    Parameters
    ----------
    model
        A network.
    inputs
        ``(batch, channels, *space)``.
    target
        One output, or one for each example.
    windows
        Size and step of the windows; whether they cover each channel alone or all channels together.
    fill
        What covers, broadcast against the inputs.

    Returns
    -------
    ``(batch, channels, *space)``, or ``(batch, 1, *space)`` with all channels together.
    """
    channels, *space = inputs.shape[1:]
    sizes, steps = per_dimension(windows.size, len(space)), per_dimension(windows.step, len(space))
    for side, size, step in zip(space, sizes, steps, strict=True):
        if not 1 <= step <= size <= side:
            right = f"1 <= step <= size <= {side}, so that all is covered once"
            raise InputError(f"windows: size {size}, step {step}; {right}")
    depth = channels if windows.together else 1
    cover = torch.as_tensor(fill, dtype=inputs.dtype, device=inputs.device).expand_as(inputs)
    from captum.attr import Occlusion  # a second, and images alone need it

    with explaining(model, target):
        maps = Occlusion(model).attribute(
            inputs, (depth, *sizes), (depth, *steps), cover, target,
            perturbations_per_eval=max(1, AT_A_TIME // len(inputs)),
        )  # fmt: skip
    return maps[:, :1].cpu().numpy() if windows.together else maps.cpu().numpy()

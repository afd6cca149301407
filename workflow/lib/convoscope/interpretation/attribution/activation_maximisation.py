"""The input that a unit likes best: images made by climbing its activation, kept natural by regularisers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.layer_outputs import one_output, watched
from convoscope.nn.layers import evaluating


class Ascent(NamedTuple):
    """How to climb.

    Parameters
    ----------
    steps, rate
        Steps, and the length of one: root mean square over the image, in units of the input.
    decay
        Share of every number that is lost per step (the L2 penalty of Simonyan et al. 2013).
    blur, every
        Standard deviation in positions of a Gaussian blur at regular steps (Yosinski et al. 2015).
    smallest
        Share of the positions, those with the smallest norm over channels, set to zero at each blur (Yosinski).
    jitter
        Largest random shift of the image per step, so that nothing depends on the grid of strides and pools.
    """

    steps: int = 200
    rate: float = 0.1
    decay: float = 0.01
    blur: float = 0.5
    every: int = 4
    smallest: float = 0.0
    jitter: int = 2


class ClassImages(NamedTuple):
    """``images (targets, channels, *space)`` in units of the network's input, ``values (steps + 1, targets)``."""

    images: np.ndarray
    values: np.ndarray


def blurred(images: Tensor, deviation: float) -> Tensor:
    """Blur ``(batch, channels, *space)`` with a Gaussian, one dimension after the other; borders are reflected."""
    if deviation <= 0:
        return images
    for dimension in range(2, images.dim()):
        lines = images.movedim(dimension, -1)
        reach = min(max(1, round(4 * deviation)), lines.shape[-1] - 1)
        offsets = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
        kernel = torch.exp(-(offsets**2) / (2 * deviation**2))
        padded = F.pad(lines.reshape(-1, 1, lines.shape[-1]), (reach, reach), mode="reflect")
        images = F.conv1d(padded, (kernel / kernel.sum())[None, None]).view(lines.shape).movedim(-1, dimension)
    return images


def without_smallest(images: Tensor, share: float) -> Tensor:
    """Set to zero the share of positions of each image whose norm over the channels is smallest."""
    if share <= 0:
        return images
    norms = images.norm(dim=1, keepdim=True)
    limits = norms.flatten(1).quantile(share, dim=1).view(-1, *(1,) * (images.dim() - 1))
    return torch.where(norms < limits, 0.0, images)


def _central(output: Tensor) -> Tensor:
    """Return the units in the middle of the maps, ``(batch, maps)``; scores as they are."""
    for side in output.shape[2:]:
        output = output[:, :, side // 2]
    return output


def class_images(
    model: nn.Module,
    shape: Sequence[int],
    targets: Sequence[int],
    ascent: Ascent = Ascent(),  # noqa: B008 - it cannot be changed
    layer: str = "",
    seed: int = 1,
) -> ClassImages:
    """Make one image per target that the target's unit likes, from faint noise.

    Gradient ascent on the raw score (Simonyan et al. 2013, arXiv:1312.6034) with the regularisers of Yosinski et al.
    2015 (arXiv:1506.06579). Each step is scaled to a length of its own, so that rates suit every unit. Without
    regularisers the images are high frequencies that mean nothing to an eye.

    Parameters
    ----------
    model
        A network; it is given back unchanged.
    shape
        ``(channels, *space)`` of one image.
    targets
        Outputs, or maps of the layer.
    ascent
        Steps and regularisers.
    layer
        Dotted name of a layer, whose unit in the middle of the map climbs; the scores when empty.
    seed
        Of the noise and the shifts.

    Raises
    ------
    InputError
        If there is no such layer or target.
    """
    first = next(model.parameters(), torch.zeros(0))
    generator = torch.Generator().manual_seed(seed)
    images = 0.1 * torch.randn(len(targets), *shape, generator=generator).to(first)
    values = []
    for number in range(ascent.steps + 1):
        moves = torch.randint(-ascent.jitter, ascent.jitter + 1, (len(shape) - 1,), generator=generator).tolist()
        value, slopes = _climb(model, _shifted(images, moves), targets, layer)
        values.append(value.cpu().numpy())
        if number < ascent.steps:
            images = _regularised(images, _shifted(slopes, [-move for move in moves]), ascent, number)
    return ClassImages(images.cpu().numpy(), np.stack(values))


def _shifted(images: Tensor, moves: Sequence[int]) -> Tensor:
    """Move ``(batch, channels, *space)`` cyclically by a number of positions per dimension."""
    return images.roll(tuple(moves), tuple(range(2, images.dim())))


def _climb(model: nn.Module, images: Tensor, targets: Sequence[int], layer: str) -> tuple[Tensor, Tensor]:
    """Return the activation of each image's own target ``(targets,)`` and its gradient, shaped like the images."""
    variable = images.detach().clone().requires_grad_()
    with evaluating(model), torch.enable_grad(), watched(model, layer) as outputs:
        model(variable)
        units = _central(one_output(outputs, layer, len(images)))
        if min(targets) < 0 or max(targets) >= units.shape[1]:
            raise InputError(f"targets: {list(targets)}; 0 to {units.shape[1] - 1}")
        own = units[torch.arange(len(images)), torch.as_tensor(targets)]
        [slopes] = torch.autograd.grad(own.sum(), variable)
    return own.detach(), slopes


def _regularised(images: Tensor, slopes: Tensor, ascent: Ascent, number: int) -> Tensor:
    """Take one step of length ``rate`` along the slopes, then let the regularisers act."""
    length = slopes.flatten(1).square().mean(1).sqrt().clamp(min=1e-12).view(-1, *(1,) * (images.dim() - 1))
    moved = (images + ascent.rate * slopes / length) * (1 - ascent.decay)
    if ascent.every and (number + 1) % ascent.every == 0:
        moved = without_smallest(blurred(moved, ascent.blur), ascent.smallest)
    return moved

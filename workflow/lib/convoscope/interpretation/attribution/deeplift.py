"""DeepLIFT (Shrikumar et al. 2017, arXiv:1704.02685), rescale rule, on the explicit twin of a network.

On the way back through a nonlinear layer its slope is that of the line between what it makes of the reference and what
it makes of the input: a difference of outputs over one of inputs. Each rule below is written so that nothing is divided
by a difference that is rounding alone, which makes single precision enough. The gap of the contributions to the
difference of the scores, 0 up to rounding, tells that nothing was overlooked.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody uses
from torch import Tensor, nn
from torch.autograd import Function

from convoscope.interpretation.attribution.twins import ruled
from convoscope.nn.activation import Exponential

Slope = Callable[[Tensor, Tensor], Tensor]


def rectifier_slope(own: Tensor, other: Tensor) -> Tensor:
    """Return the slope of a rectifier between two numbers, exactly 1 above 0 and 0 below.

    >>> rectifier_slope(torch.tensor([3.0, 3.0, 2.0]), torch.tensor([-1.0, 3.0, 1.0])).tolist()
    [0.75, 1.0, 1.0]
    """
    return torch.where(own == other, own > 0, (own.relu() - other.relu()) / (own - other))


def exponential_slope(own: Tensor, other: Tensor) -> Tensor:
    """Return the slope of the exponential between two numbers: ``exp(m) sinh(h) / h``, of their middle and distance."""
    half = (own - other) / 2
    return torch.where(half == 0, 1, half.sinh() / half) * ((own + other) / 2).exp()


SLOPES: dict[type[nn.Module], Slope] = {nn.ReLU: rectifier_slope, Exponential: exponential_slope}


def paired(own: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return inputs ``(batch, 1, …)`` and their references ``(batch, several, …)``, which come one after the other."""
    return own.unsqueeze(1), others.unflatten(0, (len(own), -1))


class Rescaled(Function):
    """A layer that treats every number alone, of references, with its slope to what inputs have."""

    @staticmethod
    def forward(ctx: Any, others: Tensor, layer: nn.Module, own: Tensor) -> Tensor:
        """Return what the layer makes of the references."""
        ctx.save_for_backward(others, own)
        ctx.slope = SLOPES[type(layer)]
        return layer(others)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Return gradient × slope."""
        others, own = ctx.saved_tensors
        return gradient * ctx.slope(*paired(own, others)).flatten(0, 1), None, None


class RescaledMaximum(Function):
    """Maximum of windows, of references, with the share of each position in its change to that of inputs.

    What a maximum rises by comes from the position where the input has it, what it falls by from that of the reference.
    There the maps differ by as much or more, so that the slope is between 0 and 1, and exactly 1 where both have their
    maximum in the same place.
    """

    @staticmethod
    def forward(ctx: Any, others: Tensor, layer: nn.MaxPool1d, own: Tensor) -> Tensor:
        """Return the maxima of the references."""
        (best, place), (others_best, others_place) = (_maxima(layer, maps) for maps in (own, others))
        ctx.save_for_backward(others, own, best, place, others_best, others_place)
        return others_best

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Return gradient × slope at one position of every window."""
        others, own, best, place, others_best, others_place = ctx.saved_tensors
        (best, others_best), (place, others_place) = paired(best, others_best), paired(place, others_place)
        change = best - others_best
        place = torch.where(change > 0, place, others_place).flatten(0, 1)
        wild, reference = own.repeat_interleave(len(others) // len(own), 0).gather(2, place), others.gather(2, place)
        difference = wild - reference
        slope = torch.where(difference == 0, 1, change.flatten(0, 1) / difference)
        return torch.zeros_like(others).scatter_add_(2, place, gradient * slope), None, None


def _maxima(layer: nn.MaxPool1d, maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the maxima of windows and where they are."""
    return F.max_pool1d(maps, layer.kernel_size, layer.stride, return_indices=True)


RULES: dict[type[nn.Module], type[Function]] = {**dict.fromkeys(SLOPES, Rescaled), nn.MaxPool1d: RescaledMaximum}


def multipliers(explained: nn.Module, inputs: Tensor, references: Tensor, target: int) -> Tensor:
    """Return DeepLIFT's multipliers ``(references, letters, length)``, contribution per change of the input.

    Parameters
    ----------
    explained
        A twin; see `convoscope.interpretation.attribution.twins`.
    inputs
        ``(batch, letters, length)``.
    references
        As many for each input, one after the other, ``(batch × several, letters, length)``.
    target
        The output.
    """
    own: dict[nn.Module, Tensor] = {}

    def keep(layer: nn.Module, maps: Tensor) -> Tensor:
        own[layer] = maps
        return layer(maps)

    def rescale(layer: nn.Module, maps: Tensor) -> Tensor:
        return RULES[type(layer)].apply(maps, layer, own[layer])

    with torch.no_grad(), ruled(explained, keep):
        explained(inputs)
    with torch.enable_grad(), ruled(explained, rescale):
        variable = references.detach().clone().requires_grad_()
        return torch.autograd.grad(explained(variable)[:, target].sum(), variable)[0]

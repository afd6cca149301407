"""Measured labels in the unit of their training split, in which a network learns, and the way back.

A network is trained on ``(label - offset) / scale``. Then its last layer is changed, so that its scores are those of
the labels themselves: who reads the model file, as weights or as ONNX, has no arithmetic left to do.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.errors import InputError

TAIL = 0.5  # per cent of the labels at either end that do not set the scale: one wrong value must not
RESOLVED = 1000  # steps of single precision that a scale must span
LIMITS = (1e-30, 1e30)  # of scales, far from where single precision ends


class LabelScale(NamedTuple):
    """Offset and scale of each label, ``(labels,)`` float64 each."""

    offset: np.ndarray
    scale: np.ndarray

    def reduce(self, labels: np.ndarray) -> np.ndarray:
        """Return labels ``(N, labels)`` in the unit of training, float32; NaN stays."""
        return ((labels - self.offset) / self.scale).astype(np.float32)

    def inverse(self) -> "LabelScale":
        """Return the scale that leads from scores of the labels to those in the unit of training."""
        return LabelScale(-self.offset / self.scale, 1 / self.scale)

    def facts(self) -> dict[str, list[float]]:
        """Return what the model file says of it."""
        return {name: values.tolist() for name, values in self._asdict().items()}


class Scaling(NamedTuple):
    """How the labels of one task are scaled.

    ``fit(values)`` gives offset and scale of the known values ``(n,)`` of one label; ``restore(layer, offset, scale)``
    turns the last layer's scores in that unit, in place, into scores of the labels.
    """

    fit: Callable[[np.ndarray], tuple[float, float]]
    restore: Callable[[nn.Linear, Tensor, Tensor], None]


def _without_tails(values: np.ndarray) -> np.ndarray:
    """Move the outermost values to the edge of `TAIL`, unless nothing else varies.

    >>> _without_tails(np.array([*range(400), 1e9])).max()
    np.float64(398.0)
    """
    kept = np.clip(values, *np.percentile(values, [TAIL, 100 - TAIL], method="nearest"))
    return kept if np.ptp(kept) else values


def _centre_and_spread(values: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation.

    >>> _centre_and_spread(np.array([2.0, 4.0]))
    (3.0, 1.0)
    """
    kept = _without_tails(values)
    return float(kept.mean()), float(kept.std())


def _mean_count(values: np.ndarray) -> tuple[float, float]:
    """Return no offset and the mean: in this unit the rate of a network that knows nothing, exp(0), is right.

    >>> _mean_count(np.array([0.0, 4.0]))
    (0.0, 2.0)
    """
    return 0.0, float(_without_tails(values).mean())


def _restore_values(layer: nn.Linear, offset: Tensor, scale: Tensor) -> None:
    """Multiply the scores and add the offset."""
    layer.weight.mul_(scale[:, None])
    layer.bias.mul_(scale).add_(offset)


def _restore_log_rates(layer: nn.Linear, offset: Tensor, scale: Tensor) -> None:
    """Add the logarithm of the scale to the scores, which are logarithms of rates."""
    layer.bias.add_(scale.log())


VALUES = Scaling(_centre_and_spread, _restore_values)
COUNTS = Scaling(_mean_count, _restore_log_rates)


def fit_scale(labels: np.ndarray, names: Sequence[str], scaling: Scaling | None) -> LabelScale | None:
    """Fit the scale of every label on training examples, ``(N, labels)`` with NaN where unknown; None for classes.

    Raises
    ------
    InputError
        If a label has fewer than two values, or values that single precision cannot tell apart.
    """
    if scaling is None:
        return None
    pairs = []
    for name, column in zip(names, labels.T, strict=True):
        known = column[~np.isnan(column)]
        if not len(known) or not np.ptp(known):
            found = f"{known[0]:g} in all {len(known)}" if len(known) else f"unknown in all {len(column)}"
            raise InputError(f"label {name}: {found} training examples; two values are needed, or leave it out")
        pairs.append(scaling.fit(known))
        check_precision(name, *pairs[-1])
    return LabelScale(*np.array(pairs).T)


def check_precision(name: str, offset: float, scale: float) -> None:
    """Refuse values that networks, which compute in single precision, cannot hold."""
    if not LIMITS[0] < scale < LIMITS[1]:
        raise InputError(f"label {name}: values of a scale of {scale:g}; give them in another unit")
    if scale < RESOLVED * abs(offset) * np.finfo(np.float32).eps:
        raise InputError(
            f"label {name}: values about {offset:.8g} vary by {scale:.2g}, too little for single precision; "
            "subtract a constant"
        )


@torch.no_grad()
def restore(network: nn.Module, scaling: Scaling | None, scale: LabelScale | None) -> None:
    """Turn the scores of a network that was trained on scaled labels, in place, into scores of the labels.

    Its last linear layer is changed. What may follow it, the maximum or mean over strands, gives the same either way.
    """
    if scaling is None or scale is None:
        return
    last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
    offset, factor = (torch.as_tensor(values, dtype=last.bias.dtype, device=last.bias.device) for values in scale)
    scaling.restore(last, offset, factor)

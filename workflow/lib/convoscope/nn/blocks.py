"""Blocks that several architectures share; sizes are plain numbers, spaces of any number of dimensions."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from convoscope.nn.activation import LAYERS
from convoscope.nn.convolution import Correlation, Numbers
from convoscope.nn.pooling import Pool


def chain(**layers: nn.Module | None) -> nn.Sequential:
    """Return the named layers in order, without those that are None; the names stand in tables and model files."""
    return nn.Sequential(OrderedDict((name, layer) for name, layer in layers.items() if layer is not None))


def correlation_block(
    ndim: int,
    channels: tuple[int, int],
    size: Numbers,
    pool: Numbers = 1,
    norm: bool = False,
    dropout: float = 0.0,
    activation: str = "relu",
) -> nn.Sequential:
    """Unpadded correlation, batch normalisation, maximum pooling, activation, dropout, as far as asked for.

    The activation comes after the pooling, which gives the same numbers (the maximum commutes with every rising
    function) for a fraction of the work. A normalised layer has no bias of its own: it would be subtracted again.

    Parameters
    ----------
    ndim
        Number of spatial dimensions.
    channels
        Maps that come in, maps that go out.
    size, pool
        Kernel and pooling window, one value or one per dimension.
    norm
        Whether to normalise over batch and positions; an exponential always gets normalised maps.
    dropout
        Share of numbers set to zero in training.
    activation
        A rectifier, or an exponential.
    """
    norm = norm or activation == "exponential"
    return chain(
        correlation=Correlation(ndim, *channels, size, bias=not norm),
        normalise=normalisation(ndim, channels[1]) if norm else None,
        pool=Pool(ndim, "max", pool) if pool != 1 else None,
        rectify=LAYERS[activation](),
        dropout=nn.Dropout(dropout) if dropout else None,
    )


def normalisation(ndim: int, channels: int) -> nn.Module:
    """Return batch normalisation of ``channels`` maps with ``ndim`` spatial dimensions."""
    return {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[ndim](channels)


def dense_head(
    inputs: int, hidden: Sequence[int], outputs: int, dropout: float = 0.0, norm: bool = False
) -> nn.Sequential:
    """Dense layers ``(batch, inputs)`` to ``(batch, outputs)``: hidden ones rectified, the last one raw scores.

    Parameters
    ----------
    inputs, outputs
        Numbers that come in and go out.
    hidden
        Units of each hidden layer; none for a linear head.
    dropout
        Share of hidden units set to zero in training.
    norm
        Whether hidden units are normalised over the batch, which then needs two examples or more in training.
    """
    layers: dict[str, nn.Module | None] = {}
    for number, units in enumerate(hidden, start=1):
        layers[f"dense{number}"] = nn.Linear(inputs, units, bias=not norm)
        layers[f"normalise{number}"] = nn.BatchNorm1d(units) if norm else None
        layers[f"rectify{number}"] = nn.ReLU()
        layers[f"dropout{number}"] = nn.Dropout(dropout) if dropout else None
        inputs = units
    return chain(**layers, scores=nn.Linear(inputs, outputs))


class Residual(nn.Module):
    """Add what a branch finds to what came in (He et al. 2016); the branch keeps the shape."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, maps: Tensor) -> Tensor:
        """Return ``maps + branch(maps)``."""
        return maps + self.branch(maps)


def dilated_residual(ndim: int, channels: int, size: Numbers, dilation: int, dropout: float = 0.0) -> Residual:
    """Residual block of one dilated correlation that keeps the space: normalised, rectified, then added.

    Parameters
    ----------
    ndim
        Number of spatial dimensions.
    channels
        Maps that come in and go out.
    size, dilation
        Kernel positions and the distance between them.
    dropout
        Share of the branch's numbers set to zero in training.
    """
    return Residual(
        chain(
            correlation=Correlation(ndim, channels, channels, size, padding="same", dilation=dilation, bias=False),
            normalise=normalisation(ndim, channels),
            rectify=nn.ReLU(),
            dropout=nn.Dropout(dropout) if dropout else None,
        )
    )

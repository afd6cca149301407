"""DeepYeast: eight small correlations in three stages and two dense layers, all normalised."""

from collections.abc import Sequence

from torch import nn

from convoscope.errors import InputError
from convoscope.models.limits import FIRST_SIZE, Count, FirstLayer, Rate
from convoscope.models.parts import begin_small, require_image
from convoscope.nn.blocks import chain, normalisation
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import Pool


def _stage(channels: int, filters: int, repeats: int, size: int, large: bool) -> nn.Sequential:
    """Chain correlations that keep the space, each normalised and rectified, before one maximum pooling by two.

    ``large``: the first one's kernels are large and begin small.
    """
    layers: dict[str, nn.Module] = {}
    for number in range(1, repeats + 1):
        wide = large and number == 1
        correlation = Correlation(2, channels, filters, FIRST_SIZE if wide else size, padding="same")
        layers[f"correlation{number}"] = begin_small(correlation) if wide else correlation
        layers[f"normalise{number}"] = normalisation(2, filters)
        layers[f"rectify{number}"] = nn.ReLU()
        channels = filters
    return chain(**layers, pool=Pool(2, "max", 2))


def _dense(inputs: int, hidden: Sequence[int], dropout: float) -> nn.Sequential:
    """Chain dense layers, normalised before the rectifier as the paper has them, biases included."""
    layers: dict[str, nn.Module | None] = {}
    for number, units in enumerate(hidden, start=1):
        layers[f"dense{number}"] = nn.Linear(inputs, units)
        layers[f"normalise{number}"] = nn.BatchNorm1d(units)
        layers[f"rectify{number}"] = nn.ReLU()
        layers[f"dropout{number}"] = nn.Dropout(dropout) if dropout else None
        inputs = units
    return chain(**layers)


def deepyeast(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Sequence[Count] = (64, 128, 256),
    repeats: Sequence[Count] = (2, 2, 4),
    size: Count = 3,
    first: FirstLayer = "large",
    hidden: Sequence[Count] = (512, 512),
    dropout: Rate = 0.0,
) -> nn.Module:
    """Build DeepYeast (Pärnamaa & Parts 2017, doi:10.1534/g3.116.033654).

    Maps ``(batch, channels, height, width)`` to ``(batch, outputs)``. With the paper's first layer and 64×64 images of
    two channels and twelve classes it has the paper's 10,987,788 trainable parameters, which tell that layers keep
    their biases although the normalisation subtracts them again.

    Parameters
    ----------
    channels
        Channels of the images.
    space
        ``(height, width)``; 64×64 in the paper.
    outputs
        Scores per example.
    filters
        Number of kernels of each convolution of a stage, one number per stage.
    repeats
        Convolutions of each stage.
    size
        Positions of all kernels per dimension, but for a large first layer.
    first
        First layer: ``large`` for 7×7 kernels that begin small, so that training writes filters that can be looked at;
        ``paper`` for kernels of ``size``.
    hidden
        Units of the dense layers.
    dropout
        Share of dense units set to zero in training.

    Raises
    ------
    InputError
        If the images are sequences or too small, or options do not pair up.
    """
    if not len(filters) == len(repeats) > 0:
        found = f"{len(filters)} filters, {len(repeats)} repeats"
        raise InputError(f"model.options: {found} for deepyeast; one of each per stage, at least one stage")
    height, width = require_image("deepyeast", space, [(2, 2)] * len(filters))
    widths = [channels, *filters][:-1]
    stages = {
        f"stage{number}": _stage(before, after, times, size, first == "large" and number == 1)
        for number, (before, after, times) in enumerate(zip(widths, filters, repeats, strict=True), start=1)
    }
    units = [filters[-1] * height * width, *hidden][-1]
    return chain(
        **stages,
        flatten=nn.Flatten(),
        dense=_dense(filters[-1] * height * width, hidden, dropout) if hidden else None,
        scores=nn.Linear(units, outputs),
    )

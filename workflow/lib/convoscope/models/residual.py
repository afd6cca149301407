"""A small residual network: larger first kernels to look at, then stages that add to what they are given."""

from collections.abc import Sequence
from typing import Literal

from torch import nn

from convoscope.errors import InputError
from convoscope.models.limits import FIRST_SIZE, Count, Rate
from convoscope.models.parts import begin_small, require_image
from convoscope.nn.blocks import Residual, chain, normalisation
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool, Pool


def _block(filters: int) -> Residual:
    """Add two 3×3 correlations, each normalised and rectified before it (He et al. 2016, "full pre-activation")."""
    layers: dict[str, nn.Module] = {}
    for number in (1, 2):
        layers[f"normalise{number}"] = normalisation(2, filters)
        layers[f"rectify{number}"] = nn.ReLU()
        layers[f"correlation{number}"] = Correlation(2, filters, filters, 3, padding="same", bias=False)
    return Residual(chain(**layers))


def _stage(channels: int, filters: int, blocks: int) -> nn.Sequential:
    """Halve the space with a strided correlation where the number of maps changes, then chain residual blocks."""
    wider: dict[str, nn.Module] = {
        "normalise": normalisation(2, channels),
        "rectify": nn.ReLU(),
        "correlation": Correlation(2, channels, filters, 3, stride=2, padding="same", bias=False),
    }
    repeated = {f"block{number}": _block(filters) for number in range(1, blocks + 1)}
    return chain(**({} if channels == filters else wider), **repeated)


def residual(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Sequence[Count] = (16, 32, 64),
    blocks: Sequence[Count] = (1, 1, 1),
    size: Count = FIRST_SIZE,
    pool: Literal["average", "max", "max+average"] = "average",
    dropout: Rate = 0.0,
) -> nn.Module:
    """Build a small residual network (He et al. 2016, doi:10.1007/978-3-319-46493-0_38).

    Maps ``(batch, channels, height, width)`` to ``(batch, outputs)``. Against the paper, stages begin with a plain
    strided layer in place of a projected shortcut, and the first layer has larger kernels, which begin small, under a
    maximum pooling.

    Parameters
    ----------
    channels
        Channels of the images.
    space
        ``(height, width)``.
    outputs
        Scores per example.
    filters
        Number of kernels of each layer of a stage, one number per stage; a stage with other filters than the one
        before it has half its height and width.
    blocks
        Residual blocks of each stage.
    size
        Positions of the first layer's kernels per dimension.
    pool
        Summary of each map over the image.
    dropout
        Share of the summaries set to zero in training.

    Raises
    ------
    InputError
        If the images are sequences or too small, or options do not pair up.
    """
    if not len(filters) == len(blocks) > 0:
        found = f"{len(filters)} filters, {len(blocks)} blocks"
        raise InputError(f"model.options: {found} for residual; one of each per stage, at least one stage")
    require_image("residual", space, [(2, 2)])
    widths = [filters[0], *filters][:-1]
    stages = {
        f"stage{number}": _stage(before, after, times)
        for number, (before, after, times) in enumerate(zip(widths, filters, blocks, strict=True), start=1)
    }
    return chain(
        correlation=begin_small(Correlation(2, channels, filters[0], size, padding="same", bias=False)),
        pool=Pool(2, "max", 2),
        **stages,
        normalise=normalisation(2, filters[-1]),
        rectify=nn.ReLU(),
        summary=GlobalPool(pool),
        dropout=nn.Dropout(dropout) if dropout else None,
        scores=nn.Linear(filters[-1] * (2 if pool == "max+average" else 1), outputs),
    )

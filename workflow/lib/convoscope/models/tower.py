"""A dilated residual tower: every position sees far at full resolution."""

from typing import Literal

from torch import nn

from convoscope.models.limits import Activation, Count, Rate, Strands
from convoscope.models.parts import on_strands, require_window
from convoscope.nn.activation import LAYERS
from convoscope.nn.blocks import chain, dense_head, dilated_residual, normalisation
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool


def tower(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Count = 64,
    length: Count = 25,
    blocks: Count = 9,
    size: Count = 3,
    pool: Literal["average", "max", "max+average"] = "average",
    dropout: Rate = 0.0,
    strands: Strands = "single",
    activation: Activation = "relu",
) -> nn.Module:
    """Build the body of BPNet (Avsec et al. 2021, doi:10.1038/s41588-021-00782-6) under a head that scores the window.

    Maps ``(batch, channels, length)`` to ``(batch, outputs)``. Block ``i`` has dilation ``2 ** i`` from 2 on; those
    that would reach past the window on both sides from everywhere are left out, they would see padding alone.
    Against the paper, layers are normalised (they train at higher rates) and the head is dense.

    Parameters
    ----------
    channels
        Letters of the alphabet.
    space
        ``(window length,)``.
    outputs
        Scores per example.
    filters
        Maps of every layer.
    length
        Length of the first layer's kernels, whose output is as long as the window.
    blocks
        Largest number of residual blocks.
    size
        Positions of the kernels of the residual blocks.
    pool
        Summary of each map over the window.
    dropout
        Share of each block's numbers set to zero in training.
    strands
        One strand, or ``max``/``mean`` of the scores of both.
    activation
        What the first layer's maps go through: a rectifier, or after a normalisation an exponential, whose filters
        come nearer to whole motifs (Koo & Ploenzke 2021, doi:10.1038/s42256-020-00291-x).

    Raises
    ------
    InputError
        If the window is shorter than the first kernels, or both strands of something other than DNA are asked for.
    """
    require_window("tower", space, [(length, 1)])
    dilations = [2**number for number in range(1, blocks + 1) if 2**number < space[0]]
    network = chain(
        correlation=Correlation(1, channels, filters, length, padding="same", bias=False),
        normalise=normalisation(1, filters),
        rectify=LAYERS[activation](),
        **{f"dilated{dilation}": dilated_residual(1, filters, size, dilation, dropout) for dilation in dilations},
        pool=GlobalPool(pool),
        head=dense_head(filters * (2 if pool == "max+average" else 1), [], outputs),
    )
    return on_strands(network, strands, channels)

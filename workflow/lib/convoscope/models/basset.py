"""Basset: three normalised convolutions and two dense layers."""

from collections.abc import Sequence

from torch import nn

from convoscope.models.limits import Activation, Count, Rate, Strands
from convoscope.models.parts import on_strands, require_window, trunk, trunk_layers
from convoscope.nn.blocks import chain, dense_head


def basset(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Sequence[Count] = (300, 200, 200),
    lengths: Sequence[Count] = (19, 11, 7),
    pools: Sequence[Count] = (3, 4, 4),
    hidden: Sequence[Count] = (1000, 1000),
    dropout: Rate = 0.3,
    strands: Strands = "single",
    activation: Activation = "relu",
) -> nn.Module:
    """Build Basset (Kelley et al. 2016, doi:10.1101/gr.200535.115).

    Maps ``(batch, channels, length)`` to ``(batch, outputs)``.

    Parameters
    ----------
    channels
        Letters of the alphabet.
    space
        ``(window length,)``; 600 in the paper.
    outputs
        Scores per example.
    filters
        Number of kernels of each convolution.
    lengths
        Length of the kernels of each convolution.
    pools
        Window of the pooling after each convolution; 1 for none.
    hidden
        Units of the dense layers, which see positions.
    dropout
        Share of dense units set to zero in training.
    strands
        One strand, or ``max``/``mean`` of the scores of both.
    activation
        What the first layer's maps go through: a rectifier, or after a normalisation an exponential, whose filters
        come nearer to whole motifs (Koo & Ploenzke 2021, doi:10.1038/s42256-020-00291-x).

    Raises
    ------
    InputError
        If the window is too short, options do not pair up, or both strands of something other than DNA are asked for.
    """
    positions = require_window("basset", space, trunk_layers("basset", filters, lengths, pools))
    body = trunk(channels, filters, lengths, pools, norm=True, activation=activation)
    head = dense_head(filters[-1] * positions, hidden, outputs, dropout, norm=True)
    return on_strands(chain(trunk=body, flatten=nn.Flatten(), head=head), strands, channels)

"""DeepSEA: three wide convolutions and one dense layer."""

from collections.abc import Sequence

from torch import nn

from convoscope.errors import InputError
from convoscope.models.limits import Activation, Count, Rate, Strands
from convoscope.models.parts import on_strands, require_window, trunk, trunk_layers
from convoscope.nn.blocks import chain, dense_head


def deepsea(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Sequence[Count] = (320, 480, 960),
    lengths: Sequence[Count] = (8, 8, 8),
    pools: Sequence[Count] = (4, 4, 1),
    dropout: Sequence[Rate] = (0.2, 0.2, 0.5),
    hidden: Sequence[Count] = (925,),
    strands: Strands = "single",
    activation: Activation = "relu",
) -> nn.Module:
    """Build DeepSEA (Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547).

    Maps ``(batch, channels, length)`` to ``(batch, outputs)``.

    Parameters
    ----------
    channels
        Letters of the alphabet.
    space
        ``(window length,)``; 1000 in the paper.
    outputs
        Scores per example.
    filters
        Number of kernels of each convolution.
    lengths
        Length of the kernels of each convolution.
    pools
        Window of the pooling after each convolution; 1 for none.
    dropout
        Share of numbers set to zero in training after each convolution.
    hidden
        Units of the dense layers, which see positions.
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
    positions = require_window("deepsea", space, trunk_layers("deepsea", filters, lengths, pools))
    if len(dropout) != len(filters):
        raise InputError(f"model.options.dropout: {len(dropout)} shares for {len(filters)} layers; one per layer")
    body = trunk(channels, filters, lengths, pools, dropout, activation=activation)
    head = dense_head(filters[-1] * positions, hidden, outputs)
    return on_strands(chain(trunk=body, flatten=nn.Flatten(), head=head), strands, channels)

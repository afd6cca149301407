"""CNNProm: a convolution whose matches are handed to a dense layer with their positions."""

from collections.abc import Sequence

from torch import nn

from convoscope.models.limits import Activation, Count, Rate, Strands
from convoscope.models.parts import on_strands, require_window, trunk, trunk_layers
from convoscope.nn.blocks import chain, dense_head


def cnnprom(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Sequence[Count] = (200,),
    lengths: Sequence[Count] = (21,),
    pools: Sequence[Count] = (4,),
    hidden: Sequence[Count] = (128,),
    dropout: Rate = 0.5,
    strands: Strands = "single",
    activation: Activation = "relu",
) -> nn.Module:
    """Build CNNProm (Umarov & Solovyev 2017, doi:10.1371/journal.pone.0171410).

    Maps ``(batch, channels, length)`` to ``(batch, outputs)``. For sequences that are aligned to something,
    such as promoters to their start: where a motif stands counts.

    Parameters
    ----------
    channels
        Letters of the alphabet.
    space
        ``(window length,)``; 251 (eukaryotes) and 81 (bacteria) in the paper.
    outputs
        Scores per example.
    filters
        Number of kernels of each convolution; the paper has one or two convolutions, by organism.
    lengths
        Length of the kernels of each convolution.
    pools
        Window of the pooling after each convolution; 1 for none.
    hidden
        Units of the dense layers, which see positions.
    dropout
        Share of pooled matches and dense units set to zero in training.
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
    positions = require_window("cnnprom", space, trunk_layers("cnnprom", filters, lengths, pools))
    body = trunk(channels, filters, lengths, pools, [dropout] * len(filters), activation=activation)
    head = dense_head(filters[-1] * positions, hidden, outputs, dropout)
    return on_strands(chain(trunk=body, flatten=nn.Flatten(), head=head), strands, channels)

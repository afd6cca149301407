"""DanQ: one convolution, then a recurrent layer that reads the motifs in both directions."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from convoscope.models.limits import Activation, Count, Rate, Strands
from convoscope.models.parts import on_strands, require_window
from convoscope.nn.blocks import chain, correlation_block, dense_head


class Bidirectional(nn.Module):
    """Read maps in both directions: ``(batch, channels, length)`` to ``(batch, length, 2 * units)``."""

    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, units, batch_first=True, bidirectional=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the states of both directions at every position."""
        return self.lstm(maps.transpose(1, 2))[0]


def danq(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    filters: Count = 320,
    length: Count = 26,
    pool: Count = 13,
    units: Count = 320,
    hidden: Count = 925,
    strands: Strands = "single",
    dropout: Annotated[Sequence[Rate], Field(min_length=2, max_length=2)] = (0.2, 0.5),
    activation: Activation = "relu",
) -> nn.Module:
    """Build DanQ (Quang & Xie 2016, doi:10.1093/nar/gkw226).

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
        Number of kernels of the convolution.
    length
        Length of the kernels of the convolution.
    pool
        Window of the pooling after the convolution; 1 for none.
    units
        Units of the recurrent layer in each direction.
    hidden
        Units of the dense layer, which sees positions.
    strands
        One strand, or ``max``/``mean`` of the scores of both.
    dropout
        Share of numbers set to zero in training after the convolution and after the recurrent layer.
    activation
        What the first layer's maps go through: a rectifier, or after a normalisation an exponential, whose filters
        come nearer to whole motifs (Koo & Ploenzke 2021, doi:10.1038/s42256-020-00291-x).

    Raises
    ------
    InputError
        If the window is too short, or both strands of something other than DNA are asked for.
    """
    positions = require_window("danq", space, [(length, 1), (pool, pool)])
    after_motifs, after_reading = dropout
    body = correlation_block(1, (channels, filters), length, pool, dropout=after_motifs, activation=activation)
    head = dense_head(positions * 2 * units, [hidden], outputs)
    network = chain(
        trunk=body,
        reader=Bidirectional(filters, units),
        dropout=nn.Dropout(after_reading),
        flatten=nn.Flatten(),
        head=head,
    )
    return on_strands(network, strands, channels)

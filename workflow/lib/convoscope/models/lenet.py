"""LeNet-5 as it was published: trainable subsampling, and maps that see only some of the maps below."""

import torch
from torch import Tensor, nn

from convoscope.models.limits import FIRST_SIZE, Count, FirstLayer, Rate
from convoscope.models.parts import begin_small, require_image
from convoscope.nn.blocks import chain, normalisation
from convoscope.nn.convolution import Correlation, correlate, first_correlation
from convoscope.nn.pooling import Pool
from convoscope.nn.squash import Squash, Subsample

# Which of the six maps of S2 each of the sixteen maps of C3 sees (LeCun et al. 1998, Table I).
SEEN = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
# Size and stride of S2, C3, S4, which stand between C1 and C5; C5 covers what is left.
LAYERS = [(2, 2), (5, 1), (2, 2)]
# Positions of the kernels of C1 per dimension.
PAPERS_SIZE = 5


class PartialCorrelation(nn.Module):
    """Cross-correlation whose kernels exist only between the maps that are connected.

    Maps ``(batch, maps, height, width)`` to ``(batch, len(seen), height - size + 1, width - size + 1)``. The
    ``connections (n, size, size)`` are all kernels there are, in the order of ``seen``.

    Parameters
    ----------
    maps
        Maps that come in.
    seen
        For each map that goes out, the maps that it sees.
    size
        Positions of the kernels per dimension.
    """

    above: Tensor
    below: Tensor

    def __init__(self, maps: int, seen: tuple[tuple[int, ...], ...], size: int) -> None:
        super().__init__()
        self.kernel_size, self.shape = (size, size), (len(seen), maps, size, size)
        pairs = torch.tensor([(above, below) for above, several in enumerate(seen) for below in several])
        self.register_buffer("above", pairs[:, 0], persistent=False)
        self.register_buffer("below", pairs[:, 1], persistent=False)
        fan_in = torch.bincount(self.above)[self.above, None, None] * size**2
        self.connections = nn.Parameter(torch.randn(len(pairs), size, size) * fan_in**-0.5)
        self.bias = nn.Parameter(torch.zeros(len(seen)))

    @property
    def weight(self) -> Tensor:
        """The kernels ``(len(seen), maps, size, size)``, zero where nothing is connected."""
        return self.connections.new_zeros(self.shape).index_put((self.above, self.below), self.connections)

    def forward(self, maps: Tensor) -> Tensor:
        """Return one map per row of ``seen``."""
        return correlate(maps, self.weight, self.bias)


def draw(model: nn.Module) -> nn.Module:
    """Draw the weights with a variance of 1 / fan-in, as C3 does itself, which suits the squashing; biases are zero.

    LeCun et al. 1998, Efficient BackProp, doi:10.1007/3-540-49430-8_2, section 4.6. The uniform draw within
    2.4 / fan-in of the paper on LeNet-5 lets hardly any signal through the large C5 of large images.
    """
    for layer in model.modules():
        if isinstance(layer, Correlation | nn.Linear):
            nn.init.normal_(layer.weight, std=layer.weight[0].numel() ** -0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return model


def lenet(
    channels: int,
    space: tuple[int, ...],
    outputs: int,
    *,
    shrink: Count = 1,
    first: FirstLayer = "large",
    dropout: Rate = 0.0,
) -> nn.Module:
    """Build LeNet-5 (LeCun et al. 1998, doi:10.1109/5.726791).

    Maps ``(batch, channels, height, width)`` to ``(batch, outputs)``. With the paper's first layer and 32×32 images of
    one channel the layers have the paper's 156 + 12 + 1,516 + 32 + 48,120 + 10,164 parameters; the kernels of C5 cover
    what is left of larger images, so that nothing is thrown away. Against the paper, the last layer is linear: its
    distances to drawn digits mean nothing for other classes.

    Parameters
    ----------
    channels
        Channels of the images.
    space
        ``(height, width)``; 32×32 in the paper.
    outputs
        Scores per example.
    shrink
        Side of the squares that are averaged before the first layer; 1 for none, 2 for 64×64 images of the paper's
        size.
    first
        First layer C1: ``large`` for 7×7 kernels that begin small and are normalised over the batch, so that training
        writes filters that can be looked at; ``paper`` for its 5×5 kernels.
    dropout
        Share of the units of C5 and F6 set to zero in training.

    Raises
    ------
    InputError
        If the images are sequences or too small.
    """
    large = first == "large"
    size = FIRST_SIZE if large else PAPERS_SIZE
    left = require_image("lenet", space, [(shrink, shrink), (size, 1), *LAYERS])
    network = draw(
        chain(
            shrink=Pool(2, "average", shrink) if shrink > 1 else None,
            c1=Correlation(2, channels, 6, size, bias=not large),
            normalise1=normalisation(2, 6) if large else None,
            squash1=Squash(),
            s2=Subsample(6),
            squash2=Squash(),
            c3=PartialCorrelation(6, SEEN, 5),
            squash3=Squash(),
            s4=Subsample(16),
            squash4=Squash(),
            c5=Correlation(2, 16, 120, left),
            squash5=Squash(),
            flatten=nn.Flatten(),
            dropout5=nn.Dropout(dropout) if dropout else None,
            f6=nn.Linear(120, 84),
            squash6=Squash(),
            dropout6=nn.Dropout(dropout) if dropout else None,
            scores=nn.Linear(84, outputs),
        )
    )
    if large:
        begin_small(first_correlation(network))
    return network

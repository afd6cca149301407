"""What one example costs in each network of the zoo, in its default form, for those who cannot ask torch."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """What one position of one example costs: a letter, or a pixel.

    ``memory``: bytes while training, with gradients. ``training``, ``forward``: nanoseconds of one CPU thread.
    ``filters``: of the first layer, in the form that was measured. ``strands``: whether that form reads both.
    """

    memory: float
    training: float
    forward: float
    filters: int
    strands: bool = False


# Measured by `python benchmarks/needs.py networks`.
NETWORKS = {
    "deepbind": Cost(420, 874, 300, 16, True),
    "basset": Cost(7000, 9000, 3000, 300),
    "deepsea": Cost(7000, 9000, 3000, 320),
    "danq": Cost(7000, 9000, 3000, 320),
    "tower": Cost(7000, 9000, 3000, 64),
    "cnnprom": Cost(7000, 9000, 3000, 200),
    "lenet": Cost(7000, 9000, 3000, 6),
    "deepyeast": Cost(7000, 9000, 3000, 64),
    "residual": Cost(7000, 9000, 3000, 16),
}


class Pace(NamedTuple):
    """What one example costs in one network: microseconds of training and of prediction, bytes of training."""

    training: float
    forward: float
    memory: float


def usual_pace(name: str, options: Mapping[str, Any], positions: float) -> Pace:
    """Return what one example costs, by the measured form of the network: in proportion to its filters and strands.

    >>> usual_pace("deepbind", {"filters": 32}, 100) == usual_pace("deepbind", {}, 200)
    True
    """
    cost = NETWORKS[name]
    filters = options.get("filters", cost.filters)
    first = filters[0] if isinstance(filters, list | tuple) else filters
    strands = 2 if not cost.strands and options.get("strands", "single") != "single" else 1
    size = positions * strands * first / cost.filters
    return Pace(cost.training * size / 1e3, cost.forward * size / 1e3, cost.memory * size)

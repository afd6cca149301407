"""What one example costs in each network of the zoo, in its default form, for those who cannot ask torch."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """What one position of one example costs: a letter, or a pixel.

    ``memory``: bytes while training, with gradients. ``shown``: bytes while predicting. ``training``, ``forward``:
    nanoseconds of one CPU thread. ``weights``: of the network without what follows. ``dense``: weights that every
    position adds, where a dense layer reads all of them. ``filters``: of the first layer, in the form that was
    measured. ``strands``: whether that form reads both.
    """

    memory: float
    shown: float
    training: float
    forward: float
    weights: float
    dense: float
    filters: int
    strands: bool = False


# Measured by `python benchmarks/needs.py networks`.
NETWORKS = {
    "deepbind": Cost(635, 555, 2030, 703, 2.3e3, 0, 16, True),
    "basset": Cost(7260, 2650, 31300, 9240, 1.17e6, 4500, 300),
    "deepsea": Cost(8910, 2820, 67600, 12900, 0, 55500, 320),
    "danq": Cost(7000, 2970, 32000, 7890, 0, 45900, 320),
    "tower": Cost(14600, 562, 20400, 5940, 9.4e4, 31, 64),
    "cnnprom": Cost(3260, 1520, 7510, 1650, 0, 6400, 200),
    "lenet": Cost(212, 190, 267, 154, 0, 94, 6),
    "deepyeast": Cost(3500, 1630, 17000, 6500, 2.6e6, 2050, 64),
    "residual": Cost(480, 240, 770, 466, 1.2e5, 0, 16),
}


class Pace(NamedTuple):
    """What one example costs in one network: microseconds of training and of prediction, and bytes of each.

    ``weights`` is the number of the network's weights, whatever the number of examples.
    """

    training: float
    forward: float
    memory: float
    shown: float
    weights: float


def usual_pace(name: str, options: Mapping[str, Any], positions: float) -> Pace:
    """Return what one example costs, by the measured form of the network: in proportion to its filters and strands.

    >>> usual_pace("deepbind", {"filters": 32}, 100).memory == usual_pace("deepbind", {}, 200).memory
    True
    """
    cost = NETWORKS[name]
    filters = options.get("filters", cost.filters)
    wider = (filters[0] if isinstance(filters, list | tuple) else filters) / cost.filters
    strands = 2 if not cost.strands and options.get("strands", "single") != "single" else 1
    size = positions * strands * wider
    weights = (cost.weights + cost.dense * positions) * wider
    return Pace(cost.training * size / 1e3, cost.forward * size / 1e3, cost.memory * size, cost.shown * size, weights)

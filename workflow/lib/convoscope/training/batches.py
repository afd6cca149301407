"""Examples in batches: from memory-mapped codes to tensors on the device."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

Codes = Callable[[np.ndarray], np.ndarray]


class Source(NamedTuple):
    """Examples of one split: ``read(rows)`` gives their codes, ``labels`` belong to ``rows`` one by one."""

    read: Codes
    rows: np.ndarray
    labels: np.ndarray


def batches_in_order(source: Source, size: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield every example once, in the order of the rows."""
    for start in range(0, len(source.rows), size):
        yield _take(source, np.arange(start, min(start + size, len(source.rows))), device)


def count_batches(examples: int, size: int) -> int:
    """Return the number of batches of about this size; each has two examples at least, which normalisation needs.

    >>> count_batches(128, 64), count_batches(129, 64), count_batches(5, 2)
    (2, 3, 2)
    """
    return max(1, min(-(-examples // size), examples // 2))


def shuffled(source: Source, size: int, device: torch.device, seed: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield every example once, in an order that depends on the seed alone.

    The batches differ in size by at most one, so that no step rests on a handful of examples.
    """
    order = np.random.default_rng(seed).permutation(len(source.rows))
    for chosen in np.array_split(order, count_batches(len(order), size)):
        yield _take(source, chosen, device)


def _take(source: Source, chosen: np.ndarray, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return codes and labels of the chosen examples on the device."""
    codes = torch.from_numpy(np.ascontiguousarray(source.read(source.rows[chosen])))
    labels = torch.from_numpy(source.labels[chosen])
    return codes.to(device, non_blocking=True), labels.to(device, non_blocking=True)

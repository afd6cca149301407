"""Scores of all substitutions of a window, without scoring each mutant separately: for networks of motif detectors.

A substitution changes the match of a detector only where the detector covers it. The best match of the mutant is
therefore the larger of the best match elsewhere, which the wild type tells, and of those few that change by the
difference of two weights.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from convoscope.nn.convolution import Correlation
from convoscope.nn.detectors import answering
from convoscope.nn.position import PlacedMaximum
from convoscope.nn.strand import BothStrands


def _best_elsewhere(maps: Tensor, length: int) -> Tensor:
    """Return the maximum of maps ``(batch, filters, positions)`` outside of each window of ``length`` positions.

    Result ``(batch, filters, positions - length + 1)``; minus infinity where a window leaves nothing out.

    >>> _best_elsewhere(torch.tensor([[[5.0, 1.0, 3.0, 2.0]]]), 2).tolist()
    [[[3.0, 5.0, 5.0]]]
    """
    edge = maps.new_full((*maps.shape[:2], 1), -torch.inf)
    before = torch.cat([edge, maps.cummax(2).values], dim=2)
    after = torch.cat([maps.flip(2).cummax(2).values.flip(2), edge], dim=2)
    return torch.maximum(before[..., : maps.shape[2] - length + 1], after[..., length:])


def _mutant_matches(detectors: nn.Sequential, one_hot: Tensor) -> Tensor:
    """Return what the detectors find in every mutant, ``(batch, letters, length, values)``.

    Parameters
    ----------
    detectors
        Of `find_detectors`, with ``filters`` detectors that give one or two values each.
    one_hot
        Wild types ``(batch, letters, length)``. The mutant ``(letter, position)`` has that letter there.
    """
    pad, correlation, *end = detectors
    assert isinstance(correlation, Correlation)  # for the type checker; find_detectors saw to it
    maps, span, length = correlation(pad(one_hot)), correlation.kernel_size[0], one_hot.shape[2]
    placed = end[0] if isinstance(end[0], PlacedMaximum) else None
    bonus = placed.bonus(maps.shape[2]) if placed else maps.new_zeros(1, maps.shape[2])
    averaging = placed.average if placed else any(len(getattr(layer, "functions", ())) > 1 for layer in end)
    weight = correlation.weight.flip(2).transpose(0, 1)  # [:, :, j] meets the letter in the j-th match that covers it
    shape = (len(one_hot), len(weight), maps.shape[1], length)
    best = _best_elsewhere(maps + bonus, span)[:, None].expand(shape).contiguous()
    total = maps.relu().sum(2)[:, None, :, None].expand(shape).clone() if averaging else None
    for j in range(span):
        before = maps[..., j : j + length]
        matches = (before - weight[..., j].T @ one_hot)[:, None] + weight[:, :, None, j]
        if total is not None:
            total += matches.relu() - before.relu()[:, None]
        best = torch.maximum(best, matches + bonus[:, j : j + length] if placed else matches, out=best)
    values = [best.relu_()] if total is None else [best.relu_(), total / maps.shape[2]]
    return torch.cat(values, dim=2).transpose(2, 3)


@contextmanager
def reading_mutants(model: nn.Module, detectors: nn.Sequential) -> Iterator[None]:
    """Make the model return the scores of every single-letter mutant of its input.

    Inside, ``model(one_hot)`` of ``(batch, letters, length)`` returns ``(batch * letters * length, outputs)``. The
    other strand's mutants are those of the reversed letters at the reversed positions, so they are turned like it.
    """
    turned = any(isinstance(module, BothStrands) for module in model.modules())

    def forward(one_hot: Tensor) -> Tensor:
        found = _mutant_matches(detectors, one_hot)
        if turned:
            straight, other = found.chunk(2)
            found = torch.cat([straight, other.flip(1, 2)])
        return found.flatten(0, 2)

    with answering(detectors, forward):
        yield

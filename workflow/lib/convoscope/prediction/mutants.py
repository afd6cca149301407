"""Scores of windows, and of mutants of theirs with one other letter, by an ensemble."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from convoscope.nn.mutants import mutant_scores
from convoscope.nn.pieces import keep_freed_memory, piece_size
from convoscope.nn.strand import opposite_strand
from convoscope.prediction.ensemble import Ensemble, refuse_both_strands

# Most mutants at once, and bytes of their largest layer, should one need them whole.
MUTANTS = {"cpu": 256, "cuda": 8192}
BYTES = {"cpu": 256 << 20, "cuda": 2 << 30}


class Mutants(NamedTuple):
    """Mutants ``(M,)`` each: the row of their wild type, in ascending order, which letter is another, its code."""

    owner: np.ndarray
    place: np.ndarray
    letter: np.ndarray


@torch.inference_mode()
def scores_of_mutants(
    ensemble: Ensemble, codes: np.ndarray, mutants: Mutants, both_strands: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the raw scores of windows ``(members, N, labels)`` and mutants ``(members, M, labels)``, float32.

    Both are those of `ensemble.scores`, up to rounding; what a mutation does not touch is computed once.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        Windows ``(N, window)``, each with one mutant at least.
    mutants
        Of the windows.
    both_strands
        Average with the scores of the reverse complement; for networks that read one strand only.
    """
    refuse_both_strands(ensemble, both_strands)
    keep_freed_memory()
    members, labels = len(ensemble.members), len(ensemble.labels)
    wild = np.empty((members, len(codes), labels), dtype=np.float32)
    found = np.empty((members, len(mutants.owner), labels), dtype=np.float32)
    for part in _pieces(ensemble, mutants):
        owner, place, letter = (np.asarray(field[part]) for field in mutants)
        windows = slice(int(owner[0]), int(owner[-1]) + 1)
        changes = (_on(ensemble, owner - owner[0]), _on(ensemble, place), _on(ensemble, letter))
        found_here = _score_piece(ensemble, _on(ensemble, codes[windows]), changes, both_strands)
        wild[:, windows], found[:, part] = found_here
    return wild, found


def _on(ensemble: Ensemble, values: np.ndarray) -> Tensor:
    """Return a tensor on the ensemble's device."""
    return torch.from_numpy(np.array(values)).to(ensemble.device)


def _pieces(ensemble: Ensemble, mutants: Mutants) -> Iterator[slice]:
    """Part mutants so that neither they nor their wild types need more memory than they should."""
    shape, kind = (len(ensemble.alphabet.letters), ensemble.window), ensemble.device.type
    first = ensemble.members[0]
    most, whole = MUTANTS.get(kind, MUTANTS["cpu"]), BYTES.get(kind, BYTES["cpu"])
    count = min(most, piece_size(first, shape, budget=whole, most=most))
    windows = count if kind == "cuda" else piece_size(first, shape)
    start = 0
    while start < len(mutants.owner):
        end = min(start + count, int(np.searchsorted(mutants.owner, mutants.owner[start] + windows)))
        yield slice(start, end)
        start = end


def _score_piece(
    ensemble: Ensemble, codes: Tensor, changes: tuple[Tensor, Tensor, Tensor], both_strands: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Score some windows and mutants, the fields of `Mutants`, by every member; see `scores_of_mutants`."""
    owner, place, letter = changes
    one_hot, letters = ensemble.encode(codes).contiguous(), ensemble.encode(letter[:, None])[..., 0]
    strands = [(one_hot, place, letters)]
    if both_strands:
        strands.append((opposite_strand(one_hot), codes.shape[1] - 1 - place, letters.flip(1)))
    pairs = [
        [mutant_scores(network, given, owner, where, letters) for given, where, letters in strands]
        for network in ensemble.members
    ]
    wild, found = (
        torch.stack([torch.stack([part[kind].float() for part in several]).mean(0) for several in pairs])
        for kind in (0, 1)
    )
    return wild.cpu().numpy(), found.cpu().numpy()

"""Scores of windows, and of mutants of theirs with one other letter, by an ensemble."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.nn.mutants import WildTypes, mutant_scores, read_wild_types
from convoscope.nn.pieces import keep_freed_memory, piece_size
from convoscope.nn.strand import opposite_strand
from convoscope.prediction.ensemble import Ensemble, refuse_both_strands

# Most mutants at once, and bytes of their largest layer, should one need them whole.
MUTANTS = {"cpu": 512, "cuda": 8192}
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
        Windows ``(N, window)``.
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
    windows, at_once = _pieces(ensemble)
    for start in range(0, len(codes), windows):
        here = slice(start, start + windows)
        known = _read(ensemble, _on(ensemble, codes[here]), both_strands)
        wild[:, here] = _mean([[one.outputs[network] for one in several] for network, several in known])
        first, last = np.searchsorted(mutants.owner, [start, start + windows])
        for begin in range(first, last, at_once):
            part = slice(begin, min(begin + at_once, last))
            changes = [_on(ensemble, field[part]) for field in (mutants.owner - start, mutants.place, mutants.letter)]
            found[:, part] = _score(ensemble, known, *changes)
    return wild, found


Known = list[tuple[nn.Module, list[WildTypes]]]  # of every member, on one strand or on both


def _on(ensemble: Ensemble, values: np.ndarray) -> Tensor:
    """Return a tensor on the ensemble's device."""
    return torch.from_numpy(np.array(values)).to(ensemble.device)


def _pieces(ensemble: Ensemble) -> tuple[int, int]:
    """Return how many windows, and how many mutants of theirs, need no more memory at once than they should."""
    shape, kind = (len(ensemble.alphabet.letters), ensemble.window), ensemble.device.type
    first = ensemble.members[0]
    most, whole = MUTANTS.get(kind, MUTANTS["cpu"]), BYTES.get(kind, BYTES["cpu"])
    mutants = min(most, piece_size(first, shape, budget=whole, most=most))
    # What all layers make of windows is kept at once.
    windows = piece_size(first, shape, budget=whole // 8, most=most) if kind == "cuda" else piece_size(first, shape)
    return windows, mutants


def _read(ensemble: Ensemble, codes: Tensor, both_strands: bool) -> Known:
    """Let every member read windows."""
    one_hot = ensemble.encode(codes).contiguous()
    strands = [one_hot, opposite_strand(one_hot)] if both_strands else [one_hot]
    return [(network, [read_wild_types(network, strand) for strand in strands]) for network in ensemble.members]


def _score(ensemble: Ensemble, known: Known, owner: Tensor, place: Tensor, letter: Tensor) -> np.ndarray:
    """Return the scores ``(members, mutants, labels)`` of mutants of windows that are known."""
    letters = ensemble.encode(letter[:, None])[..., 0]
    strands = [(place, letters), (ensemble.window - 1 - place, letters.flip(1))]
    return _mean(
        [
            [mutant_scores(network, wild, owner, *strand) for wild, strand in zip(several, strands, strict=False)]
            for network, several in known
        ]
    )


def _mean(scored: list[list[Tensor]]) -> np.ndarray:
    """Return the mean over the strands of every member's scores."""
    return torch.stack([torch.stack(strands).float().mean(0) for strands in scored]).cpu().numpy()

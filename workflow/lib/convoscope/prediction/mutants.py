"""Scores of windows, and of mutants of theirs with one other letter, by an ensemble."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.nn.detectors import BestMatches
from convoscope.nn.mutants import mutant_scores, read_wild_types
from convoscope.nn.pieces import keep_freed_memory, piece_size
from convoscope.nn.prepared import prepared
from convoscope.nn.strand import opposite_strand
from convoscope.prediction.ensemble import Ensemble, letter_reader, refuse_both_strands

# Most mutants at once, and bytes of their largest layer, should one need them whole.
MUTANTS = {"cpu": 512, "cuda": 8192}
BYTES = {"cpu": 256 << 20, "cuda": 2 << 30}
LEAST = 16  # windows of a piece on a CPU; with more, the largest layers of Basset leave the caches


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
    readers = [_Reader(ensemble, network, both_strands) for network in ensemble.members]
    for start in range(0, len(codes), windows):
        first, last = np.searchsorted(mutants.owner, [start, start + windows])
        changes = [_on(ensemble, field[first:last]) for field in mutants._replace(owner=mutants.owner - start)]
        here = _on(ensemble, codes[start : start + windows])
        for number, reader in enumerate(readers):
            scores, mutant_scores = reader.read(here, changes[2])
            wild[number, start : start + windows] = scores.cpu().numpy()
            for begin in range(0, last - first, at_once):
                part = [change[begin : begin + at_once] for change in changes]
                found[number, first + begin : first + begin + len(part[0])] = mutant_scores(*part).cpu().numpy()
    return wild, found


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
    if kind == "cuda":
        return piece_size(first, shape, budget=whole // 8, most=most), mutants
    return piece_size(first, shape, least=LEAST), mutants


Scores = Callable[[Tensor, Tensor, Tensor], Tensor]  # (mutants, labels) of their owner, place and letter


class _Reader:
    """A member that reads windows, and mutants of theirs, on one strand or on both."""

    def __init__(self, ensemble: Ensemble, network: nn.Module, both_strands: bool) -> None:
        self.ensemble, self.both_strands, self.matches = ensemble, both_strands, letter_reader(ensemble, network)
        self.network = prepared(network) if self.matches is None and ensemble.device.type == "cpu" else network

    def read(self, codes: Tensor, letters: Tensor) -> tuple[Tensor, Scores]:
        """Return the scores ``(batch, labels)`` of windows, and a function for those of mutants with these letters."""
        if self.matches is not None:
            symbols, others = self.matches.table.symbols(codes), self.matches.table.symbols(letters)
            if symbols is not None and others is not None:
                return self._by_detectors(self.matches, symbols)
        return self._by_layers(codes)

    def _by_detectors(self, matches: BestMatches, symbols: Tensor) -> tuple[Tensor, Scores]:
        """Read by the best matches of detectors."""
        windows = matches.read(symbols)

        def score(owner: Tensor, place: Tensor, letter: Tensor) -> Tensor:
            others = matches.table.symbol_of[letter.int()]
            return matches.finish(matches.best_of_mutants(windows, owner, place, others), self.both_strands)

        return matches.finish(matches.best(windows), self.both_strands), score

    def _by_layers(self, codes: Tensor) -> tuple[Tensor, Scores]:
        """Read layer by layer."""
        one_hot = self.ensemble.encode(codes).contiguous()
        strands = [one_hot, opposite_strand(one_hot)] if self.both_strands else [one_hot]
        known = [read_wild_types(self.network, strand) for strand in strands]

        def score(owner: Tensor, place: Tensor, letter: Tensor) -> Tensor:
            letters = self.ensemble.encode(letter[:, None])[..., 0]
            changes = [(place, letters), (self.ensemble.window - 1 - place, letters.flip(1))]
            pairs = zip(known, changes, strict=False)
            return _mean([mutant_scores(self.network, wild, owner, *change) for wild, change in pairs])

        return _mean([one.outputs[self.network] for one in known]), score


def _mean(scored: list[Tensor]) -> Tensor:
    """Return the mean over the strands."""
    return torch.stack(scored).float().mean(0)

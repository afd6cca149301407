"""TF-MoDISco: stretches of high attribution, cut out, clustered and aligned to patterns, by modisco-lite.

Shrikumar et al. 2018, arXiv:1811.00416. It sees what the whole network uses, not its first layer alone.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numba
import numpy as np
import torch

from convoscope.errors import InputError
from convoscope.interpretation.attribution.mutagenesis import centred, substitutions
from convoscope.interpretation.motifs.meme import Motif
from convoscope.interpretation.motifs.pwm import trim
from convoscope.prediction.ensemble import Ensemble

# Narrower than the library's defaults, whose patterns of 50 bp leave out what lies near the ends of short windows: of
# 1,600 windows of 101 bp, 63 seqlets of CTCF became 174.
SETTINGS = {
    "sliding_window_size": 15, "flank_size": 5, "trim_to_window_size": 20, "initial_flank_to_add": 5,
    "target_seqlet_fdr": 0.05, "n_leiden_runs": 10,
}  # fmt: skip
NARROWEST = 30  # bp of a window: a pattern before it is trimmed
CHUNK = 64


class MutationContributions(NamedTuple):
    """Contributions of letters to raw scores, from in-silico mutagenesis.

    ``hypothetical (N, L, letters)`` are those of every letter to one label, were it there; ``actual (N, L, labels)``
    those of the letters that are there, to all labels.
    """

    hypothetical: np.ndarray
    actual: np.ndarray


class Pattern(NamedTuple):
    """One pattern as a motif, named ``pos`` (raises the label) or ``neg`` and its rank.

    ``effects (labels,)`` is its mean contribution to each label, the sum over a seqlet.
    """

    motif: Motif
    effects: np.ndarray


def mutation_contributions(
    ensemble: Ensemble, codes: np.ndarray, label: int, track: Callable[[list], Iterable] = iter
) -> MutationContributions:
    """Compute the contributions of all letters: the change of the score less its mean over the letters of a position.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        Windows ``(N, L)``.
    label
        Number of the label that is to be explained.
    track
        Wraps the pieces of work, for a progress bar.
    """
    hypothetical, actual = [], []
    for start in track(list(range(0, len(codes), CHUNK))):
        part = np.asarray(codes[start : start + CHUNK])
        every = centred(substitutions(ensemble, part).change).transpose(0, 2, 1, 3)
        hypothetical.append(every[..., label])
        actual.append(np.einsum("nla,nlat->nlt", one_hot_rows(part, every.shape[2]), every))
    return MutationContributions(np.concatenate(hypothetical), np.concatenate(actual))


def one_hot_rows(codes: np.ndarray, letters: int) -> np.ndarray:
    """Return ``(N, L, letters)`` float64, zero for an unknown letter."""
    return np.eye(letters + 1)[np.minimum(codes, letters)][..., :letters]


def find_patterns(codes: np.ndarray, found: MutationContributions, seqlets: int) -> list[Pattern]:
    """Cluster the seqlets of windows to patterns, those that raise the label first, the most frequent first.

    Parameters
    ----------
    codes
        Windows ``(N, L)`` of DNA or RNA.
    found
        Their contributions.
    seqlets
        Most seqlets of each sign.

    Raises
    ------
    InputError
        If the library is not installed, or windows are too short.
    """
    library = load_library()
    letters = found.hypothetical.shape[2]
    if codes.shape[1] < NARROWEST or letters != 4:
        raise InputError(
            f"modisco: windows of {codes.shape[1]} over {letters} letters; at least {NARROWEST} bp of DNA or RNA"
        )
    given = {"one_hot": one_hot_rows(codes, letters), "hypothetical_contribs": found.hypothetical.astype(np.float64)}
    try:
        with kept_threads():
            both = library.TFMoDISco(**given, max_seqlets_per_metacluster=seqlets, **SETTINGS)
    except (ValueError, IndexError):  # how it says that no stretch stands out, the latter where all contribute nothing
        both = None, None
    return [
        _make_pattern(f"{sign}.{rank}", each, found.actual)
        for sign, patterns in zip(("pos", "neg"), both, strict=True)
        for rank, each in enumerate(patterns or [])
    ]


@contextmanager
def kept_threads() -> Iterator[None]:
    """Give the process back the numbers of threads of torch and numba that it had; the library changes them."""
    torch_threads, numba_threads = torch.get_num_threads(), _numba_threads()
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        numba.set_num_threads(numba_threads)


def _numba_threads() -> int:
    """Return numba's number of threads, without starting them: next to them the library turns on no cache."""
    try:
        numba.threading_layer()
    except ValueError:  # they were not started
        return numba.config.NUMBA_NUM_THREADS
    return numba.get_num_threads()


def load_library() -> Any:
    """Import modisco-lite, which is slow to import, and which an installation without dependencies lacks."""
    try:
        from modiscolite import tfmodisco
    except ImportError:
        raise InputError(
            "modisco: the package modiscolite is not installed; pip install modisco-lite, or leave modisco out"
        ) from None
    return tfmodisco


def _make_pattern(name: str, pattern: Any, actual: np.ndarray) -> Pattern:
    """Turn a pattern of the library into a trimmed motif, with what its seqlets contribute to each label."""
    matrix = np.asarray(pattern.sequence, dtype=float)
    matrix = matrix / matrix.sum(axis=1, keepdims=True)
    sums = [actual[seqlet.example_idx, seqlet.start : seqlet.end].sum(axis=0) for seqlet in pattern.seqlets]
    return Pattern(Motif(name, "", matrix[trim(matrix)], len(sums)), np.mean(sums, axis=0))

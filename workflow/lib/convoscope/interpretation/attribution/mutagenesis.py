"""In-silico mutagenesis: what every substitution, deletion and insertion in a window does to the scores.

All changes are mutant minus wild type, in raw scores before any sigmoid or softmax.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from convoscope.config.tasks import TASKS
from convoscope.errors import InputError
from convoscope.interpretation.attribution.fast_mutagenesis import reading_mutants
from convoscope.nn.detectors import find_detectors
from convoscope.nn.layers import evaluating
from convoscope.prediction.ensemble import Ensemble, scores
from convoscope.prediction.mutants import Mutants, scores_of_mutants
from convoscope.sequence.alphabet import Alphabet

# Numbers that the shortcut holds at a time: windows × strands × filters × positions × kernel positions.
AT_A_TIME = 1 << 20


class Changes(NamedTuple):
    """Raw scores of windows, and what mutations do to them, averaged over the members of an ensemble.

    ``wild (N, labels)``; ``change`` and ``spread`` (the standard deviation over members) have the same shape:
    ``(N, letters, L, labels)`` for substitutions and insertions, ``(N, L, labels)`` for deletions.
    """

    wild: np.ndarray
    change: np.ndarray
    spread: np.ndarray


def unknown_letter(alphabet: Alphabet) -> int:
    """Return the code of the letter that may be any: N, or X for amino acids."""
    return alphabet.symbols.index("X" if alphabet.name == "protein" else "N")


def centred(change: np.ndarray) -> np.ndarray:
    """Return changes ``(N, letters, L, …)`` less their mean over the letters of a position: what a letter contributes.

    >>> centred(np.array([[[0.0], [-4.0], [-4.0], [-4.0]]])).ravel().tolist()
    [3.0, -1.0, -1.0, -1.0]
    """
    return change - change.mean(axis=1, keepdims=True)


def substitutions(ensemble: Ensemble, codes: np.ndarray) -> Changes:
    """Put every letter at every position of windows.

    Networks compute only what a substitution touches; for motif detectors (DeepBind) there is a shorter way still.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        Windows ``(N, L)``.

    Returns
    -------
    Changes
        ``change (N, letters, L, labels)``: with this letter there, minus as it is; exactly 0 for the letter that is
        there. An unknown letter of the window is replaced by each letter like any other.
    """
    wild = scores(ensemble, codes)
    letters = len(ensemble.alphabet.letters)
    same = codes[:, None, :] == np.arange(letters)[:, None]
    change = np.empty((len(ensemble.members), *same.shape, len(ensemble.labels)), dtype=np.float32)
    for number, network in enumerate(ensemble.members):
        detectors = find_detectors(network)
        if detectors is None:
            found = _read_mutants(ensemble._replace(members=[network]), codes)
        else:
            found = _score_mutants(ensemble, network, detectors, codes)
        change[number] = found - wild[number][:, None, None, :]
    change[:, same] = 0
    return _summary(wild, change)


def _summary(wild: np.ndarray, change: np.ndarray) -> Changes:
    """Average over the members, the first axis of both."""
    return Changes(wild.mean(0), change.mean(0), change.std(0))


def _score_mutants(ensemble: Ensemble, network: nn.Module, detectors: nn.Sequential, codes: np.ndarray) -> np.ndarray:
    """Return the scores of all substitutions ``(N, letters, L, labels)`` by way of the detectors.

    Parameters
    ----------
    ensemble
        Encodes, and knows the device.
    network, detectors
        A member, and its part that `find_detectors` found.
    codes
        Windows ``(N, L)``.
    """
    length = codes.shape[1]
    filters, letters, span = detectors[1].weight.shape  # type: ignore[misc]
    step = max(1, AT_A_TIME // (2 * int(filters) * length * int(span)))
    found = []
    with evaluating(network), reading_mutants(network, detectors):
        for start in range(0, len(codes), step):
            part = torch.from_numpy(np.array(codes[start : start + step])).to(ensemble.device)
            raw = network(ensemble.encode(part)).float().cpu().numpy()
            found.append(raw.reshape(len(part), int(letters), length, -1))
    return np.concatenate(found)


def _read_mutants(ensemble: Ensemble, codes: np.ndarray) -> np.ndarray:
    """Return the scores of all substitutions ``(N, letters, L, labels)`` of one network, and of the letters there."""
    windows, letters = np.asarray(codes), len(ensemble.alphabet.letters)
    changed = windows[..., None] != np.arange(letters)
    owner, place, letter = np.nonzero(changed)
    wild, scored = scores_of_mutants(ensemble, windows, Mutants(owner, place, letter.astype(windows.dtype)))
    found = np.empty((*changed.shape, len(ensemble.labels)), dtype=np.float32)
    found[:] = wild[0][:, None, None]
    found[changed] = scored[0]
    return found.swapaxes(1, 2)


def _deleted(window: np.ndarray, unknown: int) -> np.ndarray:
    """Return a window ``(L,)`` without each of its letters, ``(L, L)``.

    The centre stays where it is: what lies between the gap and the nearer end moves up, and the unknown letter fills
    that end.

    >>> _deleted(np.array([0, 1, 2, 3]), 9).tolist()
    [[9, 1, 2, 3], [9, 0, 2, 3], [0, 1, 3, 9], [0, 1, 2, 9]]
    """
    length = len(window)
    rows = []
    for place in range(length):
        kept = np.delete(window, place)
        rows.append(np.r_[unknown, kept] if place < length // 2 else np.r_[kept, unknown])
    return np.stack(rows).astype(window.dtype)


def _inserted(window: np.ndarray, letters: int) -> np.ndarray:
    """Return a window ``(L,)`` with each letter put in before each position, ``(letters, L, L)``.

    The centre stays where it is: up to and including the middle position, what lies to the left moves out and the
    first letter falls off; behind it the last one does. Before the first position an insertion lies outside.

    >>> _inserted(np.array([0, 1, 2, 3]), 1)[0].tolist()
    [[0, 1, 2, 3], [0, 1, 2, 3], [1, 0, 2, 3], [0, 1, 2, 0]]
    """
    length = len(window)
    found = np.empty((letters, length, length), dtype=window.dtype)
    for letter in range(letters):
        for place in range(length):
            longer = np.insert(window, place, letter)
            left = place <= length // 2
            found[letter, place] = (longer[1:] if left and place else longer[:-1]) if place else window
    return found


def deletions(ensemble: Ensemble, codes: np.ndarray) -> Changes:
    """Delete every letter of windows ``(N, L)``; see `_deleted` and `Changes`, whose change is ``(N, L, labels)``."""
    wild, unknown = scores(ensemble, codes), unknown_letter(ensemble.alphabet)
    mutants = np.stack([scores(ensemble, _deleted(np.asarray(window), unknown)) for window in codes], axis=1)
    return _summary(wild, mutants - wild[:, :, None, :])


def insertions(ensemble: Ensemble, codes: np.ndarray) -> Changes:
    """Insert every letter before every position of windows ``(N, L)``; see `_inserted` and `Changes`.

    ``change`` is ``(N, letters, L, labels)``, and exactly 0 before the first position.
    """
    wild, letters, length = scores(ensemble, codes), len(ensemble.alphabet.letters), codes.shape[1]
    mutants = [scores(ensemble, _inserted(np.asarray(window), letters).reshape(-1, length)) for window in codes]
    change = np.stack(mutants, axis=1).reshape(len(wild), len(codes), letters, length, -1) - wild[:, :, None, None, :]
    change[..., 0, :] = 0
    return _summary(wild, change)


def mutation_map(wild: np.ndarray, change: np.ndarray, threshold: np.ndarray | float = 0.0) -> np.ndarray:
    """Return DeepBind's mutation map: the change, where wild type or mutant scores above a threshold, else 0.

    ``(p_mut − p_wt) · [max(p_mut, p_wt) > 0]`` of scores before the sigmoid (Alipanahi et al. 2015,
    doi:10.1038/nbt.3300): what turns one non-site into another is no effect. There, classes are of one size and 0 is
    the score of knowing nothing; see `expected_scores` for classes of other sizes.

    Parameters
    ----------
    wild
        Scores ``(N, labels)``.
    change
        ``(N, …, labels)``.
    threshold
        One for all labels, or ``(labels,)``.

    >>> mutation_map(np.array([[2.0], [-1.0]]), np.array([[[-3.0]], [[0.5]]])).tolist()
    [[[-3.0]], [[0.0]]]
    """
    if wild.ndim != 2 or (wild.shape[0], wild.shape[1]) != (change.shape[0], change.shape[-1]):
        raise InputError(f"mutation map: scores {wild.shape}, changes {change.shape}; (N, labels) and (N, …, labels)")
    before = wild.reshape(len(wild), *(1,) * (change.ndim - 2), wild.shape[1])
    return np.where(np.maximum(before, before + change) > threshold, change, 0)


def expected_scores(labels: np.ndarray, task: str) -> np.ndarray:
    """Return the raw score of each label that says no more than its share in the training data, ``(labels,)``.

    It is the log-odds of that share. Scores that are no log-odds have no such threshold: minus infinity.

    Parameters
    ----------
    labels
        Of the training examples ``(N, labels)``, NaN where unknown.
    task
        A row of `convoscope.config.tasks.TASKS`.

    >>> expected_scores(np.array([[1.0], [0.0], [0.0], [np.nan], [0.0]]), "multilabel").round(4).tolist()
    [-1.0986]
    """
    if TASKS[task].link != "sigmoid" or not len(labels):
        return np.full(labels.shape[1], -np.inf)
    known = np.isfinite(labels)
    share = np.where(known, labels, 0).sum(0) / np.maximum(known.sum(0), 1)
    with np.errstate(divide="ignore"):
        return np.log(share) - np.log1p(-share)


def map_heights(maps: np.ndarray) -> np.ndarray:
    """Return how tall each letter of a window stands, ``(N, L, …)`` of maps ``(N, letters, L, …)``.

    It is by how much the most harmful substitution lowers the score, ``max(0, −min over letters of the map)``: the
    importance of the letter in the mutation maps of Alipanahi et al. 2015, figure 4, and of Angermueller et al. 2016
    (doi:10.15252/msb.20156651), figure 2.

    >>> map_heights(np.array([[[0.0, 0.5], [-2.0, 0.1], [-1.0, 1.0]]])).tolist()
    [[2.0, 0.0]]
    """
    return np.maximum(0, -maps.min(axis=1)) + 0.0  # and no -0.0

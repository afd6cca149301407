"""How much each letter of a window contributes to the score of one label: four methods on an ensemble.

Every method gives a number for each letter at each position, also for those that do not stand there
(`Contributions.full`, what TF-MoDISco calls hypothetical). The contribution of a window's own letters is
``sum over letters of full × one-hot``.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.deeplift import multipliers
from convoscope.interpretation.attribution.gradients import gradients, mean_gradients
from convoscope.interpretation.attribution.mutagenesis import centred, substitutions, unknown_letter
from convoscope.interpretation.attribution.twins import twin_of
from convoscope.nn.pieces import keep_freed_memory, piece_size
from convoscope.prediction.ensemble import Ensemble, scores

AT_A_TIME = 128


class Contributions(NamedTuple):
    """What every letter at every position contributes to one label's raw score, averaged over an ensemble.

    ``full (N, letters, L)`` for each letter, ``actual (N, L)`` for the letters that are there. Where a method shares
    out the difference of the score to that of a reference, ``difference (N,)`` is that difference and ``gap (N,)`` what
    the contributions sum to beyond it; NaN for the other methods.
    """

    full: np.ndarray
    actual: np.ndarray
    difference: np.ndarray
    gap: np.ndarray


class AttributionSettings(NamedTuple):
    """Points of integrated gradients; shuffled references per window of DeepLIFT, and their seed."""

    steps: int = 50
    references: int = 10
    seed: int = 1


DEFAULT = AttributionSettings()


def encoded(ensemble: Ensemble, codes: np.ndarray) -> Tensor:
    """Return windows ``(N, L)`` as the networks read them, ``(N, letters, L)``."""
    return ensemble.encode(torch.from_numpy(np.array(codes)).to(ensemble.device))


def _parts(codes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield as many windows as fit into a network at a time."""
    for start in range(0, len(codes), AT_A_TIME):
        yield np.asarray(codes[start : start + AT_A_TIME])


def _complete(
    ensemble: Ensemble, codes: np.ndarray, target: int, full: np.ndarray, references: np.ndarray | None = None
) -> Contributions:
    """Add up what was found, and compare it with the difference of the score to that of references.

    Parameters
    ----------
    ensemble, codes, target
        As for `contributions`.
    full
        ``(N, letters, L)``.
    references
        Windows ``(N, several, L)``, or None of a method without.
    """
    one_hot = np.concatenate([encoded(ensemble, part).cpu().numpy() for part in _parts(codes)])
    actual = (full * one_hot).sum(1)
    if references is None:
        nothing = np.full(len(codes), np.nan)
        return Contributions(full, actual, nothing, nothing)
    count, several, length = references.shape
    own = scores(ensemble, codes)[..., target].mean(0)
    others = scores(ensemble, references.reshape(-1, length))[..., target].mean(0)
    difference = own - others.reshape(count, several).mean(1)
    return Contributions(full, actual, difference, actual.sum(1) - difference)


def _mutagenesis(ensemble: Ensemble, codes: np.ndarray, target: int, settings: AttributionSettings) -> Contributions:
    """Return the change by each substitution less its mean over the letters: exact for one letter at a time."""
    change = substitutions(ensemble, codes).change[..., target]
    return _complete(ensemble, codes, target, centred(change))


def _gradient_input(ensemble: Ensemble, codes: np.ndarray, target: int, settings: AttributionSettings) -> Contributions:
    """Return the gradient of the score; of the own letters it is gradient × input (Shrikumar et al. 2016)."""
    found = [
        np.mean([gradients(network, encoded(ensemble, part), target) for network in ensemble.members], axis=0)
        for part in _parts(codes)
    ]
    return _complete(ensemble, codes, target, np.concatenate(found))


def _integrated_gradients(
    ensemble: Ensemble, codes: np.ndarray, target: int, settings: AttributionSettings
) -> Contributions:
    """Share out the difference to a window of unknown letters alone (Sundararajan et al. 2017)."""
    blank = np.full((1, codes.shape[1]), unknown_letter(ensemble.alphabet), dtype=np.uint8)
    start, found = encoded(ensemble, blank), []
    for part in _parts(codes):
        inputs = encoded(ensemble, part)
        means = [
            mean_gradients(network, inputs, target, start.expand_as(inputs), settings.steps)
            for network in ensemble.members
        ]
        found.append(_above(torch.stack(means).mean(0), start))
    references = np.repeat(blank[:, None], len(codes), axis=0)
    return _complete(ensemble, codes, target, np.concatenate(found), references)


def _above(slopes: Tensor, start: Tensor) -> np.ndarray:
    """Return what each letter contributes beyond a reference, ``(N, letters, L)``: slope × (letter − reference).

    Parameters
    ----------
    slopes
        Contribution per change of the input ``(N, letters, L)``.
    start
        Reference ``(N, letters, L)``, its letters in shares.
    """
    return (slopes - (slopes * start).sum(1, keepdim=True)).cpu().numpy()


def _deeplift(ensemble: Ensemble, codes: np.ndarray, target: int, settings: AttributionSettings) -> Contributions:
    """Share out the difference to dinucleotide shuffles of each window, averaged over them (rescale rule).

    Raises
    ------
    InputError
        If a network holds a layer that DeepLIFT cannot be told about.
    """
    letters, length = len(ensemble.alphabet.letters), codes.shape[1]
    references = shuffles(codes, settings, letters)
    full = np.zeros((len(codes), letters, length))
    for network in ensemble.members:
        explained = twin_of(network, letters, length)
        several = max(1, _at_a_time(network, (letters, length), ensemble.device) // settings.references)
        for start in range(0, len(codes), several):
            part = slice(start, start + several)
            inputs, others = (encoded(ensemble, given[part].reshape(-1, length)) for given in (codes, references))
            found = _above(multipliers(explained, inputs, others, target), others)
            full[part] += found.reshape(len(inputs), -1, letters, length).mean(1, dtype=np.float64)
    return _complete(ensemble, codes, target, full / len(ensemble.members), references)


def _at_a_time(network: nn.Module, shape: tuple[int, ...], device: torch.device) -> int:
    """Return how many examples ``(letters, length)`` are explained at once."""
    if device.type != "cpu":
        return AT_A_TIME
    keep_freed_memory()
    return piece_size(network, shape)


def shuffles(codes: np.ndarray, settings: AttributionSettings, letters: int) -> np.ndarray:
    """Return dinucleotide shuffles ``(N, references, L)``; a window's depend on it and the seed alone.

    Codes from ``letters`` on, which are ambiguous, stay at the ends of a window.
    """
    if settings.references < 1:
        raise InputError(f"references: {settings.references}; at least 1")
    from convoscope.sequence.shuffle import shuffle_codes  # imports numba, which one of the methods needs

    windows, streams = np.array(codes), np.zeros(len(codes), dtype=np.int64)
    several = [
        shuffle_codes(windows, settings.seed, streams + number, letters) for number in range(settings.references)
    ]
    return np.stack(several, axis=1)


METHODS: dict[str, Callable[[Ensemble, np.ndarray, int, AttributionSettings], Contributions]] = {
    "mutagenesis": _mutagenesis,
    "gradient_input": _gradient_input,
    "integrated_gradients": _integrated_gradients,
    "deeplift": _deeplift,
}


def contributions(
    ensemble: Ensemble, codes: np.ndarray, label: str, method: str, settings: AttributionSettings = DEFAULT
) -> Contributions:
    """Return how much each letter of windows contributes to one label's raw score, averaged over the members.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        Windows ``(N, L)`` uint8, as many as there are: they are cut into batches.
    label
        One of the ensemble's labels.
    method
        A row of `METHODS`. ``_mutagenesis`` is fastest for DeepBind networks, ``_gradient_input`` for others.
    settings
        Effort of the methods.

    Returns
    -------
    Contributions
        ``full (N, letters, L)`` is what TF-MoDISco calls hypothetical contributions; ``actual (N, L)``.

    Raises
    ------
    InputError
        If there is no such label or method, or DeepLIFT cannot explain the network.
    """
    if method not in METHODS:
        raise InputError(f"method: {method!r}; one of {', '.join(METHODS)}")
    if label not in ensemble.labels:
        raise InputError(f"label: {label!r}; one of {', '.join(ensemble.labels)}")
    return METHODS[method](ensemble, codes, ensemble.labels.index(label), settings)

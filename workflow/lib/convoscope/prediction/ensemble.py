"""Several trained networks as one predictor of sequences, from their files alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from convoscope import modelfile
from convoscope.errors import InputError
from convoscope.modality import MODALITIES, Encode
from convoscope.nn.detectors import BestMatches, best_matches
from convoscope.nn.pieces import in_pieces
from convoscope.sequence.alphabet import ALPHABETS, Alphabet, reverse_complement_codes
from convoscope.training.objectives import objective

BATCH = 512  # windows that are encoded at once
# What the members of one ensemble have in common.
SHARED = ("modality", "task", "labels", "alphabet", "unknown", "strands", "direction", "space")


class Ensemble(NamedTuple):
    """Networks in evaluation mode that answer the same question.

    ``facts`` is the metadata of the first; ``encode`` turns codes ``(batch, length)`` on the device into input.
    """

    members: list[nn.Module]
    facts: dict[str, Any]
    encode: Encode
    device: torch.device

    @property
    def window(self) -> int:
        """Letters that the networks read."""
        return int(self.facts["space"][0])

    @property
    def alphabet(self) -> Alphabet:
        """Alphabet of the sequences."""
        return ALPHABETS[self.facts["alphabet"]]

    @property
    def columns(self) -> Tensor:
        """One-hot column of every code of the alphabet, ``(codes, channels)``."""
        return self.encode(torch.arange(len(self.alphabet.symbols), device=self.device)[:, None])[..., 0]

    @property
    def labels(self) -> list[str]:
        """Names of the outputs, in their order."""
        return list(self.facts["labels"])


def load_members(
    paths: Sequence[Path], device: str, modality: str, shared: Sequence[str]
) -> list[tuple[nn.Module, dict[str, Any]]]:
    """Load networks of one kind of data with their metadata.

    Parameters
    ----------
    paths
        Model files.
    device
        Of torch.
    modality
        The kind of data, a row of `MODALITIES`.
    shared
        Facts that must be the same of all.

    Raises
    ------
    InputError
        If there is none, one reads other data, or two differ in a shared fact.
    """
    if not paths:
        raise InputError("--models: none given; at least one model.safetensors")
    loaded = [modelfile.load(path, device) for path in paths]
    first = loaded[0][1]
    if first["modality"] != modality:
        raise InputError(f"{paths[0]}: reads {first['modality']}s; a network for {modality}s is needed")
    for path, (_, facts) in zip(paths, loaded, strict=True):
        for name in shared:
            if facts.get(name) != first.get(name):
                raise InputError(
                    f"{path}: {name} {facts.get(name)!r}, but {paths[0]} has {first.get(name)!r}; give one ensemble"
                )
    return loaded


def load(paths: Sequence[Path], device: str = "cpu") -> Ensemble:
    """Load networks for sequences that were trained on the same question, as `load_members`."""
    loaded = load_members(paths, device, "sequence", SHARED)
    first = loaded[0][1]
    place = torch.device(device)
    return Ensemble([network for network, _ in loaded], first, MODALITIES["sequence"].encode(first, place), place)


def refuse_both_strands(ensemble: Ensemble, both_strands: bool) -> None:
    """Refuse the reverse complement to networks whose data has one strand."""
    if both_strands and ensemble.facts["strands"] == "single":
        raise InputError("--both-strands: the networks were trained on data of one strand; leave it out")


@torch.inference_mode()
def scores(ensemble: Ensemble, codes: np.ndarray, both_strands: bool = False) -> np.ndarray:
    """Return the raw scores of every member, ``(members, N, labels)`` float32.

    Parameters
    ----------
    ensemble
        The networks.
    codes
        Codes ``(N, window)``.
    both_strands
        Average with the scores of the reverse complement; for networks that read one strand only.

    Raises
    ------
    InputError
        If the sequences have another length than the networks read, or one strand that is to be read as two.
    """
    refuse_both_strands(ensemble, both_strands)
    if codes.ndim != 2 or codes.shape[1] != ensemble.window:
        raise InputError(f"sequences: shape {codes.shape}; the networks read (N, {ensemble.window})")
    found = np.empty((len(ensemble.members), len(codes), len(ensemble.labels)), dtype=np.float32)
    readers = [letter_reader(ensemble, network) for network in ensemble.members]
    for start in range(0, len(codes), BATCH):
        part = np.ascontiguousarray(codes[start : start + BATCH])
        for number, several in enumerate(_batch_scores(ensemble, readers, part, both_strands)):
            found[number, start : start + BATCH] = several.cpu().numpy()
    return found


def _batch_scores(
    ensemble: Ensemble, readers: Sequence[BestMatches | None], codes: np.ndarray, both_strands: bool
) -> list[Tensor]:
    """Return the scores ``(N, labels)`` of every member, of its letters if it can be read so, else layer by layer."""
    strands = [codes, reverse_complement_codes(codes, ensemble.alphabet)] if both_strands else [codes]
    given = [torch.from_numpy(strand).to(ensemble.device) for strand in strands]
    found = [None if reader is None else reader.scores(given[0], both_strands) for reader in readers]
    inputs = [ensemble.encode(strand) for strand in given] if any(one is None for one in found) else []
    return [
        torch.stack([in_pieces(network, one_hot).float() for one_hot in inputs]).mean(0) if known is None else known
        for network, known in zip(ensemble.members, found, strict=True)
    ]


def letter_reader(ensemble: Ensemble, network: nn.Module) -> BestMatches | None:
    """Return a member that can read letters as their reader, on a CPU; None of another."""
    return best_matches(network, ensemble.columns) if ensemble.device.type == "cpu" else None


def predictions(ensemble: Ensemble, raw: np.ndarray) -> np.ndarray:
    """Return probabilities or values of raw scores ``(members, N, labels)``, the same shape."""
    predict = objective(ensemble.facts["task"]).predict
    return np.stack([predict(torch.from_numpy(member)).numpy() for member in raw])

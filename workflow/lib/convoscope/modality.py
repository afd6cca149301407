"""The only differences between kinds of data: how codes become network input and how they are varied."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from convoscope.config import Training
from convoscope.config.strands import strand_facts
from convoscope.image import augment as views
from convoscope.image import normalise
from convoscope.sequence.alphabet import ALPHABETS, complement_table, one_hot_table, one_hot_tensor
from convoscope.sequence.augment import other_strands, shifted

Facts = dict[str, Any]
Read = Callable[[np.ndarray], np.ndarray]
Encode = Callable[[torch.Tensor], torch.Tensor]
Augment = Callable[[torch.Tensor, Training, torch.Generator], torch.Tensor]


class Modality(NamedTuple):
    """One kind of data.

    ``facts(card, fold)`` is what a model file keeps of the card: everything that the other functions need.
    ``channels(facts)`` is the network's number of input channels, ``read(codes, table, facts)`` returns a function from
    row numbers to codes, ``augment(facts, device)`` one from codes to varied codes, ``encode(facts, device)`` one from
    codes to float input ``(batch, channels, *space)``. ``views`` are symmetries of the input to average over.
    """

    ndim: int
    facts: Callable[[Facts, str], Facts]
    channels: Callable[[Facts], int]
    read: Callable[[np.ndarray, pd.DataFrame, Facts], Read]
    encode: Callable[[Facts, torch.device], Encode]
    augment: Callable[[Facts, torch.device], Augment]
    views: tuple[Encode, ...]


def _same(inputs: torch.Tensor) -> torch.Tensor:
    """Return the input as it is."""
    return inputs


def _sequence_facts(card: Facts, fold: str) -> Facts:
    """Return alphabet, treatment of unknown letters, strands and direction."""
    return {"alphabet": card["alphabet"], "unknown": card["unknown"], **strand_facts(card)}


def _sequence_channels(facts: Facts) -> int:
    """Return one channel per letter of the alphabet."""
    return len(ALPHABETS[facts["alphabet"]].letters)


def _sequence_read(codes: np.ndarray, table: pd.DataFrame, facts: Facts) -> Read:
    """Return the reader of codes ``(batch, length)``."""
    return lambda rows: codes[rows]


def _sequence_encode(facts: Facts, device: torch.device) -> Encode:
    """Return the one-hot encoder ``(batch, length) uint8 → (batch, letters, length) float32``."""
    table = torch.as_tensor(one_hot_table(ALPHABETS[facts["alphabet"]], facts["unknown"]), device=device)
    return lambda codes: one_hot_tensor(codes, table)


def _sequence_augment(facts: Facts, device: torch.device) -> Augment:
    """Return random shifts, filled with the unknown letter, and reverse complements, each with probability ½.

    Unless the settings say so, sequences of one strand are not complemented.
    """
    alphabet = ALPHABETS[facts["alphabet"]]
    unknown = alphabet.symbols.index("X" if alphabet.name == "protein" else "N")
    table = None if alphabet.complement is None else torch.tensor(complement_table(alphabet), device=device)
    usual = strand_facts(facts)["strands"] == "both"

    def augment(codes: torch.Tensor, settings: Training, generator: torch.Generator) -> torch.Tensor:
        if settings.shift:
            codes = shifted(codes, settings.shift, unknown, generator)
        flip = usual if settings.flip is None else settings.flip
        return other_strands(codes, table, generator) if flip and table is not None else codes

    return augment


def _image_facts(card: Facts, fold: str) -> Facts:
    """Return names of the channels, the camera's depth, how crops were cut, and what normalises a fold."""
    kept: Facts = {name: card[name] for name in ("channel_names", "dtype", "crops") if name in card}
    return {**kept, "normalise": normalise.of_fold(card["normalise"], fold)}


def _image_channels(facts: Facts) -> int:
    """Return the number of channels."""
    return len(facts["channel_names"])


def _image_read(codes: np.ndarray, table: pd.DataFrame, facts: Facts) -> Read:
    """Return the reader of crops ``(batch, channels, size, size)`` as float32, normalised already where by group."""
    scope, strategy, statistics = (facts["normalise"][name] for name in ("scope", "strategy", "figures"))
    if scope in ("crop", "training"):
        return lambda rows: codes[rows].astype(np.float32)
    groups = table[scope].to_numpy(object)

    def read(rows: np.ndarray) -> np.ndarray:
        offset, scale = (np.array([statistics[group][name] for group in groups[rows]]) for name in ("offset", "scale"))
        counts = np.log1p(codes[rows]) if normalise.STRATEGIES[strategy].logarithm else codes[rows]
        crops = (counts - offset[..., None, None]) / scale[..., None, None]
        return crops.astype(np.float32)

    return read


def image_encode(facts: Facts, device: torch.device) -> Encode:
    """Return the function that normalises what is not normalised yet."""
    scope, strategy, statistics = (facts["normalise"][name] for name in ("scope", "strategy", "figures"))
    if scope == "crop":
        largest = {"uint8": 255, "uint16": 65535}[facts["dtype"]]
        return lambda crops: normalise.each_alone(crops, strategy, largest)
    if scope != "training":
        return _same
    offset, scale = (torch.tensor(statistics[name], device=device)[:, None, None] for name in ("offset", "scale"))
    return lambda crops: (normalise.transformed(crops, strategy) - offset) / scale


def _image_augment(facts: Facts, device: torch.device) -> Augment:
    """Return random shifts, flips and quarter turns, and brightness per channel."""

    def augment(crops: torch.Tensor, settings: Training, generator: torch.Generator) -> torch.Tensor:
        if settings.shift:
            crops = views.random_shifts(crops, settings.shift, generator)
        if settings.flip is not False:
            crops = views.random_views(crops, generator)
        if settings.brightness:
            crops = views.random_brightness(crops, settings.brightness, generator)
        return crops.contiguous(memory_format=torch.channels_last)  # as the layers on images read them

    return augment


MODALITIES = {
    "sequence": Modality(
        1, _sequence_facts, _sequence_channels, _sequence_read, _sequence_encode, _sequence_augment, (_same,)
    ),
    "image": Modality(2, _image_facts, _image_channels, _image_read, image_encode, _image_augment, views.VIEWS),
}

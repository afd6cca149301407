"""The only differences between kinds of data: how codes become network input and how they are varied."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from convoscope.sequence.alphabet import ALPHABETS, complement_table, one_hot_table, one_hot_tensor

Encode = Callable[[torch.Tensor], torch.Tensor]
Augment = Callable[[torch.Tensor, int, bool, torch.Generator], torch.Tensor]


class Modality(NamedTuple):
    """One kind of data.

    ``channels(card)`` is the network's number of input channels, ``encode(card, device)`` returns a function from
    codes to float input ``(batch, channels, *space)``, ``augment(card, device)`` one from codes to varied codes.
    """

    ndim: int
    channels: Callable[[dict[str, Any]], int]
    encode: Callable[[dict[str, Any], torch.device], Encode]
    augment: Callable[[dict[str, Any], torch.device], Augment]


def sequence_channels(card: dict[str, Any]) -> int:
    """Return one channel per letter of the alphabet."""
    return len(ALPHABETS[card["alphabet"]].letters)


def sequence_encode(card: dict[str, Any], device: torch.device) -> Encode:
    """Return the one-hot encoder ``(batch, length) uint8 → (batch, letters, length) float32``."""
    table = torch.as_tensor(one_hot_table(ALPHABETS[card["alphabet"]], card["unknown"]), device=device)
    return lambda codes: one_hot_tensor(codes, table)


def sequence_augment(card: dict[str, Any], device: torch.device) -> Augment:
    """Return random shifts, filled with the unknown letter, and reverse complements, each with probability ½."""
    alphabet = ALPHABETS[card["alphabet"]]
    unknown = alphabet.symbols.index("X" if alphabet.name == "protein" else "N")
    table = None if alphabet.complement is None else torch.as_tensor(complement_table(alphabet), device=device)

    def augment(codes: torch.Tensor, shift: int, flip: bool, generator: torch.Generator) -> torch.Tensor:
        if shift:
            codes = shifted(codes, shift, unknown, generator)
        if flip and table is not None:
            chosen = torch.rand(len(codes), 1, generator=generator, device=codes.device) < 0.5
            codes = torch.where(chosen, table[codes.long()].flip(1), codes)
        return codes

    return augment


def shifted(codes: torch.Tensor, shift: int, fill: int, generator: torch.Generator) -> torch.Tensor:
    """Move every row by its own random offset in ``[-shift, shift]``.

    Parameters
    ----------
    codes
        ``(batch, length)``.
    shift
        Largest offset in positions.
    fill
        Code of the positions that move in from outside.
    generator
        Source of randomness, on the device of the codes.
    """
    length = codes.shape[1]
    offsets = torch.randint(-shift, shift + 1, (len(codes), 1), generator=generator, device=codes.device)
    source = torch.arange(length, device=codes.device) + offsets
    inside = (source >= 0) & (source < length)
    return codes.gather(1, source.clamp(0, length - 1)).masked_fill(~inside, fill)


MODALITIES = {"sequence": Modality(1, sequence_channels, sequence_encode, sequence_augment)}

import numpy as np
import pytest
import torch

from convoscope.config import Training
from convoscope.modality import MODALITIES
from convoscope.sequence.alphabet import ALPHABETS, encode_many, reverse_complement
from convoscope.sequence.variation import shifted

CARD = {"alphabet": "dna", "unknown": "uniform"}
CPU = torch.device("cpu")
SEQUENCE = MODALITIES["sequence"]
DNA = ALPHABETS["dna"]


def codes_of(*texts: str) -> torch.Tensor:
    return torch.from_numpy(encode_many(list(texts), DNA))


def test_encoding_by_hand() -> None:
    encoded = SEQUENCE.encode(CARD, CPU)(codes_of("ACN"))
    assert encoded[0].T.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0.25] * 4]
    assert SEQUENCE.encode({**CARD, "unknown": "zero"}, CPU)(codes_of("N")).sum() == 0
    assert (SEQUENCE.channels(CARD), SEQUENCE.channels({"alphabet": "protein"}), SEQUENCE.ndim) == (4, 20, 1)


def test_shifts_fill_with_the_unknown_letter() -> None:
    generator = torch.Generator().manual_seed(0)
    seen = {tuple(row) for row in shifted(torch.arange(4).repeat(200, 1), 1, 9, generator).tolist()}
    assert seen == {(0, 1, 2, 3), (1, 2, 3, 9), (9, 0, 1, 2)}


def test_half_of_the_sequences_are_turned_around() -> None:
    augment = SEQUENCE.augment(CARD, CPU)
    codes = torch.from_numpy(np.random.default_rng(0).integers(0, 15, (400, 7)).astype(np.uint8))
    turned = augment(codes, Training(flip=True), torch.Generator().manual_seed(1))
    other = reverse_complement(codes, DNA)
    same = (turned == codes).all(1)
    assert ((turned == other).all(1) | same).all()
    assert 150 < same.sum() < 250
    assert torch.equal(augment(codes, Training(flip=False), torch.Generator()), codes)


@pytest.mark.parametrize("name", ALPHABETS)
def test_every_alphabet_is_augmented_to_letters_it_knows(name: str) -> None:
    alphabet = ALPHABETS[name]
    augment = SEQUENCE.augment({**CARD, "alphabet": name}, CPU)
    codes = torch.randint(0, len(alphabet.symbols), (50, 9), generator=torch.Generator().manual_seed(2))
    varied = augment(codes.to(torch.uint8), Training(shift=3), torch.Generator().manual_seed(3))
    assert varied.shape == codes.shape
    assert int(varied.max()) < len(alphabet.symbols)

import numpy as np
import pandas as pd
import pytest
import torch

from convoscope.config import Training
from convoscope.image import normalise
from convoscope.modality import MODALITIES
from convoscope.sequence.alphabet import ALPHABETS, encode_many, reverse_complement_codes
from convoscope.sequence.augment import shifted

CARD = {"alphabet": "dna", "unknown": "uniform"}
CPU = torch.device("cpu")
SEQUENCE = MODALITIES["sequence"]
IMAGE = MODALITIES["image"]
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
    other = reverse_complement_codes(codes, DNA)
    same = (turned == codes).all(1)
    assert ((turned == other).all(1) | same).all()
    assert 150 < same.sum() < 250
    assert torch.equal(augment(codes, Training(flip=False), torch.Generator()), codes)


@pytest.mark.parametrize(
    ("facts", "turned"),
    [
        ({}, True),
        ({"alphabet": "rna"}, False),
        ({"direction": "site"}, False),
        ({"strands": "single"}, False),
        ({"alphabet": "rna", "strands": "both"}, True),
        ({"alphabet": "protein"}, False),
    ],
)
def test_only_data_of_two_strands_is_turned_around(facts: dict, turned: bool) -> None:
    augment = SEQUENCE.augment({**CARD, **facts}, CPU)
    codes = codes_of(*["AACCG"] * 50)
    assert torch.equal(augment(codes, Training(), torch.Generator().manual_seed(1)), codes) != turned


@pytest.mark.parametrize("name", ALPHABETS)
def test_every_alphabet_is_augmented_to_letters_it_knows(name: str) -> None:
    alphabet = ALPHABETS[name]
    augment = SEQUENCE.augment({**CARD, "alphabet": name}, CPU)
    codes = torch.randint(0, len(alphabet.symbols), (50, 9), generator=torch.Generator().manual_seed(2))
    varied = augment(codes.to(torch.uint8), Training(shift=3), torch.Generator().manual_seed(3))
    assert varied.shape == codes.shape
    assert int(varied.max()) < len(alphabet.symbols)


class TestImages:
    """Crops of two channels under the scopes of normalisation."""

    codes = np.random.default_rng(0).integers(50, 4000, (6, 2, 8, 8)).astype(np.uint16)
    table = pd.DataFrame({"plate": ["a", "b"] * 3})

    def facts(self, scope: str, strategy: str = "standard") -> dict:
        rows = np.arange(4)
        figures = {"holdout": normalise.fit_crops(self.codes, rows, strategy)}
        if scope == "plate":
            figures = {
                name: normalise.fit_crops(self.codes, rows, strategy)
                for name, rows in normalise.group_rows(self.table["plate"]).items()
            }
        card = {
            "channel_names": ["m", "p"],
            "dtype": "uint16",
            "normalise": {"strategy": strategy, "scope": scope, "figures": {} if scope == "crop" else figures},
        }
        return IMAGE.facts(card, "holdout")

    def inputs(self, facts: dict) -> np.ndarray:
        read = IMAGE.read(self.codes, self.table, facts)
        return IMAGE.encode(facts, CPU)(torch.from_numpy(read(np.arange(6)))).numpy()

    @pytest.mark.parametrize("strategy", normalise.STRATEGIES)
    def test_training_scope_knows_the_training_cells_only(self, strategy: str) -> None:
        seen = self.inputs(self.facts("training", strategy))
        assert seen.dtype == np.float32
        if strategy in ("standard", "log"):
            np.testing.assert_allclose(seen[:4].mean(axis=(0, 2, 3)), 0, atol=1e-4)
            np.testing.assert_allclose(seen[:4].std(axis=(0, 2, 3)), 1, atol=1e-4)

    @pytest.mark.parametrize("strategy", ["standard", "log"])
    def test_groups_are_normalised_each_alone(self, strategy: str) -> None:
        seen = self.inputs(self.facts("plate", strategy))
        for plate in (seen[::2], seen[1::2]):
            np.testing.assert_allclose(plate.mean(axis=(0, 2, 3)), 0, atol=1e-4)
        crops = self.inputs(self.facts("crop", strategy))
        np.testing.assert_allclose(crops.mean(axis=(2, 3)), 0, atol=1e-4)

    def test_augmentation_keeps_shape_and_does_nothing_when_told_so(self) -> None:
        facts = self.facts("training")
        crops = torch.from_numpy(IMAGE.read(self.codes, self.table, facts)(np.arange(6)))
        augment = IMAGE.augment(facts, CPU)
        still = Training(shift=0, flip=False, brightness=0.0)
        assert torch.equal(augment(crops, still, torch.Generator()), crops)
        moved = augment(crops, Training(shift=2, brightness=0.2), torch.Generator().manual_seed(1))
        assert moved.shape == crops.shape
        assert not torch.equal(moved, crops)
        assert (IMAGE.channels(facts), IMAGE.ndim, len(IMAGE.views)) == (2, 2, 8)
